"""The vector of 26 means without scikit-learn, for processes that live as long as one answer."""

import numpy as np

from skemotion.audio._chroma import chroma_filters, chromagram, estimate_tuning
from skemotion.audio._io import decode_audio
from skemotion.audio._mel import cosine_basis, mel_spectrogram, power_to_db
from skemotion.audio._product import multiply
from skemotion.audio._spectrum import Spectrum, root_mean_square

_N_MELS, _N_MFCC, _N_CHROMA = 128, 13, 12


def mean_vector(recording, sampling_rate=16000, *, n_fft=2048, hop_length=512):
    """Compute the vector of ``AcousticFeatures()`` of one recording, with NumPy and SciPy alone.

    Scikit-learn alone takes longer to import than the first vector takes here, file and all. In a
    program that imports it anyway, use :class:`~skemotion.AcousticFeatures`.

    Parameters
    ----------
    recording : path-like, bytes, binary file object or ndarray
        A WAV, FLAC, OGG or MP3 file; or a waveform of shape (n_times,) or (n_times, n_channels)
        that already has `sampling_rate`.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.

    Returns
    -------
    ndarray of float32 of shape (26,)
        Means over the frames of 13 MFCC, 12 pitch classes and the root mean square: bit for bit
        those of :class:`~skemotion.AcousticFeatures`.

    Raises
    ------
    ValueError
        With the reason, if the recording cannot be decoded.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import mean_vector
    >>> mean_vector(np.sin(0.1 * np.arange(16000))).shape
    (26,)
    """
    waveform = decode_audio(recording, sampling_rate)
    spectrum = Spectrum(waveform, sampling_rate, n_fft, hop_length, n_fft)
    power = spectrum.power
    mel = mel_spectrogram(power, sampling_rate, n_fft, _N_MELS, 0.0, sampling_rate / 2)
    mfcc = multiply(power_to_db(mel), cosine_basis(_N_MELS, _N_MFCC))
    tuning = estimate_tuning(power, sampling_rate, _N_CHROMA)
    chroma = chromagram(power, chroma_filters(sampling_rate, n_fft, _N_CHROMA, tuning))
    rms = root_mean_square(spectrum.frames)[:, None]
    return np.concatenate([part.mean(axis=0) for part in (mfcc, chroma, rms)], dtype=np.float32)
