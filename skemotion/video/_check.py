"""Check one clip."""

import numpy as np


def check_clip(clip):
    """Return `clip`, or say why it is not one that a step can work on.

    Parameters
    ----------
    clip : ndarray of uint8 of shape (n_frames, height, width[, n_channels])
        One channel or three.

    Returns
    -------
    ndarray
        The same object.

    Raises
    ------
    TypeError
        If it is not an array of dtype uint8.
    ValueError
        If it has another shape, or no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.video._check import check_clip
    >>> check_clip(np.zeros((48, 48), "uint8"))
    Traceback (most recent call last):
    ...
    ValueError: expected a clip of shape (n_frames, height, width) or (n_frames, height, width, 1
    or 3), got (48, 48). Put ReadVideo before this step
    """
    if not isinstance(clip, np.ndarray):
        raise TypeError(
            f"expected a decoded clip, got a {type(clip).__name__}. Put ReadVideo before this step"
        )
    if clip.dtype != np.uint8:
        raise TypeError(
            f"expected a clip of dtype uint8, got {clip.dtype}. Put ReadVideo before this step"
        )
    if clip.ndim not in (3, 4) or (clip.ndim == 4 and clip.shape[3] not in (1, 3)):
        raise ValueError(
            "expected a clip of shape (n_frames, height, width) or (n_frames, height, width, 1 or "
            f"3), got {clip.shape}. Put ReadVideo before this step"
        )
    if clip.size == 0:
        raise ValueError(f"expected at least one frame and pixel, got a clip of shape {clip.shape}")
    return clip
