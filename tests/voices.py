"""Voices whose pitch, regularity and formants are known."""

import numpy as np
from scipy.signal import decimate, lfilter

RATE = 16000
_OVERSAMPLING = 8


def add_noise(waveform, snr, seed=0):
    """Add white noise, `snr` dB below the waveform."""
    noise = np.random.default_rng(seed).standard_normal(len(waveform))
    return waveform + noise * np.sqrt(np.mean(np.square(waveform)) / 10 ** (snr / 10))


def harmonics(f0, formants=((600, 80), (1200, 90), (2500, 120)), n_harmonics=60):
    """Return a voice whose fundamental frequency is `f0` at each time point."""
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    waveform = np.zeros(len(f0))
    for harmonic in range(1, n_harmonics + 1):
        inside = f0 * harmonic < 0.47 * RATE
        waveform += np.where(inside, np.cos(harmonic * phase) / (harmonic if formants else 1), 0)
    return 0.5 * _loudest_1(_resonate(waveform, formants, RATE))


def pulses(f0, jitter=0.0, shimmer=0.0, formants=((600, 80), (1200, 90), (2500, 120)), seed=0):
    """Return two seconds of glottal pulses, with the jitter and shimmer they really have."""
    random = np.random.default_rng(seed)
    rate = RATE * _OVERSAMPLING
    n_pulses = int(1.9 * f0)
    periods = (1 + jitter * random.standard_normal(n_pulses)) / f0
    decibels = shimmer * random.standard_normal(n_pulses)
    waveform = np.zeros(2 * rate)
    waveform[((0.02 + np.cumsum(periods)) * rate).astype(int)] = 10 ** (decibels / 20)
    waveform = lfilter([1], [1, -2 * 0.995, 0.995**2], waveform)
    waveform = np.diff(decimate(_resonate(waveform, formants, rate), _OVERSAMPLING), prepend=0)
    real_jitter = np.abs(np.diff(periods)).mean() / periods.mean()
    return 0.5 * _loudest_1(waveform), real_jitter, np.abs(np.diff(decibels)).mean()


def _resonate(waveform, formants, rate):
    for frequency, bandwidth in formants or ():
        radius = np.exp(-np.pi * bandwidth / rate)
        cosine = np.cos(2 * np.pi * frequency / rate)
        waveform = lfilter([1], [1, -2 * radius * cosine, radius**2], waveform)
    return waveform


def _loudest_1(waveform):
    return waveform / np.abs(waveform).max()
