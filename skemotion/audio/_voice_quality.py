"""How regular a voice is: its periods, their amplitudes, and the noise between harmonics."""

import numpy as np

from skemotion.audio._pitch import track_pitch, window_correlation

_SEARCH = 0.25  # how far from one period away the next peak is looked for, in periods
_SMOOTHING = 0.001  # s; halves what is at 1 kHz and takes away noise above it
_UNLIKE_PERIOD, _UNLIKE_AMPLITUDE = 1.3, 1.6  # ratios above which neighbours do not count
_LEAST, _MOST = 1e-4, 1 - 1e-4  # correlations of harmonics-to-noise ratios of -40 and 40 dB


def find_periods(spectrum, *pitch):
    """Find three neighbouring peaks of the waveform around the middle of each voiced frame.

    Parameters
    ----------
    spectrum : Spectrum
        The waveform.
    *pitch : float
        What :func:`~skemotion.audio._pitch.track_pitch` takes.

    Returns
    -------
    periods : ndarray of float64 of shape (n_voiced, 2)
        Times between the peaks, in time points; NaN where there are no three peaks.
    amplitudes : ndarray of float64 of shape (n_voiced, 3)
        Of the peaks; NaN where there are no three.

    Notes
    -----
    As in Praat [1]_, neighbours whose periods differ by a factor of more than 1.3, or their
    amplitudes by more than 1.6, are not taken for periods.

    References
    ----------
    .. [1] P. Boersma, "Should jitter be measured by peak picking or by waveform matching?", Folia
       Phoniatrica et Logopaedica 61, 2009.
    """
    track = spectrum.once(track_pitch, *pitch)
    voiced = np.flatnonzero(~np.isnan(track.f0))
    period = spectrum.sampling_rate / track.f0[voiced].astype(np.float64)
    if len(voiced) == 0:
        return np.empty((0, 2)), np.empty((0, 3))
    reach = int(np.ceil(3 * period.max())) + 2
    padded = np.pad(_smooth(spectrum), reach)
    centre = voiced * spectrum.hop_length + reach
    middle = _highest(padded, centre, 0.5 * period)
    before = _highest(padded, middle - np.rint(period).astype(int), _SEARCH * period)
    after = _highest(padded, middle + np.rint(period).astype(int), _SEARCH * period)
    places = np.stack([before, middle, after], axis=1)
    left, top, right = padded[places - 1], padded[places], padded[places + 1]
    curvature = 2 * top - left - right
    slope = (right - left) / 2
    peak = (curvature > 0) & (np.abs(slope) < curvature) & (top > 0)
    shift = np.divide(slope, curvature, out=np.zeros_like(slope), where=peak)
    amplitudes = top + slope * shift / 2
    periods = np.diff(places + shift, axis=1)
    alike = peak.all(axis=1, keepdims=True)
    for values, most in ((periods, _UNLIKE_PERIOD), (amplitudes, _UNLIKE_AMPLITUDE)):
        low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
        alike &= high < most * low
    return np.where(alike, periods, np.nan), np.where(alike, amplitudes, np.nan)


def _smooth(spectrum):
    """Return the waveform, low-passed, the way up that its sharp peaks show upwards."""
    waveform = spectrum.waveform
    half = int(_SMOOTHING * spectrum.sampling_rate / 2)
    if half > 0:
        weights = np.hanning(2 * half + 3)[1:-1].astype(np.float32)
        padded = np.pad(waveform, half)
        waveform = np.zeros_like(waveform)
        for delay, weight in enumerate(weights / weights.sum()):  # thrice as fast as np.convolve
            waveform += weight * padded[delay : delay + len(waveform)]
    waveform = waveform.astype(np.float64)
    # a sum, not a product: BLAS would start threads for it
    return waveform if (np.square(waveform) * waveform).sum() >= 0 else -waveform


def _highest(padded, centre, reach):
    """Return where each stretch of a waveform is highest."""
    width = int(np.ceil(reach.max()))
    offset = np.arange(-width, width + 1)
    values = padded[centre[:, None] + offset]
    values[np.abs(offset) > reach[:, None]] = -np.inf
    return centre + offset[values.argmax(axis=1)]


def jitter(periods):
    """Compute how much neighbouring periods differ.

    Parameters
    ----------
    periods : ndarray of shape (n_voiced, 2)
        From :func:`find_periods`.

    Returns
    -------
    ndarray of shape (n_voiced,)
        Difference, relative to their mean.
    """
    return np.abs(np.diff(periods, axis=1)[:, 0]) / periods.mean(axis=1)


def shimmer(amplitudes):
    """Compute how much the amplitudes of neighbouring periods differ.

    Parameters
    ----------
    amplitudes : ndarray of shape (n_voiced, 3)
        From :func:`find_periods`.

    Returns
    -------
    ndarray of shape (n_voiced,)
        Mean of the two differences, in dB.
    """
    return np.abs(np.diff(20 * np.log10(amplitudes), axis=1)).mean(axis=1)


def harmonicity(spectrum, *pitch):
    """Compute the harmonics-to-noise ratio of voiced frames.

    Parameters
    ----------
    spectrum : Spectrum
        The waveform.
    *pitch : float
        What :func:`~skemotion.audio._pitch.track_pitch` takes.

    Returns
    -------
    ndarray of shape (n_voiced,)
        In dB, from -40 to 40: of the correlation r one period away, corrected for the window,
        10 log10(r / (1 - r)).
    """
    track = spectrum.once(track_pitch, *pitch)
    voiced = np.flatnonzero(~np.isnan(track.f0))
    power = spectrum.power[voiced]
    lag = spectrum.sampling_rate / track.f0[voiced]
    angle = np.float32(2 * np.pi / spectrum.n_fft) * np.arange(power.shape[1], dtype=np.float32)
    waves = np.cos(lag[:, None] * angle)
    own = window_correlation(spectrum.win_length or spectrum.n_fft)
    total = power.sum(axis=1)
    correlation = np.vecdot(power, waves) / np.maximum(total, np.finfo(np.float32).tiny)
    correlation = correlation / np.interp(lag, np.arange(len(own)), own)
    correlation = np.clip(correlation, _LEAST, _MOST)
    return 10 * np.log10(correlation / (1 - correlation))
