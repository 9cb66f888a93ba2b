"""Mel filters, decibels and the cosine transform, with the numbers of librosa 0.11."""

from functools import lru_cache

import numpy as np

from skemotion.audio._product import multiply

_GROUP = 16  # filters multiplied at once, over the frequencies that they cover together


def mel_to_hz(mels):
    """Convert mels of Slaney's scale, linear below 1 kHz and logarithmic above, to Hz.

    Parameters
    ----------
    mels : array-like of float
        Mels.

    Returns
    -------
    ndarray of float64
        Frequencies, in Hz.
    """
    mels = np.asarray(mels, np.float64)
    return np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))


def hz_to_mel(frequencies):
    """Convert Hz to mels of Slaney's scale, the inverse of :func:`mel_to_hz`.

    Parameters
    ----------
    frequencies : array-like of float
        Frequencies, in Hz.

    Returns
    -------
    ndarray of float64
        Mels.
    """
    frequencies = np.asarray(frequencies, np.float64)
    above = 15 + 27 * np.log(np.maximum(frequencies, 1000) / 1000) / np.log(6.4)
    return np.where(frequencies < 1000, frequencies * 3 / 200, above)


@lru_cache(maxsize=32)
def mel_filters(sampling_rate, n_fft, n_mels, fmin, fmax):
    """Compute triangular mel filters of equal area.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    n_fft : int
        Length of a frame, in time points.
    n_mels : int
        Number of filters.
    fmin, fmax : float
        Lowest and highest frequency, in Hz.

    Returns
    -------
    ndarray of float32 of shape (n_fft // 2 + 1, n_mels)
        Cached: not to be written to.

    References
    ----------
    .. [1] M. Slaney, "Auditory Toolbox, version 2", Interval Research Corporation, 1998.
    """
    bins = np.arange(n_fft // 2 + 1)[:, None] * (sampling_rate / n_fft)
    edges = mel_to_hz(np.linspace(hz_to_mel(fmin), hz_to_mel(fmax), n_mels + 2))
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    slopes = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return (np.maximum(slopes, 0) * (2 / (high - low))).astype(np.float32)


@lru_cache(maxsize=32)
def _mel_bands(sampling_rate, n_fft, n_mels, fmin, fmax):
    """Cut the filters into dense blocks: nine tenths of the whole matrix are zeros."""
    filters = mel_filters(sampling_rate, n_fft, n_mels, fmin, fmax)
    bands = []
    for start in range(0, n_mels, _GROUP):
        columns = slice(start, start + _GROUP)
        covered = np.flatnonzero(filters[:, columns].any(axis=1))
        if len(covered):
            rows = slice(covered[0], covered[-1] + 1)
            bands.append((rows, columns, np.ascontiguousarray(filters[rows, columns])))
    return bands


@lru_cache(maxsize=32)
def count_empty_filters(sampling_rate, n_fft, n_mels, fmin, fmax):
    """Count the mel filters that fall between two frequency bins.

    Parameters
    ----------
    sampling_rate, n_fft, n_mels, fmin, fmax
        As in :func:`mel_filters`.

    Returns
    -------
    int
    """
    filters = mel_filters(sampling_rate, n_fft, n_mels, fmin, fmax)
    return int(np.count_nonzero(~filters.any(axis=0)))


def mel_spectrogram(power, sampling_rate, n_fft, n_mels, fmin, fmax):
    """Apply the mel filters to a power spectrogram.

    Parameters
    ----------
    power : ndarray of float32 of shape (n_frames, n_fft // 2 + 1)
        Power spectrogram.
    sampling_rate, n_fft, n_mels, fmin, fmax
        As in :func:`mel_filters`.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_mels)
    """
    mel = np.zeros((len(power), n_mels), np.float32)
    for rows, columns, weights in _mel_bands(sampling_rate, n_fft, n_mels, fmin, fmax):
        multiply(power[:, rows], weights, out=mel[:, columns])
    return mel


def power_to_db(power, floor=1e-10, top_db=80):
    """Convert power to decibels below 1.

    Parameters
    ----------
    power : ndarray of float32
        Not negative.
    floor : float, default=1e-10
        Power that less is taken for.
    top_db : float or None, default=80
        What is further below the loudest is raised to that level.

    Returns
    -------
    ndarray of float32
        Of the same shape.
    """
    decibels = np.log(np.maximum(power, np.float32(floor)))
    decibels *= np.float32(10 / np.log(10))
    if top_db is None:
        return decibels
    return np.maximum(decibels, decibels.max() - top_db, out=decibels)


@lru_cache(maxsize=32)
def cosine_basis(n_mels, n_mfcc):
    """Compute the first columns of the orthonormal discrete cosine transform of type II.

    Parameters
    ----------
    n_mels : int
        Number of rows.
    n_mfcc : int
        Number of columns, at most `n_mels`.

    Returns
    -------
    ndarray of float32 of shape (n_mels, n_mfcc)
        Cached: not to be written to.
    """
    basis = np.cos(np.pi / n_mels * np.outer(np.arange(n_mels) + 0.5, np.arange(n_mfcc)))
    basis *= np.sqrt(2 / n_mels)
    basis[:, 0] /= np.sqrt(2)
    return basis.astype(np.float32)
