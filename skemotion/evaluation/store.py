"""The store of results: one row a fold, written as it comes, kept whatever happens."""

import json
import math
import os
import threading
import zlib
from contextlib import contextmanager, suppress
from operator import itemgetter
from pathlib import Path

from skemotion._optional import import_driver
from skemotion.evaluation._frames import RECORD, folds_frame

_SCHEMA = 1
_ORDER = ("model", "train", "test", "protocol", "fold", "key")
_JSON = ("facts", "metrics", "params", "history")
_IN_THE_WAY = {
    "full": "The disk is full at {where}. Free some space",
    "readonly": "The store {where} cannot be written. Make its folder writable, or copy it",
    "unable to open": "The store {where} cannot be opened. Check its folder and your permissions",
    "permission": "The store {where} cannot be opened. Check its folder and your permissions",
    "locked": "The store {where} was locked by another program for {timeout:g} s. Wait for it to "
    "end, or close what has the file open",
    "i/o error": "The store {where} cannot be read or written (disk I/O error). Check the disk",
    "malformed": "The store {where} is damaged. Restore it from a backup, or move it away",
}


class StoreError(OSError):
    """A store cannot be opened, read or written; the message says what to do."""


class ResultStore:
    """Results on disk, one row a fold.

    Each fold is one transaction, on disk before the next begins: a program that is killed, or a
    machine that loses power, loses no fold that was finished. Several processes may write to one
    store; a fold that two of them finish is kept once.

    Parameters
    ----------
    url : str or path-like, default="sqlite://"
        A file (``"results.sqlite"``), or a database of PostgreSQL
        (``"postgresql+psycopg://user@host/name"``; extra ``postgresql``), which may hold other
        tables, too. The default is in memory, and gone when closed.

    Raises
    ------
    StoreError
        If the file is no store, was written by a newer skemotion, is locked by another program
        for more than 30 s, or cannot be written or reached.
    ImportError
        If the driver of the database is not installed.

    Examples
    --------
    >>> from skemotion.evaluation import ResultStore
    >>> with ResultStore() as store:
    ...     store.keys()
    set()
    """

    _timeout = 30.0  # s that another program may hold the file

    def __init__(self, url="sqlite://"):
        self.url = _as_url(url)
        self._lock = threading.RLock()
        self._tables = _make_tables()
        self._engine = self._make_engine()
        try:
            with self._guarded():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.close()

    def __repr__(self):
        return f"ResultStore({self.url.render_as_string()!r})"

    def close(self):
        """Close the connections; an in-memory store is gone."""
        self._engine.dispose()

    def put(self, record):
        """Keep the result of a fold. If its key is known, nothing changes.

        Parameters
        ----------
        record : dict
            With the str `key`, `model`, `train`, `test`, `kind`, `protocol`, `scheme`, `created`,
            the int `fold`, the dicts `facts`, `metrics`, `params`, the list of dicts `history`,
            and the dict of lists `predictions`.
        """
        from sqlalchemy import insert
        from sqlalchemy.exc import IntegrityError

        folds, _ = self._tables
        row = {name: record[name] for name in RECORD}
        row |= {name: json.dumps(_without_nan(record[name])) for name in _JSON}
        row["predictions"] = zlib.compress(json.dumps(record["predictions"]).encode(), 6)
        with self._guarded():
            try:
                with self._transaction(writing=True) as connection:
                    connection.execute(insert(folds).values(row))
            except IntegrityError:
                if record["key"] not in self.keys():
                    raise

    def get(self, key):
        """Return the result with this key.

        Parameters
        ----------
        key : str
            Its key.

        Returns
        -------
        dict or None
            The record as it was put; None if there is none.
        """
        records = self.records([key])
        return records[0] if records else None

    def keys(self):
        """Return the keys of the results that are there.

        Returns
        -------
        set of str
        """
        from sqlalchemy import select

        folds, _ = self._tables
        with self._guarded(), self._transaction() as connection:
            return set(connection.scalars(select(folds.c.key)))

    def records(self, keys=None):
        """Return results.

        Parameters
        ----------
        keys : iterable of str, default=None
            Which ones, and in what order; a key that is not there is passed over. None means all,
            ordered by model, datasets and fold.

        Returns
        -------
        list of dict
        """
        from sqlalchemy import select

        folds, _ = self._tables
        query = select(folds)
        wanted = None if keys is None else list(keys)
        if wanted is not None and len(wanted) < 500:  # more would exceed what a query may hold
            query = query.where(folds.c.key.in_(wanted))
        with self._guarded(), self._transaction() as connection:
            rows = connection.execute(query).mappings().all()
        # not by the database, each of which has an alphabet of its own
        found = {row["key"]: _read(row) for row in sorted(rows, key=itemgetter(*_ORDER))}
        return [found[key] for key in (found if wanted is None else wanted) if key in found]

    def frame(self):
        """Return all results as a table.

        Returns
        -------
        DataFrame
            One row a fold, with the columns of :attr:`Results.folds`.
        """
        return folds_frame(self.records())

    def _make_engine(self):
        from sqlalchemy import create_engine, event
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
        from sqlalchemy.pool import NullPool, StaticPool

        options = {}
        if self._in_file():
            options["connect_args"] = {"timeout": self._timeout, "check_same_thread": False}
            options["poolclass"] = NullPool if self.url.database else StaticPool
        else:
            import_driver(self.url.drivername)
            options["pool_pre_ping"] = True  # a fold may take hours, and the server restart
        try:
            engine = create_engine(self.url, **options)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(
                f"Cannot use the store {self.url}: {error}. "
                "Give a file name, or a URL such as 'postgresql+psycopg://user@host/name'."
            ) from error
        if self._in_file():
            event.listen(engine, "connect", self._on_connect)
            event.listen(engine, "begin", _on_begin)
        return engine

    def _on_connect(self, connection, _):
        connection.isolation_level = None  # begin transactions ourselves, see _on_begin
        cursor = connection.cursor()
        if self.url.database:
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @contextmanager
    def _transaction(self, writing=False):
        with self._lock, self._engine.connect() as connection:
            connection = connection.execution_options(writing=writing)
            with connection.begin():
                yield connection

    def _prepare(self):
        from sqlalchemy import insert, inspect, select
        from sqlalchemy.exc import IntegrityError
        from sqlalchemy.schema import CreateTable

        folds, meta = self._tables
        with self._transaction() as connection:
            names = set(inspect(connection).get_table_names())
        known = {folds.name, meta.name}
        if not (names if self._in_file() else names & known):
            # on a server, another process that does the same may be faster
            with suppress(IntegrityError), self._transaction(writing=True) as connection:
                for table in (folds, meta):
                    connection.execute(CreateTable(table, if_not_exists=True))
                if not connection.scalars(select(meta.c.name)).all():
                    facts = {"application": "skemotion", "schema": str(_SCHEMA)}
                    rows = [{"name": name, "value": value} for name, value in facts.items()]
                    connection.execute(insert(meta), rows)
        elif not known <= names:
            raise self._foreign(names)
        with self._transaction() as connection:
            rows = connection.execute(select(meta.c.name, meta.c.value))
            facts = dict(rows.all())
        if facts.get("application") != "skemotion":
            raise self._foreign(names)
        if int(facts["schema"]) > _SCHEMA:
            raise StoreError(
                f"The store {self._where()} has format {facts['schema']}, but this skemotion "
                f"knows formats up to {_SCHEMA}. Update skemotion, or use another {self._kind()}."
            )

    def _foreign(self, names):
        return StoreError(
            f"The database {self._where()} belongs to another program: it holds the tables "
            f"{', '.join(sorted(names))}. Name a new {self._kind()} for the results."
        )

    @contextmanager
    def _guarded(self):
        """Turn what the database says into sentences."""
        import sqlite3

        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            raise StoreError(self._explain(str(getattr(error, "orig", error)))) from error

    def _explain(self, reason):
        if "not a database" in reason:
            return (
                f"The file {self._where()} is not a SQLite database. "
                "Name a new file for the results."
            )
        for word, sentence in _IN_THE_WAY.items():
            if self._in_file() and word in reason.lower():
                said = sentence.format(where=self._where(), timeout=self._timeout)
                return f"{said}, and run the same again: finished folds are kept."
        said = " ".join(reason.split()).rstrip("?.")
        check = "" if self._in_file() else "Check its address, your rights and the server, and run"
        return (
            f"The store {self._where()} could not be used: {said}. "
            f"{check or 'Run'} the same again: finished folds are kept."
        )

    def _in_file(self):
        return self.url.get_backend_name() == "sqlite"

    def _kind(self):
        return "file" if self._in_file() else "database"

    def _where(self):
        return self.url.database or "in memory" if self._in_file() else str(self.url)


