"""Change the brightness of a picture and leave its colours."""

from skemotion.image._check import check_image


def on_luma(image, function):
    """Apply a function of grey pictures to a grey picture, or to the luma of a colour picture.

    Parameters
    ----------
    image : ndarray of shape (height, width), (height, width, 1) or (height, width, 3)
        Grey or RGB, dtype uint8.
    function : callable
        From an array of shape (height, width) and dtype uint8 to another.

    Returns
    -------
    ndarray of the shape of `image`, dtype uint8
        Of colour pictures Y of YCrCb is changed alone.
    """
    check_image(image)
    if image.ndim == 2:
        return function(image)
    if image.shape[2] == 1:
        return function(image[:, :, 0])[:, :, None]
    import cv2

    luma, red, blue = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb))
    return cv2.cvtColor(cv2.merge((function(luma), red, blue)), cv2.COLOR_YCrCb2RGB)
