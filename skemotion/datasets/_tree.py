"""The files of a dataset: in a folder, in archives that lie in it, or in one archive."""

import io
import os
import tarfile
import zipfile
from functools import lru_cache
from pathlib import Path

ARCHIVES = (".zip", ".tar")
_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
# zipfile raises RuntimeError where a password is needed or a compression is not known
_DAMAGED = (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError)


class Tree:
    """The files under a folder, hidden ones left out, or in an archive.

    Archives (zip, uncompressed tar) that lie in the folder count as folders, after the others:
    ``speech.zip/Actor_01/a.wav`` is the member ``Actor_01/a.wav`` of ``speech.zip``.

    Parameters
    ----------
    root : Path
        The folder, or the archive. Links to folders are followed; each folder is read once.

    Attributes
    ----------
    paths : list of str
        Paths relative to `root`, with ``/``, sorted; those in archives last.
    faults : list of (str, str)
        Folders and archives that cannot be read, and why.
    packed : list of str
        Archives of a kind that is not read.
    """

    def __init__(self, root):
        self.root = Path(root)
        self.faults = []
        self.packed = []
        if self.root.is_dir():
            loose = sorted(self._walk())
            inside = [name for name in loose if name.lower().endswith(ARCHIVES)]
            self.paths = loose if not inside else [n for n in loose if n not in set(inside)]
            for name in inside:
                self.paths += [f"{name}/{member}" for member in self._members(name)]
            self.packed = [name for name in loose if name.lower().endswith(_PACKED)]
        else:
            self.paths = self._members("")

    def _walk(self):
        seen = set()
        for folder, folders, names in os.walk(
            self.root, followlinks=True, onerror=self._unreadable
        ):
            real = os.path.realpath(folder)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(name for name in folders if not _hidden(name))
            prefix = self._relative(folder)
            yield from (prefix + name for name in names if not _hidden(name))

    def _unreadable(self, error):
        name = self._relative(error.filename).rstrip("/") or "."
        self.faults.append((name, f"the folder cannot be read ({error.strerror})"))

    def _relative(self, folder):
        inside = os.path.relpath(folder, self.root).replace(os.sep, "/")
        return "" if inside == "." else f"{inside}/"

    def _members(self, name):
        path = self.root / name if name else self.root
        try:
            names = _index(*_identity(path))[1]
        except _DAMAGED as error:
            self.faults.append((name or path.name, f"the archive is damaged ({error})"))
            return []
        return sorted(n for n in names if not any(_hidden(part) for part in n.split("/")))

    def recording(self, path):
        """Return what the readers of media take for one of the paths: see :func:`locate`."""
        return locate(self.root, path)

    def read_bytes(self, path):
        """Return the content of a file."""
        found = locate(self.root, path)
        return found.read() if isinstance(found, Member) else Path(found).read_bytes()

    def read_text(self, path, encoding="utf-8-sig"):
        """Return the text of a file; ValueError with its name if it has another encoding."""
        try:
            return self.read_bytes(path).decode(encoding)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"Expected {self.root / path} to be a text in {encoding.removesuffix('-sig')}, got "
                f"the byte {error.object[error.start]:#04x} at position {error.start}. "
                "Save it in that encoding."
            ) from error

    def find(self, name):
        """Return the path of the file of that name, the one least deep, or None."""
        wanted = name.lower()
        found = [path for path in self.paths if path.rsplit("/", 1)[-1].lower() == wanted]
        return min(found, key=lambda path: path.count("/"), default=None)


class Member(io.RawIOBase):
    """A file in an archive, read when it is needed; its content is let go when it is rewound.

    Parameters
    ----------
    archive : path-like
        The zip or tar file.
    member : str
        Name of the file in it.
    """

    def __init__(self, archive, member):
        super().__init__()
        self.archive, self.member = str(archive), member
        self.name = f"{self.archive}/{member}"
        self._content = None

    def __reduce__(self):
        return type(self), (self.archive, self.member)

    def __repr__(self):
        return f"Member({self.archive!r}, {self.member!r})"

    @property
    def size(self):
        """Return the number of bytes, which the archive states."""
        return _index(*_identity(self.archive))[1][self.member][1]

    def readable(self):
        """Return True."""
        return True

    def seekable(self):
        """Return True."""
        return True

    def readinto(self, buffer):
        """Read bytes into a buffer."""
        return self._stream().readinto(buffer)

    def tell(self):
        """Return the position."""
        return 0 if self._content is None else self._content.tell()

    def seek(self, offset, whence=io.SEEK_SET):
        """Go to a position; to the start means that the content can be let go."""
        if offset == 0 and whence == io.SEEK_SET:
            self._content = None
            return 0
        return self._stream().seek(offset, whence)

    def _stream(self):
        if self._content is None:
            try:
                self._content = io.BytesIO(_read(self.archive, self.member))
            except _DAMAGED as error:
                raise ValueError(f"the archive {self.archive} is damaged ({error})") from error
        return self._content


def locate(root, path):
    """Return a file of a tree: its path, or a :class:`Member` if it lies in an archive.

    Parameters
    ----------
    root : path-like
        The folder, or the archive.
    path : str
        Relative to it, with ``/``.

    Returns
    -------
    str or Member

    Examples
    --------
    >>> from skemotion.datasets._tree import locate
    >>> locate("corpus", "Actor_01/a.wav")
    'corpus/Actor_01/a.wav'
    >>> locate("corpus", "speech.zip/Actor_01/a.wav")
    Member('corpus/speech.zip', 'Actor_01/a.wav')
    """
    root, path = str(root), str(path)
    if root.lower().endswith(ARCHIVES) and os.path.isfile(root):
        return Member(root, path)
    parts = path.split("/")
    for depth, part in enumerate(parts[:-1], start=1):
        if part.lower().endswith(ARCHIVES):
            archive = os.path.join(root, *parts[:depth])
            if not os.path.isdir(archive):
                return Member(archive, "/".join(parts[depth:]))
    return os.path.join(root, path)


def size_of(recording):
    """Return the size in bytes of a path or a :class:`Member`; OSError if it is not there."""
    if not isinstance(recording, Member):
        return os.stat(recording).st_size
    try:
        return recording.size
    except KeyError as error:
        raise FileNotFoundError(recording.name) from error


def start_of(recording, n_bytes):
    """Return the first bytes of a path or a :class:`Member`."""
    if isinstance(recording, Member):
        content = recording.read(n_bytes)
        recording.seek(0)
        return content
    with open(recording, "rb") as file:
        return file.read(n_bytes)


def _hidden(name):
    return name.startswith((".", "__MACOSX"))


def _identity(path):
    return str(path), os.stat(path).st_mtime_ns


@lru_cache(maxsize=64)
def _index(path, changed):
    """Return the open zip (None for a tar), and name -> (where it is, size) of its files."""
    if path.lower().endswith(".zip"):
        archive = zipfile.ZipFile(path)  # reading from it is safe in threads
        return archive, {i.filename: (i, i.file_size) for i in archive.infolist() if not i.is_dir()}
    with tarfile.open(path, "r:") as archive:
        files = [info for info in archive.getmembers() if info.isfile()]
        return None, {info.name.removeprefix("./"): (info.offset_data, info.size) for info in files}


def _read(path, member):
    archive, files = _index(*_identity(path))
    where, size = files[member]
    if archive is not None:
        return archive.read(where)
    with open(path, "rb") as file:
        file.seek(where)
        return file.read(size)
