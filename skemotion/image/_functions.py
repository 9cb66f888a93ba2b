"""What becomes of one picture, without scikit-learn."""

import numpy as np

from skemotion.image._check import check_image
from skemotion.image._cut import cut_out
from skemotion.image._luma import on_luma

_NO_FACE = (
    "no face was found in its {} x {} pixels. Lower min_face if faces are small, or set on_missing"
)


def equalise(image):
    """Spread the grey values of one picture, or the luma of one in colour.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.

    Returns
    -------
    ndarray of the shape of `image`, dtype uint8
    """
    import cv2

    return on_luma(image, cv2.equalizeHist)


def equalise_tiles(grey, clip_limit, n_rows, n_columns):
    """Spread the grey values of one picture tile by tile.

    Parameters
    ----------
    grey : ndarray of shape (height, width), dtype uint8
        Picture.
    clip_limit : float
        Most that a grey value may be stretched.
    n_rows, n_columns : int
        Number of tiles; where there are fewer pixels, one a pixel.

    Returns
    -------
    ndarray of shape (height, width), dtype uint8
    """
    import cv2

    # made anew for each picture: it keeps tables, so that threads cannot share one
    tile_grid = (min(n_columns, grey.shape[1]), min(n_rows, grey.shape[0]))
    return cv2.createCLAHE(clip_limit, tile_grid).apply(grey)


def look_up(image, table):
    """Replace the values of one picture by those of a table.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.
    table : ndarray of shape (256,), dtype uint8
        New values.

    Returns
    -------
    ndarray of the shape of `image`, dtype uint8
    """
    return table[check_image(image)]


def standardise(image):
    """Bring one picture to mean 0 and variance 1; one of a single value becomes 0.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.

    Returns
    -------
    ndarray of float32 of the shape of `image`
    """
    check_image(image)
    # sums of integers are exact: a flat picture has a deviation of exactly 0
    total, squares = int(image.sum(dtype=np.int64)), _sum_of_squares(image)
    deviation = np.sqrt(image.size * squares - total**2) / image.size
    mean = np.float32(total / image.size)
    return (image - mean) / np.float32(deviation or 1.0)


def resize_image(image, height, width, how):
    """Bring one picture to a size.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.
    height, width : int
        Size in pixels.
    how : {"area", "linear", "cubic", "nearest"}
        How values between pixels are found.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, n_channels), dtype uint8
        `image` itself where it has that size.
    """
    check_image(image)
    if image.shape[:2] == (height, width):
        return image
    shape = (height, width, *image.shape[2:])
    if how == "area":  # each axis for itself: cv2 averages only where both shrink
        image = _scale(image, min(height, image.shape[0]), min(width, image.shape[1]), "area")
        how = "linear"
    return _scale(image, height, width, how).reshape(shape)


def crop_face(image, find, which, margin, align, size, on_missing):
    """Cut one face out of a picture.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.
    find : callable
        From a picture to its faces, the largest first.
    which : {"largest", "surest"}
        Which of several.
    margin, align
        As in :func:`~skemotion.image._cut.cut_out`.
    size : (int, int) or None
        Height and width of the result, in pixels.
    on_missing : {"raise", "nan", "whole"}
        What a picture without a face gives: an error, None, or all of it.

    Returns
    -------
    ndarray of dtype uint8 or None
    """
    faces = find(check_image(image))
    if faces:
        face = faces[0] if which == "largest" else max(faces, key=lambda face: face.score)
        image = cut_out(image, face, margin=margin, align=align)
    elif on_missing == "raise":
        raise ValueError(_NO_FACE.format(*image.shape[1::-1]))
    elif on_missing == "nan":
        return None
    return image if size is None else resize_image(image, *size, "area")


def describe_one(image, describe):
    """Describe one picture with a function that takes many.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.
    describe : callable
        From pictures of shape (n_samples, ...) to features of shape (n_samples, n_features).

    Returns
    -------
    ndarray of shape (n_features,)
    """
    return describe(check_image(image)[None])[0]


def _sum_of_squares(image):
    values = image.ravel().astype(np.int64)
    return int(values @ values)


def _scale(image, height, width, how):
    import cv2

    if image.shape[:2] == (height, width):
        return image
    return cv2.resize(image, (width, height), interpolation=getattr(cv2, f"INTER_{how.upper()}"))


def rescale(X, scale, offset):
    """Compute ``X * scale + offset`` in float32.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        Numbers.
    scale, offset : float
        Factor, and what is added.

    Returns
    -------
    ndarray of float32 of the shape of `X`
    """
    scaled = np.multiply(X, np.float32(scale), dtype=np.float32, casting="same_kind")
    scaled += np.float32(offset)
    return scaled


def stack_pictures(X):
    """Stack pictures of one size, with NaN for None: what on_error="nan" leaves behind.

    Parameters
    ----------
    X : ndarray of object of shape (n_samples,)
        Pictures.

    Returns
    -------
    ndarray of float32 of shape (n_samples, height, width[, n_channels])
        `X` itself where it holds something else.

    Raises
    ------
    ValueError
        If they differ in size.
    """
    pictures = [item for item in X if isinstance(item, np.ndarray)]
    shapes = sorted({picture.shape for picture in pictures})
    if len(shapes) > 1:
        raise ValueError(
            f"Expected X to be pictures of one size, got {len(shapes)} sizes, for instance "
            f"{shapes[0]} and {shapes[1]}. Put Resize before Rescale."
        )
    if not pictures or any(item is not None and not isinstance(item, np.ndarray) for item in X):
        return X
    stacked = np.full((len(X), *shapes[0]), np.nan, dtype=np.float32)
    for row, item in enumerate(X):
        if item is not None:
            stacked[row] = item
    return stacked
