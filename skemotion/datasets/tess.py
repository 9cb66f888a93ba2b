"""TESS, the Toronto emotional speech set."""

import re
from typing import ClassVar

import pandas as pd

from skemotion.datasets._names import read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, leave_one_out

_EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "surprise",
    "sad": "sad",
}
_NAME = re.compile(rf"(?P<subject>OA|YA)F?_(?P<statement>[a-z]+)_(?P<code>{'|'.join(_EMOTIONS)})")
_FOLDER = re.compile(r"(?:(?P<subject>OAF|YAF)_)?(?P<emotion>\w+)", re.IGNORECASE)
_FOLDERS = {**_EMOTIONS, "pleasant_surprise": "surprise", "pleasant_surprised": "surprise"}
_AGES = {"OAF": 64, "YAF": 26}
_N_WORDS = 200


class TESS(Dataset):
    """TESS: 200 English words said in seven emotions by two women, 2,800 utterances.

    Files are named ``OAF_back_angry.wav``: speaker (the older or the younger woman), word, emotion;
    ``ps``, pleasant surprise, is surprise here. Labels come from the names. The folders, such as
    ``OAF_Fear`` or ``YAF_pleasant_surprised``, are written in several ways; one that contradicts
    the name of a file is a fault. Some copies nest a second copy, which is left out.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/tess``.

    Notes
    -----
    A random split of two speakers tests on voices it has trained on: about 99 % are published,
    and mean nothing. ``tess/2fold-speaker`` trains on one woman and tests on the other. That leaves
    nobody to validate on, and the words stand on both sides. One file of the published set is named
    ``OA_bite_neutral.wav``; its speaker is OAF.

    References
    ----------
    .. [1] M. K. Pichora-Fuller, K. Dupuis, "Toronto emotional speech set (TESS)", Scholars Portal
       Dataverse, 2020, https://doi.org/10.5683/SP2/E8H2MF.

    Examples
    --------
    >>> from skemotion.datasets.tess import TESS
    >>> TESS.n_recordings, TESS.emotions["ps"], TESS.protocols[0].counts
    (2800, 'surprise', ((1400, 0, 1400), (1400, 0, 1400)))
    """

    name = "tess"
    modality = "voice"
    language = "en"
    licence = "Creative Commons, non-commercial; read which on the homepage"
    homepage = "https://doi.org/10.5683/SP2/E8H2MF"
    citation = (
        "M. K. Pichora-Fuller, K. Dupuis, Toronto emotional speech set (TESS), Scholars Portal "
        "Dataverse, 2020."
    )
    obtain = (
        "Download all files from the homepage; put them, unpacked or not, into "
        "$SKEMOTION_DATA/tess."
    )
    emotions: ClassVar[dict] = _EMOTIONS
    n_recordings = 2800
    counts: ClassVar[dict] = dict.fromkeys(emotions.values(), 2 * _N_WORDS)
    subject_counts: ClassVar[dict] = dict.fromkeys(_AGES, 7 * _N_WORDS)
    originals: ClassVar[dict] = {
        "voice": "549d64a5956154848b04417b1349936bb5e1c14418deaa2ea3bb9b8fab873dd7"
    }
    signature = re.compile(rf"(^|/){_NAME.pattern}\.\w+$")
    protocols = (
        Protocol(
            "tess/2fold-speaker",
            leave_one_out(),
            "train on one woman, test on the other; no validation part",
            2,
            ((1400, 0, 1400),) * 2,
        ),
    )

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `age`, `statement`
            `statement` is the word.
        """
        frame = read_names(self, _NAME)
        frame["subject"] += "F"
        frame["emotion"] = frame.pop("code").map(self.emotions)
        rows = zip(frame["path"], frame["subject"], frame["emotion"], strict=True)
        other = pd.Series([_contradicts(*row) for row in rows], frame.index, dtype=bool)
        frame = refuse(self, frame, other, "its folder names another speaker or emotion")
        return frame.assign(sex="female", age=frame["subject"].map(_AGES))


def _contradicts(path, subject, emotion):
    """Tell whether a folder on the path is named after another speaker or emotion."""
    for folder in path.split("/")[:-1]:
        match = _FOLDER.fullmatch(folder.replace(" ", "_"))
        said = match and _FOLDERS.get(match["emotion"].lower())
        if said and (said != emotion or (match["subject"] or subject).upper() != subject):
            return True
    return False
