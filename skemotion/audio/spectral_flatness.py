"""Spectral flatness: how much a sound is like noise."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_spectral import SpectralFlatnessFrames


class SpectralFlatness(SpectralFlatnessFrames, AcousticFeature):
    """Geometric over arithmetic mean of the power [1]_, as ``librosa.feature.spectral_flatness``.

    Near 0 for tones, near 1 for white noise and for silence.

    Parameters
    ----------
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
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

    References
    ----------
    .. [1] S. Dubnov, "Generalization of spectral flatness measure for non-Gaussian linear
       processes", IEEE Signal Processing Letters, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import SpectralFlatness
    >>> noise = np.random.default_rng(0).normal(size=16000)
    >>> tone = np.sin(0.1 * np.arange(16000))
    >>> SpectralFlatness().fit_transform([noise, tone]).round(1)
    array([[0.6],
           [0. ]], dtype=float32)
    """
