"""ckextended.csv, a copy of CK+ in circulation that has lost its subjects."""

import re
import warnings
from typing import ClassVar

from skemotion.datasets._fer2013_csv import read_faces
from skemotion.datasets._fer2013_tables import tables
from skemotion.datasets._labels import note_faults
from skemotion.datasets.base import Dataset
from skemotion.datasets.ckplus import CITATION, LICENCE, SEQUENCES
from skemotion.datasets.fer2013 import check_labels, describe_rows, row_numbers
from skemotion.protocols import Protocol, official_split

_TABLE = "ckextended.csv"
_FER2013_ROWS = (35887, 28709)  # all, and its train.csv
_WARNING = (
    "Dataset 'ckextended' has lost the subjects of CK+: the same faces stand on both sides of any "
    "split, its own column Usage included, and scores on it are too good. Use 'ck+' or 'ck+48', "
    "which name them."
)


class CKExtended(Dataset):
    """``ckextended.csv``: 920 pictures of CK+ of 48 x 48 pixels in one table, without subjects.

    .. warning:: The table does not say who is in a picture. Nobody can divide it so that the test
       part has other people than the training part; its own column `Usage` does not. Loading it
       warns, its protocol is marked as leaky. Use ``ck+`` or ``ck+48`` for results to report.

    The table has the form of FER2013's, ``emotion,pixels,Usage``, with eight emotions. It is read
    plain, as ``.gz`` or in an archive.

    Parameters
    ----------
    root : path-like, default=None
        The folder, or the table itself. None means ``$SKEMOTION_DATA/ckextended``.

    References
    ----------
    .. [1] P. Lucey, J. F. Cohn, T. Kanade, J. Saragih, Z. Ambadar, I. Matthews, "The extended
       Cohn-Kanade dataset (CK+): a complete dataset for action unit and emotion-specified
       expression", CVPR Workshops 2010.
    .. [2] Codes and counts: the table's description on its homepage.

    Examples
    --------
    >>> from skemotion.datasets.ckextended import CKExtended
    >>> CKExtended.n_recordings, CKExtended.emotions["7"], CKExtended.protocols[0].leaky
    (920, 'contempt', True)
    """

    name = "ckextended"
    overlaps = ("ck+", "ck+48")
    modality = "face"
    licence = LICENCE
    homepage = "https://www.kaggle.com/datasets/davilsena/ckdataset"
    citation = CITATION
    obtain = (
        "The makers of CK+ ask for a signed agreement, which holds for its copies too: see the "
        "dataset ck+. Put ckextended.csv into the folder ckextended."
    )
    emotions: ClassVar[dict] = {
        "0": "angry",
        "1": "disgust",
        "2": "fear",
        "3": "happy",
        "4": "sad",
        "5": "surprise",
        "6": "neutral",
        "7": "contempt",
    }
    n_recordings = 920
    counts: ClassVar[dict] = SEQUENCES | {"neutral": 593}
    subjects_known = False
    splits_leak = True
    signature = re.compile(r"(^|/)ckextended\.csv(\.gz|\.zip)?$")
    protocols = (
        Protocol(
            "ckextended/usage",
            official_split("Training", "PublicTest", "PrivateTest"),
            "LEAKY: the table's Training, PublicTest, PrivateTest, without regard to subjects",
            1,
            disjoint=(),
            leaky=True,
            joins_validation=False,
        ),
    )

    def __init__(self, root=None):
        super().__init__(root)
        self._images = None

    def index(self):
        """Return one row a picture, and warn.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `split`
            `path` is the name of the table with the number of the row from 0; `subject` one name
            for each distinct picture; `split` the table's `Usage`.

        Raises
        ------
        ValueError
            If the table is FER2013's, or its 920 rows do not have the published emotions.
        """
        table = self._table()
        warnings.warn(_WARNING, UserWarning, stacklevel=2)
        faces = read_faces(*table, n_codes=len(self.emotions))
        self._images = faces.images
        frame = describe_rows(faces, _TABLE, self.emotions)
        self._check_labels(frame)
        return note_faults(self, frame)

    def _check_labels(self, frame):
        if len(frame) in _FER2013_ROWS:
            raise ValueError(
                f"Dataset 'ckextended' expected {self.n_recordings} pictures in {self.root}, got "
                f"{len(frame)}, as many as FER2013 has. Load it as 'fer2013'."
            )
        check_labels("ckextended", self.root, frame, self.counts)

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
        if self._images is None:
            self._images = read_faces(*self._table(), n_codes=len(self.emotions)).images
        return self._images[row_numbers(frame)]

    def _table(self):
        """Return the table's path, and its name within a zip."""
        found = next(tables(self.root, (_TABLE,)), None)
        if found is None:
            raise ValueError(
                f"Expected {_TABLE} in {self.root}, which lacks it. Put it there, or pass "
                "root= the file. The pictures of CK+ and CK+48 are loaded as 'ck+' and 'ck+48'."
            )
        return found
