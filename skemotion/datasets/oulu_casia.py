"""Oulu-CASIA, sequences of faces before an infrared and a visible-light camera."""

import re
from typing import ClassVar

from skemotion.datasets._frames import (
    N_LAST,
    check_choice,
    choose_frames,
    flag,
    frame_counts,
    numbers,
)
from skemotion.datasets._names import SUFFIXES, leave_out, read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, every_nth, rotated

_PATH = re.compile(
    r"(?P<image>original|preprocess)[ _]?(?:img)?/(?P<camera>ni|vl)(?:_acropped)?"
    r"/(?P<light>strong|weak|dark)/(?P<subject>P\d{3})/(?P<code>[^/]+)/(?P<number>\d+)$",
    re.IGNORECASE,
)
_SUBJECTS = [f"P{number:03}" for number in range(1, 81)]
_N_FOLDS = 10


class OuluCASIA(Dataset):
    """Oulu-CASIA NIR&VIS: 80 persons pose six emotions, from neutral to the peak.

    Pictures lie in ``OriginalImg/VL/Strong/P001/Anger/000.jpeg``: picture as taken or cut to the
    face (``PreProcessImg``, also ``PreProcess_Img/VL_Acropped``), camera, light, person, emotion,
    number. Each camera has 480 sequences in each light.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds ``OriginalImg`` or ``PreProcessImg``, on whatever level. None means
        ``$SKEMOTION_DATA/oulu-casia``.
    image : {"original", "preprocessed"}, default="original"
        Pictures as taken, or cut to the face.
    camera : {"VL", "NI"}, default="VL"
        Visible light, or near infrared.
    light : {"strong", "weak", "dark"}, default="strong"
        Normal light, that of a computer's screen only, or next to none.
    frames : {"last", "last3"}, default="last"
        Whether the last picture of a sequence stands for its emotion, or the last three.
    neutral : bool, default=False
        Whether the first picture of each sequence is taken too, as neutral.

    References
    ----------
    .. [1] G. Zhao, X. Huang, M. Taini, S. Z. Li, M. Pietikäinen, "Facial expression recognition
       from near-infrared videos", Image and Vision Computing 29(9), 2011.

    Examples
    --------
    >>> from skemotion.datasets.oulu_casia import OuluCASIA
    >>> OuluCASIA().n_recordings, OuluCASIA(frames="last3").counts["fear"]
    (480, 240)
    """

    name = "oulu-casia"
    modality = "face"
    licence = "agreement with the makers: research only"
    homepage = "https://www.paperswithcode.com/dataset/oulu-casia"
    citation = (
        "G. Zhao, X. Huang, M. Taini, S. Z. Li, M. Pietikäinen, Facial expression recognition from "
        "near-infrared videos, Image and Vision Computing 29(9), 2011."
    )
    obtain = (
        "Ask the Center for Machine Vision and Signal Analysis of the University of Oulu, with a "
        "signed agreement. Unpack OriginalImg or PreProcessImg into the folder oulu-casia."
    )
    emotions: ClassVar[dict] = {
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fear",
        "happiness": "happy",
        "sadness": "sad",
        "surprise": "surprise",
    }
    n_recordings = 480
    counts: ClassVar[dict] = dict.fromkeys(emotions.values(), len(_SUBJECTS))
    subject_counts: ClassVar[dict] = dict.fromkeys(_SUBJECTS, 6)
    signature = re.compile(
        r"(NI|VL)(_Acropped)?/(Strong|Weak|Dark)/P\d{3}/\w+/\d+\.\w+$", re.IGNORECASE
    )

    def __init__(
        self,
        root=None,
        *,
        image="original",
        camera="VL",
        light="strong",
        frames="last",
        neutral=False,
    ):
        super().__init__(root)
        check_choice("image", image, ("original", "preprocessed"))
        check_choice("camera", camera, ("VL", "NI"))
        check_choice("light", light, ("strong", "weak", "dark"))
        check_choice("frames", frames, N_LAST)
        self.image, self.camera, self.light = image, camera, light
        self.frames, self.neutral = frames, flag("neutral", neutral)
        sequences = dict.fromkeys(self.emotions.values(), len(_SUBJECTS))
        self.counts = frame_counts(sequences, N_LAST[frames], self.neutral)
        self.n_recordings = sum(self.counts.values())
        self.subject_counts = dict.fromkeys(_SUBJECTS, self.n_recordings // len(_SUBJECTS))
        self.protocols = (
            Protocol(
                "oulu-casia/10fold-subject",
                every_nth(_N_FOLDS),
                "10 folds of every tenth subject in ascending order",
                _N_FOLDS,
                counts=rotated([self.n_recordings // _N_FOLDS] * _N_FOLDS),
            ),
        )

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sequence`, `number`, `camera`, `light`
            `sequence` is the name of its folder; `number` that of the picture in it.
        """
        frame = read_names(self, _PATH, SUFFIXES["face"], whole_path=True)
        for column, value, what in (
            ("image", self.image.removesuffix("ed"), "form"),
            ("camera", self.camera, "camera"),
            ("light", self.light, "light"),
        ):
            other = frame[column].str.lower() != value.lower()
            frame = leave_out(self, frame, other, f"the {what} is not {getattr(self, column)}")
        frame["subject"] = frame["subject"].str.upper()
        code = frame["code"].str.lower()
        known = code.isin(list(self.emotions)) & frame["subject"].isin(_SUBJECTS)
        frame["emotion"] = code.map(self.emotions)
        frame = refuse(self, frame, ~known, "codes that Oulu-CASIA does not have")
        frame = frame.rename(columns={"code": "sequence"}).drop(columns="image")
        frame["number"] = numbers(frame["number"])
        return choose_frames(self, frame, N_LAST[self.frames], self.neutral)
