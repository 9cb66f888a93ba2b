"""Raise high frequencies."""

from numbers import Real

import numpy as np

from skemotion._compat import Interval
from skemotion.audio._waveform_step import WaveformStep


class PreEmphasis(WaveformStep):
    """Raise high frequencies by the difference of neighbouring time points, as librosa.

    It evens out the fall of voices by 6 dB an octave: the values of
    ``librosa.effects.preemphasis``.

    Parameters
    ----------
    coef : float, default=0.97
        How much of the time point before is taken off, 0 (nothing) to 1.
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
    NormalizeLoudness : Changes the level, not the colour.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import PreEmphasis
    >>> PreEmphasis().fit_transform([np.array([0.5, 0.5, 0.5])])[0].round(3)
    array([1.   , 0.015, 0.015], dtype=float32)
    """

    _parameter_constraints = {
        **WaveformStep._parameter_constraints,
        "coef": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        coef=0.97,
        *,
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
        self.coef = coef

    def process(self, waveform):
        """Raise the high frequencies of one waveform.

        Parameters
        ----------
        waveform : ndarray of float32 of shape (n_times,)
            The waveform.

        Returns
        -------
        ndarray of float32 of shape (n_times,)
        """
        emphasised = waveform.copy()
        emphasised[1:] -= np.float32(self.coef) * waveform[:-1]
        second = waveform[min(1, len(waveform) - 1)]
        emphasised[0] += 2 * waveform[0] - second  # the line through the first two goes on
        return emphasised
