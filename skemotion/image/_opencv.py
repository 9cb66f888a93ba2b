"""Small plain PNG and JPEG files through OpenCV, which begins sooner than Pillow.

OpenCV trusts what a file says of itself, so only files reach it whose container was walked from the
first to the last byte, and only those of which it makes the pixels that Pillow does.
"""

import re
from functools import lru_cache
from struct import Struct, error
from zlib import crc32

import numpy as np

_LARGE = 1 << 16  # bytes from which decoding itself takes the time, in which Pillow is no slower
_COLOURS = {"grey": 0, "rgb": 2}  # ours -> PNG's; others have to be converted
_PNG_START = Struct(">8x8sIIBB3s").unpack_from
_PNG_HEADER = b"\x00\x00\x00\x0dIHDR"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_CHUNK = Struct(">I4s").unpack_from
_CHECKSUM = Struct(">I").unpack_from
_SEGMENT = Struct(">HH").unpack_from
_FRAME = Struct(">BHHB").unpack_from
_FRAMES = {0xFFC0, 0xFFC1}  # baseline and extended
_SCAN = 0xFFDA
_SKIPPED = {0xFFC4, 0xFFDB, 0xFFFE, *range(0xFFE0, 0xFFF0)} - {0xFFE1}  # E1 is EXIF
_JPEG_END = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00]").search  # a zero says that 0xFF is part of the pixels


def decode_whole(data, kind, mode, max_pixels, max_side):
    """Decode a small file whose every byte is where it belongs.

    Parameters
    ----------
    data : bytes
        The file.
    kind : str
        Its format, told by how it begins.
    mode : {"grey", "rgb", "yuv"}
        What to return.
    max_pixels, max_side : int
        Most pixels in all and a side.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3), dtype uint8; or None
        The pixels that Pillow gives. None if they might be others, or something is unusual or
        wrong.
    """
    if len(data) >= _LARGE or mode not in _COLOURS or kind not in ("PNG", "JPEG"):
        return None
    try:
        size = _walk_png(data, _COLOURS[mode]) if kind == "PNG" else _walk_jpeg(data, mode)
    except (error, IndexError):  # it is cut off
        return None
    if size is None or size[0] * size[1] > max_pixels or max(size) > max_side or min(size) == 0:
        return None
    imdecode, flags, failure = _opencv()
    try:
        pixels = imdecode(np.frombuffer(data, np.uint8), flags[mode])
    except failure:
        return None
    return pixels if pixels is not None and pixels.shape[:2] == size else None


@lru_cache(maxsize=1)
def _opencv():
    import cv2

    flags = {"grey": cv2.IMREAD_GRAYSCALE, "rgb": cv2.IMREAD_COLOR_RGB}
    flags = {mode: flag | cv2.IMREAD_IGNORE_ORIENTATION for mode, flag in flags.items()}
    return cv2.imdecode, flags, cv2.error


def _walk_png(data, wanted):
    """Return height and width if there are 8-bit pixels in good order, and nothing else."""
    header, width, height, depth, colour, ways = _PNG_START(data)
    if header != _PNG_HEADER or depth != 8 or colour != wanted or ways != b"\x00\x00\x00":
        return None
    at = 8
    while at < len(data) - len(_PNG_END):
        length, name = _CHUNK(data, at)
        end = at + 8 + length
        if name != (b"IHDR" if at == 8 else b"IDAT"):
            return None
        if crc32(data[at + 4 : end]) != _CHECKSUM(data, end)[0]:
            return None
        at = end + 4
    return (height, width) if data[at:] == _PNG_END else None


def _walk_jpeg(data, mode):
    """Return height and width if one scan, without restarts, goes up to the last byte."""
    at, size = 2, None
    while True:
        marker, length = _SEGMENT(data, at)
        if marker in _SKIPPED:
            pass
        elif marker in _FRAMES and size is None:
            depth, *size, n_channels = _FRAME(data, at + 4)
            if depth != 8 or (n_channels != 3 and (n_channels != 1 or mode != "grey")):
                return None
        elif marker == _SCAN and size is not None:
            break
        else:
            return None
        at += 2 + length
    found = _MARKER(data, at + 2 + length)
    whole = found is not None and found.start() == len(data) - 2 and data.endswith(_JPEG_END)
    return tuple(size) if whole else None
