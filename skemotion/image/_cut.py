"""Cut squares around faces out of pictures."""

import numpy as np


def cut_out(image, face, *, margin=0.0, align=True):
    """Return the square around one face.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Picture.
    face : Face
        Where the face is.
    margin : float, default=0.0
        What is added on each side, as a share of the longer side of its box.
    align : bool, default=True
        Turn the picture until the eyes are level, where they are known.

    Returns
    -------
    ndarray of shape (side, side) or (side, side, 1 or 3), dtype uint8
    """
    import cv2

    side = max(1, round(max(face.width, face.height) * (1 + 2 * margin)))
    middle = (face.x + face.width / 2, face.y + face.height / 2)
    if align and face.eyes:
        (x_left, y_left), (x_right, y_right) = face.eyes
        tilt = np.degrees(np.arctan2(y_right - y_left, x_right - x_left))
        turn = cv2.getRotationMatrix2D(middle, tilt, 1)
        turn[:, 2] += (side - 1) / 2 - np.array(middle)
    else:  # whole pixels: nothing is interpolated
        turn = np.eye(2, 3)
        turn[:, 2] = -np.round(np.array(middle) - side / 2)
    cut = cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return cut.reshape(side, side, *image.shape[2:])
