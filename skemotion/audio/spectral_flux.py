"""Spectral flux: how fast a spectrum changes."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_spectral import SpectralFluxFrames


class SpectralFlux(SpectralFluxFrames, AcousticFeature):
    """Distance between the magnitude spectra of neighbouring frames [1]_.

    The Euclidean distance to the frame before; 0 for the first frame.

    Parameters
    ----------
    normalize : bool, default=False
        Whether to divide each spectrum by its sum first, so that loudness does not count.
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
    .. [1] E. Scheirer, M. Slaney, "Construction and evaluation of a robust multifeature
       speech/music discriminator", ICASSP, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import SpectralFlux
    >>> steady = np.sin(2 * np.pi * 1000 / 16000 * np.arange(16000))
    >>> broken = np.where(np.arange(16000) % 4000 < 2000, steady, 0)
    >>> values = SpectralFlux(summary=("median",)).fit_transform([steady, broken]).round()
    >>> bool(values[0, 0] < values[1, 0])
    True
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "normalize": ["boolean"],
    }

    def __init__(
        self,
        normalize=False,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
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
        self.normalize = normalize
