"""Spectral contrast: peaks against valleys."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_spectral import SpectralContrastFrames


class SpectralContrast(SpectralContrastFrames, AcousticFeature):
    """Peaks over valleys of octave bands [1]_, as ``librosa.feature.spectral_contrast``.

    In each band, the decibels between the mean of the largest magnitudes and that of the smallest.
    Where resampling left nothing, close to half the sampling rate, valleys are the rounding errors
    of single precision, and values may be 2 dB from those of librosa.

    Parameters
    ----------
    n_bands : int, default=6
        Number of octaves; one band below the first comes on top.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
    fmin : float, default=200.0
        Where the first octave starts, in Hz.
    quantile : float, default=0.02
        Share of the bins that count as peaks, and as valleys.
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
    .. [1] D.-N. Jiang, L. Lu, H.-J. Zhang, J.-H. Tao, L.-H. Cai, "Music type classification by
       spectral contrast feature", ICME, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import SpectralContrast
    >>> noise = np.random.default_rng(0).normal(size=16000)
    >>> SpectralContrast().fit_transform([noise]).shape
    (1, 7)
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "n_bands": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="neither")],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        n_bands=6,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        fmin=200.0,
        quantile=0.02,
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
        self.n_bands = n_bands
        self.fmin = fmin
        self.quantile = quantile
