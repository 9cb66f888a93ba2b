"""FER+, the pictures of FER2013 labelled anew by ten raters each."""

import re
from collections import Counter
from functools import cached_property
from io import StringIO
from typing import ClassVar

import numpy as np
import pandas as pd

from skemotion.datasets._fer2013_csv import TABLES
from skemotion.datasets._fer2013_tables import tables
from skemotion.datasets._ferplus_rules import frequent, leading, majority, without_outliers
from skemotion.datasets.base import Dataset
from skemotion.datasets.fer2013 import FER2013
from skemotion.datasets.fetching import Download
from skemotion.protocols import Protocol, official_split

_TABLE = "fer2013new.csv"
_EMOTIONS = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "contempt": "contempt",
}
_VOTES = [*_EMOTIONS, "unknown", "NF"]  # columns of the table
_COLUMNS = [f"votes_{name}" for name in (*_EMOTIONS.values(), "unknown", "no_face")]
_RULES = {"majority": majority, "soft": leading, "multi": frequent}
_COUNTS = {  # of each emotion, in the order of the columns
    "majority": (11012, 9045, 3960, 3749, 2660, 161, 677, 148),
    "soft": (12394, 9261, 4335, 4165, 2967, 211, 786, 189),
    "multi": (12343, 9250, 4297, 4134, 2887, 195, 743, 174),
}
_N_VALIDATION, _N_TEST = 3199, 3153
_PROTOCOLS = {
    labels: Protocol(
        f"ferplus/{labels}",
        official_split("Training", "PublicTest", "PrivateTest"),
        f"Training, PublicTest, PrivateTest; {what}; some pictures stand in two of them",
        1,
        counts=((sum(_COUNTS[labels]) - _N_VALIDATION - _N_TEST, _N_VALIDATION, _N_TEST),),
        disjoint=(),
        joins_validation=False,
    )
    for labels, what in (
        ("majority", "what more than half of the votes say"),
        ("soft", "trained on shares of votes, tested on majorities"),
        ("multi", "trained on up to three emotions a picture, tested on majorities"),
    )
}


