"""Find faces."""

import os
from numbers import Real
from typing import NamedTuple

import numpy as np

from skemotion import _haar
from skemotion.image._check import check_image
from skemotion.image._io import decode_image


class Face(NamedTuple):
    """Where a face is.

    Parameters
    ----------
    x, y : float
        Upper left corner of its box, in pixels.
    width, height : float
        Size of its box, in pixels.
    score : float
        The higher, the surer. From 0 to 1 with YuNet; without a unit with the Haar cascade.
    eyes : tuple of (float, float)
        x and y of the eye on the left and of the eye on the right of the picture, in pixels. None
        where they were not found.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    eyes: tuple | None = None


def detect_faces(image, detector="haar", *, min_face=0.1, eyes=False):
    """Return all faces in a picture, the largest first.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), path-like, bytes or file
        Grey or RGB of dtype uint8, or whatever :class:`~skemotion.ReadImages` reads.
    detector : "haar" or path-like, default="haar"
        "haar" is the cascade for faces seen from the front that OpenCV 4 brings along [1]_. A path
        is that of a YuNet network [2]_ in ONNX, which finds more faces, turned and tilted ones too;
        its file does not come along.
    min_face : float, default=0.1
        Side of the smallest face that is looked for, as a share of the picture's shorter side.
        Half of it takes about three times as long.
    eyes : bool, default=False
        Look for the eyes of each face, too. YuNet does so always.

    Returns
    -------
    list of Face
        Empty where there is none.

    Raises
    ------
    ValueError
        If the picture cannot be read, or the model file is missing or none.
    ImportError
        If OpenCV comes without cascades, as version 5 does.

    See Also
    --------
    CropFaces : Cut one face out of each picture.

    References
    ----------
    .. [1] P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features",
       CVPR 2001. https://doi.org/10.1109/CVPR.2001.990517
    .. [2] W. Wu, H. Peng, S. Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine
       Intelligence Research 20, 2023. https://doi.org/10.1007/s11633-023-1423-y

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import detect_faces
    >>> detect_faces(np.zeros((48, 64), "uint8"))
    []
    """
    if not (isinstance(min_face, Real) and 0 < min_face <= 1):
        raise ValueError(
            f"Expected min_face to be a share of the picture's shorter side, in (0, 1], got "
            f"{min_face!r}. A tenth is 0.1."
        )
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        image = decode_image(image, "rgb")
    check_image(image)
    if detector == "haar":
        faces = _by_cascade(image, min_face, eyes)
    elif isinstance(detector, str | os.PathLike):
        from skemotion.image import _yunet

        boxes, scores, pairs = _yunet.find_faces(image, min_face, detector)
        faces = _put_together(boxes, scores, [tuple(map(tuple, pair.tolist())) for pair in pairs])
    else:
        raise TypeError(
            f"Expected detector to be 'haar' or the path of a YuNet model, got {detector!r}. "
            "Download face_detection_yunet from the OpenCV Zoo, or leave detector out."
        )
    return sorted(faces, key=lambda face: face.width * face.height, reverse=True)


def _by_cascade(image, min_face, eyes):
    grey = _to_grey(image)
    boxes, scores = _haar.find_faces(grey, min_face)
    pairs = [_eyes_in(grey, box) if eyes else None for box in boxes]
    return _put_together(boxes, scores, pairs)


def _to_grey(image):
    import cv2

    if image.ndim == 3 and image.shape[2] == 3:
        return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return image.reshape(image.shape[:2])


def _eyes_in(grey, box):
    x, y, width, height = box.round().astype(int).tolist()
    left, top = max(x, 0), max(y, 0)
    face = grey[top : y + height, left : x + width]
    side = min(face.shape)
    pair = _haar.find_eyes(np.ascontiguousarray(face[:side, :side]))
    return pair and tuple((left + across, top + down) for across, down in pair)


def _put_together(boxes, scores, eyes):
    return [
        Face(*box, score, pair)
        for box, score, pair in zip(boxes.tolist(), scores.tolist(), eyes, strict=True)
    ]
