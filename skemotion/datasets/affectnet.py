"""AffectNet, faces from the internet with emotions, valence and arousal."""

import io
import re
from typing import ClassVar

import numpy as np
import pandas as pd

from skemotion.datasets._names import SUFFIXES, leave_out, refuse, split_suffix
from skemotion.datasets._tree import start_of
from skemotion.datasets.base import Dataset
from skemotion.protocols import Protocol, official_split

_READ = ["subDirectory_filePath", "expression", "valence", "arousal"]
_FACE = ["face_x", "face_y", "face_width", "face_height", "facial_landmarks"]
_COLUMNS = [_READ[0], *_FACE, *_READ[1:]]
_LISTS = {"train": "training.csv", "validation": "validation.csv"}
_NUMBERED = re.compile(
    r"(?:^|/)(?P<set>train_set|val_set)/(?:images|annotations)/"
    r"(?P<number>\d+)(?:\.(?:jpg|jpeg|png)|_(?P<kind>exp|val|aro)\.npy)$"
)
_BY_MACHINE = re.compile("automatically_annotated", re.IGNORECASE)
_PICTURES = "Manually_Annotated_Images"
_WITHOUT = {"8": "none of the emotions", "9": "the raters were uncertain", "10": "there is no face"}
_NO_RATING = -2
_TRAINING = (74874, 134415, 25459, 14090, 6378, 3803, 24882, 3750)  # in the order of the codes
_N_VALIDATION = 500  # of each emotion


