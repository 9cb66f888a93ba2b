"""Bring recordings to one loudness."""

from numbers import Real

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion.audio._loudness import MIN_SAMPLING_RATE, integrated_loudness
from skemotion.audio._waveform_step import WaveformStep


class NormalizeLoudness(WaveformStep):
    """Bring recordings to one loudness by one factor each.

    The integrated loudness of ITU-R BS.1770 [1]_ weighs frequencies as they are heard and does not
    count pauses; the root mean square is lower the more silence there is around the speech.
    Silent recordings, for BS.1770 those below -70 LUFS throughout, are kept as they are.

    Parameters
    ----------
    target : float, default=-23.0
        Loudness of the results, in LUFS or dB; -23 is that of European broadcasting.
    measure : {"bs1770", "rms"}, default="bs1770"
        Integrated loudness of ITU-R BS.1770-4 in LUFS, or root mean square in dB below 1.
    max_peak : float, default=1.0
        Largest absolute value: the factor is lowered where it would be passed, so that nothing
        clips. None means no limit.
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
    skemotion.audio.Loudness : The loudness of each frame as a feature.

    References
    ----------
    .. [1] Recommendation ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and
       true-peak audio level", International Telecommunication Union, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import NormalizeLoudness
    >>> tones = np.outer([0.5, 0.01], np.sin(0.1 * np.arange(16000)))
    >>> loud, soft = NormalizeLoudness().fit_transform(tones)
    >>> bool(np.allclose(loud, soft, atol=1e-5))
    True
    """

    _parameter_constraints = {
        **WaveformStep._parameter_constraints,
        "target": [Interval(Real, None, 0, closed="right")],
        "measure": [StrOptions({"bs1770", "rms"})],
        "max_peak": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        target=-23.0,
        *,
        measure="bs1770",
        max_peak=1.0,
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
        self.target = target
        self.measure = measure
        self.max_peak = max_peak

    def process(self, waveform):
        """Multiply one waveform by the factor that it needs.

        Parameters
        ----------
        waveform : ndarray of float32 of shape (n_times,)
            The waveform.

        Returns
        -------
        ndarray of float32 of shape (n_times,)
        """
        if self.measure == "rms":
            with np.errstate(divide="ignore"):
                level = 10 * np.log10(np.mean(np.square(waveform, dtype=np.float64)))
        else:
            level = integrated_loudness(waveform, self.sampling_rate)
        peak = np.abs(waveform).max()
        if not np.isfinite(level) or peak == 0:
            return waveform
        factor = 10 ** ((self.target - level) / 20)
        if self.max_peak is not None:
            factor = min(factor, self.max_peak / peak)
        return waveform * np.float32(factor)

    def check(self):
        """Raise ValueError if the sampling rate is too low for the filters of BS.1770."""
        if self.measure == "bs1770" and self.sampling_rate < MIN_SAMPLING_RATE:
            raise ValueError(
                f"Expected a sampling_rate of at least {MIN_SAMPLING_RATE} Hz for "
                f"measure='bs1770', got {self.sampling_rate}. Raise it or write measure='rms'."
            )
