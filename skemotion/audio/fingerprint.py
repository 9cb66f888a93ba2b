"""Fingerprints that tell copies of a recording from other recordings of the same words."""

from functools import lru_cache

import numpy as np
from scipy.fft import rfft

from skemotion.audio._io import resample

_RATE = 8000  # Hz: what every copy still has
_N_FFT = 2048  # 256 ms; frames overlap so much that a shift of half a hop hardly matters
_HOP = 128  # 16 ms
_N_BANDS = 33
_FMIN, _FMAX = 200.0, 3400.0  # Hz
_QUIET = 1e-5  # of the loudest frame's energy: below, noise decides about the bits
_LONGEST = 60  # s
_AGREE = 0.85  # share of bits that copies have in common; chance is 0.5, other takes reach 0.77
_FEWEST = 20  # frames, 0.3 s


def fingerprint(waveform, sampling_rate):
    """Return the fingerprint of a recording.

    Each frame gives a word of 32 bits: the signs of how the difference between neighbouring bands
    changes from the frame before. Copies that were resampled, made louder or softer, coded again or
    cut at the edges keep most of the bits; another take of the same words by the same voice does
    not.

    Parameters
    ----------
    waveform : ndarray of float32 of shape (n_times,)
        Mono; of more than 60 s the first 60 count.
    sampling_rate : int
        In Hz.

    Returns
    -------
    ndarray of uint32 of shape (n_frames,)
        0 where the recording is too quiet to say. Empty if it is shorter than 0.3 s.

    References
    ----------
    .. [1] J. Haitsma, T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio.fingerprint import fingerprint
    >>> noise = np.random.default_rng(0).standard_normal(16000).astype("float32")
    >>> fingerprint(noise, 16000).shape
    (46,)
    """
    waveform = resample(waveform[: _LONGEST * sampling_rate], sampling_rate, _RATE)
    if len(waveform) < _N_FFT + _FEWEST * _HOP:
        return np.empty(0, dtype=np.uint32)
    frames = np.lib.stride_tricks.sliding_window_view(waveform, _N_FFT)[::_HOP]
    window = np.hanning(_N_FFT).astype(np.float32)
    spectrum = rfft(frames * window, axis=1)
    energy = np.add.reduceat((spectrum.real**2 + spectrum.imag**2), _edges(), axis=1)[:, :_N_BANDS]
    steps = np.diff(np.diff(energy, axis=1), axis=0)
    words = np.packbits(steps > 0, axis=1).view(">u4")[:, 0].astype(np.uint32)
    loudness = energy.sum(axis=1)[1:]
    words[loudness <= _QUIET * loudness.max(initial=0)] = 0
    return words


@lru_cache(maxsize=1)
def _edges():
    edges = np.geomspace(_FMIN, _FMAX, _N_BANDS + 1) * _N_FFT / _RATE
    return np.maximum.accumulate(np.round(edges).astype(int))


def same_recording(first, second, offset):
    """Tell whether two fingerprints agree where they overlap.

    Parameters
    ----------
    first, second : ndarray of uint32 of shape (n_frames,)
        Fingerprints.
    offset : int
        Frame of the first that belongs to frame 0 of the second.

    Returns
    -------
    bool
        Whether at least 85 % of the bits agree over at least 0.3 s and half of the shorter one.
    """
    start, stop = max(0, offset), min(len(first), len(second) + offset)
    a, b = first[start:stop], second[start - offset : stop - offset]
    heard = (a != 0) & (b != 0)
    shorter = min(np.count_nonzero(first), np.count_nonzero(second))
    if heard.sum() < max(_FEWEST, shorter / 2):
        return False
    differ = np.bitwise_count(a[heard] ^ b[heard]).mean() / 32
    return bool(1 - differ >= _AGREE)
