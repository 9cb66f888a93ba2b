"""Energy of each frame in decibels."""

from numbers import Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_waveform import LogEnergyFrames


class LogEnergy(LogEnergyFrames, AcousticFeature):
    """Mean square of each frame in decibels, 0 dB being that of a constant 1.

    Parameters
    ----------
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Not used, frames are taken without a window; it is here so that all features share one
        front end.
    floor : float, default=1e-10
        Mean square that less is taken for: -100 dB.
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
    RMS : Not in decibels.
    Loudness : As an ear hears it.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import LogEnergy
    >>> LogEnergy(summary=("max",)).fit_transform([np.full(9000, 0.1), np.zeros(9000)]).round()
    array([[ -20.],
           [-100.]], dtype=float32)
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "floor": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        floor=1e-10,
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
        self.floor = floor
