"""Derivatives over time, with the numbers of librosa 0.11."""

from functools import lru_cache
from math import factorial

import numpy as np

_WIDTH = 9  # frames that a polynomial is fitted to


def delta(frames, order=1):
    """Estimate a derivative of each feature over time, by local polynomial fits [1]_.

    The polynomial of degree `order` is fitted to nine frames, or to the largest odd number of them
    if there are fewer; the first and the last four frames have the derivative of their neighbour.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_features)
        At least one frame. What is NaN makes the derivative of its neighbours NaN.
    order : {1, 2}, default=1
        Which derivative.

    Returns
    -------
    ndarray of shape (n_frames, n_features)
        Per frame (per squared frame for the second); 0 if there are too few frames for a fit.
        The values of ``librosa.feature.delta`` where it has them, from nine frames on.

    References
    ----------
    .. [1] A. Savitzky, M. J. E. Golay, "Smoothing and differentiation of data by simplified least
       squares procedures", Analytical Chemistry, 1964.
    """
    width = min(_WIDTH, len(frames) - 1 + len(frames) % 2)
    if width < 3:
        return np.where(np.isnan(frames), frames, 0)
    windows = np.lib.stride_tricks.sliding_window_view(frames, width, axis=0)
    inner = windows @ _weights(width, order).astype(np.result_type(frames, np.float32))
    side = width // 2
    return np.concatenate([inner[:1].repeat(side, 0), inner, inner[-1:].repeat(side, 0)])


@lru_cache(maxsize=32)
def _weights(width, order):
    """Return what frames are multiplied with to get the derivative in their middle."""
    time = np.arange(width) - width // 2
    return np.linalg.pinv(np.vander(time, order + 1, increasing=True))[order] * factorial(order)
