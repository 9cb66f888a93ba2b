"""EMO-DB, the Berlin database of emotional speech."""

import re
from typing import ClassVar

import pandas as pd

from skemotion.datasets._names import read_names
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, leave_one_out

_NAME = re.compile(r"(?P<subject>\d\d)(?P<statement>[ab]\d\d)(?P<code>[AEFLNTW])(?P<version>[a-z])")
_MALE = ("03", "10", "11", "12", "15")
_PER_SPEAKER = (49, 58, 43, 38, 55, 35, 61, 69, 56, 71)  # 03, 08, 09, ..., 16
_PER_TEXT = (49, 60, 51, 62, 55, 51, 51, 52, 52, 52)  # a01 a02 a04 a05 a07 b01 b02 b03 b09 b10


def _sizes(tests):
    return tuple((sum(tests) - test, 0, test) for test in tests)


class EmoDB(Dataset):
    """EMO-DB: German sentences acted in seven emotions by ten speakers, 535 utterances.

    Files are named ``03a01Fa.wav``: speaker, sentence, emotion, version. They may lie in ``wav/``,
    directly in the folder, or deeper. Where ``erkennung.txt`` is there, its listening test gives
    the columns `recognised` and `natural`.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/emodb``.

    References
    ----------
    .. [1] F. Burkhardt, A. Paeschke, M. Rolfes, W. Sendlmeier, B. Weiss, "A database of German
       emotional speech", Interspeech 2005.

    Examples
    --------
    >>> from skemotion.datasets.emodb import EmoDB
    >>> EmoDB.n_recordings, EmoDB.emotions["W"]
    (535, 'angry')
    """

    name = "emodb"
    modality = "voice"
    language = "de"
    licence = "CC BY 4.0"
    homepage = "http://emodb.bilderbar.info"
    citation = (
        "F. Burkhardt, A. Paeschke, M. Rolfes, W. Sendlmeier, B. Weiss, A database of German "
        "emotional speech, Interspeech 2005."
    )
    emotions: ClassVar[dict] = {
        "W": "angry",
        "L": "boredom",
        "E": "disgust",
        "A": "fear",
        "F": "happy",
        "T": "sad",
        "N": "neutral",
    }
    n_recordings = 535
    counts: ClassVar[dict] = {
        "angry": 127,
        "boredom": 81,
        "disgust": 46,
        "fear": 69,
        "happy": 71,
        "sad": 62,
        "neutral": 79,
    }
    protocols = (
        Protocol(
            "emodb/loso", leave_one_out(), "leave one speaker out", 10, counts=_sizes(_PER_SPEAKER)
        ),
        Protocol(
            "emodb/loto",
            leave_one_out("statement"),
            "leave one sentence out; the speakers stand on both sides",
            10,
            counts=_sizes(_PER_TEXT),
            disjoint=False,
        ),
    )

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `statement`, `version`
            With ``erkennung.txt`` also `recognised` and `natural`: the share of listeners, in %,
            who recognised the emotion and who found it natural.
        """
        frame = read_names(self, _NAME)
        frame["emotion"] = frame.pop("code").map(self.emotions)
        male = frame["subject"].isin(_MALE)
        frame["sex"] = male.map({True: "male", False: "female"})
        ratings = self._ratings()
        if ratings is not None:
            stems = frame["path"].str.rsplit("/").str[-1].str.rsplit(".").str[0]
            for column in ratings:
                frame[column] = stems.map(ratings[column]).to_numpy(float)
        return frame

    def _ratings(self):
        path = self.root / "erkennung.txt"
        if not path.is_file():
            return None
        lines = path.read_text(encoding="latin-1").splitlines()
        rows = {}
        for number, line in enumerate(lines[1:], start=2):
            cells = [cell.strip() for cell in line.split("\t")]  # strip also takes 0xA0 away
            if cells == [""]:
                continue
            try:
                name, *shares = cells[1:4]
                rows[name.split(".")[0]] = [float(share.replace(",", ".")) for share in shares]
            except ValueError as error:
                raise ValueError(
                    f"Expected line {number} of {path} to hold number, name, recognised and "
                    f"natural, got {line!r}. Repair the line, or take the file away."
                ) from error
        return pd.DataFrame.from_dict(rows, orient="index", columns=["recognised", "natural"])
