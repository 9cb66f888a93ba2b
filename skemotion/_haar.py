"""Find faces and eyes with the Haar cascades that OpenCV brings along."""

from contextlib import contextmanager

import numpy as np

_FACE = "haarcascade_frontalface_alt2.xml"  # of the frontal ones the one with fewest false alarms
_EYE = "haarcascade_eye.xml"
_WINDOW = 20  # pixels a side of what both cascades were trained with
_ENOUGH = 2 * _WINDOW  # pixels a side of the smallest face looked for: more cost time for nothing
_STEP = 1.1  # from one size of window to the next
_NEIGHBOURS = 4  # windows that must agree
_EYE_FACE = 160  # pixels a side of the face in which eyes are looked for
_EYES_END = 0.65  # of its height: below are nostrils and corners of the mouth
_APART = (0.25, 0.7)  # distance of two eyes, as a share of the face's side
_MAX_TILT = 35.0  # degrees: a face tilted more is not found in the first place
_idle = {}  # name -> classifiers that no thread is using


def shrink(image, min_face):
    """Return a picture as small as the search for faces allows, and by how much it shrank.

    Parameters
    ----------
    image : ndarray of shape (height, width, ...)
        Picture of dtype uint8.
    min_face : float
        Side of the smallest face of interest, as a share of the picture's shorter side.

    Returns
    -------
    ndarray
        With the smallest face of interest 40 pixels a side; the same object where it is smaller
        already.
    float
        Sides of the result divided by those of `image`.
    """
    import cv2

    scale = min(1.0, _ENOUGH / (min_face * min(image.shape[:2])))
    if scale == 1:
        return image, scale
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), scale


def find_faces(grey, min_face):
    """Return boxes of the faces seen from the front.

    Parameters
    ----------
    grey : ndarray of shape (height, width), dtype uint8
        Picture.
    min_face : float
        Side of the smallest face of interest, as a share of the picture's shorter side.

    Returns
    -------
    boxes : ndarray of float64 of shape (n_faces, 4)
        x and y of the upper left corner, width and height, in pixels.
    scores : ndarray of float64 of shape (n_faces,)
        What the last stage of the cascade answers: the higher, the surer. They have no unit.

    Raises
    ------
    ImportError
        If OpenCV comes without cascades.
    """
    import cv2

    small, scale = shrink(grey, min_face)
    least = max(_WINDOW, int(min_face * min(small.shape)))
    boxes, scores = _detect(_FACE, cv2.equalizeHist(small), least)
    return boxes / scale, scores


def find_eyes(face):
    """Return the centres of the two eyes of one face.

    Parameters
    ----------
    face : ndarray of shape (side, side), dtype uint8
        Grey picture that a face fills.

    Returns
    -------
    tuple of (float, float) or None
        x and y of the eye on the left and of the eye on the right of the picture, in pixels. None
        if no two were found that can be a pair.
    """
    import cv2

    side = face.shape[0]
    large = cv2.resize(face, (_EYE_FACE, _EYE_FACE), interpolation=cv2.INTER_LINEAR)
    upper = cv2.equalizeHist(large[: round(_EYES_END * _EYE_FACE)])
    boxes, scores = _detect(_EYE, upper, _WINDOW)
    centres = (boxes[:, :2] + boxes[:, 2:] / 2) / _EYE_FACE
    pairs = [
        (scores[i] + scores[j], i, j)
        for i in range(len(boxes))
        for j in range(len(boxes))
        if _is_pair(*centres[[i, j]])
    ]
    if not pairs:
        return None
    _, left, right = max(pairs)
    return tuple(map(tuple, (centres[[left, right]] * side).tolist()))


def _is_pair(left, right):
    across, down = right - left
    if not left[0] < 0.5 < right[0]:
        return False
    tilt = np.degrees(np.arctan2(down, across))
    return _APART[0] <= np.hypot(across, down) <= _APART[1] and abs(tilt) <= _MAX_TILT


def _detect(name, grey, least):
    with _borrowed(name) as classifier:
        boxes, _, scores = classifier.detectMultiScale3(
            grey, _STEP, _NEIGHBOURS, minSize=(least, least), outputRejectLevels=True
        )
    return np.array(boxes, np.float64).reshape(-1, 4), np.array(scores, np.float64).ravel()


@contextmanager
def _borrowed(name):
    """Lend a classifier to one thread at a time; loading one takes as long as using it."""
    idle = _idle.setdefault(name, [])
    try:
        classifier = idle.pop()
    except IndexError:
        classifier = _load(name)
    yield classifier
    idle.append(classifier)


def _load(name):
    import cv2

    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    make = getattr(cv2, "CascadeClassifier", None)
    classifier = make(folder + name) if make else None
    if classifier is None or classifier.empty():
        raise ImportError(
            f"Expected OpenCV 4 with its Haar cascades, got version {cv2.__version__} without "
            f"{name}. Run pip install 'opencv-python-headless>=4.11,<5', or pass the model file of "
            "another detector."
        )
    return classifier
