"""Vary waveforms at random, for training."""

from numbers import Integral, Real

import numpy as np
import scipy.fft
from sklearn.base import BaseEstimator

from skemotion._compat import Interval, StrOptions
from skemotion._validation import check_generator, check_recordings, describe_recording
from skemotion.audio._io import decode_audio, resample
from skemotion.audio._phase_vocoder import fit_length, shift_pitch


class WaveformAugmenter(BaseEstimator):
    """Vary waveforms at random, for training: noise, gain, speed, pitch and shifts in time.

    Parameters
    ----------
    snr : (float, float) or None, default=(10.0, 30.0)
        Least and largest signal-to-noise ratio, in dB of the powers over the whole waveform. None
        adds no noise.
    noise : {"white", "pink"} or list of recordings, default="white"
        What is added. Pink noise falls by 3 dB an octave. Of recordings - all that
        :class:`~skemotion.ReadAudio` takes, waveforms of `sampling_rate` included - one is drawn
        and a random piece of it is taken, repeated where it is too short. Files are decoded each
        time; waveforms are quicker.
    gain : float, default=6.0
        Largest change of the level, in dB, up or down. Nothing is clipped.
    speed : float, default=0.1
        Largest change of the speed: 0.1 draws factors from 0.9 to 1.1. It changes duration, pitch
        and formants together [1]_. In [0, 1).
    pitch : float, default=0.0
        Largest change of the pitch, in semitones, up or down. A phase vocoder keeps the duration;
        formants move with the pitch.
    shift : float, default=0.0
        Largest shift in time, as a share of the duration; what leaves at one end comes in at the
        other.
    polarity : bool, default=False
        Change the sign every other time.
    sampling_rate : int, default=16000
        Sampling rate of the waveforms, in Hz.

    See Also
    --------
    ReadAudio : Reads files into waveforms.
    skemotion.FrameAugmenter : Varies frames of features, which is quicker.

    Notes
    -----
    Strengths are drawn for each waveform, uniformly from the interval, and 0, None or False turns a
    change off. Loudness, pitch and speed tell emotions apart: strong changes of them change what is
    heard, not only who is heard.

    References
    ----------
    .. [1] T. Ko, V. Peddinti, D. Povey, S. Khudanpur, "Audio Augmentation for Speech Recognition",
       Interspeech, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import WaveformAugmenter
    >>> tones = np.outer([0.5, 0.1], np.sin(0.1 * np.arange(16000)))
    >>> augmenter = WaveformAugmenter(snr=(20, 20), noise="pink", gain=0, speed=0)
    >>> noise = augmenter.augment_batch(tones, np.random.default_rng(0)) - tones
    >>> np.round(10 * np.log10((tones**2).mean(axis=1) / (noise**2).mean(axis=1)), 1)
    array([20., 20.])
    """

    _parameter_constraints = {
        "snr": [tuple, list, None],
        "noise": [StrOptions({"white", "pink"}), list, tuple, np.ndarray],
        "gain": [Interval(Real, 0, None, closed="left")],
        "speed": [Interval(Real, 0, 1, closed="left")],
        "pitch": [Interval(Real, 0, 24, closed="both")],
        "shift": [Interval(Real, 0, 1, closed="both")],
        "polarity": ["boolean"],
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        snr=(10.0, 30.0),
        noise="white",
        gain=6.0,
        speed=0.1,
        pitch=0.0,
        shift=0.0,
        polarity=False,
        sampling_rate=16000,
    ):
        self.snr = snr
        self.noise = noise
        self.gain = gain
        self.speed = speed
        self.pitch = pitch
        self.shift = shift
        self.polarity = polarity
        self.sampling_rate = sampling_rate

    def augment_batch(self, X, rng):
        """Vary each waveform once.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_times), or of object of shape (n_samples,)
            Waveforms of dtype float32 or float64; not changed. Objects are waveforms of any
            length, or None, which stays.
        rng : numpy.random.Generator
            Where chance comes from. The same state gives the same result.

        Returns
        -------
        ndarray of shape (n_samples, n_times), or of object of shape (n_samples,)
            Row `i` is a variation of row `i`, whatever the other rows hold, and has its dtype.
            Waveforms of one length keep it, cut or padded with zeros at the end where the speed
            changes; those in an array of objects get longer or shorter.

        Raises
        ------
        TypeError
            If a row is no waveform, or `rng` is no generator.
        ValueError
            If a parameter is wrong, a waveform is empty or holds NaN or infinite values, or a
            recording of noise cannot be decoded.
        """
        self._validate_params()
        self._check_snr()
        check_generator(rng)
        one_length = isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype != object
        if one_length and len(X) == 0:
            return X.copy()
        waveforms = check_recordings(X)
        sources = (
            self.noise if isinstance(self.noise, str) else check_recordings(self.noise, "noise")
        )
        varied = np.empty(len(waveforms), dtype=object)
        seeds = rng.integers(2**63, size=len(waveforms))
        for row, (waveform, seed) in enumerate(zip(waveforms, seeds, strict=True)):
            if waveform is not None:
                _check_waveform(waveform, row)
                changed = self._vary(waveform, sources, one_length, np.random.default_rng(seed))
                varied[row] = changed.astype(waveform.dtype, copy=changed is waveform)
        return np.stack(varied) if one_length else varied

    def _check_snr(self):
        if self.snr is None:
            return
        pair = len(self.snr) == 2 and all(isinstance(value, Real) for value in self.snr)
        if not pair or not -np.inf < self.snr[0] <= self.snr[1] < np.inf:
            raise ValueError(
                "Expected snr to be the least and the largest signal-to-noise ratio in dB, got "
                f"{self.snr!r}. Write for instance snr=(10, 30)."
            )

    def _vary(self, waveform, sources, one_length, rng):
        faster, higher, later, sign, louder, clearer = rng.uniform(-1, 1, 6)
        n_times = len(waveform)
        if self.speed:
            rate = max(round(self.sampling_rate * (1 + self.speed * faster)), 1)
            waveform = resample(waveform, rate, self.sampling_rate)
            waveform = fit_length(waveform, n_times) if one_length else waveform
        if self.pitch:
            waveform = shift_pitch(waveform, self.pitch * higher, self.sampling_rate)
        if self.shift:
            waveform = np.roll(waveform, round(self.shift * later * len(waveform)))
        if self.snr is not None:
            ratio = np.mean(self.snr) + clearer * (self.snr[1] - self.snr[0]) / 2
            waveform = _add_noise(waveform, self._draw_noise(len(waveform), sources, rng), ratio)
        factor = 10 ** (self.gain * louder / 20) * (-1 if self.polarity and sign < 0 else 1)
        return waveform * waveform.dtype.type(factor) if factor != 1 else waveform

    def _draw_noise(self, n_times, sources, rng):
        if isinstance(sources, str):
            return _pink(n_times, rng) if sources == "pink" else _white(n_times, rng)
        entry = int(rng.integers(len(sources)))
        try:
            noise = decode_audio(sources[entry], self.sampling_rate)
        except ValueError as error:
            raise ValueError(
                f"Cannot decode {describe_recording(sources[entry])} (entry {entry} of noise): "
                f"{error}."
            ) from error
        if len(noise) < n_times:
            return np.resize(np.roll(noise, rng.integers(len(noise))), n_times)
        start = rng.integers(len(noise) - n_times + 1)
        return noise[start : start + n_times]


