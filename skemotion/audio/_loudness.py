"""Integrated loudness of one channel, by ITU-R BS.1770-4."""

from functools import lru_cache

import numpy as np

MIN_SAMPLING_RATE = 4000  # Hz, so that the filters lie below half of it
_BLOCK, _STEP = 0.4, 0.1  # s
_OFFSET = -0.691  # dB, so that a tone of 997 Hz is at the level that it has
_SILENT, _RELATIVE = -70.0, -10.0  # LUFS and LU, below which blocks do not count


def integrated_loudness(waveform, sampling_rate):
    """Measure the integrated loudness of one channel [1]_.

    Blocks of 400 ms are measured every 100 ms after the K-weighting; those below -70 LUFS, and then
    those more than 10 LU below the loudness of the others, do not count.

    Parameters
    ----------
    waveform : ndarray of float32 of shape (n_times,)
        Any length; one of less than 400 ms is a single block.
    sampling_rate : int
        In Hz, at least 4000.

    Returns
    -------
    float
        In LUFS; minus infinity if no block is above -70 LUFS.

    References
    ----------
    .. [1] Recommendation ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and
       true-peak audio level", International Telecommunication Union, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio._loudness import integrated_loudness
    >>> tone = np.sin(2 * np.pi * 997 / 48000 * np.arange(48000))
    >>> round(integrated_loudness(tone, 48000), 2)
    -3.01
    """
    from scipy.signal import sosfilt

    weighted = sosfilt(k_weighting(sampling_rate), waveform.astype(np.float64))
    energy = np.concatenate(([0], np.cumsum(np.square(weighted))))
    length = min(round(_BLOCK * sampling_rate), len(waveform))
    step = round(_STEP * sampling_rate)
    start = np.arange(0, len(waveform) - length + 1, step)
    power = (energy[start + length] - energy[start]) / length
    power = power[_to_lufs(power) > _SILENT]
    if len(power) == 0:
        return -np.inf
    power = power[_to_lufs(power) > _to_lufs(power.mean()) + _RELATIVE]
    return float(_to_lufs(power.mean()))


def _to_lufs(power):
    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-30))


@lru_cache(maxsize=32)
def k_weighting(sampling_rate):
    """Compute the two filters of the K-weighting for a sampling rate.

    The recommendation gives coefficients for 48 kHz; these are the filters of which they are the
    bilinear transform: a high shelf of 4 dB (the head) and a high-pass (the low end of hearing).

    Parameters
    ----------
    sampling_rate : int
        In Hz.

    Returns
    -------
    ndarray of float64 of shape (2, 6)
        Second-order sections b0, b1, b2, 1, a1, a2. Cached: not to be written to.
    """
    shelf = _shelf(sampling_rate, 1681.974450955533, 0.7071752369554196, 3.999843853973347)
    return np.array([shelf, _high_pass(sampling_rate, 38.13547087602444, 0.5003270373238773)])


def _shelf(sampling_rate, frequency, q, gain):
    k = np.tan(np.pi * frequency / sampling_rate)
    high = 10 ** (gain / 20)
    middle = high**0.4996667741545416
    a0 = 1 + k / q + k**2
    b = [high + middle * k / q + k**2, 2 * (k**2 - high), high - middle * k / q + k**2]
    return [*(np.array(b) / a0), 1, 2 * (k**2 - 1) / a0, (1 - k / q + k**2) / a0]


def _high_pass(sampling_rate, frequency, q):
    k = np.tan(np.pi * frequency / sampling_rate)
    a0 = 1 + k / q + k**2
    return [1, -2, 1, 1, 2 * (k**2 - 1) / a0, (1 - k / q + k**2) / a0]
