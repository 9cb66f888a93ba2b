"""Frames, power spectrogram and root mean square of one waveform.

The numbers are those of librosa 0.11: centred frames padded with zeros, periodic Hann window.
"""

import sys
from functools import cached_property, lru_cache

import numpy as np
import scipy.fft

from skemotion.audio._compiled import find_kernels

_BLOCK = 24  # frames transformed at once: they stay in the second-level cache


class Spectrum:
    """One waveform under one front end; what several features need is computed once.

    Parameters
    ----------
    waveform : ndarray of float32 of shape (n_times,)
        At least one time point.
    sampling_rate : int
        In Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.

    Attributes
    ----------
    frames : ndarray of float32 of shape (n_frames, n_fft)
        Read-only view of the padded waveform, without a window.
    power : ndarray of float32 of shape (n_frames, n_fft // 2 + 1)
        Squared magnitude of the Fourier transform.

    Examples
    --------
    >>> import numpy as np
    >>> Spectrum(np.zeros(16000, "float32"), 16000).power.shape
    (32, 1025)
    """

    def __init__(self, waveform, sampling_rate, n_fft=2048, hop_length=512, win_length=None):
        self.waveform = waveform
        self.sampling_rate = sampling_rate
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self._done = {}

    def once(self, function, *args):
        """Return ``function(self, *args)``, computed the first time only.

        Parameters
        ----------
        function : callable
            Takes the spectrum first.
        *args : hashable
            Further arguments.

        Returns
        -------
        object
            Not to be written to: other features share it.
        """
        key = function, args
        if key not in self._done:
            self._done[key] = function(self, *args)
        return self._done[key]

    @cached_property
    def _padded(self):
        side = self.n_fft // 2
        padded = np.empty(len(self.waveform) + 2 * side, np.float32)
        padded[:side] = padded[len(padded) - side :] = 0
        padded[side : len(padded) - side] = self.waveform
        padded.flags.writeable = False
        return padded

    @cached_property
    def frames(self):
        return _frames(self._padded, self.n_fft, self.hop_length)

    @cached_property
    def power(self):
        window = hann_window(self.win_length or self.n_fft, self.n_fft, np.float32)
        power = np.empty((len(self.frames), self.n_fft // 2 + 1), np.float32)
        buffer = np.empty((_BLOCK, self.n_fft), np.float32)
        loops = find_kernels(len(power)) or sys.modules[__name__]
        for start in range(0, len(power), _BLOCK):
            rows = power[start : start + _BLOCK]
            windowed = buffer[: len(rows)]
            loops.window_frames(self._padded, self.hop_length, start, window, windowed)
            loops.square_magnitude(scipy.fft.rfft(windowed).view(np.float32), rows)
        self._refine_clicks(power)
        return power

    def _refine_clicks(self, power):
        """Compute flat spectra in double precision, as librosa does for all, in place.

        A single click in digital silence has a flat spectrum: where its peaks are, and with them
        the tuning, is a matter of rounding.
        """
        lowest = power[:, 0]
        near = (np.abs(power[:, 1] - lowest) <= 1e-5 * lowest) & (lowest > 0)
        if not near.any():  # nearly always, in a third of the time
            return
        flat = np.flatnonzero(near & (np.ptp(power[:, :8], axis=1) <= 1e-5 * lowest))
        if len(flat):
            window = hann_window(self.win_length or self.n_fft, self.n_fft, np.float64)
            transformed = scipy.fft.rfft(self.frames[flat] * window)
            power[flat] = np.square(np.abs(transformed.astype(np.complex64)))


def _frames(padded, n_fft, hop_length):
    n_frames = 1 + (len(padded) - n_fft) // hop_length
    strides = hop_length * padded.itemsize, padded.itemsize
    return np.ndarray((n_frames, n_fft), np.float32, padded, strides=strides)


def window_frames(padded, hop_length, first, window, out):
    """Multiply some frames by a window.

    Parameters
    ----------
    padded : ndarray of float32 of shape (n_times,)
        What frames are cut from.
    hop_length : int
        Step between frames, in time points.
    first : int
        Number of the first frame.
    window : ndarray of float32 of shape (n_fft,)
        The window.
    out : ndarray of float32 of shape (n_frames, n_fft)
        Where the frames are written.
    """
    frames = _frames(padded, len(window), hop_length)
    np.multiply(frames[first : first + len(out)], window, out=out)


def square_magnitude(parts, out):
    """Square the magnitude of complex numbers.

    Parameters
    ----------
    parts : ndarray of float32 of shape (n_frames, 2 * n_bins)
        Real and imaginary parts in turn.
    out : ndarray of float32 of shape (n_frames, n_bins)
        Where the squares are written.
    """
    np.square(parts[:, ::2], out=out)
    out += np.square(parts[:, 1::2])


@lru_cache(maxsize=32)
def hann_window(win_length, n_fft, dtype):
    """Compute a periodic Hann window, centred in a frame of zeros.

    Parameters
    ----------
    win_length : int
        Length of the window, in time points, at most `n_fft`.
    n_fft : int
        Length of the frame, in time points.
    dtype : type
        Type of the result.

    Returns
    -------
    ndarray of shape (n_fft,)
        Cached: not to be written to.
    """
    window = np.zeros(n_fft, dtype)
    start = (n_fft - win_length) // 2
    phase = 2 * np.pi * np.arange(win_length) / win_length
    window[start : start + win_length] = 0.5 - 0.5 * np.cos(phase)
    return window


def root_mean_square(frames):
    """Compute the root mean square of each frame.

    Parameters
    ----------
    frames : ndarray of float32 of shape (n_frames, n_fft)
        Frames without a window.

    Returns
    -------
    ndarray of float32 of shape (n_frames,)
    """
    return np.sqrt(np.vecdot(frames, frames) / np.float32(frames.shape[1]))
