"""Find and parse the rows of FER2013's tables in compiled code; needs numba.

It holds no lock of the interpreter, so that threads run side by side.
"""

from contextlib import suppress

import numba
import numpy as np

N_PIXELS = 48 * 48
_LONGEST = 4 * N_PIXELS  # bytes of a row of three-digit pixels, with what ends the last one
_NEWLINE, _RETURN, _SPACE, _COMMA, _ZERO = b"\n\r ,0"


def find_rows(block, before, after, pixels):
    """Return what :func:`skemotion.datasets._fer2013_text.find_rows` does.

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
    spans = np.empty((len(pixels), 4), dtype=np.int64)
    _parse_lines(np.frombuffer(block, dtype=np.uint8), before, after, pixels, spans)
    return spans


def _compiled(function):
    with suppress(RuntimeError):  # there is no folder that can be written to
        return numba.njit(function, cache=True, nogil=True)
    return numba.njit(function, nogil=True)


@_compiled
def _parse_row(text, row, padded, values):
    """Parse numbers from the start of `text`; return where they end, or 0 if not canonical.

    `values` takes at each byte the number that ends there, 0 at a space, and more than 255 where
    anything is not canonical. No branch depends on the text, so that many bytes go at once.
    """
    size = min(len(text), _LONGEST)
    for i in range(size):
        padded[i + 3] = text[i]
    _evaluate(padded[:size], padded[1:], padded[2:], padded[3:], values)
    n_found, end = 0, 1
    while n_found < N_PIXELS and end < size:
        row[n_found] = values[end - 1]  # until the number is whole
        n_found += text[end] < _ZERO
        end += 1
    if n_found == N_PIXELS:
        end -= 1
    elif n_found == N_PIXELS - 1 and size == len(text):  # no newline at the end of the file
        row[n_found] = values[size - 1]
    else:
        return 0
    largest = np.uint16(0)
    for i in range(end):
        largest |= values[i]
    return end if largest < 256 and text[end - 1] >= _ZERO else 0


@_compiled
def _evaluate(fourth, third, second, last, values):
    """Evaluate up to three digits at each byte; arithmetic in 16 bits is what gets vectorised."""
    for i in range(len(fourth)):
        a, b = np.uint16(fourth[i]), np.uint16(third[i])
        c, d = np.uint16(second[i]), np.uint16(last[i])
        digit_a, digit_b = np.uint16(a >= _ZERO), np.uint16(b >= _ZERO)
        digit_c, digit_d = np.uint16(c >= _ZERO), np.uint16(d >= _ZERO)
        number = (d & 15) + digit_c * (c & 15) * 10 + digit_b * digit_c * (b & 15) * 100
        strange = np.uint16(d > _ZERO + 9) + (1 - digit_d) * (np.uint16(d != _SPACE) + 1 - digit_c)
        too_long = digit_a * digit_b * digit_c * digit_d
        values[i] = np.uint16(digit_d * number + 256 * (strange + too_long))


@_compiled
def _parse_lines(text, before, after, pixels, spans):
    padded = np.full(3 + _LONGEST, _SPACE, dtype=np.uint8)
    values = np.empty(_LONGEST, dtype=np.uint16)
    start = 0
    for line in range(len(spans)):
        first = start
        n_commas = 0
        while n_commas < before and first < len(text) and text[first] != _NEWLINE:
            n_commas += text[first] == _COMMA
            first += 1
        n_read = _parse_row(text[first:], pixels[line], padded, values) if n_commas == before else 0
        last = end = first + n_read
        n_commas = 0
        while end < len(text) and text[end] != _NEWLINE:
            n_commas += text[end] == _COMMA
            end += 1
        end = min(end + 1, len(text))
        known = n_read and n_commas == after and _ends_well(text[last:end], after)
        spans[line, 0], spans[line, 3] = start, end
        spans[line, 1] = first if known else start
        spans[line, 2] = last if known else start
        start = end


@_compiled
def _ends_well(rest, after):
    """Tell whether what follows the pixels is further fields, or nothing but the line's end."""
    if after:
        return rest[0] == _COMMA
    strange = 0
    for byte in rest:
        strange += byte not in (_NEWLINE, _RETURN)
    return strange == 0
