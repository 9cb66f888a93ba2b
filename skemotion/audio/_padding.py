"""Padding of frame sequences, and how real frames stay apart from it."""

import numpy as np

from skemotion._validation import check_width


def pad_frames(sequences, n_frames, mask_value):
    """Put sequences of different length into one array.

    Parameters
    ----------
    sequences : list of (ndarray of float32 of shape (any, n_features) or None)
        At least one is not None.
    n_frames : int or None
        Length to cut or pad to; None takes the longest.
    mask_value : float
        Value of the padding.

    Returns
    -------
    ndarray of float32 of shape (n_samples, n_frames, n_features)
        Sequences that are None are NaN.
    """
    found = [sequence for sequence in sequences if sequence is not None]
    n_frames = n_frames or max(map(len, found))
    padded = np.full((len(sequences), n_frames, found[0].shape[1]), mask_value, np.float32)
    for row, sequence in zip(padded, sequences, strict=True):
        if sequence is None:
            row[:] = np.nan
        else:
            kept = row[: len(sequence)]
            kept[:] = sequence[:n_frames]
            keep_off_mask(kept, mask_value)
    return padded


def keep_off_mask(frames, mask_value):
    """Move real frames that look like padding aside, in place.

    Parameters
    ----------
    frames : ndarray of float32 or float64 of shape (n_frames, n_features)
        Real frames; the first feature of one that is `mask_value` throughout is changed by a
        millionth.
    mask_value : float
        Value of the padding.
    """
    hidden = (frames == frames.dtype.type(mask_value)).all(axis=1)
    frames[hidden, 0] += np.float32(1e-6 * max(1.0, abs(mask_value)))


def is_real(X, mask_value):
    """Tell frames from padding.

    Parameters
    ----------
    X : ndarray of float32 of shape (n_samples, n_frames, n_features)
        Frames.
    mask_value : float
        Value of the padding.

    Returns
    -------
    ndarray of bool of shape (n_samples, n_frames)
    """
    return (np.float32(mask_value) != X).any(axis=2)


def scale_frames(X, mean, scale, mask_value):
    """Standardise frames that are no padding.

    Parameters
    ----------
    X : ndarray of float32 of shape (n_samples, n_frames, n_features)
        Frames.
    mean, scale : ndarray of float64 of shape (n_features,)
        What is taken away from each feature, and what it is divided by.
    mask_value : float
        Value of the padding, which stays.

    Returns
    -------
    ndarray of float32 of shape (n_samples, n_frames, n_features)
    """
    check_width(X, mean, scale)
    real = is_real(X, mask_value)
    scaled = np.full(X.shape, mask_value, np.float32)
    frames = ((X[real] - mean) / scale).astype(np.float32)
    keep_off_mask(frames, mask_value)
    scaled[real] = frames
    return scaled
