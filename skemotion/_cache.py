"""Keep what steps made of recordings, so that nothing is decoded or analysed twice."""

import json
import os
import sqlite3
import time
import warnings
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np

from skemotion._describe import digest_recording, new_digest
from skemotion._table_cache import TableCache

FILE = "recordings.sqlite"
MAX_BYTES = 10 * 2**30
_TABLES = """
CREATE TABLE IF NOT EXISTS results (key BLOB UNIQUE, value BLOB, used INTEGER);
CREATE INDEX IF NOT EXISTS results_used ON results (used);
CREATE TABLE IF NOT EXISTS files (place TEXT PRIMARY KEY, state TEXT, digest BLOB);
"""
_FORMAT = 1  # of the tables and values
_AT_ONCE = 500  # keys a query
_SETTLED = 2.0  # s: a younger file may change again within one tick of its clock
_FAILURES = (sqlite3.Error, UnicodeDecodeError)  # the latter from messages about damage
_CHECK = 8  # bytes of the checksum of a value
_DAY = 86400


class RecordingCache:
    """Results of recordings in one SQLite file, which several processes may share.

    A result is kept under a hash of the content of its recording, of the steps with their
    parameters, and of the version of their code: change one, and it is computed anew. Each result
    has a checksum; one that is damaged is computed anew, too. Beside it lie the arrays of large
    tables (`tables`), in no more than half of `max_bytes`. The file is written in transactions
    (write-ahead log), so that a process that is killed leaves it whole. Above `max_bytes` what was
    not used for longest is dropped. A cache that cannot be read or written costs a warning, never
    a result.

    Parameters
    ----------
    folder : path-like
        Where the file lies; it is made if it is not there.
    max_bytes : int, default=None
        Largest size. None means 10 GiB, or ``$SKEMOTION_CACHE_BYTES``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from skemotion._cache import RecordingCache
    >>> with TemporaryDirectory() as folder:
    ...     cache = RecordingCache(folder)
    ...     cache.put({b"a": np.ones(2)})
    ...     print(cache.get([b"a", b"b"]), cache.info()["n_results"])
    {b'a': array([1., 1.])} 1
    """

    def __init__(self, folder, max_bytes=None):
        self.folder = Path(folder).expanduser()
        self.max_bytes = max_bytes or int(os.environ.get("SKEMOTION_CACHE_BYTES", MAX_BYTES))

    @property
    def path(self):
        """Return the file."""
        return self.folder / FILE

    @property
    def tables(self):
        """Return the :class:`~skemotion._table_cache.TableCache` in the same folder."""
        return TableCache(self.folder, self.max_bytes // 2)

    def get(self, keys):
        """Return the results that are there.

        Parameters
        ----------
        keys : list of bytes
            Keys.

        Returns
        -------
        dict of bytes to ndarray
        """
        found, stale, today = {}, [], int(time.time() // _DAY)
        with self._open("read") as connection:
            for part in _parts(keys):
                marks = ",".join("?" * len(part))
                query = f"SELECT key, value, used FROM results WHERE key IN ({marks})"
                for key, value, used in connection.execute(query, part):
                    array = _unpack(key, value)
                    if array is not None:
                        found[key] = array
                    if array is not None and used < today:
                        stale.append((today, key))
            if stale:
                with connection:
                    connection.executemany("UPDATE results SET used = ? WHERE key = ?", stale)
        return found

    def put(self, results):
        """Keep results.

        Parameters
        ----------
        results : dict of bytes to ndarray
            Key -> result; arrays of objects are not kept.
        """
        today = int(time.time() // _DAY)
        rows = [
            (key, _pack(key, array), today)
            for key, array in results.items()
            if not array.dtype.hasobject
        ]
        with self._open("write") as connection:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)
            self._shrink(connection)

    def digests(self, recordings):
        """Return hashes of contents; a file that did not change since is not read again.

        Parameters
        ----------
        recordings : sequence
            Paths, bytes, binary file objects or arrays.

        Returns
        -------
        list of (bytes or None)
            None for a recording that cannot be read.
        """
        places = [_place(recording) for recording in recordings]
        known = {}
        with self._open("read") as connection:
            for part in _parts([place for place in places if place is not None]):
                marks = ",".join("?" * len(part))
                query = f"SELECT place, state, digest FROM files WHERE place IN ({marks})"
                names = [place for place, _ in part]
                known.update({p: (state, d) for p, state, d in connection.execute(query, names)})
        digests, new = [], []
        for recording, place in zip(recordings, places, strict=True):
            state, digest = known.get(place[0], (None, None)) if place else (None, None)
            if place is None or state != place[1]:
                digest = _digest(recording)
                if digest is not None and place is not None and _is_settled(place):
                    new.append((*place, digest))
            digests.append(digest)
        if new:
            with self._open("write") as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", new)
        return digests

    def info(self):
        """Return what is kept.

        Returns
        -------
        dict
            `path`, `n_results`, `n_files`, `n_tables`, `bytes` and `max_bytes`.
        """
        sizes = [size for _, size, _ in self.tables.files()]
        facts = {"path": str(self.path), "n_results": 0, "n_files": 0, "n_tables": len(sizes)}
        facts["bytes"] = sum(sizes)
        if self.path.exists():
            with self._open("read") as connection:
                for name, table in (("n_results", "results"), ("n_files", "files")):
                    facts[name] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                facts["bytes"] += _size(connection)
        return facts | {"max_bytes": self.max_bytes}

    def clear(self):
        """Drop all that is kept."""
        self._clear_results()
        self.tables.clear()

    def _clear_results(self):
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.remove(f"{self.path}{suffix}")

    def _shrink(self, connection):
        max_bytes = self.max_bytes - sum(size for _, size, _ in self.tables.files())
        if _size(connection) <= max_bytes:
            return
        with connection:
            while _size(connection) > 0.9 * max_bytes:
                n_results = connection.execute("SELECT count(*) FROM results").fetchone()[0]
                if not n_results:
                    break
                connection.execute(
                    "DELETE FROM results WHERE rowid IN "
                    "(SELECT rowid FROM results ORDER BY used, rowid LIMIT ?)",
                    (max(1, n_results // 10),),
                )
        connection.execute("PRAGMA incremental_vacuum")

    @contextmanager
    def _open(self, what):
        """Give a connection; warn where that fails, and go on with an empty cache in memory."""
        try:
            connection = self._connect()
        except (*_FAILURES, OSError) as error:
            self._warn(what, error)
            connection = _prepare(sqlite3.connect(":memory:"))
        with closing(connection):
            try:
                yield connection
            except _FAILURES as error:
                self._warn(what, error)

    def _connect(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            return _prepare(sqlite3.connect(self.path, timeout=60))
        except _FAILURES as error:
            if not _is_damage(error):
                raise
            self._clear_results()  # not a database any more: what it held is computed anew
            return _prepare(sqlite3.connect(self.path, timeout=60))

    def _warn(self, what, error):
        if _is_damage(error):
            self._clear_results()
        warnings.warn(
            f"Cannot {what} the cache {self.path}: {error}. Results are computed without it; free "
            "space, correct the permissions, or run skemotion cache clear.",
            UserWarning,
            stacklevel=5,
        )


def _is_damage(error):
    """Tell damage to the file from a full disk, a lock or a missing permission."""
    return not isinstance(error, sqlite3.OperationalError | OSError)


def _prepare(connection):
    connection.text_factory = lambda text: text.decode(errors="replace")  # damage is no error
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != _FORMAT:
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version={_FORMAT}")
    return connection


def _size(connection):
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _parts(items):
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _pack(key, array):
    head = json.dumps([array.dtype.str, list(array.shape)]).encode()
    body = len(head).to_bytes(2, "little") + head + np.ascontiguousarray(array).tobytes()
    return new_digest(key + body).digest()[:_CHECK] + body


def _unpack(key, value):
    """Return the array, or None if a single bit of it has changed."""
    if (
        not isinstance(value, bytes)
        or new_digest(key + value[_CHECK:]).digest()[:_CHECK] != value[:_CHECK]
    ):
        return None
    start = _CHECK + 2 + int.from_bytes(value[_CHECK : _CHECK + 2], "little")
    dtype, shape = json.loads(value[_CHECK + 2 : start])
    return np.frombuffer(value, np.dtype(dtype), offset=start).reshape(shape).copy()


def _place(recording):
    """Return what names a file and what changes with its content; None for anything else."""
    try:
        if isinstance(recording, str | os.PathLike):
            name = path = os.fspath(recording)
        else:  # a member of an archive
            path, name = recording.archive, recording.name
        facts = os.stat(path)
    except (AttributeError, OSError, ValueError):
        return None
    return os.path.abspath(name), f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"


def _is_settled(place):
    modified = int(place[1].split()[1]) / 1e9
    return abs(time.time() - modified) > _SETTLED


def _digest(recording):
    try:
        return digest_recording(recording)
    except (OSError, ValueError):
        return None
