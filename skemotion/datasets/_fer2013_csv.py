"""Read FER2013's tables: 48 x 48 pixels a row, as text."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skemotion._cache import RecordingCache
from skemotion._config import cache_folder
from skemotion._describe import code_version
from skemotion._table_cache import describe_source
from skemotion.datasets import _fer2013_text as plain
from skemotion.datasets._faults import LFS_START
from skemotion.datasets._fer2013_tables import open_table

SIDE = 48
N_PIXELS = SIDE * SIDE
TABLES = ("fer2013.csv", "icml_face_data.csv", "train.csv")
USAGES = ("Training", "PublicTest", "PrivateTest")
_BLOCK = 1 << 17  # bytes of text parsed at once: the intermediate arrays stay in the cache
_COMPILED_BLOCK = 1 << 18  # it has none
_LARGE = 1 << 25  # bytes of text for which importing numba pays
_N_THREADS = 2  # more would wait for the thread that reads
_SHORTEST = 2 * N_PIXELS  # bytes of a row of one-digit pixels
_BLANK = {"pixels": b" ".join([b"0"] * N_PIXELS), "emotion": b"0", "usage": USAGES[0].encode()}
_MANY = 1 << 12  # rows of which the cache keeps a copy
_LONGEST_SHOWN = 20  # characters of a field that is not understood
_PARTS = {usage.encode(): part for part, usage in enumerate(USAGES)}


class Faces(NamedTuple):
    """The rows of a table.

    Parameters
    ----------
    images : ndarray of uint8 of shape (n_rows, 48, 48)
        Grey values.
    codes : ndarray of uint8 of shape (n_rows,)
        Emotions, 0 to 6.
    usages : ndarray of str of shape (n_rows,)
        Parts of the official split; ``"Training"`` where the table has no such column.
    faults : dict of int to str
        Row from 0 -> what is wrong with it. It keeps its place, with a black picture, the emotion 0
        or the part ``"Training"`` in place of what cannot be read.
    """

    images: np.ndarray
    codes: np.ndarray
    usages: np.ndarray
    faults: dict


def read_faces(path, member=None, n_codes=7):
    """Read a table of FER2013.

    The text is read in blocks; the images are filled in place, so that memory holds them once.
    Large tables are parsed by compiled code in two threads where numba is installed, others by
    NumPy; the result is the same. Where ``$SKEMOTION_CACHE`` is set, a copy of large tables without
    faults is kept there.

    Parameters
    ----------
    path : path-like
        A ``.csv`` or ``.csv.gz`` file with the columns `emotion`, `pixels` and mostly `Usage`, in
        any order, or an archive that holds one.
    member : str, default=None
        Name of the table within a ``.zip``, ``.tar``, ``.tar.gz`` or ``.tgz`` file.
    n_codes : int, default=7
        Number of emotions; other tables of this form have eight.

    Returns
    -------
    Faces

    Raises
    ------
    ValueError
        If the file is damaged or a column is missing. A row that does not hold 2,304 pixels from 0
        to 255, a known emotion and a known part is one of `faults`.
    """
    path, folder = Path(path), cache_folder()
    if folder is None:
        return _read(path, member, n_codes)
    cache = RecordingCache(folder).tables
    wanted = path, f"{member} {n_codes}", code_version(Faces)
    source = describe_source(*wanted)
    kept = cache.get(source)
    if kept is not None:
        return Faces(*kept, {})
    faces = _read(path, member, n_codes)
    if len(faces.codes) >= _MANY and not faces.faults and describe_source(*wanted) == source:
        cache.put(source, [faces.images, faces.codes, faces.usages])
    return faces


def count_rows(path, member=None):
    """Return the number of rows below the header of a table, whatever they hold."""
    with open_table(Path(path), member) as (stream, _):
        return sum(not line.isspace() for line in stream) - 1


def _read(path, member, n_codes):
    with open_table(path, member) as (stream, size):
        name = Path(member or path).name.removesuffix(".gz")
        table = _Table(name, stream.readline(), size, n_codes)
        for rows in _rows(stream, size, table):
            table.add(*rows)
    return table.faces()


def _rows(stream, size, table):
    """Yield blocks of whole lines, their pixels, and where the rows are in them."""
    compiled = _compiled() if size >= _LARGE else None
    if compiled is None:
        for block in _blocks(stream, _BLOCK):
            pixels = table.room(block)
            yield block, pixels, plain.find_rows(block, table.before, table.after, pixels)
        return
    waiting = deque()
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for block in _blocks(stream, _COMPILED_BLOCK):
            pixels = table.room(block)
            job = pool.submit(compiled.find_rows, block, table.before, table.after, pixels)
            waiting.append((block, pixels, job))
            if len(waiting) > 2 * _N_THREADS:
                block, pixels, job = waiting.popleft()
                yield block, pixels, job.result()
        for block, pixels, job in waiting:
            yield block, pixels, job.result()


def _blocks(stream, size):
    while block := stream.read(size):
        yield block if block.endswith(b"\n") else block + stream.readline()


def _compiled():
    """Return the module of compiled code; None where there is no compiler."""
    try:
        import numba
    except ImportError:
        return None
    if numba.config.DISABLE_JIT:
        return None
    from skemotion.datasets import _fer2013_compiled

    return _fer2013_compiled


class _Table:
    """The rows of a table as they come."""

    def __init__(self, name, header, size, n_codes):
        self.known_codes = {str(code).encode(): code for code in range(n_codes)}
        self.columns = _columns(name, header)
        self.before = self.columns.index("pixels")
        self.after = len(self.columns) - self.before - 1
        # the largest number of rows there can be: memory that no row fills is never touched
        self.pixels = np.empty((size // _SHORTEST + 1, N_PIXELS), dtype=np.uint8)
        self.n_lines = 0  # for which there is room
        self.codes, self.parts, self.faults = [], [], {}
        self._seen = {}  # what stands beside the pixels -> code, part and fault

    def room(self, block):
        """Return where the pixels of a block go: their place, as long as no line is empty."""
        n_lines = block.count(b"\n") + (not block.endswith(b"\n"))
        start, self.n_lines = self.n_lines, self.n_lines + n_lines
        if self.n_lines > len(self.pixels):
            return np.empty((n_lines, N_PIXELS), dtype=np.uint8)
        return self.pixels[start : self.n_lines]

    def add(self, block, pixels, spans):
        """Add the lines of a block; those whose pixels are not parsed are read with care."""
        n_rows, kept = len(self.codes), []
        for line, (start, first, last, end) in enumerate(spans.tolist()):
            if first < last:
                beside = block[start:first], block[last:end]
                if beside not in self._seen:
                    self._seen[beside] = self._labels(self._split(b"".join(beside)))
                self._append(*self._seen[beside])
            elif block[start:end].isspace():
                continue
            else:
                pixels[line] = self._read(block[start:end])
            kept.append(line)
        end = n_rows + len(kept)
        if end > len(self.pixels):
            self.pixels = np.concatenate([self.pixels, np.empty((end, N_PIXELS), np.uint8)])
        # pixels in their place already are not copied
        self.pixels[n_rows:end] = pixels if len(kept) == len(pixels) else pixels[kept]

    def faces(self):
        self.pixels.resize((len(self.codes), N_PIXELS), refcheck=False)  # gives the rest back
        images = self.pixels.reshape(-1, SIDE, SIDE)
        codes, parts = (np.array(values, dtype=np.uint8) for values in (self.codes, self.parts))
        return Faces(images, codes, np.array(USAGES)[parts], self.faults)

    def _append(self, code, part, fault):
        if fault:
            self.faults[len(self.codes)] = fault
        self.codes.append(code)
        self.parts.append(part)

    def _split(self, line):
        """Split from both ends: a search through the pixels would take as long as parsing them."""
        fields = line.rstrip(b"\r\n").split(b",", self.before)
        return fields[:-1] + fields[-1].rsplit(b",", self.after)

    def _labels(self, fields):
        """Return the code, the part, and what is wrong with them or None."""
        fields = dict(zip(self.columns, fields, strict=True))
        emotion, usage = fields["emotion"], fields.get("usage", _BLANK["usage"])
        code, part = self.known_codes.get(_bare(emotion)), _PARTS.get(_bare(usage))
        fault = None
        if code is None:
            last = len(self.known_codes) - 1
            fault = f"it has the emotion {_shown(emotion)}, expected 0 to {last}"
        elif part is None:
            fault = f"it has the Usage {_shown(usage)}, expected {', '.join(USAGES)}"
        return code or 0, part or 0, fault

    def _read(self, line):
        """Read one row with care: other white space and quotes pass, all else is named."""
        fields, wrong = self._split(line), None
        if len(fields) != len(self.columns):
            expected = f"{len(self.columns)} ({', '.join(self.columns)})"
            wrong = f"it has {len(fields)} fields, expected {expected}"
            fields = [_BLANK.get(column, b"") for column in self.columns]
        pixels = np.zeros(N_PIXELS, dtype=np.uint8)
        values = _bare(fields[self.before]).split()
        strange = [v for v in values if not v.isdigit() or len(v) > 9 or int(v) > 255]
        if len(values) != N_PIXELS:
            wrong = f"it has {len(values)} pixels, expected {N_PIXELS} ({SIDE} x {SIDE})"
        elif strange:
            wrong = f"it has the pixel {_shown(strange[0])}, expected 0 to 255"
        else:
            pixels = np.array(values).astype(np.uint8)
        code, part, fault = self._labels(fields)
        self._append(code, part, wrong or fault)
        return pixels


def _bare(text):
    return text.strip(b'" ')


def _shown(text):
    return repr(text.decode("latin-1")[:_LONGEST_SHOWN])


def _columns(name, header):
    if header.startswith(LFS_START):
        raise ValueError(
            f"Expected {name} to be a table, got a Git-LFS pointer. "
            "Run 'git lfs pull' in its repository."
        )
    text = header.decode("utf-8-sig", errors="replace")
    columns = [column.strip().strip('"').lower() for column in text.split(",")]
    missing = {"emotion", "pixels"} - set(columns)
    if missing:
        raise ValueError(
            f"Expected {name} to have the columns emotion and pixels, got {text.strip()[:80]!r}. "
            "Name fer2013.csv, icml_face_data.csv or train.csv."
        )
    return columns