class AffectNet(Dataset):
    """AffectNet: faces from the internet, labelled by hand with eight emotions, valence, arousal.

    Two releases are read. The original one lists its pictures in ``training.csv`` and
    ``validation.csv``, whose paths begin in ``Manually_Annotated_Images``. The one with eight
    labels has ``train_set/images/0.jpg`` with ``train_set/annotations/0_exp.npy``, ``0_val.npy``
    and ``0_aro.npy``, and the same in ``val_set``. Rows labelled none, uncertain or no face have no
    emotion; they are left out and counted. Pictures that were labelled by machine are not read.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds the release. None means ``$SKEMOTION_DATA/affectnet``.

    Notes
    -----
    The makers keep their test set to themselves. So ``affectnet/official`` tests on the
    VALIDATION set, as published results do: whoever has chosen a model by it has no test set left.
    Nobody knows the persons; each picture counts as a subject of its own.

    `valence` and `arousal` lie between -1 and 1; the makers write -2 where there is no rating,
    which is NaN here. The counts are those of the original release, whose ``training.csv`` is known
    to hold one faulty record more. Those of the release with eight labels were not verified, so
    they are not checked.

    References
    ----------
    .. [1] A. Mollahosseini, B. Hasani, M. H. Mahoor, "AffectNet: a database for facial expression,
       valence, and arousal computing in the wild", IEEE Transactions on Affective Computing
       10(1), 2019.

    Examples
    --------
    >>> from skemotion.datasets.affectnet import AffectNet
    >>> AffectNet.n_recordings, AffectNet.counts["contempt"], AffectNet.va_midpoint
    (291651, 4250, 0.0)
    """

    name = "affectnet"
    modality = "face"
    licence = "agreement with the makers: non-commercial research"
    homepage = "http://mohammadmahoor.com/affectnet/"
    citation = (
        "A. Mollahosseini, B. Hasani, M. H. Mahoor, AffectNet: a database for facial expression, "
        "valence, and arousal computing in the wild, IEEE Transactions on Affective Computing "
        "10(1), 2019."
    )
    obtain = (
        "Have a professor or the head of a laboratory sign the licence agreement and send the "
        "request form of the homepage. Unpack Manually_Annotated_Images with training.csv and "
        "validation.csv, or train_set and val_set, into the folder affectnet."
    )
    emotions: ClassVar[dict] = {
        "0": "neutral",
        "1": "happy",
        "2": "sad",
        "3": "surprise",
        "4": "fear",
        "5": "disgust",
        "6": "angry",
        "7": "contempt",
    }
    n_recordings = sum(_TRAINING) + 8 * _N_VALIDATION
    counts: ClassVar[dict] = {
        emotion: count + _N_VALIDATION
        for emotion, count in zip(emotions.values(), _TRAINING, strict=True)
    }
    subjects_known = False
    va_midpoint = 0.0
    signature = re.compile(
        r"(^|/)(Manually_Annotated_Images/\d+/\w+|(train|val)_set/(images|annotations)/\d+\w*)\.\w+$"
    )
    protocols = (
        Protocol(
            "affectnet/official",
            official_split("train", None, "validation"),
            "training set; tested on the VALIDATION set, since the test set was never published",
            1,
            counts=((sum(_TRAINING), 0, 8 * _N_VALIDATION),),
            disjoint=(),
        ),
    )

    def index(self):
        """Return one row a picture with an emotion.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`, `split`, `valence`, `arousal`
            `split` is ``"train"`` or ``"validation"``; ratings from -1 to 1, or NaN.

        Raises
        ------
        ValueError
            If a list lacks its columns.
        """
        lists = {split: self.files.find(name) for split, name in _LISTS.items()}
        lists = {split: path for split, path in lists.items() if path is not None}
        original = bool(lists)
        self.n_recordings = AffectNet.n_recordings if original else None
        self.counts = AffectNet.counts if original else {}
        return self._checked_rows(self._listed(lists) if original else self._annotated())

    def _listed(self, lists):
        """Return the rows of the original release's lists, as texts."""
        tables = [self._read_list(path).assign(split=split) for split, path in lists.items()]
        frame = pd.concat(tables, ignore_index=True)
        pictures = {
            "/".join(path.split("/")[-2:]): path
            for path in self.files.paths
            if split_suffix(path)[1] in SUFFIXES["face"] and not _BY_MACHINE.search(path)
        }
        names = frame.pop("subDirectory_filePath").str.strip()
        frame["path"] = [pictures.get(name, f"{_PICTURES}/{name}") for name in names]
        unlisted = len(pictures.keys() - set(names))
        if unlisted:
            self.left_out["a picture that the lists do not name"] += unlisted
        return frame

    def _read_list(self, path):
        source = self.files.recording(path)
        # a list whose header was lost is read too
        named = start_of(source, 40).removeprefix(b"\xef\xbb\xbf").startswith(_READ[0].encode())
        header = {"header": 0} if named else {"header": None, "names": _COLUMNS}
        try:
            return pd.read_csv(source, usecols=_READ, dtype=str, keep_default_na=False, **header)
        except ValueError as error:
            raise ValueError(
                f"Expected {self.root / path} to have the columns {', '.join(_COLUMNS)}: {error}. "
                "Fetch it again, or take the faulty line away."
            ) from error

    def _annotated(self):
        """Return the rows of the release with eight labels, as texts."""
        found = {}
        for path in self.files.paths:
            match = _NUMBERED.search(path)
            if match is not None:
                kind = match["kind"] or "picture"
                found.setdefault((match["set"], int(match["number"])), {})[kind] = path
        rows = []
        for (folder, number), files in sorted(found.items()):
            if "exp" in files:
                path = files.get("picture", f"{folder}/images/{number}.jpg")
                texts = [self._content(files.get(kind)) for kind in ("exp", "val", "aro")]
                rows.append((path, "train" if folder == "train_set" else "validation", *texts))
            elif "picture" in files:
                self.fault(files["picture"], "it has no annotation")
        return pd.DataFrame(rows, columns=["path", "split", "expression", "valence", "arousal"])

    def _content(self, path):
        """Return the one value in an array file as text; no rating where there is no file."""
        if path is None:
            return str(_NO_RATING)
        try:
            content = io.BytesIO(self.files.read_bytes(path))
            return str(np.load(content, allow_pickle=False).item())
        except (ValueError, EOFError, OSError):
            return ""

    def _checked_rows(self, frame):
        """Return the index from rows of texts; those without sense are faults."""
        expression = pd.to_numeric(frame["expression"], errors="coerce")
        frame["code"] = expression.map("{:.12g}".format)
        known = frame["code"].isin([*self.emotions, *_WITHOUT])
        frame = refuse(self, frame, ~known, "the expression is not a number from 0 to 10")
        for code, reason in _WITHOUT.items():
            frame = leave_out(self, frame, frame["code"] == code, reason)
        for rating in ("valence", "arousal"):
            values = pd.to_numeric(frame[rating], errors="coerce")
            frame[rating] = values.where(values != _NO_RATING)
            strange = ~values.between(-1, 1) & (values != _NO_RATING)
            frame = refuse(self, frame, strange, f"the {rating} is not a number from -1 to 1")
        again = frame.duplicated(["path", "code"])
        frame = leave_out(self, frame, again, "a second row of the same picture")
        twice = frame.duplicated("path", keep=False)
        frame = refuse(self, frame, twice, "the picture stands under two emotions")
        frame["emotion"] = frame["code"].map(self.emotions)
        frame["subject"] = frame["path"]
        return frame[["path", "emotion", "subject", "split", "valence", "arousal"]]
