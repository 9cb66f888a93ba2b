"""SAVEE, the Surrey audio-visual expressed emotion database: its voices."""

import re
from typing import ClassVar

from skemotion.datasets._names import read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, leave_one_out, rotated

_SPEAKERS = ("DC", "JE", "JK", "KL")
_NAME = re.compile(
    rf"(?:^|/)(?P<subject>{'|'.join(_SPEAKERS)})[/_](?P<code>sa|su|[adfhn])(?P<number>\d\d)$"
)
_FOLDER = rf"(?:^|/)({'|'.join(_SPEAKERS)})/[^/]+$"
_N_NEUTRAL, _N_OTHERS = 30, 15  # utterances of each speaker


class SAVEE(Dataset):
    """SAVEE: English sentences acted in seven emotions by four men, 480 utterances.

    Files are named ``a01.wav`` in a folder of the speaker, such as ``AudioData/DC``, or
    ``DC_a01.wav`` in any: emotion and number. A file whose name and folder say different speakers
    is a fault, and so is one of which nothing says who speaks.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/savee``.

    Notes
    -----
    Four speakers are few: in each fold of ``savee/loso`` two train and one validates.

    References
    ----------
    .. [1] S. Haq, P. J. B. Jackson, "Multimodal emotion recognition", in W. Wang (ed.), Machine
       Audition: Principles, Algorithms and Systems, IGI Global, 2010.

    Examples
    --------
    >>> from skemotion.datasets.savee import SAVEE
    >>> SAVEE.n_recordings, SAVEE.emotions["sa"], SAVEE.counts["neutral"]
    (480, 'sad', 120)
    """

    name = "savee"
    modality = "voice"
    language = "en"
    licence = "registration with the makers: research only"
    homepage = "http://kahlan.eps.surrey.ac.uk/savee/"
    citation = (
        "S. Haq, P. J. B. Jackson, Multimodal emotion recognition, in W. Wang (ed.), Machine "
        "Audition: Principles, Algorithms and Systems, IGI Global, 2010."
    )
    obtain = (
        "Register on the homepage; the makers send the way to the files. "
        "Put AudioData, unpacked or not, into $SKEMOTION_DATA/savee."
    )
    emotions: ClassVar[dict] = {
        "a": "angry",
        "d": "disgust",
        "f": "fear",
        "h": "happy",
        "n": "neutral",
        "sa": "sad",
        "su": "surprise",
    }
    n_recordings = 480
    counts: ClassVar[dict] = {
        name: len(_SPEAKERS) * (_N_NEUTRAL if name == "neutral" else _N_OTHERS)
        for name in emotions.values()
    }
    subject_counts: ClassVar[dict] = dict.fromkeys(_SPEAKERS, 120)
    originals: ClassVar[dict] = {
        "voice": "14a8038ce4527202bff4bccfad5fbbab59af160f5927a52b5422fa7bbdb45d36"
    }
    signature = re.compile(_NAME.pattern.removesuffix("$") + r"\.\w+$")
    protocols = (
        Protocol("savee/loso", leave_one_out(), "leave one speaker out", 4, rotated([120] * 4)),
    )

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `number`
            `number` is that of the utterance among those of the speaker in the emotion, from 1.
        """
        frame = read_names(self, _NAME, whole_path=True)
        folder = frame["path"].str.extract(_FOLDER)[0]
        other = folder.notna() & (folder != frame["subject"])
        frame = refuse(self, frame, other, "its name and its folder say different speakers")
        frame["number"] = frame["number"].astype(int)
        last = (frame["code"] == "n").map({True: _N_NEUTRAL, False: _N_OTHERS})
        foreign = (frame["number"] < 1) | (frame["number"] > last)
        frame = refuse(self, frame, foreign, "a number that SAVEE does not have")
        frame["emotion"] = frame.pop("code").map(self.emotions)
        return frame.assign(sex="male")
