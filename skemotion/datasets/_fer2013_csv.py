"""Read FER2013's tables: 48 x 48 pixels a row, as text."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from skemotion.datasets._faults import LFS_START
from skemotion.datasets._fer2013_tables import open_table

SIDE = 48
N_PIXELS = SIDE * SIDE
TABLES = ("fer2013.csv", "icml_face_data.csv", "train.csv")
USAGES = ("Training", "PublicTest", "PrivateTest")
_BLOCK = 1 << 17  # bytes of text parsed at once: the intermediate arrays stay in the cache
_SHORTEST = 2 * N_PIXELS  # bytes of a row of one-digit pixels
_BLACK = b" ".join([b"0"] * N_PIXELS)
_LONGEST_SHOWN = 20  # characters of a field that is not understood
_USAGES = {usage.encode(): usage for usage in USAGES}


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
    path = Path(path)
    with open_table(path, member) as (stream, size):
        table = _Table(
            Path(member or path).name.removesuffix(".gz"), stream.readline(), size, n_codes
        )
        while lines := stream.readlines(_BLOCK):
            table.add([line for line in lines if not line.isspace()])
    return table.faces()


def count_rows(path, member=None):
    """Return the number of rows below the header of a table, whatever they hold."""
    with open_table(Path(path), member) as (stream, _):
        return sum(not line.isspace() for line in stream) - 1


class _Table:
    """The rows of a table as they come."""

    def __init__(self, name, header, size, n_codes):
        self.name = name
        self.known_codes = {str(code).encode(): code for code in range(n_codes)}
        self.columns = _columns(name, header)
        self.n_rows = 0
        # the largest number of rows there can be: memory that no row fills is never touched
        self.pixels = np.empty((size // _SHORTEST + 1, N_PIXELS), dtype=np.uint8)
        self.codes, self.usages, self.faults = [], [], {}

    def add(self, lines):
        rows = [self._split(line) for line in lines]
        for number, row in enumerate(rows):
            if len(row) != len(self.columns):
                expected = f"{len(self.columns)} ({', '.join(self.columns)})"
                self._fault(number, f"it has {len(row)} fields, expected {expected}")
                blank = {"pixels": _BLACK, "emotion": b"0", "usage": USAGES[0].encode()}
                rows[number] = [blank.get(column, b"") for column in self.columns]
        if not rows:
            return
        fields = dict(zip(self.columns, zip(*rows, strict=True), strict=True))
        end = self.n_rows + len(rows)
        if end > len(self.pixels):
            self.pixels = np.concatenate([self.pixels, np.empty_like(self.pixels)])
        self.pixels[self.n_rows : end] = self._pixels(fields["pixels"])
        expected = f"0 to {len(self.known_codes) - 1}"
        self.codes += self._known(fields["emotion"], self.known_codes, "the emotion", expected)
        if "usage" in fields:
            self.usages += self._known(fields["usage"], _USAGES, "the Usage", ", ".join(USAGES))
        self.n_rows = end

    def faces(self):
        self.pixels.resize((self.n_rows, N_PIXELS), refcheck=False)  # gives the rest back
        images = self.pixels.reshape(-1, SIDE, SIDE)
        usages = np.array(self.usages or ["Training"] * self.n_rows, dtype=str)
        return Faces(images, np.array(self.codes, dtype=np.uint8), usages, self.faults)

    def _split(self, line):
        """Split from both ends: a search through the pixels would take as long as parsing them."""
        before = self.columns.index("pixels")
        fields = line.rstrip(b"\r\n").split(b",", before)
        return fields[:-1] + fields[-1].rsplit(b",", len(self.columns) - before - 1)

    def _pixels(self, texts):
        pixels = _parse(texts)
        if pixels is not None:
            return pixels
        return np.array([self._row(number, text) for number, text in enumerate(texts)])

    def _row(self, number, text):
        """Parse one row with care: other white space and quotes pass, all else is named."""
        values = text.strip(b'" ').split()
        if len(values) != N_PIXELS:
            what = f"{len(values)} pixels, expected {N_PIXELS} ({SIDE} x {SIDE})"
        else:
            strange = [v for v in values if not v.isdigit() or len(v) > 9 or int(v) > 255]
            if not strange:
                return np.array(values).astype(np.uint8)
            what = f"the pixel {_shown(strange[0])}, expected 0 to 255"
        self._fault(number, f"it has {what}")
        return np.zeros(N_PIXELS, dtype=np.uint8)

    def _known(self, texts, known, what, expected):
        values = [known.get(text.strip(b'" ')) for text in texts]
        if None in values:
            first = next(iter(known.values()))
            for number, value in enumerate(values):
                if value is None:
                    values[number] = first
                    got = _shown(texts[number])
                    self._fault(number, f"it has {what} {got}, expected {expected}")
        return values

    def _fault(self, number, what):
        self.faults.setdefault(self.n_rows + number, what)


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


def _parse(texts):
    """Parse rows of pixels at once; None if they are not all canonical.

    At each byte the number that ends there is computed from up to three digits; those before a
    space are taken. Space & 15 is 0, so that a space before a digit counts as no tens.
    """
    text = np.frombuffer(b"   %b " % b" ".join(texts), dtype=np.uint8)
    is_digit = text > ord(" ")
    ends = np.flatnonzero(~is_digit[3:])  # of the numbers, exclusive, less the three spaces
    if len(ends) != len(texts) * N_PIXELS or text.max() > ord("9") or text.min() < ord(" "):
        return None
    steps = ends[1:] - ends[:-1]  # a number and a space
    row_ends = np.cumsum([len(row) + 1 for row in texts]) - 1
    if (
        not 1 <= ends[0] <= 3
        or steps.min() < 2
        or steps.max() > 4
        or np.count_nonzero(text < ord("0")) != len(ends) + 3
        or not np.array_equal(ends[N_PIXELS - 1 :: N_PIXELS], row_ends)
    ):
        return None
    digits = text & 15
    low = digits[1:-1] * np.uint8(10)
    low += digits[2:]
    values = (digits[:-2] * is_digit[1:-1]) * np.uint16(100)
    values += low
    pixels = values.take(ends)
    return None if pixels.max() > 255 else pixels.reshape(len(texts), N_PIXELS)
