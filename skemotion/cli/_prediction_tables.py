"""Tables of predictions, written and read a few rows at a time."""

import csv
import itertools
import os

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
        If its suffix is another.
    ImportError
        If it is .parquet, and pyarrow is not installed.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise ValueError(f"Expected --out to end in .parquet or .csv, got {out.name!r}. Rename it.")
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


def read_table(path):
    """Read a table of predictions.

    Parameters
    ----------
    path : Path
        What :func:`write_table` wrote.

    Returns
    -------
    classes : list of str
        Classes that have a column of probabilities.
    rows : iterator of dict
        One row a recording.

    Raises
    ------
    ValueError
        If it is another table.
    """
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    try:
        columns, rows = read(path)
    except ValueError as error:  # also what pyarrow and the csv module raise
        raise ValueError(f"{_strange(path)} ({error})") from error
    if not set(FIRST + LAST) <= set(columns):
        raise ValueError(_strange(path))
    return [name[len(PREFIX) :] for name in columns if name.startswith(PREFIX)], rows


def _strange(path):
    return (
        f"Expected {path} to be a table that skemotion predict wrote, got another file. Choose "
        "another --out, or remove it."
    )


def _write_parquet(file, rows, columns):
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(name, _arrow_type(pyarrow, name)) for name in columns])
    with ParquetWriter(file, schema) as writer:
        for part in _parts(rows):
            writer.write_table(pyarrow.Table.from_pylist(part, schema))


def _arrow_type(pyarrow, name):
    if name.startswith(PREFIX):
        return pyarrow.float32()
    return pyarrow.int64() if name in ("size", "mtime_ns") else pyarrow.string()


def _read_parquet(path):
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(path)
    batches = file.iter_batches(_ROWS)
    return file.schema_arrow.names, (row for batch in batches for row in batch.to_pylist())


def _write_csv(file, rows, columns):
    import io

    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    text.detach()


def _read_csv(path):
    file = path.open(encoding="utf-8", newline="")
    reader = csv.DictReader(file)
    columns = reader.fieldnames or []

    def typed():
        with file:
            for row in reader:
                for name in ("size", "mtime_ns"):
                    row[name] = int(row[name]) if row[name] else None
                for name in columns:
                    if name.startswith(PREFIX):
                        row[name] = float(row[name]) if row[name] else None
                row["label"] = row["label"] or None
                yield row

    return columns, typed()


def _parts(rows):
    rows = iter(rows)
    while part := list(itertools.islice(rows, _ROWS)):
        yield part
