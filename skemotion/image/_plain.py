"""A short way to the pixels of the plainest PNG and JPEG files, as small faces mostly are.

Pillow's decoders do the work, as on the long way, but what it keeps of headers, and what it looks
for beside the pixels, takes as long as they do for a face of 48 x 48. Whatever is not plain here
takes the long way, and so does whatever fails: that one decides, and says what is wrong.
"""

import struct
from zlib import crc32

_PNG_KINDS = {0: "L", 2: "RGB"}  # colour type -> Pillow's mode
_PNG_HEADER = struct.pack(">I4s", 13, b"IHDR")
_PNG_SKIPPED = {b"gAMA", b"sRGB", b"pHYs", b"cHRM", b"tIME"}
_SOF = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive
_SOS, _EXIF = 0xDA, 0xE1
_JPEG_SKIPPED = {0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)} - {_EXIF}


def find_pixels(data, kind, mode, least=None):
    """Return what Pillow's decoder needs, where a file is plain.

    Parameters
    ----------
    data : bytes
        The file.
    kind : str
        Its format.
    mode : str
        Pillow's mode that is wanted.
    least : tuple of int, default=None
        Least height and width of interest, in pixels, to which JPEG files are reduced.

    Returns
    -------
    tuple or None
        Width and height, and arguments of :func:`PIL.Image.frombytes`. Plain are 8-bit grey or RGB
        without interlacing, text, metadata or transparency as PNG, and grey or colour without EXIF
        as JPEG. None for all other files.
    """
    try:
        if kind == "PNG":
            return _find_in_png(data)
        if kind == "JPEG":
            return _find_in_jpeg(data, mode, least)
    except (struct.error, IndexError):  # it is cut off
        pass
    return None


def _find_in_png(data):
    width, height, depth, colour, *ways = struct.unpack_from(">IIBBBBB", data, 16)
    mode = _PNG_KINDS.get(colour)
    if data[8:16] != _PNG_HEADER or depth != 8 or mode is None or ways != [0, 0, 0]:
        return None
    parts, at = [], 8
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if name == b"IDAT":  # its pixels have a checksum of their own
            parts.append(data[at + 8 : end])
        elif (name in _PNG_SKIPPED and not parts) or (name == b"IHDR" and at == 8):
            if struct.unpack_from(">I", data, end)[0] != crc32(data[at + 4 : end]):
                return None
        else:
            break
        at = end + 4
    if name != b"IEND" or min(width, height) == 0:
        return None
    size = width, height
    return size, (mode, size, b"".join(parts), "zip", mode, 0)


def _find_in_jpeg(data, mode, least):
    size, at = None, 2
    while True:
        mark, marker, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF or marker == _SOS:
            break
        if marker in _SOF and size is None:
            depth, height, width, n_channels = struct.unpack_from(">BHHB", data, at + 4)
            size = (width, height)
            if depth != 8 or min(size) == 0 or n_channels not in (1, 3):
                return None
        elif marker not in _JPEG_SKIPPED:
            return None
        at += 2 + length
    if mark != 0xFF or size is None:
        return None
    mode = "L" if n_channels == 1 else mode
    scale = 1 if least is None else min(width // least[1], height // least[0], 8)
    scale = 1 << max(scale, 1).bit_length() - 1  # 8, 4, 2 or 1
    reduced = -(-width // scale), -(-height // scale)
    return size, (mode, reduced, data, "jpeg", mode, "", scale)
