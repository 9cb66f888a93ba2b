"""Find and parse the rows of FER2013's tables with NumPy, in one thread.

It defines what :mod:`._fer2013_compiled` gives, and stands in for it where numba is missing.
"""

import io

import numpy as np

N_PIXELS = 48 * 48


def find_rows(block, before, after, pixels):
    """Find the rows of a block of text and parse their pixels.

    A row is canonical if it has as many fields as expected, and its pixels are numbers of one to
    three digits up to 255 with one space between each.

    Parameters
    ----------
    block : bytes
        Whole lines.
    before, after : int
        Number of fields before and after the pixels.
    pixels : ndarray of uint8 of shape (n_lines, 2304)
        Is filled with the grey values; undefined where a row is not canonical.

    Returns
    -------
    spans : ndarray of int64 of shape (n_lines, 4)
        Where a line, its pixels, what follows them, and the next line start. The first three are
        equal where a row is not canonical.
    """
    lines = io.BytesIO(block).readlines()
    spans = np.array([_pixels_within(line, before, after) for line in lines])
    texts = [line[first:last] for line, (first, last) in zip(lines, spans.tolist(), strict=True)]
    good = np.flatnonzero(spans[:, 1])
    parsed = parse([texts[row] for row in good]) if len(good) else None
    if parsed is not None:
        pixels[good] = parsed
    else:  # one by one, to find those that are not canonical
        for row in good:
            one = parse([texts[row]])
            if one is None:
                spans[row] = 0
            else:
                pixels[row] = one
    ends = np.cumsum([len(line) for line in lines])
    starts = ends - [len(line) for line in lines]
    return np.column_stack([starts, starts + spans[:, 0], starts + spans[:, 1], ends])


def parse(texts):
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


def _pixels_within(line, before, after):
    """Return where the pixels start and end by commas from both ends; 0, 0 if there are too few."""
    first, last = 0, len(line.rstrip(b"\r\n"))
    for _ in range(before):
        first = line.find(b",", first) + 1
        if not first:
            return 0, 0
    for _ in range(after):
        last = line.rfind(b",", first, last)
        if last < 0:
            return 0, 0
    return first, last