def open_store(store):
    """Return a store that is closed at the end of a ``with`` block only if it was opened here.

    Parameters
    ----------
    store : ResultStore, str, path-like or None
        None means in memory.

    Returns
    -------
    context manager
    """
    if isinstance(store, ResultStore):
        from contextlib import nullcontext

        return nullcontext(store)
    return ResultStore("sqlite://" if store is None else store)


def _as_url(url):
    from sqlalchemy import URL, make_url
    from sqlalchemy.exc import ArgumentError

    if not isinstance(url, str | os.PathLike):
        raise TypeError(
            f"Expected a store to be a file name, a URL or a ResultStore, got {url!r}. "
            "For instance 'results.sqlite'."
        )
    if isinstance(url, str) and "://" in url:
        try:
            url = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise StoreError(
                f"Cannot read the URL of the store: {error}. "
                "Give a file name, or a URL such as 'postgresql+psycopg://user@host/name'."
            ) from error
    else:
        url = URL.create("sqlite", database=str(Path(url).expanduser()))
    if url.get_backend_name() == "sqlite" and url.database == ":memory:":
        url = url.set(database=None)
    if url.get_backend_name() == "sqlite" and url.database:
        folder = Path(url.database).parent
        if not folder.is_dir():
            raise StoreError(
                f"The folder {str(folder)!r} of the store {url.database!r} does not exist. "
                "Create it, or name another one."
            )
    return url


def _make_tables():
    from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

    metadata = MetaData()
    texts = [Column(name, Text, nullable=False) for name in ("model", "train", "test", "kind")]
    folds = Table(
        "folds",
        metadata,
        Column("key", Text, primary_key=True),
        *texts,
        Column("protocol", Text, nullable=False),
        Column("scheme", Text, nullable=False),
        Column("fold", Integer, nullable=False),
        *[Column(name, Text, nullable=False) for name in _JSON],
        Column("predictions", LargeBinary, nullable=False),
        Column("created", Text, nullable=False),
    )
    meta = Table(
        "meta",
        metadata,
        Column("name", Text, primary_key=True),
        Column("value", Text, nullable=False),
    )
    return folds, meta


def _on_begin(connection):
    # a write that waits for its turn from the start cannot fail halfway
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _read(row):
    record = {name: row[name] for name in RECORD}
    record |= {name: json.loads(row[name]) for name in _JSON}
    record["metrics"] = _with_nan(record["metrics"])
    record["predictions"] = json.loads(zlib.decompress(row["predictions"]))
    return record


def _without_nan(value):
    """Replace NaN, which JSON does not know."""
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _with_nan(metrics):
    return {name: float("nan") if value is None else value for name, value in metrics.items()}
