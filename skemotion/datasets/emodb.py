"""EMO-DB, the Berlin database of emotional speech."""

import re
from typing import ClassVar

import pandas as pd

from skemotion.datasets._names import read_names
from skemotion.datasets.base import Dataset
from skemotion.protocols import (
    Protocol,
    both_out_sizes,
    leave_both_out,
    leave_one_out,
    rotated,
)

_NAME = re.compile(r"(?P<subject>\d\d)(?P<statement>[ab]\d\d)(?P<code>[AEFLNTW])(?P<version>[a-z])")
_MALE = ("03", "10", "11", "12", "15")
_SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
# recordings of each speaker (rows) of each sentence (a01 a02 a04 a05 a07 b01 b02 b03 b09 b10)
_COUNTS = tuple(
    tuple(int(count, 16) for count in row)
    for row in (
        *("3566565346", "6755665576", "4446534733", "3544544333", "5647465666"),
        *("4515327233", "7757564776", "687a866576", "5765646665", "6697885868"),
    )
)
_PER_SPEAKER = tuple(map(sum, _COUNTS))
_PER_TEXT = tuple(map(sum, zip(*_COUNTS, strict=True)))


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
    obtain = (
        "Download the zip from the homepage; put it, unpacked or not, into $SKEMOTION_DATA/emodb."
    )
    counts: ClassVar[dict] = {
        "angry": 127,
        "boredom": 81,
        "disgust": 46,
        "fear": 69,
        "happy": 71,
        "sad": 62,
        "neutral": 79,
    }
    originals: ClassVar[dict] = {
        "voice": "745bb22b292f1806149da1b2791d70f3e23acab9b9f153106ef5b5a53ec59719"
    }
    sampling_rates = (16000,)
    subject_counts: ClassVar[dict] = dict(zip(_SPEAKERS, _PER_SPEAKER, strict=True))
    signature = re.compile(rf"(^|/){_NAME.pattern}\.\w+$")
    protocols = (
        Protocol("emodb/loso", leave_one_out(), "leave one speaker out", 10, rotated(_PER_SPEAKER)),
        Protocol(
            "emodb/loto",
            leave_one_out("statement"),
            "leave one sentence out; the speakers stand on both sides",
            10,
            rotated(_PER_TEXT),
            disjoint=("statement",),
        ),
        Protocol(
            "emodb/speaker+text",
            leave_both_out("subject", "statement", 5),
            "neither the speaker nor the sentence of the test part is in training",
            50,
            both_out_sizes(_COUNTS, 5),
            disjoint=("subject", "statement"),
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
        path = self.files.find("erkennung.txt")
        if path is None:
            return None
        lines = self.files.read_text(path, "latin-1").splitlines()
        rows = {}
        for number, line in enumerate(lines[1:], start=2):
            cells = [cell.strip() for cell in line.split("\t")]  # strip also takes 0xA0 away
            if cells == [""]:
                continue
            try:
                name, recognised, natural = cells[1:4]
                shares = (float(share.replace(",", ".")) for share in (recognised, natural))
                rows[name.split(".")[0]] = list(shares)
            except ValueError as error:
                raise ValueError(
                    f"Expected line {number} of {self.root / path} to hold number, name, "
                    f"recognised and natural, got {line!r}. Repair the line, or take the file away."
                ) from error
        return pd.DataFrame.from_dict(rows, orient="index", columns=["recognised", "natural"])
