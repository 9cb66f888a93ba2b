"""Find faces with YuNet, a small network whose file the user gives."""

import os
from contextlib import contextmanager

import numpy as np

from skemotion._haar import shrink

_MIN_SCORE = 0.6
_idle = {}  # facts of the file -> detectors that no thread is using


def find_faces(image, min_face, path):
    """Return boxes, scores and eyes of the faces.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Grey or RGB.
    min_face : float
        Side of the smallest face of interest, as a share of the picture's shorter side.
    path : path-like
        Model file, ONNX.

    Returns
    -------
    boxes : ndarray of float64 of shape (n_faces, 4)
        x and y of the upper left corner, width and height, in pixels.
    scores : ndarray of float64 of shape (n_faces,)
        From 0.6 to 1.
    eyes : ndarray of float64 of shape (n_faces, 2, 2)
        x and y of the eye on the left and of the eye on the right of the picture, in pixels.

    Raises
    ------
    ValueError
        If the file is missing or is no such network.
    """
    import cv2

    small, scale = shrink(image, min_face)
    grey = small.ndim == 2 or small.shape[2] == 1
    colour = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR if grey else cv2.COLOR_RGB2BGR)
    with _borrowed(path) as detector:
        detector.setInputSize(colour.shape[1::-1])
        try:
            _, found = detector.detect(colour)
        except cv2.error as error:
            raise _wrong(path, error) from error
    found = np.zeros((0, 15)) if found is None else found.astype(np.float64)
    boxes, eyes = found[:, :4] / scale, found[:, 4:8].reshape(-1, 2, 2) / scale
    large = boxes[:, 2:].max(axis=1, initial=0) >= min_face * min(image.shape[:2])
    return boxes[large], found[large, 14], eyes[large]


@contextmanager
def _borrowed(path):
    """Lend a detector to one thread at a time; a file that changed is another one."""
    try:
        facts = os.stat(path)
    except FileNotFoundError as error:
        raise ValueError(
            f"expected detector to be 'haar' or the path of a YuNet model, got {str(path)!r}, "
            "where there is no file. Check the path"
        ) from error
    idle = _idle.setdefault((os.path.abspath(path), facts.st_mtime_ns, facts.st_size), [])
    try:
        detector = idle.pop()
    except IndexError:
        detector = _load(path)
    yield detector
    idle.append(detector)


def _load(path):
    import cv2

    try:
        return cv2.FaceDetectorYN.create(os.fspath(path), "", (320, 320), _MIN_SCORE)
    except cv2.error as error:
        raise _wrong(path, error) from error


def _wrong(path, error):
    reason = str(error).strip().splitlines()[0]
    return ValueError(
        f"expected {str(path)!r} to be the ONNX file of a YuNet face detector, which OpenCV cannot "
        f"use it as ({reason}). Get face_detection_yunet from the OpenCV Zoo"
    )
