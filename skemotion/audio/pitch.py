"""Pitch: the fundamental frequency of voices."""

from numbers import Real

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._pitch import track_pitch

_LOWEST = 27.5  # Hz, where semitones are counted from, as eGeMAPS does


class PitchFeature(AcousticFeature):
    """Base of the features that need the fundamental frequency.

    Those of one front end and one range of the pitch share one analysis.
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "fmin": [Interval(Real, 20, 1000, closed="both")],
        "fmax": [Interval(Real, 20, 1000, closed="both")],
        "voicing_threshold": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        fmin=60.0,
        fmax=600.0,
        voicing_threshold=0.45,
        sampling_rate=16000,
        n_fft=1024,
        hop_length=160,
        win_length=800,
        summary=("mean",),
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(
            sampling_rate=sampling_rate,
            n_fft=n_fft,
            hop_length=hop_length,
            win_length=win_length,
            summary=summary,
            cache=cache,
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.fmin = fmin
        self.fmax = fmax
        self.voicing_threshold = voicing_threshold

    def pitch(self):
        """Return what determines the pitch track.

        Returns
        -------
        tuple of float
            What :func:`~skemotion.audio._pitch.track_pitch` takes after the spectrum.
        """
        return self.fmin, self.fmax, self.voicing_threshold

    def spread(self, spectrum, values):
        """Put the values of voiced frames in their places among all frames.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.
        values : ndarray of shape (n_voiced, n_features)
            One row a voiced frame.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_features)
            NaN where unvoiced.
        """
        f0 = spectrum.once(track_pitch, *self.pitch()).f0
        frames = np.full((len(f0), values.shape[1]), np.nan, np.float32)
        frames[~np.isnan(f0)] = values
        return frames

    def check(self):
        """Raise ValueError if parameters do not go together."""
        super().check()
        if not self.fmin < self.fmax <= self.sampling_rate / 4:
            raise ValueError(
                f"Expected fmin < fmax <= sampling_rate / 4 = {self.sampling_rate / 4:g}, got "
                f"fmin={self.fmin:g} and fmax={self.fmax:g}. Correct them or raise sampling_rate."
            )
        win_length = self.win_length or self.n_fft
        fewest = int(np.ceil(3 * self.sampling_rate / self.fmin))
        if win_length < fewest:
            raise ValueError(
                f"Expected frames of three periods of fmin={self.fmin:g} Hz, {fewest} time points, "
                f"got {win_length}. Raise win_length and n_fft, or fmin."
            )


class Pitch(PitchFeature):
    """Fundamental frequency of voiced frames, and how periodic frames are.

    Candidates are the peaks of the autocorrelation, corrected for the window [1]_; of these the
    path is taken that is strong and does not jump.

    Parameters
    ----------
    unit : {"semitones", "hertz"}, default="semitones"
        Semitones above 27.5 Hz, or Hz.
    fmin, fmax : float, default=60.0, 600.0
        Lowest and highest fundamental frequency, in Hz.
    voicing_threshold : float, default=0.45
        Correlation with itself one period away above which a frame is voiced, unless it is far
        softer than others or its neighbours speak against it.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=1024
        Length of a frame, in time points.
    hop_length : int, default=160
        Step between frames, in time points.
    win_length : int, default=800
        Length of the Hann window in the middle of a frame, in time points: at least three periods
        of `fmin`. None means `n_fft`.
    summary : tuple of str or None, default=("mean",)
        Functionals over the frames, those of :class:`~skemotion.audio.AcousticFeature`; None keeps
        the frames.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of processes. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as NaN and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    Jitter, Shimmer, HNR : How regular the voice is.

    References
    ----------
    .. [1] P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
       harmonics-to-noise ratio of a sampled sound", Proceedings of the Institute of Phonetic
       Sciences 17, University of Amsterdam, 1993.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Pitch
    >>> tone = np.sign(np.sin(2 * np.pi * 110 * np.arange(16000) / 16000))
    >>> Pitch("hertz").set_output(transform="pandas").fit_transform([tone]).round(1)
       pitch_mean  voicing_mean
    0       110.0           1.0
    """

    _parameter_constraints = {
        **PitchFeature._parameter_constraints,
        "unit": [StrOptions({"semitones", "hertz"})],
    }

    def __init__(
        self,
        unit="semitones",
        *,
        fmin=60.0,
        fmax=600.0,
        voicing_threshold=0.45,
        sampling_rate=16000,
        n_fft=1024,
        hop_length=160,
        win_length=800,
        summary=("mean",),
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(
            fmin=fmin,
            fmax=fmax,
            voicing_threshold=voicing_threshold,
            sampling_rate=sampling_rate,
            n_fft=n_fft,
            hop_length=hop_length,
            win_length=win_length,
            summary=summary,
            cache=cache,
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.unit = unit

    def compute(self, spectrum):
        """Track the pitch of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 2)
            Fundamental frequency, NaN where unvoiced; correlation with itself one period away, 0
            where nothing repeats.
        """
        track = spectrum.once(track_pitch, *self.pitch())
        pitch = semitones(track.f0) if self.unit == "semitones" else track.f0
        return np.column_stack([pitch, track.strength])

    def names(self):
        """Return ``["pitch", "voicing"]``.

        Returns
        -------
        list of str
        """
        return ["pitch", "voicing"]


def semitones(frequencies):
    """Convert frequencies to semitones above 27.5 Hz.

    Parameters
    ----------
    frequencies : ndarray of float
        In Hz.

    Returns
    -------
    ndarray of float
    """
    return 12 * np.log2(frequencies / np.float32(_LOWEST))
