"""Find faces with the detector that OpenCV brings along."""

from threading import local

import numpy as np

_CASCADE = "haarcascade_frontalface_default.xml"
_MAX_SIDE = 320  # pixels that the search needs: larger pictures cost time and find no more
_MIN_FACE = 24  # pixels, the size of the windows that the cascade was trained with
_STEP = 1.1  # from one size of window to the next
_NEIGHBOURS = 5  # windows that must agree
_loaded = local()  # a classifier must not be used by two threads at once


def detect_faces(image):
    """Return where a picture shows faces from the front [1]_.

    Parameters
    ----------
    image : ndarray of shape (height, width), (height, width, 1) or (height, width, 3)
        Grey or RGB, dtype uint8.

    Returns
    -------
    ndarray of float64 of shape (n_faces, 4)
        x and y of the upper left corner, width and height, in pixels; the largest first. Faces
        smaller than about a thirteenth of the longer side are not looked for.

    References
    ----------
    .. [1] P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features",
       CVPR 2001. https://doi.org/10.1109/CVPR.2001.990517

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion._faces import detect_faces
    >>> detect_faces(np.zeros((48, 64), "uint8")).shape
    (0, 4)
    """
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.shape[2:] == (3,) else image
    grey = grey.reshape(image.shape[:2])
    scale = min(1.0, _MAX_SIDE / max(grey.shape))
    if scale < 1:
        size = [max(1, round(side * scale)) for side in grey.shape]
        grey = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    if not hasattr(_loaded, "classifier"):
        _loaded.classifier = _load()
    found = _loaded.classifier.detectMultiScale(
        cv2.equalizeHist(grey), _STEP, _NEIGHBOURS, minSize=(_MIN_FACE, _MIN_FACE)
    )
    boxes = np.asarray(found, np.float64).reshape(-1, 4) / scale
    return boxes[np.argsort(-boxes[:, 2], kind="stable")]


def _load():
    import cv2

    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    classifier = getattr(cv2, "CascadeClassifier", lambda _: None)(folder + _CASCADE)
    if classifier is None or classifier.empty():
        raise ImportError(
            f"Expected OpenCV with Haar cascades, got version {cv2.__version__} without them. "
            "Run pip install 'opencv-python-headless<5', or pass a detector."
        )
    return classifier
