"""Synthetic faces: drawn from action units, which needs no files."""

from itertools import product
from typing import ClassVar

import numpy as np
import pandas as pd

from skemotion.datasets._face_actions import EMOTIONS, make_picture, make_subject
from skemotion.datasets._face_drawing import draw_faces
from skemotion.datasets._synthetic import SyntheticDataset, generator
from skemotion.protocols import Protocol, group_kfold, leave_one_out

_CHUNK = 256  # faces drawn at a time


class SyntheticFaces(SyntheticDataset):
    """Drawn faces as posed in a laboratory: 48 x 48, even light, nearly frontal.

    Parameters
    ----------
    root : None
        There are no files; anything else is an error.
    n_subjects : int, default=15
        Number of subjects, women and men in turn.
    n_repetitions : int, default=6
        Pictures of each emotion of each subject.
    random_state : int, default=0
        Seed. The same seed gives the same pictures, bit for bit.

    See Also
    --------
    SyntheticFacesWebcam : Other subjects in front of a webcam.

    Notes
    -----
    Each emotion moves brows, lids, nose, cheeks, mouth and jaw by the action units of its
    prototype [1]_, with a strength that varies from subject to subject and from picture to
    picture, so that emotions overlap.

    References
    ----------
    .. [1] P. Ekman, W. V. Friesen, "Facial Action Coding System: A Technique for the Measurement
       of Facial Movement", Consulting Psychologists Press, 1978.

    Examples
    --------
    >>> from skemotion.datasets.synthetic_faces import SyntheticFaces
    >>> data = SyntheticFaces(n_subjects=2, n_repetitions=1).load()
    >>> data.X.shape, data.X.dtype
    ((14, 48, 48), dtype('uint8'))
    """

    name = "synthetic-faces"
    modality = "face"
    emotions: ClassVar[dict] = {emotion: emotion for emotion in EMOTIONS}
    n_recordings = 630
    counts: ClassVar[dict] = dict.fromkeys(EMOTIONS, 90)
    protocols = (
        Protocol("synthetic-faces/subject-3fold", group_kfold(3), "3 folds of whole subjects", 3),
        Protocol("synthetic-faces/loso", leave_one_out(), "leave one subject out"),
    )
    _corpus = 3
    _size = 48
    _noise = 5.0
    _conditions: ClassVar[dict] = {  # mean, spread
        "shift_x": (0.0, 0.015),
        "shift_y": (-0.02, 0.015),
        "zoom": (1.14, 0.03),
        "yaw": (0.0, 0.10),
        "pitch": (0.0, 0.06),
        "roll": (0.0, 0.04),
        "light_x": (0.0, 0.20),
        "light_y": (-0.3, 0.15),
        "exposure": (1.0, 0.08),
        "blur": (0.25, 0.15),
    }

    def __init__(self, root=None, *, n_subjects=15, n_repetitions=6, random_state=0):
        super().__init__(root, n_subjects, n_repetitions, random_state)

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `intensity`, `repetition`
            `path` is a name only, such as ``subject03/happy/1.png``.
        """
        rows = []
        for number, emotion, repetition in product(
            range(1, self.n_subjects + 1), EMOTIONS, range(1, self.n_repetitions + 1)
        ):
            subject = f"subject{number:02d}"
            strong = repetition % 2 == 0 and emotion != "neutral"
            rows.append(
                {
                    "path": f"{subject}/{emotion}/{repetition}.png",
                    "emotion": emotion,
                    "subject": subject,
                    "sex": _sex(number),
                    "intensity": "strong" if strong else "normal",
                    "repetition": repetition,
                }
            )
        return pd.DataFrame(rows)

    def recordings(self, frame):
        """Draw some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of uint8 of shape (n_samples, height, width)
            Grey pictures.
        """
        images = np.empty((len(frame), self._size, self._size), dtype=np.uint8)
        subjects = {}
        for start in range(0, len(frame), _CHUNK):
            rows = frame.iloc[start : start + _CHUNK]
            images[start : start + _CHUNK] = self._draw(rows, subjects)
        return images

    def _subject(self, number):
        return make_subject(generator(self.random_state, self._corpus, number), _sex(number))

    def _draw(self, frame, subjects):
        pictures, sources = [], []
        for path, intensity in zip(frame["path"], frame["intensity"], strict=True):
            subject, emotion, name = path.split("/")
            number = int(subject.removeprefix("subject"))
            if number not in subjects:
                subjects[number] = self._subject(number)
            key = (number, EMOTIONS.index(emotion), int(name.removesuffix(".png")))
            rng = generator(self.random_state, self._corpus, *key)
            usual = 1.1 if intensity == "strong" else 0.75
            strength = usual * 2 ** rng.normal(0, 0.3)
            pictures.append(
                make_picture(subjects[number], emotion, strength, self._conditions, rng)
            )
            sources.append(rng)
        table = {name: np.array([picture[name] for picture in pictures]) for name in pictures[0]}
        images = draw_faces(table, self._size)
        for image, rng in zip(images, sources, strict=True):
            image += self._noise * rng.standard_normal(image.shape, dtype=np.float32)
        return np.clip(np.round(images), 0, 255).astype(np.uint8)


class SyntheticFacesWebcam(SyntheticFaces):
    """Drawn faces as from a webcam: 64 x 64, dark, light from one side, noisy, turned heads.

    Parameters
    ----------
    root : None
        There are no files; anything else is an error.
    n_subjects : int, default=15
        Number of subjects, women and men in turn; none of them is in :class:`SyntheticFaces`.
    n_repetitions : int, default=6
        Pictures of each emotion of each subject.
    random_state : int, default=0
        Seed. The same seed gives the same pictures, bit for bit.

    See Also
    --------
    SyntheticFaces : The same as from a laboratory, with the sources.

    Examples
    --------
    >>> from skemotion.datasets.synthetic_faces import SyntheticFacesWebcam
    >>> SyntheticFacesWebcam(n_subjects=2, n_repetitions=1).load().X.shape
    (14, 64, 64)
    """

    name = "synthetic-faces-webcam"
    protocols = (
        Protocol(
            "synthetic-faces-webcam/subject-3fold", group_kfold(3), "3 folds of whole subjects", 3
        ),
        Protocol("synthetic-faces-webcam/loso", leave_one_out(), "leave one subject out"),
    )
    _corpus = 4
    _size = 64
    _noise = 6.0
    _conditions: ClassVar[dict] = {
        "shift_x": (0.01, 0.012),
        "shift_y": (0.015, 0.012),
        "zoom": (0.99, 0.025),
        "yaw": (0.14, 0.12),
        "pitch": (0.15, 0.06),
        "roll": (0.03, 0.05),
        "light_x": (0.6, 0.25),
        "light_y": (-0.1, 0.2),
        "exposure": (0.62, 0.08),
        "blur": (0.35, 0.12),
    }


def _sex(number):
    return "female" if number % 2 else "male"
