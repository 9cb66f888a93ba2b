"""Anyone's own recordings: a table that lists them."""

from functools import cached_property
from typing import ClassVar

import pandas as pd

from skemotion._optional import import_extra
from skemotion.datasets._faults import LFS_START
from skemotion.datasets._labels import canonical_rows
from skemotion.datasets._names import SUFFIXES, split_suffix
from skemotion.datasets._tree import locate
from skemotion.datasets.base import Dataset
from skemotion.emotions import CANONICAL

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PARQUET = (".parquet", ".pq")


class Manifest(Dataset):
    r"""Your own recordings, listed in a CSV, TSV or Parquet file.

    The file has a column of paths, relative to its own folder or absolute, one of emotions by name
    or alias (:func:`skemotion.emotions.canonical`), and where known one of subjects. Without it
    each row counts as a subject of its own and `subjects_known` is False. All other columns are
    kept. The dataset is called ``manifest:<name of the file>``.

    Parameters
    ----------
    root : path-like, default=None
        The file. None means ``$SKEMOTION_DATA/manifest``, which is no file: pass it.
    path, emotion, subject : str, default="path", "emotion", "subject"
        Names of the columns.
    modality : {"voice", "face", "video"}, default=None
        What the recordings are. None means what the suffix of the first one says.
    label : str, default=None
        What to call the dataset after ``manifest:``, to tell files of one name apart.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skemotion.datasets.manifest import Manifest
    >>> with TemporaryDirectory() as root:
    ...     for name in ("a.wav", "b.wav"):
    ...         _ = Path(root, name).write_bytes(b"RIFF")
    ...     table = Path(root, "mine.csv")
    ...     _ = table.write_text("file,label,speaker\na.wav,Joy,07\nb.wav,Wut,08\n")
    ...     data = Manifest(table, path="file", emotion="label", subject="speaker").load()
    ...     print(data.y, data.groups)
    ['happy' 'angry'] ['manifest:mine/07' 'manifest:mine/08']
    """

    name = "manifest"
    licence = "that of your recordings"
    homepage = "docs/datasets.md"
    emotions: ClassVar[dict] = {name: name for name in CANONICAL}

    def __init__(
        self,
        root=None,
        *,
        path="path",
        emotion="emotion",
        subject="subject",
        modality=None,
        label=None,
    ):
        super().__init__(root)
        if root is not None or label is not None:
            self.name = f"manifest:{label or self.root.name.split('.')[0]}"
        self.columns = {path: "path", emotion: "emotion", subject: "subject"}
        if modality is not None:
            self.modality = modality

    @cached_property
    def modality(self):
        """What the recordings are, by the suffix of the first one; empty if that says nothing."""
        if not self.root.is_file():
            return ""
        paths = self._read().get(next(iter(self.columns)), pd.Series(dtype=str)).dropna()
        suffix = split_suffix(paths.iloc[0])[1] if len(paths) else ""
        return next((name for name, suffixes in SUFFIXES.items() if suffix in suffixes), "")

    def index(self):
        """Return one row a row of the file.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`
            And all others of the file.

        Raises
        ------
        ValueError
            If the file cannot be read or a column is missing.
        """
        frame = self._read()
        path, emotion = list(self.columns)[:2]
        missing = [column for column in (path, emotion) if column not in frame]
        if missing:
            raise ValueError(
                f"Expected {self.root} to have the columns {path!r} and {emotion!r}, got "
                f"{', '.join(map(str, frame.columns))}. Name the columns, for instance "
                f"Manifest(root, {self.columns[missing[0]]}='its name')."
            )
        frame = frame.rename(columns=self.columns)
        unlabelled = frame["emotion"].isna()
        if unlabelled.any():
            self.left_out["the emotion is empty"] += int(unlabelled.sum())
        frame = frame[~unlabelled]
        self.subjects_known = "subject" in frame
        if not self.subjects_known:
            frame = frame.assign(subject=[f"row-{row + 1:05d}" for row in frame.index])
        return canonical_rows(self, frame.reset_index(drop=True))

    def locate(self, path):
        """Return where a file of the index is.

        Parameters
        ----------
        path : str
            Absolute, or relative to the folder of the manifest.

        Returns
        -------
        str
        """
        return locate(self.root.parent, path)

    def _read(self):
        if not self.root.is_file():
            raise ValueError(
                f"Expected the manifest to be a file, got the folder {self.root}. "
                "Pass root=<the CSV, TSV or Parquet file>, or use 'folder'."
            )
        with self.root.open("rb") as file:
            if file.read(len(LFS_START)) == LFS_START:
                raise ValueError(
                    f"Expected {self.root} to be a table, got a Git-LFS pointer. "
                    "Run 'git lfs pull' in its repository."
                )
        kind = split_suffix(self.root.name.removesuffix(".gz"))[1]
        texts = dict.fromkeys(self.columns, str)
        try:
            if kind in _PARQUET:
                import_extra("pyarrow", extra="parquet")
                frame = pd.read_parquet(self.root, engine="pyarrow").reset_index(drop=True)
                known = frame.columns.intersection(list(texts))
                return frame.assign(**{c: frame[c].map(str, na_action="ignore") for c in known})
            if kind in _SEPARATORS:
                frame = pd.read_csv(self.root, sep=_SEPARATORS[kind], dtype=texts)
                if not isinstance(frame.index, pd.RangeIndex):
                    raise ValueError("its rows have more fields than its header")
                return frame
        except (ValueError, OSError) as error:
            raise ValueError(
                f"Cannot read {self.root}: {error}. Repair or export it again."
            ) from error
        raise ValueError(
            f"Expected a manifest that ends in .csv, .tsv or .parquet, got {self.root.name!r}. "
            "Save it as one of them."
        )
