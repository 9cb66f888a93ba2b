"""Formants by linear prediction, and the harmonics of voiced frames."""

from functools import lru_cache

import numpy as np

from skemotion.audio._pitch import track_pitch
from skemotion.audio._product import multiply

_PRE_EMPHASIS = 50.0  # Hz, from where on the spectrum is raised by 6 dB an octave
_SPACING = 1100.0  # Hz between the formants of a tube as long as a short vocal tract, 16 cm
_EDGE = 50.0  # Hz: closer to 0 or the ceiling a resonance is no formant
_WIDEST = 800.0  # Hz, bandwidth above which a resonance is no formant
_FLOOR = 1e-9  # of the energy, added as noise so that a silent band does no harm
_QUIET = 1e-20  # power taken for silence


def find_formants(spectrum, ceiling, *pitch):
    """Find the lowest resonances of the vocal tract in voiced frames.

    Linear prediction of two coefficients a formant, one formant each 1100 Hz, by the method of
    autocorrelation. The autocorrelation is that of the pre-emphasised power spectrum below the
    ceiling, as if the frame had been resampled to twice the ceiling.

    Parameters
    ----------
    spectrum : Spectrum
        The waveform and its spectrum.
    ceiling : float
        In Hz.
    *pitch : float
        What :func:`~skemotion.audio._pitch.track_pitch` takes.

    Returns
    -------
    frequencies, bandwidths : ndarray of float64 of shape (n_voiced, order)
        In Hz, in ascending order; NaN where there are fewer.
    """
    voiced = ~np.isnan(spectrum.once(track_pitch, *pitch).f0)
    basis = _correlation_basis(spectrum.sampling_rate, spectrum.n_fft, ceiling)
    correlation = multiply(spectrum.power[voiced, : len(basis)].astype(np.float64), basis)
    roots = find_roots(predict_linearly(correlation))
    frequencies = np.angle(roots) * (ceiling / np.pi)
    radius = np.maximum(np.abs(roots), np.finfo(float).tiny)
    bandwidths = -np.log(radius) * (2 * ceiling / np.pi)
    formant = (frequencies > _EDGE) & (frequencies < ceiling - _EDGE) & (bandwidths < _WIDEST)
    frequencies[~formant] = np.nan
    order = np.argsort(frequencies, axis=1)  # NaN comes last
    frequencies = np.take_along_axis(frequencies, order, axis=1)
    bandwidths = np.take_along_axis(bandwidths, order, axis=1)
    return frequencies, np.where(np.isnan(frequencies), np.nan, bandwidths)


@lru_cache(maxsize=32)
def _correlation_basis(sampling_rate, n_fft, ceiling):
    """Compute what turns power spectra into the first lags of the autocorrelation."""
    order = 2 * max(round(ceiling / _SPACING), 1)
    bins = np.arange(min(n_fft // 2, int(ceiling / sampling_rate * n_fft)) + 1)
    angle = bins * (sampling_rate / n_fft) * (np.pi / ceiling)
    emphasis = np.exp(-np.pi * _PRE_EMPHASIS / ceiling)
    weight = 1 + emphasis**2 - 2 * emphasis * np.cos(angle)
    weight[0] /= 2
    return weight[:, None] * np.cos(np.outer(angle, np.arange(order + 1)))


def predict_linearly(correlation):
    """Solve the normal equations of linear prediction for many frames, by Levinson's recursion.

    Parameters
    ----------
    correlation : ndarray of float64 of shape (n_frames, order + 1)
        Autocorrelation from lag 0 on.

    Returns
    -------
    ndarray of float64 of shape (n_frames, order + 1)
        Coefficients of the inverse filter, the first of which is 1.
    """
    n_frames, order = len(correlation), correlation.shape[1] - 1
    error = correlation[:, 0] * (1 + _FLOOR) + _QUIET
    coefficients = np.zeros((n_frames, order + 1))
    coefficients[:, 0] = 1
    for step in range(1, order + 1):
        known = coefficients[:, :step]
        reflection = -np.vecdot(known, correlation[:, step:0:-1]) / error
        turned = coefficients[:, :step][:, ::-1].copy()
        coefficients[:, 1 : step + 1] += reflection[:, None] * turned
        error = error * (1 - reflection**2)
    return coefficients


def find_roots(coefficients):
    """Find the roots in the upper half plane of many polynomials with real coefficients.

    Parameters
    ----------
    coefficients : ndarray of float64 of shape (n_polynomials, degree + 1)
        The highest power first, its coefficient 1.

    Returns
    -------
    ndarray of complex128 of shape (n_polynomials, degree)
        0 in place of real roots and of those in the lower half plane.
    """
    degree = coefficients.shape[1] - 1
    companions = np.zeros((len(coefficients), degree, degree))
    companions[:, 0] = -coefficients[:, 1:]
    companions[:, np.arange(1, degree), np.arange(degree - 1)] = 1
    roots = np.linalg.eigvals(companions).astype(np.complex128)
    return np.where(roots.imag > 0, roots, 0)


def harmonic_levels(spectrum, harmonics, *pitch):
    """Measure harmonics of voiced frames.

    Parameters
    ----------
    spectrum : Spectrum
        The waveform and its spectrum.
    harmonics : ndarray of shape (n_voiced, n_harmonics)
        Which ones, counted from 1; NaN for none.
    *pitch : float
        What :func:`~skemotion.audio._pitch.track_pitch` takes.

    Returns
    -------
    ndarray of float64 of shape (n_voiced, n_harmonics)
        Power of the strongest of the three bins around each, in dB; NaN for none and for those
        above half the sampling rate.
    """
    f0 = spectrum.once(track_pitch, *pitch).f0
    voiced = np.flatnonzero(~np.isnan(f0))
    place = harmonics * (f0[voiced, None] * (spectrum.n_fft / spectrum.sampling_rate))
    there = place < spectrum.power.shape[1] - 1.5
    bins = np.where(there, np.rint(np.where(there, place, 1)), 1).astype(int)
    bins = np.maximum(bins, 1)[..., None] + np.arange(-1, 2)
    power = spectrum.power[voiced[:, None, None], bins].max(axis=2).astype(np.float64)
    return np.where(there, 10 * np.log10(np.maximum(power, _QUIET)), np.nan)
