"""FER2013, faces of 48 x 48 pixels: its tables and its folders."""

import re
from hashlib import blake2b
from typing import ClassVar

import numpy as np
import pandas as pd

from skemotion.datasets._faults import file_faults
from skemotion.datasets._fer2013_csv import N_PIXELS, TABLES, USAGES, count_rows, read_faces
from skemotion.datasets._fer2013_tables import is_archive, tables
from skemotion.datasets._labels import note_faults
from skemotion.datasets._names import SPLITS, SUFFIXES, first_of_each, split_suffix
from skemotion.datasets._published import check_counts
from skemotion.datasets._tree import ARCHIVES
from skemotion.datasets.base import Dataset
from skemotion.emotions import canonical, describe_unknown, is_known
from skemotion.protocols import Protocol, official_split

_UNLABELLED = "test.csv"
_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_PART_COUNTS = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
    "Test": (958, 111, 1024, 1774, 1247, 831, 1233),  # of the folders: both together
}
_PART_COUNTS = {part: dict(zip(_EMOTIONS, n, strict=True)) for part, n in _PART_COUNTS.items()}
_N_CKEXTENDED = 920
# odd ones: two pictures that differ in one of their 64-bit words never have the same sum
_WEIGHTS = np.random.default_rng(0).integers(1 << 63, size=N_PIXELS // 8, dtype=np.uint64) * 2 + 1
_FOLDERS_OF_PARTS = {part.lower(): part for part in USAGES} | {
    name: {"train": "Training", "validation": "Validation", "test": "Test"}[part]
    for name, part in SPLITS.items()
}
_DIVIDED_ANEW = (
    "the folders of this copy are other parts than the published ones; use 'subject-5fold', or "
    "load fer2013.csv"
)
_OFFICIAL = Protocol(
    "fer2013/official",
    official_split("Training", "PublicTest", "PrivateTest"),
    "Training, PublicTest, PrivateTest; 557 pictures stand in more than one of them",
    1,
    counts=((28709, 3589, 3589),),
    disjoint=(),
    joins_validation=False,
)
_FOLDERS = Protocol(
    "fer2013/folders",
    official_split("Training", None, "Test"),
    "train and test of the folders: the test part is both official ones merged",
    1,
    counts=((28709, 0, 7178),),
    disjoint=(),
)
_MERGED = (
    "this is the folder copy, whose test part is PublicTest and PrivateTest merged; use "
    f"{_FOLDERS.name!r} and compare it with no score on PrivateTest, or load fer2013.csv"
)


class FER2013(Dataset):
    """FER2013: 35,887 grey faces of 48 x 48 pixels in seven emotions.

    All forms in circulation are read: ``fer2013.csv``, ``icml_face_data.csv``, ``train.csv`` (whose
    ``test.csv`` has no labels and is left out), each plain, as ``.gz``, or in a ``.zip``, ``.tar``
    or ``.tar.gz`` such as ``fer2013.tar.gz``; and the folders ``train/<emotion>`` and
    ``test/<emotion>`` on any level or in a ``.zip``, whose test part is PublicTest and PrivateTest
    merged. Tables give `X` as images of shape (n_samples, 48, 48), folders as paths.

    Parameters
    ----------
    root : path-like, default=None
        The folder, or the table itself. None means ``$SKEMOTION_DATA/fer2013``.

    Notes
    -----
    Nobody knows the persons. `subject` is one name for each distinct picture, ``image-00123``, so
    that groups keep the 1,853 repetitions of a picture on one side. The published split does not:
    557 pictures stand in more than one of its parts. 57 pictures stand under two emotions, and 12
    rows are black. All of them are kept, as published; ``skemotion data check fer2013`` lists them.

    References
    ----------
    .. [1] I. J. Goodfellow et al., "Challenges in representation learning: A report on three
       machine learning contests", ICONIP 2013.

    Examples
    --------
    >>> from skemotion.datasets.fer2013 import FER2013
    >>> FER2013.n_recordings, FER2013.emotions["3"]
    (35887, 'happy')
    """

    name = "fer2013"
    overlaps = ("ferplus",)
    modality = "face"
    licence = "Kaggle competition rules: research only"
    homepage = (
        "https://www.kaggle.com/c/"
        "challenges-in-representation-learning-facial-expression-recognition-challenge"
    )
    citation = (
        "I. J. Goodfellow et al., Challenges in representation learning: A report on three machine "
        "learning contests, ICONIP 2013."
    )
    emotions: ClassVar[dict] = {str(code): name for code, name in enumerate(_EMOTIONS)}
    n_recordings = 35887
    counts: ClassVar[dict] = {
        "angry": 4953,
        "disgust": 547,
        "fear": 5121,
        "happy": 8989,
        "sad": 6077,
        "surprise": 4002,
        "neutral": 6198,
    }
    obtain = (
        "Join the Kaggle competition with an account, accept its rules, and unpack fer2013.csv "
        "into the folder fer2013."
    )
    subjects_known = False
    signature = re.compile(r"(^|/)(fer2013|icml_face_data)\.csv(\.gz|\.zip)?$")
    protocols = (_OFFICIAL,)

    def __init__(self, root=None):
        super().__init__(root)
        self._images = None
        path, member = self._table() if self.root.exists() else (None, None)
        self._training_only = path is not None and _name(path, member).startswith("train")
        if self._training_only:
            self.counts = _PART_COUNTS["Training"]
            self.n_recordings = sum(self.counts.values())
            self.protocols = ()
        elif path is None and self.root.exists():
            self._choose_protocol({_part(path) for path in self.files.paths} - {None})

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `split`
            `path` is the name of the table with the number of the row from 0, or that of the file;
            `split` is ``"Training"``, ``"PublicTest"`` or ``"PrivateTest"``, with folders
            ``"Training"`` or ``"Test"``.

        Raises
        ------
        ValueError
            If there are as many pictures as published, but under other emotions: the labels of
            some copies are renumbered.
        """
        frame = self._index_folders() if self._table()[0] is None else self.read_rows()
        if len(frame) == _N_CKEXTENDED and self._images is not None:
            raise ValueError(
                f"Dataset 'fer2013' found {_N_CKEXTENDED} rows in {self.root}, as many as "
                "ckextended.csv has. Load it as 'ckextended', or pass the root of FER2013."
            )
        self._check_labels(frame)
        return note_faults(self, frame)

    def recordings(self, frame):
        """Return the pictures of some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of uint8 of shape (n_samples, 48, 48), or of object of shape (n_samples,)
            Pictures of a table, or paths of the files.
        """
        path, member = self._table()
        if path is None:
            return super().recordings(frame)
        images = read_faces(path, member).images if self._images is None else self._images
        self._images = None  # the caller has them now; a second call reads the table again
        rows = row_numbers(frame)
        everything = len(rows) == len(images) and np.array_equal(rows, np.arange(len(rows)))
        return images if everything else images[rows]

    def read_rows(self):
        """Return all rows of the table, the faulty ones in their places.

        Returns
        -------
        DataFrame with the columns of :meth:`index` and `fault`
            `fault` says what is wrong with a row, None if nothing is.
        """
        path, member = self._table()
        faces = read_faces(path, member)
        self._images = faces.images
        self._count_unlabelled(path)
        return describe_rows(faces, path.name, self.emotions)

    def _check_labels(self, frame):
        """Raise ValueError if the emotions of a whole copy, or a whole part, are not its own."""
        check_labels("fer2013", self.root, frame, FER2013.counts)
        for part, rows in frame.groupby("split"):
            if part in _PART_COUNTS:
                check_labels(f"the part {part} of fer2013", self.root, rows, _PART_COUNTS[part])

    def _index_folders(self):
        found = []
        for path in self._pictures():
            part, folder, name = _part(path), *path.split("/")[-2:]
            emotion, fault = _emotion(folder)
            row = {"path": path, "emotion": emotion, "fault": fault, "split": part}
            found.append(((part, emotion or path, name.lower()), row))
        columns = ["path", "emotion", "fault", "split"]
        frame = pd.DataFrame(first_of_each(self, found), columns=columns)
        frame.insert(2, "subject", distinct(map(self._content, frame["path"])))
        return frame

    def _pictures(self):
        """Yield the pictures that stand in a part of the split."""
        if self.root.is_file() and not self.root.name.lower().endswith(ARCHIVES):
            raise ValueError(
                f"Expected a table of FER2013 in {self.root}, got none. If it holds folders of "
                "pictures, unpack it and pass root= the folder."
            )
        for path in self.files.paths:
            if split_suffix(path)[1] not in SUFFIXES["face"]:
                self.left_out["not a picture"] += 1
            elif _part(path) is None:
                self.left_out["not in a folder of one part of the split"] += 1
            else:
                yield path

    def _content(self, path):
        try:
            return self.files.read_bytes(path)
        except OSError:
            return None  # a fault, which is told with the others

    def _file_faults(self, frame):
        return () if self._table()[0] is not None else file_faults(self.locate, frame[["path"]])

    def _choose_protocol(self, parts):
        """Take the protocol of the parts that folders name."""
        if parts and parts <= {"Training", "Test"}:
            self.protocols = (_FOLDERS,)
            self.other_protocols = {_OFFICIAL.name: _MERGED}
        elif not parts <= set(USAGES):
            self.protocols = ()
            self.other_protocols = dict.fromkeys((_OFFICIAL.name, _FOLDERS.name), _DIVIDED_ANEW)

    def _count_unlabelled(self, path):
        if not self._training_only:
            return
        for sibling, member in tables(path if is_archive(path) else path.parent, [_UNLABELLED]):
            self.left_out[f"no label ({_UNLABELLED})"] = count_rows(sibling, member)
            return

    def _table(self):
        """Return the table's path, and its name within a zip; (None, None) for folders."""
        return next(tables(self.root, TABLES), (None, None))


def describe_rows(faces, table, emotions):
    """Return one row a row of a table, with the column `fault`."""
    rows = range(len(faces.codes))
    return pd.DataFrame(
        {
            "path": [f"{table}#{row}" for row in rows],
            "emotion": np.array(list(emotions.values()), dtype=object)[faces.codes],
            "subject": [f"image-{row:05d}" for row in _first_alike(faces).tolist()],
            "split": faces.usages,
            "fault": pd.Series([faces.faults.get(row) for row in rows], dtype=object),
        }
    )


def row_numbers(frame):
    """Return the numbers of rows in their table."""
    return np.array([int(path.rpartition("#")[2]) for path in frame["path"].tolist()], dtype=int)


def check_labels(name, where, frame, published):
    """Raise ValueError if rows are as many as published, but under other emotions."""
    good = frame["fault"].isna()
    found = frame.loc[good, "emotion"].value_counts().to_dict()
    check_counts(name, where, found, published, n_faults=int((~good).sum()))


def _name(path, member):
    return (member or path.name).rsplit("/", 1)[-1]


def _emotion(folder):
    """Return the emotion, and what is wrong with the folder's name or None."""
    if is_known(folder):
        return canonical(folder), None
    return None, f"its folder names no emotion: {describe_unknown(folder)}"


def _part(path):
    """Return the part of the split that the folders of a picture name; None without one."""
    named = {_FOLDERS_OF_PARTS.get(level) for level in path.lower().split("/")[:-2]} - {None}
    return named.pop() if len(named) == 1 else None


def distinct(contents):
    """Name each content after the first row that has it; None is like no other."""
    first = {}
    keys = (None if c is None else blake2b(c, digest_size=16).digest() for c in contents)
    return [f"image-{first.setdefault(key or row, row):05d}" for row, key in enumerate(keys)]


def _first_alike(faces):
    """Return the number of the first row with the same picture; a faulty row is like no other."""
    first = np.arange(len(faces.images))
    good = np.delete(first, list(faces.faults))
    contents = faces.images[good] if faces.faults else faces.images
    hashes = contents.reshape(-1, N_PIXELS).view(np.uint64) @ _WEIGHTS
    _, found, places = np.unique(hashes, return_index=True, return_inverse=True)
    alike = found[places]
    later = np.flatnonzero(alike != np.arange(len(good)))
    if not np.array_equal(contents[later], contents[alike[later]]):  # two have one hash by chance
        seen = {}
        alike = [seen.setdefault(bytes(image), row) for row, image in enumerate(contents)]
    first[good] = good[alike]
    return first
