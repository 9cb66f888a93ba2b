"""How features of the shape of the spectrum are computed, without scikit-learn."""

import numpy as np

from skemotion.audio._frames import FeatureFrames
from skemotion.audio._mel import power_to_db
from skemotion.audio._spectral import (
    band,
    check_bands,
    frequencies,
    log_power,
    magnitude,
    moments,
    ratio_db,
)

_ALPHA = (50, 1000), (1000, 5000)  # Hz
_HAMMARBERG = (0, 2000), (2000, 5000)  # Hz


class AlphaRatioFrames(FeatureFrames):
    """How :class:`~skemotion.audio.AlphaRatio` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
            In decibels; 0 for silence.
        """
        low, high = (
            spectrum.power[:, band(spectrum.sampling_rate, spectrum.n_fft, *edges)].sum(axis=1)
            for edges in _ALPHA
        )
        return ratio_db(low, high)

    def names(self):
        """Return ``["alpha_ratio"]``.

        Returns
        -------
        list of str
        """
        return ["alpha_ratio"]

    def check(self):
        """Raise ValueError if a band has no frequency bin."""
        super().check()
        check_bands(self, _ALPHA)


class HammarbergIndexFrames(FeatureFrames):
    """How :class:`~skemotion.audio.HammarbergIndex` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
            In decibels; 0 for silence.
        """
        low, high = (
            spectrum.power[:, band(spectrum.sampling_rate, spectrum.n_fft, *edges)].max(axis=1)
            for edges in _HAMMARBERG
        )
        return ratio_db(low, high)

    def names(self):
        """Return ``["hammarberg_index"]``.

        Returns
        -------
        list of str
        """
        return ["hammarberg_index"]

    def check(self):
        """Raise ValueError if a band has no frequency bin."""
        super().check()
        check_bands(self, _HAMMARBERG)


class SpectralBandwidthFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralBandwidth` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float64 of shape (n_frames, 1)
            0 for silence.
        """
        return spectrum.once(moments)[1][:, None]

    def names(self):
        """Return ``["spectral_bandwidth"]``.

        Returns
        -------
        list of str
        """
        return ["spectral_bandwidth"]


class SpectralCentroidFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralCentroid` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float64 of shape (n_frames, 1)
            0 for silence.
        """
        return spectrum.once(moments)[0][:, None]

    def names(self):
        """Return ``["spectral_centroid"]``.

        Returns
        -------
        list of str
        """
        return ["spectral_centroid"]


class SpectralContrastFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralContrast` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_bands + 1)
            In decibels.
        """
        valleys, peaks = [], []
        for rows, n_bins in self._bands(spectrum.sampling_rate, spectrum.n_fft):
            bins = np.sort(spectrum.once(magnitude)[:, rows], axis=1)
            n_extreme = max(round(self.quantile * n_bins), 1)
            valleys.append(bins[:, :n_extreme].mean(axis=1))
            peaks.append(bins[:, -n_extreme:].mean(axis=1))
        return power_to_db(np.stack(peaks, axis=1)) - power_to_db(np.stack(valleys, axis=1))

    def names(self):
        """Return the names of the bands, counted from 1.

        Returns
        -------
        list of str
        """
        return [f"spectral_contrast_{place}" for place in range(1, self.n_bands + 2)]

    def check(self):
        """Raise ValueError if parameters that are right on their own do not go together."""
        super().check()
        highest = self.fmin * 2 ** (self.n_bands - 1)
        if highest >= self.sampling_rate / 2:
            raise ValueError(
                f"Expected the last octave to start below sampling_rate / 2 = "
                f"{self.sampling_rate / 2:g}, got {highest:g} Hz by fmin={self.fmin:g} and "
                f"n_bands={self.n_bands}. Lower one of them."
            )
        bands = self._bands(self.sampling_rate, self.n_fft)
        if any(rows.stop - rows.start < 1 for rows, _ in bands):
            raise ValueError(
                f"Expected every octave from fmin={self.fmin:g} Hz on to hold frequency bins, got "
                f"one without at n_fft={self.n_fft}. Raise n_fft or fmin."
            )

    def _bands(self, sampling_rate, n_fft):
        """Return the bins of each band, and the number that its quantile is of."""
        edges = self.fmin * 2.0 ** np.arange(self.n_bands + 1)
        hertz = np.fft.rfftfreq(n_fft, 1 / sampling_rate)  # rounded as librosa rounds
        start = np.searchsorted(hertz, [0, *edges[:-1]])
        stop = np.searchsorted(hertz, edges, side="right")
        bands = []
        for place, (first, last) in enumerate(zip(start, stop, strict=True)):
            first -= place > 0  # one bin of the band below
            if place == self.n_bands:
                bands.append((slice(first, len(hertz)), len(hertz) - first))
            else:
                bands.append((slice(first, last - 1), last - first))
        return bands


class SpectralFlatnessFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralFlatness` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
        """
        geometric = np.exp(spectrum.once(log_power).mean(axis=1))
        return (geometric / np.maximum(spectrum.power, 1e-10).mean(axis=1))[:, None]

    def names(self):
        """Return ``["spectral_flatness"]``.

        Returns
        -------
        list of str
        """
        return ["spectral_flatness"]


class SpectralFluxFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralFlux` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, 1)
        """
        spectra = spectrum.once(magnitude)
        if self.normalize:
            total = spectra.sum(axis=1, keepdims=True)
            spectra = spectra / np.where(total < np.finfo(np.float32).tiny, 1, total)
        flux = np.zeros((len(spectra), 1), np.float32)
        steps = np.diff(spectra, axis=0)
        flux[1:, 0] = np.sqrt(np.vecdot(steps, steps))
        return flux

    def names(self):
        """Return ``["spectral_flux"]``.

        Returns
        -------
        list of str
        """
        return ["spectral_flux"]


class SpectralRolloffFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralRolloff` is computed."""

    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float64 of shape (n_frames, 1)
            In Hz; 0 for silence.
        """
        running = np.cumsum(spectrum.once(magnitude), axis=1)
        reached = running >= self.roll_percent * running[:, -1:]
        return frequencies(spectrum)[reached.argmax(axis=1)][:, None]

    def names(self):
        """Return ``["spectral_rolloff"]``.

        Returns
        -------
        list of str
        """
        return ["spectral_rolloff"]


class SpectralSlopeFrames(FeatureFrames):
    """How :class:`~skemotion.audio.SpectralSlope` is computed."""

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
