"""CK+, the extended Cohn-Kanade sequences of faces: the original tree."""

import re
from typing import ClassVar

import pandas as pd

from skemotion.datasets._frames import (
    N_LAST,
    check_choice,
    choose_frames,
    flag,
    frame_counts,
    numbers,
)
from skemotion.datasets._names import SUFFIXES, leave_out, read_names, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, every_nth

FRAME = r"(?P<subject>S\d{3})_(?P<sequence>\d{3})_(?P<number>\d{8})"
"""Names of pictures of CK+ and CK+48, such as ``S005_001_00000011``."""
SEQUENCES = {
    "angry": 45,
    "contempt": 18,
    "disgust": 59,
    "fear": 25,
    "happy": 69,
    "sad": 28,
    "surprise": 83,
}
"""Published number of labelled sequences of each emotion."""
CITATION = (
    "P. Lucey, J. F. Cohn, T. Kanade, J. Saragih, Z. Ambadar, I. Matthews, The extended "
    "Cohn-Kanade dataset (CK+): a complete dataset for action unit and emotion-specified "
    "expression, CVPR Workshops 2010."
)
LICENCE = "agreement with the makers: research only"
FOLDERS = {
    "anger": "angry",
    "contempt": "contempt",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "sadness": "sad",
    "surprise": "surprise",
}
"""Folders of CK+48."""
_KEYS = ["subject", "sequence"]
_LABEL = re.compile(FRAME + "_emotion")
_PROTOCOLS = {
    "last": Protocol(
        "ck+/last1",
        every_nth(10),
        "the last picture of each sequence; 10 folds of every tenth subject in ascending order",
        10,
    ),
    "last3": Protocol(
        "ck+/last3-10fold-subject",
        every_nth(10),
        "the last three of each sequence; 10 folds of every tenth subject in ascending order",
        10,
    ),
}


