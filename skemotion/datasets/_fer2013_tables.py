"""Find and open tables of faces: plain, packed, or in an archive."""

import gzip
import io
import tarfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from functools import lru_cache

_BUFFER = 1 << 20  # bytes read at once
_PACKED_TARS = (".tar.gz", ".tgz")
_ARCHIVES = (".zip", ".tar", *_PACKED_TARS)
_ENDINGS = ("", ".gz", ".zip")
_DEPTHS = ("", "*/", "*/*/")  # folders in which tables are looked for
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError)


def tables(root, names):
    """Yield the tables at a place, the best first.

    Parameters
    ----------
    root : Path
        A folder, a table or an archive.
    names : iterable of str
        Names of tables without ``.gz``; those to be preferred first.

    Yields
    ------
    path : Path
        The table, or the archive that holds it.
    member : str or None
        Its name within the archive.
    """
    for path in [root] if root.is_file() else _candidates(root, names):
        if is_archive(path):
            inside = _members(path, path.stat().st_mtime_ns)
            for name in names:
                yield from ((path, member) for member in inside if member.endswith(name))
        else:
            yield path, None


def is_archive(path):
    """Tell by its name whether a file is an archive."""
    return path.name.lower().endswith(_ARCHIVES)


@contextmanager
def open_table(path, member=None):
    """Give the unpacked stream of a table and its size in bytes; say so if the file is damaged."""
    name = path.name.lower()
    with _telling_damage(path), ExitStack() as stack:
        if name.endswith(".zip"):
            archive = stack.enter_context(zipfile.ZipFile(path))
            stream, size = archive.open(member), archive.getinfo(member).file_size
        elif is_archive(path):
            archive, packed = stack.enter_context(_open_tar(path))
            info = next(info for info in archive if info.name == member)
            stream, size = archive.extractfile(info), info.size
            stack.callback(_read_on, packed)
        elif name.endswith(".gz"):
            stream, size = stack.enter_context(gzip.open(path)), _unpacked_size(path)
        else:
            stream, size = stack.enter_context(path.open("rb")), path.stat().st_size
        yield io.BufferedReader(stream, _BUFFER), size


def _candidates(root, names):
    known = [
        path
        for depth in _DEPTHS
        for name in names
        for ending in _ENDINGS
        for path in sorted(root.glob(f"{depth}{name}{ending}"))
    ]
    archives = sorted(path for path in root.glob("*") if is_archive(path) and path not in known)
    return [path for path in (*known, *archives) if path.is_file() and not _hidden(path, root)]


def _hidden(path, root):
    return any(map(_is_hidden, path.relative_to(root).parts))


def _is_hidden(part):
    return part.startswith("__MACOSX") or (part.startswith(".") and part != ".")


@lru_cache(maxsize=16)  # a packed archive is unpacked for it
def _members(path, changed):
    with _telling_damage(path):
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        else:
            with _open_tar(path) as (archive, _):
                names = [info.name for info in archive if info.isfile()]
    return [name for name in names if not any(map(_is_hidden, name.split("/")))]


@contextmanager
def _open_tar(path):
    """Give a tar to be read once from its start, and the stream that it is read from."""
    packed = path.name.lower().endswith(_PACKED_TARS)
    with (
        gzip.open(path) if packed else path.open("rb") as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        yield archive, stream


def _read_on(stream):
    """Read the rest, for a packed file tells only at its end whether it was damaged."""
    while stream.read(_BUFFER):
        pass


@contextmanager
def _telling_damage(path):
    try:
        yield
    except _DAMAGED as error:
        raise ValueError(
            f"Cannot read {path}: the file is damaged ({str(error).rstrip('.')}). Fetch it again."
        ) from error


def _unpacked_size(path):
    """Return what the last four bytes of a gzip file state; a wrong figure costs only memory."""
    if path.stat().st_size < 18:
        raise EOFError(f"it has {path.stat().st_size} bytes")
    with path.open("rb") as packed:
        packed.seek(-4, io.SEEK_END)
        return int.from_bytes(packed.read(), "little")
