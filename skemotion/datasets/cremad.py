"""CREMA-D, the crowd-sourced emotional multimodal actors dataset."""

import re
from typing import ClassVar

from skemotion.datasets._cremad_tables import LETTERS, read_actors, read_ratings
from skemotion.datasets._frames import check_choice
from skemotion.datasets._names import SUFFIXES, leave_out, read_names, refuse, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, group_kfold, official_split

_NAME = re.compile(
    # one file was published with the level X instead of XX
    r"(?P<actor>\d{4})_(?P<statement>[A-Z]{3})_(?P<code>[A-Z]{3})_(?:(?P<level>LO|MD|HI)|XX?)"
)
_EMOTIONS = {
    "ANG": "angry",
    "DIS": "disgust",
    "FEA": "fear",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
_OF_LETTER = dict(zip(LETTERS, _EMOTIONS.values(), strict=True))
_VOTES = [f"votes_{emotion}" for emotion in _EMOTIONS.values()]
_STATEMENTS = "DFA IEO IOM ITH ITS IWL IWW MTI TAI TIE TSI WSI"
_LEVELS = {"LO": "low", "MD": "medium", "HI": "high"}
_ACTORS = [str(actor) for actor in range(1001, 1092)]
_FEWER = {"1002": 81, "1008": 76, "1009": 76, "1019": 76, "1076": 81}  # the others have 82
_VALIDATION = "1015 1020 1021 1030 1050 1070 1079 1089 1090"
_TEST = (
    "1010 1013 1022 1026 1037 1038 1040 1045 1047 1048 1059 1065 1066 1068 1071 1073 1084 1086 1088"
)
_SPLIT = {
    **dict.fromkeys(_ACTORS, "train"),
    **dict.fromkeys(_VALIDATION.split(), "validation"),
    **dict.fromkeys(_TEST.split(), "test"),
}
_COUNTS = {  # of each emotion, in the order of the codes; then of the parts of the split
    "intended": ((1271, 1271, 1271, 1271, 1087, 1271), (5146, 738, 1558)),
    "voice": ((986, 547, 645, 353, 3897, 370), (4695, 670, 1433)),
    "face": ((968, 1057, 822, 1266, 2076, 783), (4831, 694, 1447)),
    "multi": ((1019, 1139, 1084, 1219, 1972, 589), (4868, 687, 1467)),
}
_DOUBTFUL = {
    "voice": {
        *("1006_TIE_HAP_XX", "1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1013_WSI_SAD_XX"),
        *("1017_IWW_ANG_XX", "1017_IWW_FEA_XX", "1076_MTI_SAD_XX"),
    },
    "video": {"1064_IEO_DIS_MD", "1064_TIE_SAD_XX", "1076_MTI_NEU_XX", "1076_MTI_SAD_XX"},
}
_MEDIA = SUFFIXES["voice"] | SUFFIXES["video"]
_MODALITIES = ("voice", "video", "voice+video")


def _protocols(labels):
    prefix = "crema-d/" if labels == "intended" else f"crema-d/{labels}-"
    return (
        Protocol(
            f"{prefix}actor-70-10-20",
            official_split("train", "validation", "test"),
            "70 : 10 : 20 % of the actors, as in TensorFlow Datasets",
            1,
            (_COUNTS[labels][1],),
            joins_validation=False,
        ),
        Protocol(f"{prefix}subject-5fold", group_kfold(5), "5 folds of whole actors", 5),
    )


_PROTOCOLS = {labels: _protocols(labels) for labels in _COUNTS}


class CREMAD(Dataset):
    """CREMA-D: 12 English sentences acted in six emotions by 91 actors, 7,442 clips.

    Files are named ``1001_DFA_ANG_XX.wav``: actor, sentence, emotion, level. Voices lie in
    ``AudioWAV`` or on any level; MP3 files are read where there are no others. Videos lie in
    ``VideoFlash``, or are converted to another format. ``VideoDemographics.csv`` gives the columns
    on actors. A clone without Git LFS, or a zip of the repository, has pointers for files, which
    are faults.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the recordings. None means ``$SKEMOTION_DATA/crema-d``.
    modality : {"voice", "video", "voice+video"}, default="voice"
        Which files of a clip to load; with both `X` has two columns, and a clip that lacks one of
        them is left out.
    labels : {"intended", "voice", "face", "multi"}, default="intended"
        What the emotion of a clip is: the one that was acted, or the one that most raters perceived
        in the voice alone, in the face alone, or in both. Ten persons or so rated each; of the
        voices alone they name the acted emotion for 42 %. Clips whose raters are divided
        between two emotions or more (``A:D`` in the tables) are left out: 644 by voice, 470 by
        face, 420 by both. It needs ``tabulatedVotes.csv``, which also gives `soft_labels`, or
        ``summaryTable.csv``, which does not.

    Notes
    -----
    ``crema-d/actor-70-10-20`` has the actors of the split that TensorFlow Datasets has published
    [2]_. Its parts there have four clips less, 5,144, 738 and 1,556, since those were not in the
    repository at the time: 1006_TIE_NEU_XX, 1013_WSI_DIS_XX and 1017_IWW_FEA_XX were missing, and
    1040_ITH_SAD_XX was named 1040_ITH_SAD_X, which is read as the same. Today the first three are
    there, but byte for byte equal to 1006_TIE_HAP_XX, 1013_WSI_SAD_XX and 1017_IWW_ANG_XX: of each
    two one label must be wrong, and nobody says which. The makers write that 1076_MTI_SAD_XX has no
    sound, and that the videos 1064_IEO_DIS_MD, 1064_TIE_SAD_XX, 1076_MTI_NEU_XX and 1076_MTI_SAD_XX
    are not what their names say. All these are kept, as published, and marked in the column
    `doubtful`: ``where="not doubtful"`` leaves them out.

    References
    ----------
    .. [1] H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova, R. Verma, "CREMA-D:
       Crowd-sourced emotional multimodal actors dataset", IEEE Transactions on Affective
       Computing 5(4), 2014.
    .. [2] https://www.tensorflow.org/datasets/catalog/crema_d

    Examples
    --------
    >>> from skemotion.datasets.cremad import CREMAD
    >>> CREMAD().n_recordings, CREMAD(labels="voice").n_recordings
    (7442, 6798)
    """

    name = "crema-d"
    modality = "voice"
    language = "en"
    licence = "ODbL 1.0"
    homepage = "https://github.com/CheyneyComputerScience/CREMA-D"
    citation = (
        "H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova, R. Verma, CREMA-D: "
        "Crowd-sourced emotional multimodal actors dataset, IEEE Transactions on Affective "
        "Computing 5(4), 2014."
    )
    obtain = (
        "Fill in the form that the homepage names; clone its repository with Git LFS into the "
        "folder crema-d. AudioWAV (or VideoFlash), VideoDemographics.csv and processedResults are "
        "enough. A zip of the repository has no recordings."
    )
    emotions: ClassVar[dict] = _EMOTIONS
    n_recordings = 7442
    counts: ClassVar[dict] = dict(zip(_EMOTIONS.values(), _COUNTS["intended"][0], strict=True))
    subject_counts: ClassVar[dict] = dict.fromkeys(_ACTORS, 82) | _FEWER
    originals: ClassVar[dict] = {
        "voice": "b8bb12fcf3d60c428c6d112d0376c8533f3383076b4c2432992eac36d6709311"
    }
    signature = re.compile(rf"(^|/){_NAME.pattern}\.\w+$")
    protocols = _PROTOCOLS["intended"]

    def __init__(self, root=None, *, modality="voice", labels="intended"):
        super().__init__(root)
        check_choice("modality", modality, _MODALITIES)
        check_choice("labels", labels, _COUNTS)
        self.modality = modality
        self.labels = labels
        if modality == "voice+video":
            self.media = {"voice": "path", "video": "video"}
        if labels != "intended":
            self.counts = dict(zip(_EMOTIONS.values(), _COUNTS[labels][0], strict=True))
            self.n_recordings = sum(self.counts.values())
            self.subject_counts, self.originals = {}, {}
        self.protocols = _PROTOCOLS[labels]
        self.other_protocols = {
            protocol.name: f"the labels are {labels!r}; pass labels={other!r}"
            for other, protocols in _PROTOCOLS.items()
            for protocol in protocols
            if other != labels
        }

    def index(self):
        """Return one row a clip.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `statement`, `intensity`, `split`, \
`twin`, `doubtful`
            `intensity` is ``"low"``, ``"medium"``, ``"high"`` or ``"unspecified"``. `split` is the
            part of the published split, `twin` the clip, the same in all modalities. With
            ``VideoDemographics.csv`` also `sex`, `age`, `race` and `ethnicity` of the actor; with
            labels of raters `intended`, the acted emotion, and with ``tabulatedVotes.csv``
            `votes_angry`, ... With ``modality="voice+video"`` `path` is the voice, and there is a
            column `video`.

        Raises
        ------
        ValueError
            If a table is damaged, one that `labels` needs is missing, or no clip has both a voice
            and a video.
        """
        frame = self._clips()
        frame["emotion"] = frame.pop("code").map(self.emotions)
        frame["subject"] = frame.pop("actor")
        frame["intensity"] = frame.pop("level").map(_LEVELS).fillna("unspecified")
        frame["split"] = frame["subject"].map(_SPLIT)
        doubtful = set().union(*(_DOUBTFUL[kind] for kind in self.modality.split("+")))
        frame["doubtful"] = frame["twin"].isin(doubtful)
        actors = read_actors(self)
        if actors is not None:
            frame = frame.join(actors, on="subject")
        return frame if self.labels == "intended" else self._rated(frame)

    def soft_labels(self, frame):
        """Return the shares of the votes.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        DataFrame of float of shape (n_samples, 6) or None
            Rows that sum to 1; None with ``labels="intended"`` or without ``tabulatedVotes.csv``.
        """
        if _VOTES[0] not in frame:
            return None
        votes = frame[_VOTES].set_axis(list(self.emotions.values()), axis=1)
        return votes.div(votes.sum(axis=1), axis=0).reset_index(drop=True)

    def _clips(self):
        """Return what the names of the chosen files say."""
        there = {split_suffix(path)[1] for path in self.files.paths}
        voices = SUFFIXES["voice"] - {".mp3"}
        suffixes = {
            "voice": voices if voices & there else SUFFIXES["voice"],
            "video": SUFFIXES["video"],
        }
        kinds = self.modality.split("+")
        read = frozenset.union(*(suffixes[kind] for kind in kinds))
        unread = [path for path in self.files.paths if split_suffix(path)[1] in _MEDIA - read]
        if unread:
            self.left_out["a file of another modality or format"] += len(unread)
        found = {kind: self._named(suffixes[kind]) for kind in kinds}
        if len(found) == 1:
            return found[self.modality]
        return self._seen_and_heard(found["voice"], found["video"])

    def _seen_and_heard(self, voices, videos):
        """Return the voices that have a video, with it."""
        n_found = len(voices), len(videos)
        unheard = ~videos["twin"].isin(voices["twin"])
        videos = leave_out(self, videos, unheard, "the clip has no voice")
        unseen = ~voices["twin"].isin(videos["twin"])
        voices = leave_out(self, voices, unseen, "the clip has no video")
        if voices.empty and any(n_found):
            raise ValueError(
                f"Expected voices and videos of the same clips in {self.root}, got {n_found[0]} "
                f"voices and {n_found[1]} videos that share none. Put the missing files there, or "
                "pass modality='voice' or 'video'."
            )
        return voices.assign(video=voices["twin"].map(videos.set_index("twin")["path"]))

    def _named(self, suffixes):
        frame = read_names(self, _NAME, suffixes)
        foreign = (
            ~frame["actor"].isin(_ACTORS)
            | ~frame["statement"].isin(_STATEMENTS.split())
            | ~frame["code"].isin(list(self.emotions))
        )
        frame = refuse(self, frame, foreign, "codes that CREMA-D does not have")
        level = frame["level"].where(frame["level"].isin(list(_LEVELS)), "XX")
        words = (frame["actor"], frame["statement"], frame["code"], level)
        return frame.assign(twin=[f"{a}_{s}_{c}_{x}" for a, s, c, x in zip(*words, strict=True)])

    def _rated(self, frame):
        """Return the rows with the emotion that most raters perceived."""
        table, name = read_ratings(self, self.labels)
        unrated = ~frame["twin"].isin(table.index)
        frame = refuse(self, frame, unrated, f"{name} has no row of its votes that adds up")
        frame = frame.join(table.rename(columns=dict(zip(LETTERS, _VOTES, strict=True))), on="twin")
        divided = frame["vote"].str.contains(":", regex=False).to_numpy(bool)
        reason = "the raters are divided between two emotions or more"
        frame = leave_out(self, frame, divided, reason)
        frame["intended"] = frame["emotion"]
        frame["emotion"] = frame.pop("vote").map(_OF_LETTER)
        return frame
