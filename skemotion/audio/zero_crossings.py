"""Zero crossings: how often the sign changes."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_waveform import ZeroCrossingsFrames


class ZeroCrossings(ZeroCrossingsFrames, AcousticFeature):
    """Share of time points where the sign changes, as ``librosa.feature.zero_crossing_rate``.

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
    AcousticFeatures : Several features from one decoding and one spectrum.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import ZeroCrossings
    >>> tone = np.sin(2 * np.pi * 1000 / 16000 * np.arange(16000))
    >>> ZeroCrossings().fit_transform([tone]).round(2)  # 2 of 16 time points
    array([[0.12]], dtype=float32)
    """
