"""IEMOCAP, two actors in dialogue: voices and what they say."""

import re
from typing import ClassVar

import numpy as np
import pandas as pd

from skemotion.datasets._frames import check_choice
from skemotion.datasets._iemocap_texts import CODES, DIALOG, read_labels, read_transcripts
from skemotion.datasets._names import leave_out, read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.protocols import Fold, Protocol, leave_one_out, rotated

_TURN = re.compile(rf"(?P<dialog>{DIALOG})(?:_(?P<letter>[FM])(?P<number>\d{{3}}))?")
_SIZES = (1085, 1023, 1151, 1031, 1241)  # of the sessions, in four classes
_NO_LABELS = "the labels of its dialogue are damaged"
_NO_WORDS = "the transcript of its dialogue is damaged"


def _leave_speakers_out(frame):
    """Hold out each speaker; validate on the other one of the session, train on other sessions."""
    subjects = frame["subject"].astype(str).to_numpy()
    for number, name in enumerate(np.unique(subjects)):
        held = subjects == name
        session = frame["session"].isin(frame["session"][held]).to_numpy()
        parts = (~session, session & ~held, held)
        yield Fold({"fold": number, "held_out": name}, *map(np.flatnonzero, parts))


class IEMOCAP(Dataset):
    """IEMOCAP: ten actors in pairs, scripted and improvised dialogues, 10,039 turns.

    Turns lie in ``Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav`` or anywhere
    below the folder. The speaker is the session with the letter of the LAST part of the name, here
    Ses01M: the letter before says who wore the markers. Labels are read from
    ``dialog/EmoEvaluation/Ses01F_impro01.txt``, words from
    ``dialog/transcriptions/Ses01F_impro01.txt``; the folders below ``EmoEvaluation`` are not read.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds ``Session1`` to ``Session5``. None means ``$SKEMOTION_DATA/iemocap``.
    modality : {"voice", "text", "voice+text"}, default="voice"
        What a recording is: the file of its sound, its words as a string, or both, as the columns
        `voice` and `text` of a DataFrame. Words keep their marks such as ``[LAUGHTER]``.
    labels : {"majority", "soft"}, default="majority"
        Whether `soft_labels` has the votes of the raters, too.

    Notes
    -----
    Of the 10,039 turns 7,529 have a category, and these are what is counted: 2,507 are marked
    ``xxx``, since the raters disagree, 3 ``oth``. They have no emotion but the ratings
    `valence`, `arousal` and `dominance`, means on scales from 1 to 5 whose middle is 3.

    The protocols with four classes take angry, happy with excited, neutral and sad: 5,531 turns.
    ``iemocap/4class-session`` holds out a session and validates on the next one.
    ``iemocap/4class-speaker`` holds out a speaker, validates on the partner in the same dialogues
    and trains on the other four sessions; a model that does not ask for the validation part learns
    from the partner, too. The sizes of its folds were not verified, so only their number is
    checked, as for ``iemocap/session``, which takes all nine categories.

    All pairs play the same scripts: what is said in a scripted turn of the test part stands in
    training, too. For ``modality="text"`` think of ``where="style == 'improvised'"``.

    References
    ----------
    .. [1] C. Busso, M. Bulut, C.-C. Lee, A. Kazemzadeh, E. Mower, S. Kim, J. N. Chang, S. Lee,
       S. S. Narayanan, "IEMOCAP: interactive emotional dyadic motion capture database", Language
       Resources and Evaluation 42(4), 2008.

    Examples
    --------
    >>> from skemotion.datasets.iemocap import IEMOCAP
    >>> IEMOCAP.n_recordings, IEMOCAP.emotions["exc"], sum(IEMOCAP.protocols[0].counts[0])
    (7529, 'excited', 5531)
    """

    name = "iemocap"
    modality = "voice"
    language = "en"
    licence = "agreement with the makers: research only"
    homepage = "https://sail.usc.edu/iemocap/"
    citation = (
        "C. Busso, M. Bulut, C.-C. Lee, A. Kazemzadeh, E. Mower, S. Kim, J. N. Chang, S. Lee, "
        "S. S. Narayanan, IEMOCAP: interactive emotional dyadic motion capture database, Language "
        "Resources and Evaluation 42(4), 2008."
    )
    obtain = (
        "Ask for it with the release form of the homepage and accept the licence. Unpack the "
        "archive into the folder iemocap, so that Session1 to Session5 lie in it or below."
    )
    emotions: ClassVar[dict] = CODES
    counts: ClassVar[dict] = {
        "angry": 1103,
        "disgust": 2,
        "excited": 1041,
        "fear": 40,
        "frustrated": 1849,
        "happy": 595,
        "neutral": 1708,
        "sad": 1084,
        "surprise": 107,
    }
    n_recordings = sum(counts.values())
    va_midpoint = 3.0
    signature = re.compile(rf"(^|/){DIALOG}\w*\.\w+$")
    sampling_rates = (16000,)
    protocols = (
        Protocol(
            "iemocap/4class-session",
            leave_one_out("session"),
            "leave one session out, angry, happy or excited, neutral, sad",
            5,
            rotated(_SIZES),
            disjoint=("subject", "session"),
            scheme="common4",
        ),
        Protocol(
            "iemocap/4class-speaker",
            _leave_speakers_out,
            "leave one speaker out, validate on the partner; angry, happy or excited, neutral, sad",
            10,
            scheme="common4",
        ),
        Protocol(
            "iemocap/session",
            leave_one_out("session"),
            "leave one session out, all categories",
            5,
            disjoint=("subject", "session"),
        ),
    )

    def __init__(self, root=None, *, modality="voice", labels="majority"):
        super().__init__(root)
        check_choice("modality", modality, ("voice", "text", "voice+text"))
        check_choice("labels", labels, ("majority", "soft"))
        self.modality = modality
        self.labels = labels
        if modality == "voice+text":
            self.media = {"voice": "path", "text": "text"}

    def index(self):
        """Return one row a turn.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sex`, `session`, `dialog`, `style`, \
`start`, `stop`, `text`, `valence`, `arousal`, `dominance`, `votes_angry`, ..., `votes_other`
            `style` is ``"scripted"`` or ``"improvised"``; `start` and `stop` are seconds in the
            dialogue. `votes_angry` is the number of raters who say so; one who names two emotions
            gives half a vote to each. With ``modality="text"`` the path is that of the transcript
            with the name of the turn: ``Ses01F_impro01.txt#Ses01F_impro01_F000``.

        Raises
        ------
        ValueError
            If there are no labels, or no transcripts where words are wanted.
        """
        labels, spoilt = read_labels(self)
        spoken, unread = read_transcripts(self)
        frame = self._texts(spoken, labels) if self.modality == "text" else self._voices()
        self._check_texts(len(frame), labels.empty and not spoilt, not (spoken or unread))
        frame = self._with_labels(frame, labels, spoilt)
        if self.modality != "voice":
            frame = self._without(frame, unread, _NO_WORDS)
            silent = ~frame["turn"].isin(list(spoken))
            frame = refuse(self, frame, silent, "the turn has no transcript")
        return self._described(frame.join(labels, on="turn"), spoken)

    def soft_labels(self, frame):
        """Return the shares of the emotions in the votes.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index` with an emotion.

        Returns
        -------
        DataFrame of float of shape (n_samples, 9) or None
            Rows that sum to 1; None unless ``labels="soft"``. Votes for another emotion than the
            nine do not count. Where no rater names the emotion of the turn, it has it all.
        """
        if self.labels != "soft":
            return None
        votes = frame[[f"votes_{name}" for name in sorted(self.counts)]].to_numpy(float)
        own = frame["emotion"].to_numpy()[:, None] == np.array(sorted(self.counts))
        named = (votes * own).any(axis=1, keepdims=True)
        votes = np.where(named, votes, own)
        return pd.DataFrame(votes / votes.sum(axis=1, keepdims=True), columns=sorted(self.counts))

    def recordings(self, frame):
        """Return the recordings of some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of object of shape (n_samples,), or DataFrame of shape (n_samples, 2)
            Paths, strings, or both in the columns `voice` and `text`.
        """
        if self.modality == "text":
            return frame["text"].to_numpy(object)
        return super().recordings(frame)

    def locate(self, path):
        """Return where a file of the index is.

        Parameters
        ----------
        path : str
            As in the index.

        Returns
        -------
        str or binary file object
            The recording, or with ``modality="text"`` the transcript that holds the turn.
        """
        return super().locate(path.rpartition("#")[0] if self.modality == "text" else path)

    def _voices(self):
        """Return `path` and `turn` of the recordings."""
        frame = read_names(self, _TURN)
        whole = ~frame["letter"].isin(["F", "M"])
        frame = leave_out(self, frame, whole, "the recording of a whole dialogue")
        frame["turn"] = frame["dialog"] + "_" + frame["letter"] + frame["number"]
        return frame[["path", "turn"]]

    def _texts(self, spoken, labels):
        """Return `path` and `turn` of what was spoken or labelled."""
        paths = labels["source"].to_dict()
        paths |= {turn: f"{path}#{turn}" for turn, (path, _) in spoken.items()}
        rows = [(path, turn) for turn, path in sorted(paths.items())]
        return pd.DataFrame(rows, columns=["path", "turn"], dtype=str)

    def _check_texts(self, n_found, no_labels, no_words):
        if n_found and no_labels:
            raise ValueError(
                f"Expected the labels of IEMOCAP in {self.root}, such as "
                "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt, got none for "
                f"{n_found} recordings. Unpack them beside the recordings."
            )
        if no_words and not no_labels and self.modality != "voice":
            raise ValueError(
                f"Expected the transcripts of IEMOCAP in {self.root}, such as "
                "Session1/dialog/transcriptions/Ses01F_impro01.txt, got none. "
                "Unpack them there, or use modality='voice'."
            )

    def _with_labels(self, frame, labels, spoilt):
        """Return the rows that have a label; a turn without one, or without a file, is a fault."""
        for source in labels.loc[~labels.index.isin(frame["turn"]), "source"]:
            self.fault(source, "the recording that it labels is missing")
        frame = self._without(frame, spoilt, _NO_LABELS)
        return refuse(self, frame, ~frame["turn"].isin(labels.index), "the turn has no label")

    def _without(self, frame, spoilt, reason):
        """Return the rows without turns whose line is a fault, and those of such a dialogue."""
        dialogs = frame["turn"].str.rsplit("_", n=1).str[0]
        frame = leave_out(self, frame, dialogs.isin(spoilt), reason)
        return frame[~frame["turn"].isin(spoilt)].reset_index(drop=True)

    def _described(self, frame, spoken):
        """Return the index of turns with their labels."""
        names = frame["turn"].str.extract(_TURN)
        improvised = names["dialog"].str.contains("_impro", regex=False)
        columns = frame.drop(columns=["path", "turn", "code", "source"])
        described = pd.DataFrame(
            {
                "path": frame["path"],
                "emotion": pd.Series(map(self.emotions.get, frame["code"]), dtype=object),
                "subject": names["dialog"].str[:5] + names["letter"],
                "sex": names["letter"].map({"F": "female", "M": "male"}),
                "session": names["dialog"].str[4],
                "dialog": names["dialog"],
                "style": improvised.map({True: "improvised", False: "scripted"}),
                "text": frame["turn"].map({turn: words for turn, (_, words) in spoken.items()}),
            }
        )
        return described.join(columns)
