"""Compiled inner loops of the spectrum: importing this module imports numba.

Each gives the very bits of its definition in NumPy, which has the same name without the module:
what a recording's features are does not depend on whether this module is in use. So no arithmetic
is reordered here: no ``fastmath``, and literals are of the type of what they meet.

They are compiled for the types they declare when the module is first imported, and kept on disk:
later processes load them.
"""

import numba
import numpy as np
from numba import types

_ROW = types.Array(types.float32, 1, "C", readonly=True)
_TABLE = types.Array(types.float32, 2, "C", readonly=True)
_OUT = types.Array(types.float32, 2, "C")
_SIZE = types.int64
_OPTIONS = {"nogil": True, "cache": True}


@numba.njit(types.void(_ROW, _SIZE, _SIZE, _ROW, _OUT), **_OPTIONS)
def window_frames(padded, hop_length, first, window, out):
    """Do what ``_spectrum.window_frames`` does."""
    for row in range(len(out)):
        start = (first + row) * hop_length
        frame, windowed = padded[start : start + len(window)], out[row]
        for place in range(len(window)):
            windowed[place] = frame[place] * window[place]


@numba.njit(types.void(_TABLE, _OUT), **_OPTIONS)
def square_magnitude(parts, out):
    """Do what ``_spectrum.square_magnitude`` does."""
    for row in range(len(out)):
        both, squared = parts[row], out[row]
        for place in range(len(squared)):
            real, imaginary = both[2 * place], both[2 * place + 1]
            squared[place] = real * real + imaginary * imaginary


@numba.njit(types.float32(_ROW), **_OPTIONS)
def _largest(power):
    """Return the largest of values that are not negative: their bits have the same order."""
    bits = power.view(np.int32)
    largest = np.int32(0)
    for place in range(len(bits)):  # the maximum of integers becomes vector instructions
        largest = max(largest, bits[place])
    return np.int32(largest).view(np.float32)


@numba.njit(types.Tuple((types.float64[::1], types.float32[::1]))(_TABLE, _SIZE, _SIZE), **_OPTIONS)
def find_peaks(power, low, high):
    """Do what ``_chroma.find_peaks`` does."""
    most = len(power) * (high - low + 1) // 2
    bins, magnitudes = np.empty(most, np.float64), np.empty(most, np.float32)
    is_peak = np.empty(high - low, np.bool_)
    found = 0
    for row in range(len(power)):
        threshold = np.float32(0.1) * _largest(power[row])
        left = power[row, low - 1 : high - 1]
        centre = power[row, low:high]
        right = power[row, low + 1 : high + 1]
        for place in range(len(centre)):  # on its own, so that it becomes vector instructions
            value = centre[place]
            is_peak[place] = (value > threshold) & (value > left[place]) & (value >= right[place])
        for place in range(len(centre)):
            if is_peak[place]:
                value = centre[place]
                curvature = left[place] + right[place] - np.float32(2) * value
                slope = (right[place] - left[place]) / np.float32(2)
                shift = np.float32(0)
                if abs(slope) < abs(curvature):
                    shift = -slope / curvature
                bins[found] = low + place + np.float64(shift)
                magnitudes[found] = value + np.float32(0.5) * slope * shift
                found += 1
    return bins[:found].copy(), magnitudes[:found].copy()


@numba.njit(types.int64(_ROW, types.boolean[::1], types.float64[::1]), **_OPTIONS)
def commonest_detuning(pitches, counts, edges):
    """Do what ``_chroma.commonest_detuning`` does."""
    histogram = np.zeros(len(edges) - 1, np.int64)
    for row in range(len(pitches)):
        if counts[row]:
            detuning = pitches[row] - np.floor(pitches[row])
            if detuning >= np.float32(0.5):
                detuning -= np.float32(1)
            place = int((detuning + 0.5) * len(histogram))  # right, or next to it
            while place > 0 and detuning < edges[place]:
                place -= 1
            while place + 1 < len(histogram) and detuning >= edges[place + 1]:
                place += 1
            histogram[place] += 1
    return np.argmax(histogram)
