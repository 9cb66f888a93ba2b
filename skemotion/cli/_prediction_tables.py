"""Tables of predictions, written and read a few rows at a time."""

import csv
import io
import itertools
import os
from contextlib import contextmanager

from skemotion._optional import import_extra

FIRST = ("path", "label")
LAST = ("error", "model", "version", "size", "mtime_ns")
PREFIX = "p_"  # a class may be named as another column is
_ROWS = 10_000  # in memory at once


def check_suffix(out):
    """Refuse a table of a kind that is not written, before any work.

    Parameters
    ----------
    out : Path
        The table.

    Raises
    ------
    ValueError
        If its suffix is another, or it is a folder.
    ImportError
        If it is .parquet, and pyarrow is not installed.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise ValueError(f"Expected --out to end in .parquet or .csv, got {out.name!r}. Rename it.")
    if out.is_dir():
        raise ValueError(f"Expected --out to be a file, got the folder {out}. Name a file in it.")
    if out.suffix == ".parquet":
        import_extra("pyarrow", extra="parquet")


def write_table(path, rows, classes):
    """Write predictions, on the disk when this returns.

    Parameters
    ----------
    path : Path
        To a .parquet or .csv file.
    rows : iterable of dict
        With the columns of the table; scores that are not there are None.
    classes : list of str
        Classes that have a column of probabilities.
    """
    columns = [*FIRST, *(PREFIX + name for name in classes), *LAST]
    write = _write_parquet if path.suffix == ".parquet" else _write_csv
    with path.open("wb") as file:
        write(file, rows, columns)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def read_table(path):
    """Open a table of predictions, to be read row by row.

    Parameters
    ----------
    path : Path
        What :func:`write_table` wrote.

    Yields
    ------
    classes : list of str
        Classes that have a column of probabilities.
    rows : iterator of dict
        One row a recording.

    Raises
    ------
    ValueError
        If it is another table.
    """
    open_table = _open_parquet if path.suffix == ".parquet" else _open_csv
    strange = (
        f"Expected {path} to be a table that skemotion predict wrote, got another file. Choose "
        "another --out, or remove it."
    )
    try:
        with path.open("rb") as file:
            columns, rows = open_table(file)
            if not set(FIRST + LAST) <= set(columns):
                raise ValueError(strange)
            yield [name[len(PREFIX) :] for name in columns if name.startswith(PREFIX)], rows
    except (ValueError, csv.Error) as error:  # pyarrow's and those of text and numbers, too
        raise ValueError(strange) from error


def _write_parquet(file, rows, columns):
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(name, _arrow_type(pyarrow, name)) for name in columns])
    with ParquetWriter(file, schema) as writer:
        for part in parts_of(rows):
            writer.write_table(pyarrow.Table.from_pylist(part, schema))


def _arrow_type(pyarrow, name):
    if name.startswith(PREFIX):
        return pyarrow.float32()
    return pyarrow.int64() if name in ("size", "mtime_ns") else pyarrow.string()


def _open_parquet(file):
    from pyarrow.parquet import ParquetFile

    table = ParquetFile(file)
    batches = table.iter_batches(_ROWS)
    return table.schema_arrow.names, (row for batch in batches for row in batch.to_pylist())


def _write_csv(file, rows, columns):
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    text.detach()


def _open_csv(file):
    reader = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
    return reader.fieldnames or [], map(_typed, reader)


def _typed(row):
    if None in row or None in row.values():
        raise ValueError("a row is longer or shorter than the head")
    types = {"size": int, "mtime_ns": int, "label": str}
    types |= {name: float for name in row if name.startswith(PREFIX)}
    return row | {name: kind(row[name]) if row[name] else None for name, kind in types.items()}


def parts_of(rows):
    """Yield rows in lists that memory holds.

    Parameters
    ----------
    rows : iterable of dict
        Rows.

    Yields
    ------
    list of dict
    """
    rows = iter(rows)
    while part := list(itertools.islice(rows, _ROWS)):
        yield part
