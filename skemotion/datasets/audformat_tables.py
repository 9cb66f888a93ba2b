"""Databases in the audformat format: a header in YAML, and tables of labels."""

from typing import ClassVar

import pandas as pd

from skemotion.datasets._audformat_files import Database
from skemotion.datasets._frames import check_choice
from skemotion.datasets._labels import canonical_rows
from skemotion.datasets._names import SUFFIXES, leave_out, refuse, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.emotions import CANONICAL

_EMOTION = "emotion"
_SUBJECTS = ("speaker", "subject")
_OURS = ("path", "emotion", "subject", "dataset")


class Audformat(Dataset):
    """A database in the audformat format, of your own or as others publish it.

    In this format [1]_ ``db.yaml`` describes the database, and each table is a file such as
    ``db.emotion.csv`` or ``db.emotion.parquet`` beside it. Needs ``skemotion[audformat]``. The
    dataset is called ``audformat:<name of the database>`` once it is read.

    Parameters
    ----------
    root : path-like, default=None
        Folder that holds ``db.yaml``. None means ``$SKEMOTION_DATA/audformat``.
    table : str, default=None
        The table with the labels. None means the only one that has the column `emotion`.
    emotion : str, default=None
        The column with the labels, or its scheme. None means ``"emotion"``. Labels are known by
        name or alias (:func:`skemotion.emotions.canonical`); where the scheme describes its labels
        by a text each, the texts count.
    subject : str, default=None
        Who is recorded: a column of the table or its scheme; or a field in the labels of one of its
        schemes, also in a misc table; or the same of the other tables of whole files. None means
        ``"speaker"``, else ``"subject"``; without either each file counts as a subject of its own
        and `subjects_known` is False.
    label : str, default=None
        What to call the dataset after ``audformat:``.

    Notes
    -----
    Only tables of whole files are read: a table of segments is refused, unless each segment is
    the whole file. Pickled tables are not read, since a pickle may run any code, nor is the header
    parsed by the library, whose way to do it may run code, too. A label that its scheme does not
    list, which the library drops without a word, is a fault.

    References
    ----------
    .. [1] https://audeering.github.io/audformat/

    Examples
    --------
    >>> from skemotion.datasets.audformat_tables import Audformat
    >>> Audformat("corpora/moods", table="emotion.test").name
    'audformat:moods'
    """

    name = "audformat"
    modality = "voice"
    licence = "that of the database: see its header"
    homepage = "docs/datasets.md"
    emotions: ClassVar[dict] = {name: name for name in CANONICAL}

    def __init__(self, root=None, *, table=None, emotion=None, subject=None, label=None):
        super().__init__(root)
        self.table = table
        self.emotion = emotion
        self.subject = subject
        self.label = label
        if root is not None or label is not None:
            self.name = f"audformat:{label or self.root.resolve().name}"

    def index(self):
        """Return one row a file with a label.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`
            And the other columns of the table.

        Raises
        ------
        ImportError
            If the library is not installed.
        ValueError
            If the database cannot be read, a table or a column is not clear, or a table labels
            segments.
        """
        database = Database(self.files)
        if self.label is None:
            self.name = f"audformat:{database.db.name}"
        table, column = self._choose(database)
        self._refuse_segments(database, table)
        values = database.values(table, column)
        subjects = self._subjects(database, table)
        frame = pd.DataFrame(
            {
                "path": [database.folder + file for file in values.index],
                "emotion": values.to_numpy(object),
                "_lost": database.lost(table, column),
            }
        )
        self.subjects_known = subjects is not None
        frame["subject"] = values.index.map(subjects) if self.subjects_known else frame["path"]
        for other in database.db.tables[table].columns:
            if other not in (column, *frame.columns, *_OURS):
                frame[other] = database.db.tables[table].df[other].array
        frame = refuse(self, frame, frame["_lost"], "the emotion is not a label of its scheme")
        frame = leave_out(self, frame, frame["emotion"].isna(), "the emotion is empty")
        frame["emotion"] = self._texts(database, table, column, frame["emotion"])
        frame = canonical_rows(self, frame)
        again = frame.duplicated(["path", "emotion"])
        frame = leave_out(self, frame, again, "a second row of the same file")
        twice = frame.duplicated("path", keep=False)
        frame = refuse(self, frame, twice, "the file stands under two emotions")
        frame = refuse(self, frame, frame["subject"].isna(), "nothing says who is recorded")
        self.modality = self._kind(frame["path"])
        return frame.drop(columns="_lost")

    def _choose(self, database):
        """Return the table and the column of the labels."""
        tables = database.db.tables
        name = self.emotion or _EMOTION
        if self.table is not None:
            check_choice("table", self.table, list(tables))
        found = {table: database.columns(table, name) for table in tables}
        bearing = [table for table in found if found[table] and self.table in (None, table)]
        if len(bearing) != 1:
            told = "; ".join(f"{t}: {', '.join(tables[t].columns) or 'none'}" for t in tables)
            raise ValueError(
                f"Expected one table with a column {name!r} in {self.root}, got "
                f"{', '.join(bearing) or 'none'}. Pass table= and emotion= (tables and their "
                f"columns: {told})."
            )
        columns = found[bearing[0]]
        if len(columns) > 1:
            raise ValueError(
                f"Expected one column of the scheme {name!r} in the table {bearing[0]!r} of "
                f"{self.root}, got {', '.join(columns)}. Pass emotion= one of them."
            )
        return bearing[0], columns[0]

    def _refuse_segments(self, database, table):
        index = database.db.tables[table].df.index
        if index.nlevels == 1:
            return
        segments = index.to_frame(index=False)
        parts = segments[(segments["start"] != pd.Timedelta(0)) | segments["end"].notna()]
        if len(parts):
            file, start, end = parts.iloc[0]
            until = "its end" if pd.isna(end) else f"{end.total_seconds():g} s"
            raise ValueError(
                f"Expected the table {table!r} of {self.root} to label whole files, got segments "
                f"such as {file} from {start.total_seconds():g} s to {until}. Recordings are read "
                "whole: cut the files at the segments first, or pass table= a table of files."
            )

    def _subjects(self, database, table):
        """Return file -> subject, or None if nothing says so."""
        tables = database.db.tables
        whole = [other for other in tables if tables[other].type == "filewise"]
        for name in _SUBJECTS if self.subject is None else (self.subject,):
            for places in ([table], [other for other in whole if other != table]):
                found = [v for t in places for v in _all_values(database, t, name)]
                if found:
                    return self._agreed(pd.concat(found).dropna(), name)
        if self.subject is not None:
            raise ValueError(
                f"Expected a column or a field of labels called {self.subject!r} in the tables of "
                f"{self.root}, which have none. Pass another subject=."
            )
        return None

    def _agreed(self, values, name):
        pairs = pd.DataFrame({"file": values.index, "subject": values.map(str).to_numpy(object)})
        pairs = pairs.drop_duplicates()
        twice = pairs[pairs["file"].duplicated(keep=False)]
        if len(twice):
            raise ValueError(
                f"Expected one {name} for each file of {self.root}, got "
                f"{' and '.join(twice['subject'][twice['file'] == twice['file'].iloc[0]])} for "
                f"{twice['file'].iloc[0]}. Correct the tables, or pass subject=."
            )
        return dict(pairs.itertuples(index=False))

    def _texts(self, database, table, column, values):
        """Return what the scheme of the labels says of them, where it says so by a text each."""
        scheme = database.db.tables[table].columns[column].scheme
        labels = scheme.labels if scheme is not None and isinstance(scheme.labels, dict) else {}
        texts = {value: labels.get(value) for value in values}
        return [texts[v] if isinstance(texts[v], str) else v for v in values]

    def _kind(self, paths):
        suffixes = {split_suffix(path)[1] for path in paths}
        kinds = [kind for kind in SUFFIXES if suffixes & SUFFIXES[kind]]
        if len(kinds) > 1 or (suffixes and not kinds):
            raise ValueError(
                f"Expected files of one kind of media in {self.root}, got the suffixes "
                f"{', '.join(sorted(suffixes))}. Pass table= a table of one kind."
            )
        return kinds[0] if kinds else Audformat.modality


def _all_values(database, table, name):
    """Yield what a table says under a name: in columns, or else in fields of labels."""
    columns = database.columns(table, name)
    for column in columns:
        yield database.values(table, column)
    if not columns:
        for column in database.fields(table, name):
            yield database.values(table, column, name)