def _add_noise(waveform, noise, ratio):
    signal, power = (np.mean(np.square(values, dtype=np.float64)) for values in (waveform, noise))
    if power == 0:  # a silent piece of a recording
        return waveform
    scaled = np.sqrt(signal / power * 10 ** (-ratio / 10)) * noise
    return waveform + scaled.astype(waveform.dtype)


def _white(n_times, rng):
    return rng.standard_normal(n_times, dtype=np.float32)


def _pink(n_times, rng):
    size = scipy.fft.next_fast_len(max(n_times, 2), real=True)
    spectrum = scipy.fft.rfft(_white(size, rng))
    spectrum[0] = 0
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum), dtype=np.float32))
    return scipy.fft.irfft(spectrum, size)[:n_times]


def _check_waveform(waveform, row):
    if not isinstance(waveform, np.ndarray) or waveform.dtype.name not in ("float32", "float64"):
        what = f"dtype {waveform.dtype}" if isinstance(waveform, np.ndarray) else repr(waveform)
        raise TypeError(
            f"Expected a waveform of dtype float32 or float64 in row {row}, got {what}. "
            "Put ReadAudio before this step."
        )
    if waveform.ndim != 1 or len(waveform) == 0:
        raise ValueError(
            f"Expected a waveform of shape (n_times,) in row {row}, got shape {waveform.shape}. "
            "Mix channels down, and leave out empty recordings."
        )
    if not np.isfinite(waveform).all():
        raise ValueError(
            f"Expected finite values in row {row}, got NaN or infinity. Leave the recording out."
        )
