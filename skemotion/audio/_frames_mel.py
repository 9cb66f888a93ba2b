"""How features that start from mel filters are computed, without scikit-learn."""

import warnings
from functools import lru_cache

import numpy as np

from skemotion.audio._delta import delta
from skemotion.audio._frames import FeatureFrames
from skemotion.audio._mel import (
    cosine_basis,
    count_empty_filters,
    hz_to_mel,
    mel_spectrogram,
    mel_to_hz,
    power_to_db,
)
from skemotion.audio._product import multiply
from skemotion.audio._spectral import magnitude, mel

_SCALE = np.float32(2**31)


class MelFrames(FeatureFrames):
    """Base of how features that start from mel filters are computed."""

    def check(self):
        """Raise ValueError if parameters do not go together; warn of filters without a bin."""
        super().check()
        bank = self.bank(self.sampling_rate)
        _, fmin, fmax = bank
        if not fmin < fmax <= self.sampling_rate / 2:
            raise ValueError(
                f"Expected fmin < fmax <= sampling_rate / 2 = {self.sampling_rate / 2:g}, got "
                f"fmin={fmin:g} and fmax={fmax:g}. Correct them or leave fmax=None."
            )
        n_empty = count_empty_filters(self.sampling_rate, self.n_fft, *bank)
        if n_empty:
            warnings.warn(
                f"{n_empty} of {self.n_mels} mel filters are narrower than the frequency bins and "
                f"stay empty at n_fft={self.n_fft}. Raise n_fft or lower n_mels.",
                UserWarning,
                stacklevel=2,
            )

    def bank(self, sampling_rate):
        """Return what determines the filters.

        Parameters
        ----------
        sampling_rate : int
            In Hz.

        Returns
        -------
        tuple of (int, float, float)
            `n_mels`, `fmin`, and `fmax` or half the sampling rate.
        """
        return self.n_mels, self.fmin, sampling_rate / 2 if self.fmax is None else self.fmax


class MFCCFrames(MelFrames):
    """How :class:`~skemotion.audio.MFCC` is computed."""

    def compute(self, spectrum):
        """Compute the coefficients of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_features)
            The coefficients, then their first and second derivatives if asked for.
        """
        decibels = power_to_db(spectrum.once(mel, *self.bank(spectrum.sampling_rate)))
        coefficients = multiply(decibels, cosine_basis(self.n_mels, self.n_mfcc))
        if self.lifter:
            wave = np.sin(np.pi * np.arange(1, self.n_mfcc + 1) / self.lifter)
            coefficients *= (1 + self.lifter / 2 * wave).astype(np.float32)
        if not self.deltas:
            return coefficients
        derivatives = [delta(coefficients, order) for order in range(1, self.deltas + 1)]
        return np.concatenate([coefficients, *derivatives], axis=1)

    def names(self):
        """Return the names of the coefficients, counted from 1, and of their derivatives.

        Returns
        -------
        list of str
            Such as "mfcc_1", "delta_mfcc_1" and "delta2_mfcc_1".
        """
        prefixes = ("", "delta_", "delta2_")[: self.deltas + 1]
        places = range(1, self.n_mfcc + 1)
        return [f"{prefix}mfcc_{place}" for prefix in prefixes for place in places]

    def check(self):
        """Raise ValueError if parameters do not go together; warn of filters without a bin."""
        super().check()
        if self.n_mfcc > self.n_mels:
            raise ValueError(
                f"Expected n_mfcc to be at most n_mels={self.n_mels}, got {self.n_mfcc}. "
                "Raise n_mels or lower n_mfcc."
            )


class LogMelFrames(MelFrames):
    """How :class:`~skemotion.audio.LogMel` is computed."""

    def compute(self, spectrum):
        """Compute the mel spectrogram of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_mels)
            In decibels below 1.
        """
        return power_to_db(
            spectrum.once(mel, *self.bank(spectrum.sampling_rate)), self.floor, self.top_db
        )

    def names(self):
        """Return the names of the filters, counted from 1.

        Returns
        -------
        list of str
        """
        return [f"log_mel_{place}" for place in range(1, self.n_mels + 1)]


class PCENFrames(MelFrames):
    """How :class:`~skemotion.audio.PCEN` is computed."""

    def compute(self, spectrum):
        """Compute the normalised mel spectrogram of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float64 of shape (n_frames, n_mels)
        """
        bank = self.bank(spectrum.sampling_rate)
        bands = mel_spectrogram(
            spectrum.once(magnitude), spectrum.sampling_rate, spectrum.n_fft, *bank
        ).astype(np.float64)
        bands *= _SCALE
        n_frames = self.time_constant * spectrum.sampling_rate / spectrum.hop_length
        weight = (np.sqrt(1 + 4 * n_frames**2) - 1) / (2 * n_frames**2)
        level = _smooth(bands, weight)
        bands *= np.exp(-self.gain * (np.log(self.eps) + np.log1p(level / self.eps)))
        return self.bias**self.power * np.expm1(self.power * np.log1p(bands / self.bias))

    def names(self):
        """Return the names of the filters, counted from 1.

        Returns
        -------
        list of str
        """
        return [f"pcen_{place}" for place in range(1, self.n_mels + 1)]


class LoudnessFrames(MelFrames):
    """How :class:`~skemotion.audio.Loudness` is computed."""

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
        bank = self.bank(spectrum.sampling_rate)
        bands = spectrum.once(mel, *bank) * _band_weights(*bank)
        return np.power(bands, np.float32(self.exponent)).sum(axis=1, keepdims=True)

    def names(self):
        """Return ``["loudness"]``.

        Returns
        -------
        list of str
        """
        return ["loudness"]

    def bank(self, sampling_rate):
        """Return what determines the filters.

        Parameters
        ----------
        sampling_rate : int
            In Hz.

        Returns
        -------
        tuple of (int, float, float)
            `n_mels`, `fmin` and the highest frequency.
        """
        fmax = min(8000.0, sampling_rate / 2) if self.fmax is None else self.fmax
        return self.n_mels, self.fmin, fmax


def _smooth(bands, weight):
    """Take the exponential average over time, as if all bands had been 1 before."""
    level = np.empty_like(bands)
    previous = np.ones(bands.shape[1])
    for frame, smoothed in zip(bands, level, strict=True):
        np.multiply(previous, 1 - weight, out=smoothed)
        smoothed += weight * frame
        previous = smoothed
    return level


@lru_cache(maxsize=32)
def _band_weights(n_mels, fmin, fmax):
    """Weigh bands with equal loudness, and with their width, for filters of equal area."""
    edges = mel_to_hz(np.linspace(hz_to_mel(fmin), hz_to_mel(fmax), n_mels + 2))
    square = np.square(2 * np.pi * edges[1:-1])
    equal = (square + 56.8e6) * square**2 / ((square + 6.3e6) ** 2 * (square + 0.38e9))
    return (equal * (edges[2:] - edges[:-2]) / 2).astype(np.float32)
