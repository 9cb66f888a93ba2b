"""CASIA, Chinese emotional speech."""

import re
from typing import ClassVar

import pandas as pd

from skemotion.datasets._names import SUFFIXES, first_of_each, refuse, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, leave_one_out, rotated

_SPEAKERS = ("liuchanhg", "wangzhe", "zhaoquanyin", "zhaozuoxiang")
_DOTTED = {
    "chang.liu": "liuchanhg",
    "zhe.wang": "wangzhe",
    "quanyin.zhao": "zhaoquanyin",
    "zuoxiang.zhao": "zhaozuoxiang",
}
_NAMES = {**{name: name for name in _SPEAKERS}, **_DOTTED}
_N_SHARED = 300  # texts that are read in all emotions
_OWN_TEXTS = "不同文本"  # "different texts": beginning of the name of their folder
_PUBLIC_TEXTS = {str(number) for number in range(201, 251)}
_EACH = {"public": 300, "full": 2400}  # utterances of a speaker
_NO_SPEAKER = "its path names no speaker of CASIA"
_BETWEEN = re.compile(r"[/\s_-]+")


def _loso(each):
    sizes = rotated([each] * len(_SPEAKERS))
    return Protocol("casia/loso", leave_one_out(), "leave one speaker out", len(_SPEAKERS), sizes)


class CASIA(Dataset):
    """CASIA: Mandarin sentences read in six emotions by four speakers, 9,600 or 1,200 utterances.

    The full corpus has 300 texts that each speaker reads in all emotions, and 100 texts of each
    emotion; the public subset has 50 texts in all emotions, those numbered 201 to 250. Speaker,
    emotion and number of the text may stand in folders or in the name of the file:
    ``wangzhe/angry/201.wav``, ``angry/201-angry-wangzhe.wav`` or ``201-angry-wangzhe.wav``, on
    whatever level. Case does not matter; ``normal`` is neutral, and ``Zhe.Wang`` is ``wangzhe``, as
    the speakers are written beside the texts of one emotion. A path that names two emotions or two
    speakers is a fault.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/casia``.

    Notes
    -----
    Which of both is there is told by the texts: a number other than 201 to 250, or more than 1,200
    recordings, make it the full corpus, and its counts are asserted.

    Equal numbers mean equal words only for texts that are shared by the emotions. So the column
    `statement` is the number for those, and ``angry-017`` for one of the texts of an emotion: in a
    folder ``不同文本100``, of a speaker written ``Zhe.Wang``, or numbered above 300.

    Copies without speakers are about, as ``angry/17.wav``: a name that holds more than an emotion
    and a number must hold a speaker. They are read with `subjects_known` False and each recording
    as a subject of its own, and have neither `statement` nor ``casia/loso``. The pictures of
    ``oulu-casia`` and the videos of ``casia-emotionv3`` are other corpora.

    References
    ----------
    .. [1] J. Tao, F. Liu, M. Zhang, H. Jia, "Design of speech corpus for Mandarin text to speech",
       The Blizzard Challenge workshop, 2008.

    Examples
    --------
    >>> from skemotion.datasets.casia import CASIA
    >>> CASIA.n_recordings, CASIA.counts["fear"], CASIA.protocols[0].counts[0]
    (1200, 200, (600, 300, 300))
    """

    name = "casia"
    modality = "voice"
    language = "zh"
    licence = "agreement with the makers: research only"
    homepage = "http://www.chineseldc.org"
    citation = (
        "J. Tao, F. Liu, M. Zhang, H. Jia, Design of speech corpus for Mandarin text to speech, "
        "The Blizzard Challenge workshop, 2008."
    )
    obtain = (
        "Ask the Chinese Linguistic Data Consortium for the CASIA emotional speech corpus of the "
        "Institute of Automation, Chinese Academy of Sciences. Unpack it into the folder casia."
    )
    emotions: ClassVar[dict] = {
        "angry": "angry",
        "fear": "fear",
        "happy": "happy",
        "neutral": "neutral",
        "normal": "neutral",
        "sad": "sad",
        "surprise": "surprise",
    }
    n_recordings = 1200
    counts: ClassVar[dict] = dict.fromkeys(emotions.values(), 200)
    subject_counts: ClassVar[dict] = dict.fromkeys(_SPEAKERS, 300)
    originals: ClassVar[dict] = {
        "voice": "ccc2a3226726065f240592ed641fc0537c4f84246b4791347be9fcb08509c5b8"
    }
    signature = re.compile(
        rf"(^|[/\s_-])({'|'.join(map(re.escape, _NAMES))})([/\s_-].*)?\.\w+$", re.IGNORECASE
    )
    sampling_rates = (16000,)
    protocols = (_loso(_EACH["public"]),)

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `statement`
            Without `statement` where the speakers are unknown.
        """
        columns = ["path", "emotion", "subject", "statement"]
        found = []
        for path in self.files.paths:
            if split_suffix(path)[1] in SUFFIXES["voice"]:
                row = self._row(path)
                if row is not None:
                    found.append((row, dict(zip(columns, (path, *row), strict=True))))
        frame = pd.DataFrame(first_of_each(self, found), columns=columns)
        nameless = frame["subject"].isna()
        self.subjects_known = not nameless.all() or frame.empty
        if self.subjects_known:
            frame = refuse(self, frame, nameless, _NO_SPEAKER)
            public = set(frame["statement"]) <= _PUBLIC_TEXTS
        else:
            frame = frame.drop(columns="statement").assign(subject=frame["path"])
            public = True
        self._state_facts("public" if public and len(frame) <= CASIA.n_recordings else "full")
        return frame

    def _row(self, path):
        """Return emotion, speaker (or None) and statement; None if the path is a fault."""
        stem, suffix = split_suffix(path)
        words = _BETWEEN.split(path[: -len(suffix)].casefold())
        emotions = {self.emotions[word] for word in words if word in self.emotions}
        speakers = {_NAMES[word] for word in words if word in _NAMES}
        own = any(word in _DOTTED or word.startswith(_OWN_TEXTS) for word in words)
        parts = _BETWEEN.split(stem.casefold())
        numbers = [word for word in parts if word.isascii() and word.isdigit()]
        strange = set(parts) - {*self.emotions, *numbers}
        if len(emotions) != 1:
            what = "two emotions" if emotions else "no emotion of CASIA"
            self.fault(path, f"its path names {what}")
        elif len(speakers) > 1:
            self.fault(path, "its path names two speakers")
        elif strange and not own and not speakers:
            self.fault(path, _NO_SPEAKER)
        elif len(numbers) != 1 and not own:
            self.fault(path, "its name does not hold the one number of a text")
        else:
            (emotion,) = emotions
            text = f"{int(numbers[0]):03}" if len(numbers) == 1 else stem.casefold()
            shared = not own and int(text) <= _N_SHARED
            return emotion, next(iter(speakers), None), text if shared else f"{emotion}-{text}"
        return None

    def _state_facts(self, subset):
        """State the published facts of what is there."""
        each = _EACH[subset]
        self.n_recordings = each * len(_SPEAKERS)
        self.counts = dict.fromkeys(CASIA.counts, self.n_recordings // len(CASIA.counts))
        self.originals = CASIA.originals if subset == "public" else {}
        self.subject_counts = dict.fromkeys(_SPEAKERS, each) if self.subjects_known else {}
        self.protocols = (_loso(each),) if self.subjects_known else ()
        self.other_protocols = (
            {}
            if self.subjects_known
            else {"casia/loso": "its paths do not name the speakers; get a copy whose paths do"}
        )
