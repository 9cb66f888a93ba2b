"""Read the files of an audformat database without running what stands in them."""

import io
import re
import warnings
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from skemotion._optional import import_extra
from skemotion.datasets._faults import LFS_START

HEADER = "db.yaml"
_SUFFIXES = (".parquet", ".csv")  # the library prefers the first
_TABLE = re.compile(r"db\.(?P<table>.+)\.(csv|parquet|pkl)")
_LEVELS = {"filewise": ["file"], "segmented": ["file", "start", "end"]}
_AGAIN = "Write the database again with Database.save() of audformat."


class Database:
    """A header and its tables, all of them read.

    The library's own way to open a database runs code that the header or a pickled table may
    hold. So the header is parsed as plain YAML here, and tables are read from CSV or Parquet.

    Parameters
    ----------
    files : :class:`~skemotion.datasets._tree.Tree`
        The files.

    Attributes
    ----------
    db : audformat.Database
        What the library makes of them.
    folder : str
        Where the header lies, with a ``/`` at its end; empty for the root.
    raw : dict of str to DataFrame
        Table -> what its file holds, in which nothing is dropped for not being in a scheme.
    paths : dict of str to str
        Table -> its file.
    """

    def __init__(self, files):
        self._files = files
        self.header = files.find(HEADER)
        if self.header is None:
            raise ValueError(
                f"Expected {HEADER}, the header of an audformat database, in {files.root}, which "
                "lacks it. Pass root=<the folder that holds it>."
            )
        self.folder = self.header.removesuffix(self.header.rsplit("/", 1)[-1])
        self.db = self._open()
        self.paths, self.raw = self._found(), {}
        for name in (*self.db.misc_tables, *self.db.tables):  # the first are labels of the others
            self._read(name)

    def columns(self, table, name):
        """Return the column that bears a name, or else those whose scheme bears it.

        Parameters
        ----------
        table : str
            The table.
        name : str
            Of a column or a scheme.

        Returns
        -------
        list of str
        """
        columns = self.db.tables[table].columns
        if name in columns:
            return [name]
        return [column for column in columns if columns[column].scheme_id == name]

    def values(self, table, column, field=None):
        """Return what a column says of each row.

        Parameters
        ----------
        table, column : str
            The column.
        field : str, default=None
            What to look up in the labels of its scheme instead.

        Returns
        -------
        Series of object
            None where it says nothing; the index is that of files.
        """
        with _quiet():
            values = self.db.tables[table].columns[column].get(map=field)
        files = values.index.get_level_values("file").astype(object)
        return values.astype(object).where(values.notna(), None).set_axis(files)

    def lost(self, table, column):
        """Tell in which rows a column has a value that is no label of its scheme."""
        read = self.db.tables[table].df[column]
        return self.raw[table][column].notna().to_numpy() & read.isna().to_numpy()

    def fields(self, table, name):
        """Return the columns of a table whose schemes have a field of that name in their labels."""
        found = []
        for column, facts in self.db.tables[table].columns.items():
            labels = None if facts.scheme_id is None else self.db.schemes[facts.scheme_id].labels
            if isinstance(labels, str):
                known = self.db.misc_tables[labels].columns
            else:
                entries = labels.values() if isinstance(labels, dict) else ()
                known = {key for entry in entries if isinstance(entry, dict) for key in entry}
            if name in known:
                found.append(column)
        return found

    def _open(self):
        audformat = import_extra("audformat", extra="audformat")
        yaml = import_extra("yaml", extra="audformat")
        try:
            header = yaml.safe_load(self._content(self.header).decode())
            return audformat.Database.load_header_from_yaml(header)
        except Exception as error:  # a damaged header makes it stumble in any way
            raise ValueError(
                f"Expected {self._files.root / self.header} to be the header of an audformat "
                f"database, got {type(error).__name__}: {error}. {_AGAIN}"
            ) from error

    def _found(self):
        """Return the file of each table."""
        known = {*self.db.tables, *self.db.misc_tables}
        paths = {}
        for path in self._files.paths:
            match = _TABLE.fullmatch(path.removeprefix(self.folder))
            if match is None or not path.startswith(self.folder) or "/" in match["table"]:
                continue
            if match["table"] not in known:
                raise ValueError(
                    f"Expected {self._files.root / self.header} to name the table "
                    f"{match['table']!r}, since {path} is there, got {', '.join(sorted(known))}. "
                    "Take the file away, or get the header that belongs to it."
                )
            paths.setdefault(match["table"], []).append(path)
        chosen = {}
        for table in known:
            found = {path[path.rindex(".") :]: path for path in paths.get(table, ())}
            path = next((found[suffix] for suffix in _SUFFIXES if suffix in found), None)
            if path is None:
                what = "a pickle, which may run any code" if found else "none of them"
                raise ValueError(
                    f"Expected the table {table!r} in {self._files.root} as "
                    f"{self.folder}db.{table}.parquet or .csv, got {what}. "
                    "Have it saved with Database.save(storage_format='csv') of audformat."
                )
            chosen[table] = path
        return chosen

    def _read(self, name):
        """Read a table, from a copy that has no pickle beside it."""
        path = self.paths[name]
        table = self.db[name]
        content = self._content(path)
        try:
            if path.endswith(".csv"):
                raw = pd.read_csv(io.BytesIO(content), dtype=str)
            else:
                raw = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
            levels = _LEVELS.get(table.type) if name in self.db.tables else list(table.levels)
            expected = [*levels, *table.columns]
            if list(raw.columns) != expected:  # the library takes them by their order
                raise ValueError(
                    f"the columns are {', '.join(map(str, raw.columns))}, the header has "
                    f"{', '.join(expected)}"
                )
            with TemporaryDirectory() as folder, _quiet():
                Path(folder, "table" + path[path.rindex(".") :]).write_bytes(content)
                table.load(str(Path(folder, "table")))
        except Exception as error:  # so does a damaged table
            raise ValueError(f"Cannot read {self._files.root / path}: {error}. {_AGAIN}") from error
        self.raw[name] = raw

    def _content(self, path):
        content = self._files.read_bytes(path)
        if content.startswith(LFS_START):
            raise ValueError(
                f"Expected {self._files.root / path} to be a part of an audformat database, got a "
                "Git-LFS pointer. Run 'git lfs pull' in its repository."
            )
        return content


@contextmanager
def _quiet():
    """Keep to ourselves what the library does that pandas gives up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield
