"""From one recording to the batch of one that a network takes."""

import numpy as np

_EPS = 1e-7  # added to the variance of a recording, as wav2vec2 does


def prepare_voice(recording, *, read, normalize, rank):
    """Return a waveform as a network takes it.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        What `read` takes.
    read : callable
        Decodes it to a waveform of shape (n_times,).
    normalize : callable
        Changes its values.
    rank : int
        Number of axes of the input: n_times, after a batch of 1 with 2, and a channel with 3.

    Returns
    -------
    ndarray of float32
    """
    waveform = normalize(read(recording))
    return waveform.reshape((1,) * (rank - 1) + (-1,))


def prepare_face(recording, *, read, resize, normalize, flip, layout):
    """Return a picture as a network takes it.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        What `read` takes.
    read : callable
        Decodes it to a picture of dtype uint8.
    resize : callable
        Brings it to the size.
    normalize : callable
        Changes its values, which come in [0, 1] with the channels last.
    flip : bool
        Turn the order of the channels around.
    layout : {"NCHW", "NHWC"}
        Order of the axes.

    Returns
    -------
    ndarray of float32 of shape (1, n_channels, height, width) or (1, height, width, n_channels)
    """
    picture = resize(read(recording))
    picture = picture.reshape(*picture.shape[:2], -1)
    if flip:
        picture = picture[:, :, ::-1]
    values = normalize(picture * np.float32(1 / 255))
    values = values.transpose(2, 0, 1) if layout == "NCHW" else values
    return np.ascontiguousarray(values)[None]


def normalize(values, *, mean, std, standardize):
    """Return values shifted, scaled, and brought to mean 0 and variance 1 where that is asked for.

    Parameters
    ----------
    values : ndarray of float32
        Channels last, if any.
    mean, std : ndarray of float32 of shape () or (n_channels,)
        What is taken away, and what is divided by.
    standardize : bool
        Bring all of them to mean 0 and variance 1.

    Returns
    -------
    ndarray of float32
    """
    values = (values - mean) / std
    if standardize:
        values = (values - values.mean()) / np.sqrt(values.var() + _EPS)
    return values.astype(np.float32, copy=False)
