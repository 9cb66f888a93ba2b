"""RAF-DB, the real-world affective faces: the part with basic emotions."""

import re
from pathlib import PurePosixPath
from typing import ClassVar

import pandas as pd

from skemotion.datasets._frames import check_choice
from skemotion.datasets._names import SUFFIXES, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, official_split

_LIST = "list_patition_label.txt"  # spelt so by its makers
_LINE = re.compile(r"(?P<name>(?P<split>train|test)_\d+)\.jpg\s+(?P<code>[1-7])")
_ENDINGS = {"aligned": "_aligned", "original": ""}


class RAFDB(Dataset):
    """RAF-DB: 15,339 faces from the internet in seven basic emotions, labelled by about 40 raters.

    ``EmoLabel/list_patition_label.txt`` lists names and labels, ``train_00001.jpg 5``; pictures lie
    in ``Image/aligned/train_00001_aligned.jpg`` or ``Image/original/train_00001.jpg``, unpacked or
    in ``Image/aligned.zip``. Compound emotions are not read.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the list and the pictures (``basic``). None means
        ``$SKEMOTION_DATA/raf-db``.
    image : {"aligned", "original"}, default="aligned"
        Faces cut out and aligned by the makers, or the pictures they were cut from.

    Notes
    -----
    Nobody knows the persons, so no split is known to be subject-disjoint, the official one
    included; each picture counts as a subject of its own. The official split has no validation
    part: a model that stops early takes its own from the training part.

    References
    ----------
    .. [1] S. Li, W. Deng, J. Du, "Reliable crowdsourcing and deep locality-preserving learning for
       expression recognition in the wild", CVPR 2017.

    Examples
    --------
    >>> from skemotion.datasets.rafdb import RAFDB
    >>> RAFDB.n_recordings, RAFDB.emotions["4"], RAFDB.protocols[0].counts
    (15339, 'happy', ((12271, 0, 3068),))
    """

    name = "raf-db"
    modality = "face"
    licence = "agreement with the makers: non-commercial research, no passing on"
    homepage = "http://www.whdeng.cn/RAF/model1.html"
    citation = (
        "S. Li, W. Deng, J. Du, Reliable crowdsourcing and deep locality-preserving learning for "
        "expression recognition in the wild, CVPR 2017."
    )
    obtain = (
        "Ask the makers as the homepage says, and accept their terms: non-commercial research, no "
        "copies for others. Unpack the folder basic into the folder raf-db."
    )
    emotions: ClassVar[dict] = {
        "1": "surprise",
        "2": "fear",
        "3": "disgust",
        "4": "happy",
        "5": "sad",
        "6": "angry",
        "7": "neutral",
    }
    n_recordings = 15339
    counts: ClassVar[dict] = {
        "surprise": 1619,
        "fear": 355,
        "disgust": 877,
        "happy": 5957,
        "sad": 2460,
        "angry": 867,
        "neutral": 3204,
    }
    subjects_known = False
    signature = re.compile(r"(^|/)(train|test)_\d{4,5}(_aligned)?\.jpg$")
    protocols = (
        Protocol(
            "raf-db/official",
            official_split("train", None, "test"),
            "train and test of the makers; nobody knows who is in them",
            1,
            counts=((12271, 0, 3068),),
            disjoint=(),
        ),
    )

    def __init__(self, root=None, *, image="aligned"):
        super().__init__(root)
        check_choice("image", image, _ENDINGS)
        self.image = image

    def index(self):
        """Return one row a listed picture.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `split`
            `split` is ``"train"`` or ``"test"``.

        Raises
        ------
        ValueError
            If there is no list.
        """
        listed = self._listed()
        pictures = self._pictures()
        folder = next((str(PurePosixPath(path).parent) for path in pictures.values()), None)
        folder = folder or f"Image/{self.image}"
        ending = f"{_ENDINGS[self.image]}.jpg"
        rows = []
        for name, code in listed.items():
            path = pictures.pop(name, f"{folder}/{name}{ending}")
            if code is not None:
                rows.append((path, self.emotions[code], name, name.partition("_")[0]))
        if pictures:
            self.left_out["a picture that the list does not name"] += len(pictures)
        return pd.DataFrame(rows, columns=["path", "emotion", "subject", "split"])

    def _listed(self):
        """Return name -> code of the list, None under two labels; odd lines are faults."""
        path = self.files.find(_LIST)
        if path is None:
            raise ValueError(
                f"Expected {_LIST} in {self.root}, which lacks it. Unpack it (it lies in EmoLabel) "
                "beside the pictures."
            )
        listed = {}
        for number, line in enumerate(self.files.read_text(path).splitlines(), start=1):
            match = _LINE.fullmatch(line.strip())
            if match is not None:
                name, code = match["name"], match["code"]
                if listed.setdefault(name, code) != code:
                    self.fault(f"{path}#{number}", "the picture stands under two labels")
                    listed[name] = None
            elif line.strip():
                self.fault(f"{path}#{number}", "it is not a name and a label from 1 to 7")
        return listed

    def _pictures(self):
        """Return name -> path of the pictures in the form asked for."""
        pictures = {}
        for path in self.files.paths:
            stem, suffix = split_suffix(path)
            if suffix not in SUFFIXES["face"]:
                continue
            if stem.endswith("_aligned") != (self.image == "aligned"):
                self.left_out[f"the picture is not {self.image}"] += 1
            elif pictures.setdefault(stem.removesuffix("_aligned"), path) is not path:
                self.left_out["a second file of the same name"] += 1
        return pictures
