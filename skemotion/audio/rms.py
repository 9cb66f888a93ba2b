"""Root mean square: how loud each frame is."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_waveform import RMSFrames


class RMS(RMSFrames, AcousticFeature):
    """Root mean square of each frame, the values of ``librosa.feature.rms``.

    Parameters
    ----------
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points; librosa's ``frame_length``.
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
    >>> from skemotion import RMS
    >>> RMS(summary=("min", "max")).fit_transform([np.full(16000, 0.5)]).round(3)
    array([[0.354, 0.5  ]], dtype=float32)
    """
