"""ESD, emotional speech in Mandarin and English."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import ClassVar

import numpy as np

from skemotion.datasets._frames import check_choice
from skemotion.datasets._names import leave_out, read_names, refuse, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.emotions import canonical
from skemotion.protocols import Protocol, group_kfold, leave_one_out, official_split, rotated

_NAME = re.compile(r"(?P<subject>\d{4})_(?P<number>\d{6})")
_SPEAKERS = {
    "zh": tuple(f"{number:04}" for number in range(1, 11)),
    "en": tuple(f"{number:04}" for number in range(11, 21)),
}
_LANGUAGE = {speaker: language for language, names in _SPEAKERS.items() for speaker in names}
_MALE = ("0004", "0005", "0006", "0008", "0010", "0011", "0012", "0013", "0014", "0020")
_EMOTIONS = {  # in the order of the numbers
    "neutral": "neutral",
    "angry": "angry",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprise",
}
_N_TEXTS = 350  # of each language; each is read in each emotion
_PARTS = {"train": 300, "evaluation": 20, "test": 30}  # texts in each part of the published split
_EACH = _N_TEXTS * len(_EMOTIONS)  # utterances of a speaker
_ENCODINGS = {"zh": ("utf-8-sig", "gb18030"), "en": ("utf-8-sig", "latin-1")}
_OFFICIAL = "esd/official"


def _protocols(n_speakers):
    """Return the protocols by whole speakers, and the published one."""
    sizes = tuple(n_texts * len(_EMOTIONS) * n_speakers for n_texts in _PARTS.values())
    return (
        Protocol(
            "esd/subject-5fold",
            group_kfold(5),
            "5 folds of whole speakers",
            5,
            rotated([_EACH * n_speakers // 5] * 5),
        ),
        Protocol(
            "esd/loso",
            leave_one_out(),
            "leave one speaker out",
            n_speakers,
            rotated([_EACH] * n_speakers),
        ),
        Protocol(
            _OFFICIAL,
            official_split(*_PARTS),
            "the published split, by sentences; each speaker stands in all its parts, so that it "
            "says nothing of new speakers",
            1,
            counts=(sizes,),
            disjoint=(),
            joins_validation=False,
        ),
    )


class ESD(Dataset):
    """ESD: 350 sentences in five emotions by 20 speakers of Mandarin or English, 35,000 utterances.

    Files are named ``0001_000351.wav``, speaker and number, and lie in ``0001/Angry/``, with or
    without a level ``train``, ``evaluation`` or ``test``, or without folders. Speakers 0001 to 0010
    speak Mandarin, 0011 to 0020 English. The number says the emotion, too: 350 each for neutral,
    angry, happy, sad and surprise, in that order. A file whose folder names another emotion, or
    another speaker, is a fault.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/esd``.
    language : {"zh", "en"}, default=None
        Whom to load: speakers of Mandarin or of English. None means both.

    Notes
    -----
    Each speaker reads the same sentences as the others of the language, in each emotion: the column
    `statement` is ``zh-001`` and so on. The published split divides the sentences, 300 for
    training, 20 for evaluation and 30 for the test, and has each speaker in all parts. It is
    ``esd/official`` where the folders `train`, `evaluation` and `test` are there; copies without
    them have lost it.

    Where ``0001/0001.txt`` and so on are there, they give the column `text`: a line holds name,
    sentence and emotion, with tabs between. Their encodings differ. Tried are, strictly: UTF-16 if
    the file begins with its mark or holds zero bytes; else UTF-8, then GB 18030 for speakers of
    Mandarin and Latin-1 for those of English. A file that gives no line with a known emotion in any
    of them is a fault. Some lines of the published files lack a tab; these sentences are missing.
    The emotion is never taken from them, but a recording whose line names another one is a fault.

    References
    ----------
    .. [1] K. Zhou, B. Sisman, R. Liu, H. Li, "Emotional voice conversion: theory, databases and
       ESD", Speech Communication 137, 2022.

    Examples
    --------
    >>> from skemotion.datasets.esd import ESD
    >>> ESD().n_recordings, ESD(language="zh").n_recordings, ESD.counts["sad"]
    (35000, 17500, 7000)
    """

    name = "esd"
    modality = "voice"
    language = "zh, en"
    licence = "agreement with the makers: research only"
    homepage = "https://github.com/HLTSingapore/Emotional-Speech-Data"
    citation = (
        "K. Zhou, B. Sisman, R. Liu, H. Li, Emotional voice conversion: theory, databases and ESD, "
        "Speech Communication 137, 2022."
    )
    obtain = (
        "Fill in the licence of the homepage and send it to the makers. Download the zip; put it, "
        "unpacked or not, into the folder esd."
    )
    emotions: ClassVar[dict] = _EMOTIONS
    n_recordings = _EACH * len(_LANGUAGE)
    counts: ClassVar[dict] = dict.fromkeys(_EMOTIONS.values(), _N_TEXTS * len(_LANGUAGE))
    subject_counts: ClassVar[dict] = dict.fromkeys(_LANGUAGE, _EACH)
    signature = re.compile(rf"(^|/){_NAME.pattern}\.\w+$")
    protocols = _protocols(len(_LANGUAGE))

    def __init__(self, root=None, *, language=None):
        super().__init__(root)
        self._spoken = tuple(_SPEAKERS) if language is None else (language,)
        if language is not None:
            check_choice("language", language, _SPEAKERS)
            self.language = language
            speakers = _SPEAKERS[language]
            self.n_recordings = _EACH * len(speakers)
            self.counts = dict.fromkeys(_EMOTIONS.values(), _N_TEXTS * len(speakers))
            self.subject_counts = dict.fromkeys(speakers, _EACH)
            self.protocols = _protocols(len(speakers))

    def index(self):
        """Return one row an utterance.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `language`, `statement`
            With `split` where the folders state it, and `text` where there are transcripts.
        """
        frame = read_names(self, _NAME)
        number = frame["number"].astype(int)
        known = frame["subject"].isin(list(_LANGUAGE)) & number.between(1, _EACH)
        frame = refuse(self, frame, ~known, "codes that ESD does not have")
        frame["language"] = frame["subject"].map(_LANGUAGE)
        other = ~frame["language"].isin(self._spoken)
        frame = leave_out(self, frame, other, f"the language is not {self.language}")
        number = frame["number"].astype(int) - 1
        frame["emotion"] = (number // _N_TEXTS).map(dict(enumerate(_EMOTIONS.values())))
        texts = zip(frame["language"], number % _N_TEXTS + 1, strict=True)
        frame["statement"] = [f"{language}-{text:03}" for language, text in texts]
        frame["sex"] = frame["subject"].isin(_MALE).map({True: "male", False: "female"})
        frame = self._without_misfiled(frame)
        frame = self._with_split(frame)
        frame = self._with_texts(frame)
        names = ["path", "emotion", "subject", "sex", "language", "statement", "split", "text"]
        return frame[[name for name in names if name in frame]]

    def _without_misfiled(self, frame):
        """Return the rows whose folders do not contradict their names."""
        for column, names, what in (
            ("emotion", set(_EMOTIONS), "emotion"),
            ("subject", set(_LANGUAGE), "speaker"),
        ):
            pairs = zip(frame["path"], frame[column], strict=True)
            misfiled = [bool(names.intersection(_folders(path)) - {own}) for path, own in pairs]
            reason = f"its folder names another {what} than its number"
            frame = refuse(self, frame, np.array(misfiled, dtype=bool), reason)
        return frame

    def _with_split(self, frame):
        """Return the rows with the part of the published split, if the folders state it."""
        pattern = rf"(?:^|/)({'|'.join(_PARTS)})/"
        split = frame["path"].str.extract(pattern, re.IGNORECASE)[0].str.lower()
        complete = bool(split.notna().all()) and set(split) == set(_PARTS)
        protocols = _protocols(self.n_recordings // _EACH)
        self.protocols = protocols if complete else protocols[:-1]
        self.other_protocols = (
            {}
            if complete
            else {
                _OFFICIAL: "its folders do not say who is in train, evaluation and test; get a "
                "copy with these folders"
            }
        )
        return frame.assign(split=split) if split.notna().any() else frame

    def _with_texts(self, frame):
        """Return the rows with their sentences, without those of another emotion there."""
        lines = {}
        for path in self.files.paths:
            stem, suffix = split_suffix(path)
            if suffix == ".txt" and _LANGUAGE.get(stem) in self._spoken:
                found = self._lines(path, _LANGUAGE[stem])
                lines = {**found, **lines}  # of a second copy only what the first lacks
        if not lines:
            return frame
        names = frame["subject"] + "_" + frame["number"]
        nothing = (None, None)
        frame["text"] = [lines.get(name, nothing)[0] for name in names]
        labels = [lines.get(name, nothing)[1] for name in names]
        pairs = zip(labels, frame["emotion"], strict=True)
        contradicted = np.array([label not in (None, own) for label, own in pairs], dtype=bool)
        return refuse(self, frame, contradicted, "its transcript names another emotion")

    def _lines(self, path, language):
        """Return name -> (sentence, emotion) of a transcript; empty if it is a fault."""
        content = self.files.read_bytes(path)
        wide = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in content
        for encoding in ("utf-16",) if wide else _ENCODINGS[language]:
            try:
                # splitlines() would also cut at the dots that Latin-1 reads as a line break
                rows = [line.split("\t") for line in re.split(r"[\r\n]+", content.decode(encoding))]
            except UnicodeDecodeError:
                continue
            rows = [[cell.strip() for cell in row] for row in rows if len(row) == 3]
            lines = {name: (text, _emotion(label)) for name, text, label in rows}
            lines = {name: line for name, line in lines.items() if line[1] is not None}
            if lines:
                return lines
        self.fault(path, "no line of it holds a name, a sentence and an emotion")
        return {}


def _folders(path):
    return path.lower().split("/")[:-1]


def _emotion(label):
    try:
        return canonical(label)
    except ValueError:
        return None
