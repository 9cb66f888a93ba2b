"""Check one decoded image."""

import numpy as np


def check_image(image):
    """Return `image`, or say why it is not one that an image step can work on.

    Parameters
    ----------
    image : ndarray of shape (height, width), (height, width, 1) or (height, width, 3)
        Grey or RGB, dtype uint8.

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
    >>> from skemotion.image._check import check_image
    >>> check_image(np.zeros((48, 48)))
    Traceback (most recent call last):
    ...
    TypeError: expected an image of dtype uint8, got float64. Put Rescale after this step, and
    ReadImages before it
    """
    if not isinstance(image, np.ndarray):
        raise TypeError(
            f"expected a decoded image, got a {type(image).__name__}. "
            "Put ReadImages before this step"
        )
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3)):
        raise ValueError(
            "expected an image of shape (height, width), (height, width, 1) or (height, width, 3), "
            f"got {image.shape}. Pass a list of images, and ReadImages before this step for others"
        )
    if image.dtype != np.uint8:
        raise TypeError(
            f"expected an image of dtype uint8, got {image.dtype}. Put Rescale after this step, "
            "and ReadImages before it"
        )
    if image.size == 0:
        raise ValueError(f"expected at least one pixel, got an image of shape {image.shape}")
    return image