class FERPlus(Dataset):
    """FER+: the pictures of FER2013 with the votes of ten raters for eight emotions.

    ``fer2013new.csv`` holds votes and no pictures. They come from the table of FER2013: row i
    belongs to row i, which the column `Usage` of both must bear out. Names of pictures are not
    used, since 173 are empty and four stand twice.

    In all forms of `labels` single votes are dropped first, as outliers. What is said below of
    shares is meant of the votes that remain, those for "unknown" and "no face" among them.

    Parameters
    ----------
    root : path-like, default=None
        The folder of ``fer2013new.csv``, or the file. None means ``$SKEMOTION_DATA/ferplus``.
    labels : {"majority", "soft", "multi"}, default="majority"
        Which pictures of the training part are kept, and what comes with them:

        - ``"majority"``: those of which one emotion has more than half of the votes.
        - ``"soft"``: those of which the most frequent emotions (taken until they have 75 % of the
          votes, no more than three, none behind "unknown" or "no face") have more than half of
          the votes. `soft_labels` are their votes as shares, `emotion` is the first of them.
        - ``"multi"``: those of which the emotions with 30 % of the votes or more have more than
          half of them. The column `targets` names these emotions, most votes first, with spaces
          between; `emotion` is the first of them.

        The validation and the test part are those of ``"majority"`` in all forms, as in the
        experiments of [1]_: so results can be compared. Ties go to the emotion that comes first in
        the table.
    fer2013 : path-like, default=None
        Root of FER2013. None means `root` if a table of FER2013 lies there too, else
        ``$SKEMOTION_DATA/fer2013``.

    Notes
    -----
    These are the pictures of ``fer2013``: training on one and testing on the other tests on
    pictures that were trained on. Nobody knows the persons; `subject` is one name for each
    distinct picture. The rules are those of the code that the authors published [2]_.

    References
    ----------
    .. [1] E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang, "Training deep networks for facial
       expression recognition with crowd-sourced label distribution", ICMI 2016.
    .. [2] https://github.com/microsoft/FERPlus, ``src/ferplus.py``.

    Examples
    --------
    >>> from skemotion.datasets.ferplus import FERPlus
    >>> FERPlus().n_recordings, FERPlus(labels="soft").protocol
    (31412, 'ferplus/soft')
    """

    name = "ferplus"
    overlaps = ("fer2013",)
    modality = "face"
    licence = "labels: MIT; pictures: as FER2013"
    homepage = "https://github.com/microsoft/FERPlus"
    citation = (
        "E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang, Training deep networks for facial "
        "expression recognition with crowd-sourced label distribution, ICMI 2016."
    )
    obtain = (
        "Fetch fer2013new.csv, the votes, into the folder ferplus. "
        "Get the pictures as the dataset fer2013."
    )
    downloads = (
        Download(
            "https://raw.githubusercontent.com/microsoft/FERPlus/"
            "8ad5426c7b69e86e78afccb42c5f516850f52a28/fer2013new.csv",
            "sha256:9206e20d62f56475939f516847d61753e4860caeac9718b560129541b776fc2c",
            _TABLE,
            1602762,
        ),
    )
    emotions: ClassVar[dict] = _EMOTIONS
    n_recordings = 31412
    counts: ClassVar[dict] = dict(zip(emotions.values(), _COUNTS["majority"], strict=True))
    subjects_known = False
    signature = re.compile(rf"(^|/){re.escape(_TABLE)}$")
    protocols = (_PROTOCOLS["majority"],)

    def __init__(self, root=None, *, labels="majority", fer2013=None):
        super().__init__(root)
        if labels not in _RULES:
            raise ValueError(
                f"Expected labels to be one of {', '.join(map(repr, _RULES))}, got {labels!r}. "
                "Pass one of them."
            )
        self.labels = labels
        self.fer2013 = fer2013
        self.protocols = (_PROTOCOLS[labels],)
        self.other_protocols = {
            protocol.name: f"the labels are {labels!r}; pass labels={name!r}"
            for name, protocol in _PROTOCOLS.items()
            if name != labels
        }
        self.counts = dict(zip(self.emotions.values(), _COUNTS[labels], strict=True))
        self.n_recordings = sum(self.counts.values())

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `split`, `votes_neutral`, ...
            `path` is the name of FER2013's table with the number of the row from 0. The ten
            columns of votes are named after canonical emotions, the last two `votes_unknown` and
            `votes_no_face`. With ``labels="multi"`` also `targets`.

        Raises
        ------
        ValueError
            If the two tables do not belong together.
        """
        votes = self._votes()
        faces = self._faces()
        faulty = faces.pop("fault")
        self._check_alignment(votes.pop("Usage"), faces["split"], faulty)
        for row in np.flatnonzero(faulty.notna()):
            self.fault(faces["path"][row], faulty[row])
        votes[faulty.notna()] = 0
        frame = pd.concat([faces, votes], axis=1)
        kept = self._kept_votes(frame)
        names = np.array(list(self.emotions.values()), dtype=object)
        frame["emotion"] = names[kept.argmax(axis=1)]
        if self.labels == "multi":
            order = np.argsort(-kept, axis=1, kind="stable")
            frame["targets"] = [
                " ".join(names[row[votes[row] > 0]]) for row, votes in zip(order, kept, strict=True)
            ]
        self._count_dropped(frame, kept)
        return frame[kept.any(axis=1)]

    def soft_labels(self, frame):
        """Return the shares of the emotions.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        DataFrame of float of shape (n_samples, 8) or None
            Rows that sum to 1; None unless ``labels="soft"``.
        """
        if self.labels != "soft":
            return None
        kept = leading(without_outliers(frame[_COLUMNS].to_numpy()))
        shares = kept / kept.sum(axis=1, keepdims=True)
        return pd.DataFrame(shares, columns=list(self.emotions.values()))

    def recordings(self, frame):
        """Return the pictures of some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of uint8 of shape (n_samples, 48, 48)
        """
        return self._pictures.recordings(frame)

    @cached_property
    def _pictures(self):
        folder = self.root.parent if self.root.suffix == ".csv" else self.root
        beside = self.fer2013 is None and any(tables(folder, TABLES))
        return FER2013(folder if beside else self.fer2013)

    def _faces(self):
        """Return the rows of FER2013's table."""
        root = self._pictures.root
        if not any(tables(root, TABLES)):
            raise FileNotFoundError(
                f"Dataset 'ferplus' expected a table of FER2013 in {root}, which lacks it: it is "
                "joined to the pictures row by row. Pass fer2013= the folder of fer2013.csv."
            )
        try:
            return self._pictures.read_rows()
        except ValueError as error:
            raise ValueError(
                f"Dataset 'ferplus' cannot read its pictures in {root}: {error}"
            ) from error

    def _kept_votes(self, frame):
        """Return the votes of the emotions that are kept; all are 0 where a picture is dropped."""
        votes = without_outliers(frame[_COLUMNS].to_numpy())
        training = (frame["split"] == "Training").to_numpy()
        return np.where(training[:, None], _RULES[self.labels](votes), majority(votes))

    def _count_dropped(self, frame, kept):
        raw = frame[_COLUMNS].to_numpy()
        votes = without_outliers(raw)
        unknown, no_face = (2 * votes[:, -2:] > votes.sum(axis=1, keepdims=True)).T
        reasons = np.select(
            [kept.any(axis=1) | ~raw.any(axis=1), no_face, unknown],
            ["", "most raters saw no face", "most raters did not know the emotion"],
            "the raters disagree",
        )
        self.left_out.update(Counter(reasons[reasons != ""].tolist()))

    def _check_alignment(self, usages, splits, faulty):
        """Raise ValueError unless the tables have as many rows, and the same usage in good ones."""
        pictures = f"the pictures in {self._pictures.root}"
        if len(usages) != len(splits):
            raise ValueError(
                f"Expected as many rows in {_TABLE} as in the table of FER2013, got {len(usages)} "
                f"for {len(splits)} of {pictures}. Row i of the one belongs to row i of the other: "
                "pass fer2013= the folder of the whole fer2013.csv."
            )
        differ = np.flatnonzero((usages.to_numpy() != splits.to_numpy()) & faulty.isna())
        if len(differ):
            row = int(differ[0])
            raise ValueError(
                f"Row {row + 1} of {_TABLE} (line {row + 2}) has the Usage {usages[row]!r}, that "
                f"of {pictures} has {splits[row]!r}. The tables are not in the same order: "
                "fetch them again."
            )

    def _votes(self):
        """Return the table: `Usage` and the votes; rows without sense are faults, with no votes."""
        if self.root.suffix == ".csv":
            name, where = self.root.name, self.root
            text = where.read_text("utf-8-sig", errors="replace")
        else:
            name = self.files.find(_TABLE)
            if name is None:
                raise ValueError(f"Expected {_TABLE} in {self.root}, which lacks it. {self.obtain}")
            where, text = self.root / name, self.files.read_text(name)
        try:
            table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
        except ValueError as error:
            raise ValueError(f"Cannot read {where}: {error}. Fetch it again.") from error
        missing = [column for column in ("Usage", *_VOTES) if column not in table]
        if missing:
            raise ValueError(
                f"Expected {where} to have the columns Usage, {', '.join(_VOTES)}, got "
                f"{', '.join(table.columns)[:80]!r}. Fetch it again."
            )
        votes = table[_VOTES].apply(pd.to_numeric, errors="coerce").to_numpy(float, copy=True)
        strange = ~(np.isin(votes, np.arange(11)).all(axis=1) & (votes.sum(axis=1) > 0))
        for row in np.flatnonzero(strange):
            self.fault(f"{name}#{row}", "its votes are not ten whole numbers from 0 to 10")
        votes[strange] = 0
        return pd.DataFrame(votes.astype(int), columns=_COLUMNS).assign(Usage=table["Usage"])
