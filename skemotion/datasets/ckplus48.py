"""CK+48, a copy of CK+ in circulation: 981 cropped pictures in folders of emotions."""

import re
from typing import ClassVar

from skemotion.datasets._frames import numbers
from skemotion.datasets._names import SUFFIXES, read_names, refuse
from skemotion.datasets.base import Dataset
from skemotion.datasets.ckplus import CITATION, FOLDERS, FRAME, LICENCE, SEQUENCES
from skemotion.protocols import Protocol, every_nth

_PATH = re.compile(rf"(?:^|/)(?P<code>[^/]+)/{FRAME}$")


class CKPlus48(Dataset):
    """CK+48: the last three pictures of each labelled sequence of CK+, cropped to 48 x 48 pixels.

    Pictures lie in ``CK+48/anger/S010_004_00000017.png``, on whatever level. The subject is in the
    name, so that splits can be subject-disjoint. There is no neutral face. The original tree of
    CK+, whose folders are named after sequences, is refused.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the pictures. None means ``$SKEMOTION_DATA/ck+48``.

    Notes
    -----
    The pictures are those of ``ck+``: one must not test what the other was trained on. The sizes
    of the folds are not checked, since nobody publishes how many sequences each subject has.

    References
    ----------
    .. [1] P. Lucey, J. F. Cohn, T. Kanade, J. Saragih, Z. Ambadar, I. Matthews, "The extended
       Cohn-Kanade dataset (CK+): a complete dataset for action unit and emotion-specified
       expression", CVPR Workshops 2010.

    Examples
    --------
    >>> from skemotion.datasets.ckplus48 import CKPlus48
    >>> CKPlus48.n_recordings, CKPlus48.counts["contempt"]
    (981, 54)
    """

    name = "ck+48"
    overlaps = ("ck+", "ckextended")
    modality = "face"
    licence = LICENCE
    homepage = "https://www.kaggle.com/datasets/shawon10/ckplus"
    citation = CITATION
    obtain = (
        "The makers of CK+ ask for a signed agreement, which holds for its copies too: see the "
        "dataset ck+. Unpack the folder CK+48 into the folder ck+48."
    )
    emotions: ClassVar[dict] = FOLDERS
    n_recordings = 981
    counts: ClassVar[dict] = {emotion: 3 * count for emotion, count in SEQUENCES.items()}
    signature = re.compile(rf"(^|/)({'|'.join(FOLDERS)})/S\d{{3}}_\d{{3}}_\d{{8}}\.\w+$")
    protocols = (
        Protocol(
            "ck+48/10fold-subject",
            every_nth(10),
            "10 folds of every tenth subject in ascending order",
            10,
        ),
    )

    def index(self):
        """Return one row a picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `sequence`, `number`
            `sequence` is that of the subject, ``"001"``; `number` that of the picture in it.

        Raises
        ------
        ValueError
            If the files are those of the original tree of CK+.
        """
        frame = read_names(self, _PATH, SUFFIXES["face"], whole_path=True)
        foreign = ~frame["code"].str.lower().isin(self.emotions)
        if (frame["code"] == frame["sequence"]).any():
            raise ValueError(
                f"Expected CK+48 in {self.root}, whose folders are named after emotions, got "
                f"folders of sequences such as in {frame['path'].iloc[0]!r}. It seems to be the "
                "original CK+: load it as 'ck+'."
            )
        frame = refuse(self, frame, foreign, "its folder is not named after an emotion of CK+48")
        picture = ["subject", "sequence", "number"]
        twice = frame.duplicated(picture, keep=False)
        frame = refuse(self, frame, twice, "the same picture stands under another emotion, too")
        frame["emotion"] = frame.pop("code").str.lower().map(self.emotions)
        frame["number"] = numbers(frame["number"])
        return frame
