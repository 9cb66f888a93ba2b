"""Spectral centroid: how bright a sound is."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_spectral import SpectralCentroidFrames


class SpectralCentroid(SpectralCentroidFrames, AcousticFeature):
    """Mean frequency of the magnitude, in Hz, as ``librosa.feature.spectral_centroid``.

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
    SpectralBandwidth : How far the spectrum spreads around it.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import SpectralCentroid
    >>> tone = np.sin(2 * np.pi * 1000 / 16000 * np.arange(16000))
    >>> SpectralCentroid(summary=("median",)).fit_transform([tone]).round()
    array([[1000.]], dtype=float32)
    """
