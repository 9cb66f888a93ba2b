"""What a batch has predicted so far, on disk after each chunk."""

import json
import os
import sqlite3
from contextlib import contextmanager, suppress

from skemotion.cli._media_files import listed_state, readable

CHUNK = 32  # files a task: what handing one over costs is nothing, what a kill costs is little
_FORMAT = 1
_TABLES = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE files (position INTEGER PRIMARY KEY, path BLOB UNIQUE, size INTEGER,
    mtime_ns INTEGER, todo INTEGER);
CREATE TABLE results (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, label TEXT,
    scores BLOB, error TEXT);
PRAGMA user_version={_FORMAT};
"""
_MARK_UNDONE = """
UPDATE files SET todo = 1 WHERE NOT EXISTS (
    SELECT 1 FROM results WHERE results.path = files.path AND results.size IS files.size
    AND results.mtime_ns IS files.mtime_ns AND results.error = ''
)
"""
_ROWS = """
SELECT path, label, scores, error, results.size, results.mtime_ns
FROM files JOIN results USING (path) ORDER BY position
"""


class Journal:
    """Files and results of one batch, in an SQLite file beside the table that comes of them.

    Results of a chunk are one transaction (write-ahead log), so that a process that is killed
    loses only the chunks that were under way. The file is locked while it is open.

    Parameters
    ----------
    path : path-like
        The file.
    version : str
        Version of the model; results of another one are dropped.

    Raises
    ------
    OSError
        If another process has it open, or it cannot be written.
    """

    def __init__(self, path, version):
        self.path = path
        self._connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        try:
            with self._guarded():
                self._prepare(version)
        except BaseException:
            self.close()
            raise

    def _prepare(self, version):
        execute = self._connection.execute
        execute("PRAGMA locking_mode=EXCLUSIVE")  # the kernel gives the lock back after any end
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=NORMAL")
        with self._transaction():
            if execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                for statement in _TABLES.split(";"):
                    execute(statement)
            if self.fact("version") != version:
                execute("DELETE FROM results")
                execute("DELETE FROM facts")
                self.keep_fact("version", version)

    def close(self):
        """Close the file."""
        self._connection.close()

    def remove(self):
        """Close the file and remove it."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.remove(f"{self.path}{suffix}")

    def fact(self, name):
        """Return what was kept under a name, None if nothing was.

        Parameters
        ----------
        name : str
            Name.

        Returns
        -------
        value
        """
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
        return None if row is None else json.loads(row[0])

    def keep_fact(self, name, value):
        """Keep something under a name.

        Parameters
        ----------
        name : str
            Name.
        value : JSON-like
            What to keep.
        """
        with self._guarded():
            self._connection.execute(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, json.dumps(value)]
            )

    def set_files(self, paths):
        """Take in the files of this run; those named twice count once.

        Parameters
        ----------
        paths : iterable of str
            Paths, in the order of the table.

        Returns
        -------
        n_files : int
            Number of files.
        n_todo : int
            Number of those without a result, whose file changed since, or that failed.
        """
        execute = self._connection.execute
        with self._guarded(), self._transaction():
            execute("DELETE FROM files")
            for path in paths:
                size, mtime_ns = listed_state(path)
                execute(
                    "INSERT OR IGNORE INTO files (path, size, mtime_ns, todo) VALUES (?, ?, ?, 0)",
                    [os.fsencode(path), size, mtime_ns],
                )
            execute(_MARK_UNDONE)
        return execute("SELECT count(*), coalesce(sum(todo), 0) FROM files").fetchone()

    def chunks(self):
        """Yield what is to be done, in lists of paths.

        A file is in the same chunk whatever was done before it: some models round the last digit
        by what is predicted together, and a run that goes on is to give what one run gives.

        Yields
        ------
        list of str
        """
        query = (
            "SELECT path FROM files WHERE todo AND position > ? AND position <= ? ORDER BY position"
        )
        last = self._connection.execute("SELECT max(position) FROM files").fetchone()[0] or 0
        for start in range(0, last, CHUNK):
            found = self._connection.execute(query, [start, start + CHUNK]).fetchall()
            if found:
                yield [os.fsdecode(path) for (path,) in found]

    def put(self, rows, *, replace=True):
        """Keep results.

        Parameters
        ----------
        rows : list of dict
            With `path`, `size`, `mtime_ns`, `label`, `scores` (bytes or None) and `error`.
        replace : bool, default=True
            Whether they take the place of those that are there.
        """
        names = ("path", "size", "mtime_ns", "label", "scores", "error")
        values = [(os.fsencode(row["path"]), *(row[name] for name in names[1:])) for row in rows]
        verb = "REPLACE" if replace else "IGNORE"
        with self._guarded(), self._transaction():
            self._connection.executemany(
                f"INSERT OR {verb} INTO results VALUES (?, ?, ?, ?, ?, ?)", values
            )

    def rows(self):
        """Yield the results of the files, in their order.

        Yields
        ------
        tuple
            path (str), label, scores (bytes or None), error, size, mtime_ns.
        """
        for path, *rest in self._connection.execute(_ROWS):
            yield readable(os.fsdecode(path)), *rest

    @contextmanager
    def _transaction(self):
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _guarded(self):
        try:
            yield
        except sqlite3.Error as error:
            if "locked" in str(error):
                raise OSError(
                    f"Another process is writing {self.path}. Wait for it to end, or choose "
                    "another --out."
                ) from error
            raise OSError(
                f"Cannot write {self.path}: {error}. Free space or correct the permissions; if the "
                "file is damaged, remove it."
            ) from error
