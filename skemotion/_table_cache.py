"""Keep what was read from large tables, so that a text of 300 MB is parsed once."""

import json
import os
import time
import warnings
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import numpy as np

from skemotion._describe import new_digest

FOLDER = "tables"
_N_SAMPLES = 64
_SAMPLE = 4096  # bytes
_SETTLED = 2.0  # s: a younger file may change again within one tick of its clock
_LONGEST_HEAD = 1 << 16


class Source(NamedTuple):
    """A table as it is now.

    Parameters
    ----------
    name : str
        Where it lies and what is read from it, hashed.
    state : list
        What changes with its content and with the code that reads it.
    modified : float
        Time of the last change, in s.
    """

    name: str
    state: list
    modified: float


def describe_source(path, what, version):
    """Return what tells whether a table changed, without reading all of it.

    Trusted are its size, its times of modification and of change of status, its number on the disk,
    and a hash of 64 samples of 4 kB from its start to its end.

    Parameters
    ----------
    path : path-like
        A file.
    what : str
        What is read from it.
    version : str
        What the code that reads it is known by.

    Returns
    -------
    Source

    Examples
    --------
    >>> from skemotion._table_cache import describe_source
    >>> source = describe_source(__file__, "all", "1")
    >>> source == describe_source(__file__, "all", "1") != describe_source(__file__, "all", "2")
    True
    """
    digest = new_digest()
    with open(path, "rb") as file:
        facts = os.fstat(file.fileno())
        for part in range(_N_SAMPLES):
            file.seek(max(0, facts.st_size - _SAMPLE) * part // (_N_SAMPLES - 1))
            digest.update(file.read(_SAMPLE))
    state = [facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino]
    name = new_digest(f"{os.path.abspath(path)}\0{what}".encode()).hexdigest()
    return Source(name, [version, *state, digest.hexdigest()], max(facts.st_mtime, facts.st_ctime))


class TableCache:
    """Arrays from tables, one file a table, in a sub-folder of the folder of a cache.

    A file holds the state of its table, a checksum and the arrays. It is written beside its place
    and moved there, so that other processes see the old one or the new one, whole. One whose table
    or content changed is not used. A cache that cannot be written costs a warning, never a result.

    Parameters
    ----------
    folder : path-like
        The folder of the cache.
    max_bytes : int, default=None
        Largest size; above it the tables that were not used for longest are dropped. None means
        no limit.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from skemotion._table_cache import Source, TableCache
    >>> with TemporaryDirectory() as folder:
    ...     cache, source = TableCache(folder), Source("a", [1], 0.0)
    ...     cache.put(source, [np.ones(2)])
    ...     print(cache.get(source), cache.get(Source("a", [2], 0.0)))
    [array([1., 1.])] None
    """

    def __init__(self, folder, max_bytes=None):
        self.folder = Path(folder).expanduser() / FOLDER
        self.max_bytes = max_bytes

    def get(self, source):
        """Return the arrays of a table; None if they are not there or not as they were written.

        Parameters
        ----------
        source : Source
            The table.

        Returns
        -------
        list of ndarray or None
        """
        path = self.folder / source.name
        try:
            with path.open("rb") as file:
                head = file.readline(_LONGEST_HEAD)
                arrays = _read_arrays(file, head, source.state)
            if arrays is not None:
                os.utime(path)
        except OSError:
            return None
        return arrays

    def put(self, source, arrays):
        """Keep the arrays of a table.

        Parameters
        ----------
        source : Source
            The table. One that changed in the last two seconds is not kept.
        arrays : list of ndarray
            Arrays without objects.
        """
        if abs(time.time() - source.modified) < _SETTLED:
            return
        try:
            self._write(source, arrays)
            self._shrink()
        except OSError as error:
            warnings.warn(
                f"Cannot keep a table in {self.folder}: {error}. It is read anew the next time; "
                "free space, or correct the permissions.",
                UserWarning,
                stacklevel=3,
            )

    def files(self):
        """Return the files of tables.

        Returns
        -------
        list of tuple of (float, int, Path)
            Time of the last use, size in bytes, path; the one not used for longest first.
        """
        found = []
        with suppress(OSError):  # it is not there, or cannot be read
            for entry in os.scandir(self.folder):
                with suppress(FileNotFoundError):  # another process was faster
                    facts = entry.stat()
                    found.append((facts.st_mtime, facts.st_size, Path(entry.path)))
        return sorted(found)

    def clear(self):
        """Drop all tables."""
        for *_, path in self.files():
            path.unlink(missing_ok=True)

    def _write(self, source, arrays):
        arrays = [np.ascontiguousarray(array) for array in arrays]
        kinds = [[array.dtype.str, array.shape] for array in arrays]
        head = json.dumps([source.state, kinds]).encode()
        checksum = _checksum(head, arrays)
        self.folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, delete=False) as file:
            try:
                file.write(b"%08x %b\n" % (checksum, head))
                for array in arrays:
                    file.write(_bytes(array))
                file.close()
                os.replace(file.name, self.folder / source.name)
            except BaseException:
                file.close()
                Path(file.name).unlink(missing_ok=True)
                raise

    def _shrink(self):
        files = self.files()
        size = sum(size for _, size, _ in files)
        while files and self.max_bytes is not None and size > self.max_bytes:
            _, dropped, path = files.pop(0)
            path.unlink(missing_ok=True)
            size -= dropped


def _read_arrays(file, head, state):
    """Return the arrays, or None if the table changed or anything is not as it was written."""
    try:
        checksum, head = int(head[:8], 16), head[9:].rstrip(b"\n")
        found, kinds = json.loads(head)
        if found != state:
            return None
        arrays = [np.empty(shape, np.dtype(kind)) for kind, shape in kinds]
        whole = all(file.readinto(_bytes(array)) == array.nbytes for array in arrays)
        return arrays if whole and _checksum(head, arrays) == checksum else None
    except (ValueError, TypeError, MemoryError):
        return None


def _checksum(head, arrays):
    checksum = zlib.crc32(head)
    for array in arrays:
        checksum = zlib.crc32(_bytes(array), checksum)
    return checksum


def _bytes(array):
    return array.reshape(-1).view(np.uint8)