class CKPlus(Dataset):
    """CK+: sequences of faces from neutral to the peak of a posed expression, 123 subjects.

    Of 593 sequences 327, by 118 subjects, bear an emotion; the others are left out and counted.
    Pictures lie in ``cohn-kanade-images/S005/001/S005_001_00000011.png``, labels in
    ``Emotion/S005/001/S005_001_00000011_emotion.txt``, each with the number of one emotion, for
    the picture in its name. Many folders of ``Emotion`` are empty: those sequences have no label.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds both trees, unpacked or as archives. None means ``$SKEMOTION_DATA/ck+``.
    frames : {"last", "last3"}, default="last"
        Whether the last picture of a sequence stands for its emotion, or the last three.
    neutral : bool, default=False
        Whether the first picture of each labelled sequence is taken too, as neutral.

    Notes
    -----
    The folds of both protocols are checked for their number and for disjoint subjects. Their sizes
    are not, since the makers do not publish how many sequences each subject has.

    References
    ----------
    .. [1] P. Lucey, J. F. Cohn, T. Kanade, J. Saragih, Z. Ambadar, I. Matthews, "The extended
       Cohn-Kanade dataset (CK+): a complete dataset for action unit and emotion-specified
       expression", CVPR Workshops 2010.

    Examples
    --------
    >>> from skemotion.datasets.ckplus import CKPlus
    >>> CKPlus().n_recordings, CKPlus(frames="last3", neutral=True).n_recordings
    (327, 1308)
    """

    name = "ck+"
    overlaps = ("ck+48", "ckextended")
    modality = "face"
    licence = LICENCE
    homepage = "http://www.pitt.edu/~emotion/ck-spread.htm"
    citation = CITATION
    obtain = (
        "Sign the agreement form of the homepage and send it to the makers. Unpack "
        "cohn-kanade-images.zip and Emotion_labels.zip into the folder ck+."
    )
    emotions: ClassVar[dict] = {
        "0": "neutral",
        "1": "angry",
        "2": "contempt",
        "3": "disgust",
        "4": "fear",
        "5": "happy",
        "6": "sad",
        "7": "surprise",
    }
    n_recordings = 327
    counts: ClassVar[dict] = SEQUENCES
    signature = re.compile(r"(^|/)S\d{3}/\d{3}/S\d{3}_\d{3}_\d{8}(_\w+)?\.\w+$")
    protocols = (_PROTOCOLS["last"],)

    def __init__(self, root=None, *, frames="last", neutral=False):
        super().__init__(root)
        check_choice("frames", frames, N_LAST)
        self.frames = frames
        self.neutral = flag("neutral", neutral)
        self.counts = frame_counts(SEQUENCES, N_LAST[frames], self.neutral)
        self.n_recordings = sum(self.counts.values())
        self.protocols = (_PROTOCOLS[frames],)
        self.other_protocols = {
            protocol.name: f"it has frames={frames!r}; pass frames={other!r}"
            for other, protocol in _PROTOCOLS.items()
            if other != frames
        }

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sequence`, `number`
            `sequence` is that of the subject, ``"001"``; `number` that of the picture in it.

        Raises
        ------
        ValueError
            If there are pictures and no label, or the files are those of CK+48.
        """
        pictures = read_names(self, re.compile(FRAME), SUFFIXES["face"])
        labels = self._labels()
        if len(pictures) and labels.empty:
            self._refuse_unlabelled(pictures["path"])
        pictures["number"] = numbers(pictures["number"])
        frame = pictures.merge(labels, on=_KEYS, how="left")
        unlabelled = frame["label"].isna()
        n_sequences = len(frame.loc[unlabelled, _KEYS].drop_duplicates())
        if n_sequences:
            self.left_out["a sequence without an emotion"] += n_sequences
        peaks = frame.loc[frame["number"] == frame["peak"], "label"]
        for path in labels.loc[labels["emotion"].notna() & ~labels["label"].isin(peaks), "label"]:
            self.fault(path, "the picture that it labels is missing")
        usable = frame["emotion"].notna() & frame["label"].isin(peaks)
        frame = frame[usable].reset_index(drop=True)
        after = frame["number"] > frame["peak"]
        frame = leave_out(self, frame, after, "it comes after the labelled one of its sequence")
        frame = choose_frames(self, frame, N_LAST[self.frames], self.neutral)
        return frame[["path", "emotion", "subject", "sequence", "number"]]

    def _labels(self):
        """Return one row a labelled sequence; `emotion` is None where the label is a fault."""
        rows = {}
        for path in self.files.paths:
            stem, suffix = split_suffix(path)
            if suffix != ".txt" or not stem.endswith("_emotion"):
                continue
            match = _LABEL.fullmatch(stem)
            if match is None:
                self.fault(path, f"the name is not of the form of {self.name}")
                continue
            subject, sequence, number = match.groups()
            emotion = self._emotion(path)
            known = rows.setdefault((subject, sequence), [path, int(number), emotion])
            if known[1:] != [int(number), emotion]:
                self.fault(path, "another label of the same sequence says something else")
                known[2] = None
        table = [[*key, *row] for key, row in rows.items()]
        return pd.DataFrame(table, columns=[*_KEYS, "label", "peak", "emotion"])

    def _emotion(self, path):
        """Return the emotion that a label names, or None if it is a fault."""
        try:
            return self.emotions[f"{float(self.files.read_text(path)):.12g}"]
        except (ValueError, KeyError, OSError):
            self.fault(path, "it does not hold one number from 0 to 7")
            return None

    def _refuse_unlabelled(self, paths):
        folders = paths.str.extract(r"([^/]+)/[^/]+$")[0]
        if folders.isin(FOLDERS).any():
            raise ValueError(
                f"Expected CK+ in {self.root}, whose folders are named after sequences, got "
                f"pictures in folders of emotions such as {paths.iloc[0]!r}. It seems to be CK+48: "
                "load it as 'ck+48'."
            )
        raise ValueError(
            f"Expected labels of CK+ in {self.root}, such as "
            "Emotion/S005/001/S005_001_00000011_emotion.txt, got pictures only. "
            "Unpack Emotion_labels.zip beside them."
        )
