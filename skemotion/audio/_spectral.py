"""What spectral features are made of; call it with ``spectrum.once`` where features share it."""

import numpy as np

from skemotion.audio._mel import mel_spectrogram

_FLOOR = np.float32(1e-10)  # power, as in librosa


def frequencies(spectrum):
    """Compute the frequencies of the bins.

    Parameters
    ----------
    spectrum : Spectrum
        Any.

    Returns
    -------
    ndarray of float64 of shape (n_bins,)
        In Hz.
    """
    return np.arange(spectrum.n_fft // 2 + 1) * (spectrum.sampling_rate / spectrum.n_fft)


def magnitude(spectrum):
    """Compute the magnitude of the Fourier transform.

    Parameters
    ----------
    spectrum : Spectrum
        Of one waveform.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_bins)
    """
    return np.sqrt(spectrum.power)


def log_power(spectrum):
    """Compute the natural logarithm of the power, that of 1e-10 where it is less.

    Parameters
    ----------
    spectrum : Spectrum
        Of one waveform.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_bins)
    """
    floored = np.maximum(spectrum.power, _FLOOR)
    return np.log(floored, out=floored)


def mel(spectrum, n_mels, fmin, fmax):
    """Compute a mel spectrogram of power.

    Parameters
    ----------
    spectrum : Spectrum
        Of one waveform.
    n_mels : int
        Number of filters.
    fmin, fmax : float
        Lowest and highest frequency, in Hz.

    Returns
    -------
    ndarray of float32 of shape (n_frames, n_mels)
    """
    bank = spectrum.sampling_rate, spectrum.n_fft, n_mels, fmin, fmax
    return mel_spectrogram(spectrum.power, *bank)


def moments(spectrum):
    """Compute the centroid and the bandwidth of the magnitude of each frame.

    Parameters
    ----------
    spectrum : Spectrum
        Of one waveform.

    Returns
    -------
    centroid : ndarray of float64 of shape (n_frames,)
        Mean frequency, in Hz; 0 for silence.
    bandwidth : ndarray of float64 of shape (n_frames,)
        Standard deviation of the frequency, in Hz; 0 for silence.
    """
    hertz = frequencies(spectrum)
    weights = spectrum.once(magnitude).astype(np.float64)
    powers = np.stack([np.ones_like(hertz), hertz, np.square(hertz)], axis=1)
    total, first, second = (weights @ powers).T
    total = np.where(total < np.finfo(np.float32).tiny, 1, total)
    centroid = first / total
    variance = second / total - np.square(centroid)
    return centroid, np.sqrt(np.maximum(variance, 0))


def band(sampling_rate, n_fft, low, high):
    """Return the bins of a frequency band.

    Parameters
    ----------
    sampling_rate : int
        In Hz.
    n_fft : int
        Length of a frame, in time points.
    low, high : float
        Edges in Hz, both included.

    Returns
    -------
    slice
        Empty where no bin is within.
    """
    width = sampling_rate / n_fft
    last = min(int(np.floor(high / width)), n_fft // 2)
    return slice(int(np.ceil(low / width)), last + 1)


def check_bands(feature, bands, fewest=1):
    """Raise ValueError if a frequency band has too few bins.

    Parameters
    ----------
    feature : AcousticFeature
        Whose front end to check.
    bands : sequence of (float, float)
        Edges in Hz.
    fewest : int, default=1
        Number of bins that a band needs.
    """
    for low, high in bands:
        bins = band(feature.sampling_rate, feature.n_fft, low, high)
        if bins.stop - bins.start < fewest:
            raise ValueError(
                f"Expected at least {fewest} frequency bins from {low:g} to {high:g} Hz, got "
                f"{max(bins.stop - bins.start, 0)} at sampling_rate={feature.sampling_rate} and "
                f"n_fft={feature.n_fft}. Raise n_fft, or sampling_rate if it is below {2 * high:g}."
            )


def ratio_db(numerator, denominator):
    """Compute the ratio of two powers in decibels, both taken for at least 1e-10.

    Parameters
    ----------
    numerator, denominator : ndarray of float32 of shape (n_frames,)
        Powers.

    Returns
    -------
    ndarray of float32 of shape (n_frames, 1)
        0 for silence.
    """
    ratio = np.log10(np.maximum(numerator, _FLOOR)) - np.log10(np.maximum(denominator, _FLOOR))
    return 10 * ratio[:, None]
