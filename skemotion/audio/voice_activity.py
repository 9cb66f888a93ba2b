"""Take out what is not speech."""

from numbers import Real

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion.audio._pitch import track_pitch
from skemotion.audio._spectrum import Spectrum
from skemotion.audio._waveform_step import WaveformStep

_HOP, _WINDOW = 0.01, 0.05  # s
_LOWEST, _HIGHEST = 70.0, 600.0  # Hz; mains hum is below


class VoiceActivity(WaveformStep):
    """Take out, or silence, what is not speech.

    Speech is where a pitch is tracked, no softer than `top_db` below the loudest voiced frame.
    Stretches of less than `min_speech` are dropped, pauses of less than `min_silence` (which hold
    the consonants without a voice) are kept, and `pad` is added on either side. Noise has no pitch
    and does not pass, however loud; music, and hum above 70 Hz, do. A recording without any such
    speech, also a whispered one, is kept as it is.

    Parameters
    ----------
    mode : {"remove", "mask"}, default="remove"
        Whether to leave out what is not speech, or to put zeros in its place.
    voicing_threshold : float, default=0.45
        Correlation of a frame with itself a period later above which it is voiced, 0 to 1.
    top_db : float, default=40.0
        How far below the loudest voiced frame others count, in decibels.
    min_speech : float, default=0.05
        Shortest stretch of voiced frames that counts, in seconds.
    min_silence : float, default=0.3
        Shortest pause that is taken out, in seconds.
    pad : float, default=0.1
        What is kept before and after speech, in seconds.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as None and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    TrimSilence : Only cuts the ends, by level.
    skemotion.audio.Pitch : The pitch that this step asks for.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import VoiceActivity
    >>> time = np.arange(48000) / 16000
    >>> voice = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 9))
    >>> voice[:16000] = voice[32000:] = 0  # speech in the middle of three seconds
    >>> kept = VoiceActivity().fit_transform([0.1 * voice])[0]
    >>> 1.1 < len(kept) / 16000 < 1.4
    True
    """

    _parameter_constraints = {
        **WaveformStep._parameter_constraints,
        "mode": [StrOptions({"remove", "mask"})],
        "voicing_threshold": [Interval(Real, 0, 1, closed="both")],
        "top_db": [Interval(Real, 0, None, closed="neither")],
        "min_speech": [Interval(Real, 0, None, closed="left")],
        "min_silence": [Interval(Real, 0, None, closed="left")],
        "pad": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        mode="remove",
        *,
        voicing_threshold=0.45,
        top_db=40.0,
        min_speech=0.05,
        min_silence=0.3,
        pad=0.1,
        sampling_rate=16000,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(
            sampling_rate=sampling_rate,
            cache=cache,
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.mode = mode
        self.voicing_threshold = voicing_threshold
        self.top_db = top_db
        self.min_speech = min_speech
        self.min_silence = min_silence
        self.pad = pad

    def process(self, waveform):
        """Take what is not speech out of one waveform.

        Parameters
        ----------
        waveform : ndarray of float32 of shape (n_times,)
            The waveform.

        Returns
        -------
        ndarray of float32 of shape (any,)
        """
        active = self.is_speech(waveform)
        if not active.any():
            return waveform
        return waveform[active] if self.mode == "remove" else waveform * active

    def is_speech(self, waveform):
        """Tell where the speech of one waveform is.

        Parameters
        ----------
        waveform : ndarray of float32 of shape (n_times,)
            The waveform.

        Returns
        -------
        ndarray of bool of shape (n_times,)
        """
        hop_length = max(round(_HOP * self.sampling_rate), 1)
        win_length = round(_WINDOW * self.sampling_rate)
        n_fft = 2 ** int(np.ceil(np.log2(win_length)))
        spectrum = Spectrum(waveform, self.sampling_rate, n_fft, hop_length, win_length)
        track = track_pitch(spectrum, _LOWEST, _HIGHEST, self.voicing_threshold)
        power = spectrum.power.sum(axis=1)
        voiced = ~np.isnan(track.f0)
        voiced &= power > 10 ** (-self.top_db / 10) * power.max(where=voiced, initial=0)
        start, stop = _stretches(voiced)
        long_enough = (stop - start) * hop_length >= self.min_speech * self.sampling_rate
        active = np.zeros(len(waveform), bool)
        reach = round(self.pad * self.sampling_rate)
        last = None
        for first, end in zip(start[long_enough], stop[long_enough], strict=True):
            # a frame stands for the time points around its middle
            first, end = int((first - 0.5) * hop_length), int((end - 0.5) * hop_length)
            if last is not None and first - last < self.min_silence * self.sampling_rate:
                first = last
            active[max(first - reach, 0) : end + reach] = True
            last = end
        return active

    def check(self):
        """Raise ValueError if the sampling rate is too low to track a pitch."""
        if self.sampling_rate < 4 * _HIGHEST:
            raise ValueError(
                f"Expected a sampling_rate of at least {4 * _HIGHEST:g} Hz to track a pitch, got "
                f"{self.sampling_rate}. Raise it."
            )


def _stretches(mask):
    """Return the first frame of each stretch of true frames, and the one after its last."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges[::2], edges[1::2]
