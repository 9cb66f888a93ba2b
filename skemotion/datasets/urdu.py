"""URDU, emotional speech from talk shows."""

import re
from typing import ClassVar

import numpy as np

from skemotion.datasets._names import read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, group_kfold, leave_one_out, rotated

_NAME = re.compile(r"(?P<subject>S[MF]\d{1,2})_F(?P<clip>\d+)_(?P<code>[AHNS])(?P<number>\d+)")
_PER_SPEAKER = {
    **{"SF1": 12, "SF10": 2, "SF11": 4, "SF2": 2, "SF3": 2, "SF4": 4, "SF5": 4, "SF6": 14},
    **{"SF7": 6, "SF8": 2, "SF9": 4, "SM1": 22, "SM17": 2, "SM18": 2, "SM19": 2, "SM2": 28},
    **{"SM20": 10, "SM21": 4, "SM22": 2, "SM23": 6, "SM24": 38, "SM25": 40, "SM26": 2, "SM27": 4},
    **{"SM3": 12, "SM4": 48, "SM5": 80, "SM6": 14, "SM7": 28},
}


class URDU(Dataset):
    """URDU: spontaneous utterances from talk shows in four emotions, 400 utterances.

    Files are named ``SM1_F10_A010.wav``: speaker with sex, clip of the speaker, emotion, number in
    the emotion. They lie in ``Angry``, ``Happy``, ``Neutral`` and ``Sad``, on whatever level, or
    without folders. A file in the folder of another emotion is a fault.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/urdu``.

    Notes
    -----
    The makers speak of 38 speakers, 27 men and 11 women; the names of their files know 29, 18 men
    and 11 women, whom `subject` and the protocols follow. The counts of each speaker are those of
    the published files.

    26 of the 29 speakers are heard in one emotion only, and all that is angry but for two
    utterances is by three men. So the speaker gives the emotion away wherever a speaker stands on
    both sides, and whole speakers cannot be dealt out evenly: two of five folds have no anger, and
    most folds of ``urdu/loso`` one emotion only. Take the scores of all folds together.

    References
    ----------
    .. [1] S. Latif, A. Qayyum, M. Usman, J. Qadir, "Cross lingual speech emotion recognition: Urdu
       vs. western languages", International Conference on Frontiers of Information Technology,
       2018.

    Examples
    --------
    >>> from skemotion.datasets.urdu import URDU
    >>> URDU.n_recordings, URDU.emotions["H"], len(URDU.subject_counts)
    (400, 'happy', 29)
    """

    name = "urdu"
    modality = "voice"
    language = "ur"
    licence = "research only"
    homepage = "https://github.com/siddiquelatif/URDU-Dataset"
    citation = (
        "S. Latif, A. Qayyum, M. Usman, J. Qadir, Cross lingual speech emotion recognition: Urdu "
        "vs. western languages, International Conference on Frontiers of Information Technology, "
        "2018."
    )
    obtain = (
        "Download the repository of the homepage as a zip; put it, unpacked or not, into the "
        "folder urdu."
    )
    emotions: ClassVar[dict] = {"A": "angry", "H": "happy", "N": "neutral", "S": "sad"}
    n_recordings = 400
    counts: ClassVar[dict] = dict.fromkeys(emotions.values(), 100)
    subject_counts: ClassVar[dict] = _PER_SPEAKER
    signature = re.compile(rf"(^|/){_NAME.pattern}\.\w+$")
    protocols = (
        Protocol(
            "urdu/subject-5fold",
            group_kfold(5),
            "5 folds of whole speakers, two of them without anger",
            5,
            rotated([96, 78, 68, 88, 70]),
        ),
        Protocol(
            "urdu/loso",
            leave_one_out(),
            "leave one speaker out; most are heard in one emotion only",
            len(_PER_SPEAKER),
            rotated([count for _, count in sorted(_PER_SPEAKER.items())]),
        ),
    )

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `clip`, `number`
            `clip` is the number among those of the speaker and emotion, `number` among those of
            the emotion.
        """
        frame = read_names(self, _NAME)
        frame["emotion"] = frame.pop("code").map(self.emotions)
        foreign = ~frame["subject"].isin(list(_PER_SPEAKER))
        frame = refuse(self, frame, foreign, "a speaker that URDU does not have")
        names = set(self.emotions.values())
        misfiled = [
            bool(names.intersection(path.lower().split("/")[:-1]) - {emotion})
            for path, emotion in zip(frame["path"], frame["emotion"], strict=True)
        ]
        misfiled = np.array(misfiled, dtype=bool)
        frame = refuse(self, frame, misfiled, "its folder names another emotion than its name")
        frame["sex"] = frame["subject"].str[1].map({"M": "male", "F": "female"})
        frame["clip"], frame["number"] = frame["clip"].astype(int), frame["number"].astype(int)
        return frame[["path", "emotion", "subject", "sex", "clip", "number"]]
