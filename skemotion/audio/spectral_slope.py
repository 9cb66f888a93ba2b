"""Spectral slope: how fast the power falls with frequency."""

import numpy as np

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._spectral import band, check_bands, log_power


class SpectralSlope(AcousticFeature):
    """Slope of a line through the decibels of the power in a band, of eGeMAPS [1]_.

    Parameters
    ----------
    bands : tuple of (float, float), default=((0, 500), (500, 1500))
        Edges of each band, in Hz.
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
    AlphaRatio : Low against high frequencies.

    References
    ----------
    .. [1] F. Eyben et al., "The Geneva minimalistic acoustic parameter set (GeMAPS) for voice
       research and affective computing", IEEE Transactions on Affective Computing, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import SpectralSlope
    >>> noise = np.random.default_rng(0).normal(size=16000)
    >>> SpectralSlope(bands=((0, 4000), (4000, 8000))).fit_transform([noise]).round(2) + 0
    array([[0., 0.]], dtype=float32)
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "bands": [tuple, list],
    }

    def __init__(
        self,
        bands=((0, 500), (500, 1500)),
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
        self.bands = bands

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_bands)
            In decibels per Hz; 0 for silence.
        """
        decibels = spectrum.once(log_power)
        slopes = []
        for low, high in self.bands:
            bins = band(spectrum.sampling_rate, spectrum.n_fft, low, high)
            place = np.arange(bins.stop - bins.start)
            weights = place - place.mean()
            weights *= spectrum.n_fft / spectrum.sampling_rate / np.square(weights).sum()
            weights *= 10 / np.log(10)
            slopes.append(decibels[:, bins] @ weights.astype(np.float32))
        return np.stack(slopes, axis=1)

    def names(self):
        """Return the names of the bands, such as ``"spectral_slope_0_500"``.

        Returns
        -------
        list of str
        """
        return [f"spectral_slope_{low:g}_{high:g}" for low, high in self.bands]

    def check(self):
        """Raise ValueError unless the bands are pairs of frequencies with bins between them."""
        super().check()
        edges = np.array(self.bands, dtype=object)
        pairs = edges.ndim == 2 and edges.shape[1] == 2 and len(edges)
        if not pairs or not all(0 <= low < high for low, high in edges):
            raise ValueError(
                "Expected bands to be pairs of frequencies 0 <= low < high in Hz, got "
                f"{self.bands!r}. Write bands=((0, 500), (500, 1500)), for example."
            )
        check_bands(self, self.bands, fewest=2)
