"""Change duration and pitch of a waveform independently."""

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from skemotion.audio._io import resample

_WINDOW = 0.064  # s: long enough to tell the harmonics of a deep voice apart
_OVERLAP = 4


def shift_pitch(waveform, semitones, sampling_rate):
    """Raise or lower the pitch and keep the duration.

    The waveform is stretched in time and then played faster or slower, so that formants move with
    the pitch.

    Parameters
    ----------
    waveform : ndarray of float32 or float64 of shape (n_times,)
        At least one time point.
    semitones : float
        By how much, in twelfths of an octave.
    sampling_rate : int
        In Hz.

    Returns
    -------
    ndarray of the shape and dtype of `waveform`

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> octave = shift_pitch(tone, 12, 16000)
    >>> int(np.abs(np.fft.rfft(octave)).argmax())
    880
    """
    factor = 2.0 ** (semitones / 12)
    n_fft = max(2 ** round(np.log2(_WINDOW * sampling_rate)), _OVERLAP)
    stretched = stretch(waveform, 1 / factor, n_fft)
    shifted = resample(stretched, round(sampling_rate * factor), sampling_rate)
    return fit_length(shifted, len(waveform))


def stretch(waveform, rate, n_fft):
    """Change the duration and keep the pitch, with a phase vocoder [1]_.

    Parameters
    ----------
    waveform : ndarray of float32 or float64 of shape (n_times,)
        At least one time point.
    rate : float
        Speed: 2 halves the duration.
    n_fft : int
        Length of a frame, in time points, divisible by 4; frames are a quarter of it apart.

    Returns
    -------
    ndarray of the dtype of `waveform` of shape (round(n_times / rate),)

    References
    ----------
    .. [1] J. L. Flanagan, R. M. Golden, "Phase Vocoder", Bell System Technical Journal 45(9), 1966.

    Examples
    --------
    >>> import numpy as np
    >>> stretch(np.zeros(16000), 0.8, 1024).shape
    (20000,)
    """
    hop = n_fft // _OVERLAP
    window = np.hanning(n_fft + 1)[:-1].astype(waveform.dtype)
    frames = sliding_window_view(np.pad(waveform, n_fft // 2), n_fft)[::hop]
    spectra = scipy.fft.rfft(frames * window, axis=1)
    places = np.arange(0, len(spectra), rate)
    spectra = np.pad(spectra, [(0, 2), (0, 0)])
    before = places.astype(np.intp)
    share = (places - before).astype(waveform.dtype)[:, np.newaxis]
    size = np.abs(spectra)
    size = size[before] + share * (size[before + 1] - size[before])
    # frames are as far apart in the result, so each phase advances by what it does there
    advance = _unit(spectra[before + 1] * spectra[before].conj())
    turned = np.cumprod(np.vstack([_unit(spectra[:1]), advance[:-1]]), axis=0)
    frames = scipy.fft.irfft(size * turned, n_fft, axis=1) * window
    return _add_up(frames, window, round(len(waveform) / rate))


def fit_length(waveform, n_times):
    """Cut a waveform at its end, or pad it with zeros.

    Parameters
    ----------
    waveform : ndarray of shape (any,)
        A waveform.
    n_times : int
        Length of the result.

    Returns
    -------
    ndarray of shape (n_times,)

    Examples
    --------
    >>> import numpy as np
    >>> fit_length(np.ones(2), 3), fit_length(np.ones(2), 1)
    (array([1., 1., 0.]), array([1.]))
    """
    return np.pad(waveform[:n_times], (0, max(n_times - len(waveform), 0)))


def _unit(values):
    """Divide complex numbers by their size; 1 where that is 0."""
    size = np.abs(values)
    zero = size < np.finfo(size.dtype).tiny
    return np.where(zero, 1, values / np.where(zero, 1, size))


def _add_up(frames, window, n_times):
    """Overlap and add frames, and undo what the windows did."""
    n_frames, hop = len(frames), len(window) // _OVERLAP
    total = np.zeros((n_frames + _OVERLAP - 1, hop), frames.dtype)
    weight = np.zeros_like(total)
    for part in range(_OVERLAP):
        where = slice(part * hop, (part + 1) * hop)
        total[part : part + n_frames] += frames[:, where]
        weight[part : part + n_frames] += np.square(window[where])
    small = np.finfo(weight.dtype).tiny
    waveform = (total / np.maximum(weight, small)).ravel()
    return fit_length(waveform[_OVERLAP // 2 * hop :], n_times)
