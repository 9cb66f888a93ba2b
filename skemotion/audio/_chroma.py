"""Pitch classes and their tuning, with the numbers of librosa 0.11."""

import sys
from functools import lru_cache

import numpy as np

from skemotion.audio._compiled import find_kernels
from skemotion.audio._product import multiply

_LOWEST, _HIGHEST = 150.0, 4000.0  # Hz, where tuning is looked for
_EDGES = np.linspace(-0.5, 0.5, 101)  # of the histogram of detunings, in bins of the chroma


@lru_cache(maxsize=256)
def chroma_filters(sampling_rate, n_fft, n_chroma, tuning):
    """Compute the filters that fold a spectrum into pitch classes.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    n_fft : int
        Length of a frame, in time points.
    n_chroma : int
        Number of pitch classes.
    tuning : float
        Deviation from A = 440 Hz, in pitch classes.

    Returns
    -------
    ndarray of float32 of shape (n_fft // 2 + 1, n_chroma)
        Cached: not to be written to.

    References
    ----------
    .. [1] D. P. W. Ellis, "Chroma feature analysis and synthesis", 2007.
    """
    frequencies = np.arange(1, n_fft) * (sampling_rate / n_fft)
    a0 = 440 * 2 ** (tuning / n_chroma) / 16
    pitch = n_chroma * np.log2(frequencies / a0)
    pitch = np.concatenate(([pitch[0] - 1.5 * n_chroma], pitch))  # 0 Hz has no pitch
    width = np.append(np.maximum(np.diff(pitch), 1), 1)[:, None]

    half = np.round(n_chroma / 2)
    distance = np.subtract.outer(pitch, np.arange(n_chroma)) + half + 10 * n_chroma
    distance = np.remainder(distance, n_chroma) - half
    weights = np.exp(-0.5 * (2 * distance / width) ** 2)
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    weights /= np.where(length < np.finfo(float).tiny, 1, length)
    weights *= np.exp(-0.5 * ((pitch / n_chroma - 5) / 2) ** 2)[:, None]
    weights = np.roll(weights, -3 * (n_chroma // 12), axis=1)  # from A to C
    return np.ascontiguousarray(weights[: n_fft // 2 + 1], dtype=np.float32)


def chromagram(power, filters):
    """Fold a power spectrogram into pitch classes, the strongest of each frame being 1.

    Parameters
    ----------
    power : ndarray of float32 of shape (n_frames, n_bins)
        Power spectrogram.
    filters : ndarray of float32 of shape (n_bins, n_chroma)
        From :func:`chroma_filters`.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_chroma)
        Frames of silence are 0.
    """
    chroma = multiply(power, filters)
    strongest = chroma.max(axis=1, keepdims=True)
    strongest[strongest < np.finfo(np.float32).tiny] = 1
    chroma /= strongest
    return chroma


def estimate_tuning(power, sampling_rate, n_chroma):
    """Estimate how far the pitches of a recording are from A = 440 Hz.

    Spectral peaks between 150 and 4000 Hz are interpolated; the tuning is the commonest
    deviation of those above the median magnitude.

    Parameters
    ----------
    power : ndarray of float32 of shape (n_frames, n_bins)
        Power spectrogram.
    sampling_rate : int
        In Hz.
    n_chroma : int
        Number of pitch classes of an octave.

    Returns
    -------
    float
        In pitch classes, at least -0.5 and less than 0.5; 0 for silence.
    """
    n_fft = 2 * (power.shape[1] - 1)
    loops = find_kernels() or sys.modules[__name__]
    bins, magnitudes = loops.find_peaks(power, *_tuned_bins(n_fft, sampling_rate))
    if len(bins) == 0:
        return 0.0
    ordered = np.sort(magnitudes)  # a third of the time of np.median
    median = (ordered[(len(bins) - 1) // 2] + ordered[len(bins) // 2]) / 2
    pitches = (bins * float(sampling_rate) / n_fft).astype(np.float32)
    pitches = n_chroma * np.log2(pitches / np.float32(27.5))
    return float(_EDGES[loops.commonest_detuning(pitches, magnitudes >= median, _EDGES)])


@lru_cache(maxsize=32)
def _tuned_bins(n_fft, sampling_rate):
    """Return the first bin where tuning is looked for, and the one after the last."""
    frequencies = np.fft.rfftfreq(n_fft, 1 / sampling_rate)
    highest = min(_HIGHEST, frequencies[-1])
    inside = np.flatnonzero((frequencies >= _LOWEST) & (frequencies < highest))
    return (inside[0], inside[-1] + 1) if len(inside) else (1, 1)


def find_peaks(power, low, high):
    """Find the spectral peaks of all frames above a tenth of the strongest power.

    Parameters
    ----------
    power : ndarray of float32 of shape (n_frames, n_bins)
        Power spectrogram.
    low, high : int
        First bin that may be a peak, at least 1, and the bin after the last.

    Returns
    -------
    bins : ndarray of float64 of shape (n_peaks,)
        Where a parabola through a peak and its neighbours has its top, frame by frame.
    magnitudes : ndarray of float32 of shape (n_peaks,)
        How high it is there.
    """
    strong = power[:, low:high] > np.float32(0.1) * power.max(axis=1, keepdims=True)
    row, column = np.divmod(np.flatnonzero(strong), max(high - low, 1))
    column += low
    flat, place = power.ravel(), row * power.shape[1] + column
    is_peak = (flat[place] > flat[place - 1]) & (flat[place] >= flat[place + 1])
    return _interpolate(flat, place[is_peak], column[is_peak])


def commonest_detuning(pitches, counts, edges):
    """Find the commonest distance of pitches from whole numbers.

    Parameters
    ----------
    pitches : ndarray of float32 of shape (n_peaks,)
        In pitch classes.
    counts : ndarray of bool of shape (n_peaks,)
        Which of them count, at least one.
    edges : ndarray of float64 of shape (n_places + 1,)
        Edges of a histogram of equal steps from -0.5 to 0.5.

    Returns
    -------
    int
        Place in the histogram, the first of those that are equally common.
    """
    detuning = pitches[counts]
    detuning -= np.floor(detuning)
    detuning[detuning >= 0.5] -= 1
    place = np.searchsorted(edges, detuning, side="right") - 1
    return np.argmax(np.bincount(place))


def _interpolate(flat, place, column):
    """Fit a parabola through each peak and its two neighbours."""
    left, centre, right = flat[place - 1], flat[place], flat[place + 1]
    curvature = left + right - 2 * centre
    slope = (right - left) / 2
    sharp = np.abs(slope) < np.abs(curvature)
    shift = np.divide(-slope, curvature, out=np.zeros_like(slope), where=sharp)
    return column + shift, centre + np.float32(0.5) * slope * shift
