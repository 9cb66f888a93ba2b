"""Decode images that nobody vouches for."""

import os
import stat
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from threading import Lock

import numpy as np

from skemotion.image._opencv import decode_whole
from skemotion.image._plain import find_pixels

_LFS = b"version https://git-lfs.github.com/spec/"
_BYTES_A_PIXEL = 8  # the most an honest file needs: 16 bits in each of four channels
_READING = Lock()  # one file object may stand in several rows, read from several threads
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_MODES = {"grey": "L", "rgb": "RGB", "yuv": "YCbCr"}  # ours -> Pillow's
_PNG_TURNED = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")
_WITH_EXIF = {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}
_TURNS = {  # EXIF orientation -> what brings the picture upright
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: image.swapaxes(0, 1)[:, ::-1],
    7: lambda image: image.swapaxes(0, 1)[::-1, ::-1],
    8: lambda image: image.swapaxes(0, 1)[::-1],
}


def decode_image(
    recording,
    mode="grey",
    *,
    reduce_to=None,
    max_pixels=25_000_000,
    max_side=16384,
    decoder="pillow",
):
    """Decode one image.

    Files are PNG, JPEG, WEBP, BMP, TIFF or GIF, told by how they begin and decoded by Pillow; of
    several frames or pages the first is taken. The size is checked before anything is decoded. The
    EXIF orientation is applied, alpha is dropped, 16-bit grey loses its lower 8 bits.

    Parameters
    ----------
    recording : path-like, bytes, binary file object or ndarray
        File objects are read from their start and left at the position they had. Arrays are of
        shape (height, width) or (height, width, 1, 3 or 4): integers in [0, 255] or floats in
        [0, 1].
    mode : {"grey", "rgb", "yuv"}, default="grey"
        What to return. Grey is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B. YUV is the
        luma with the two colour differences, from 0 to 255 each, as JPEG files store them.
    reduce_to : tuple of int, default=None
        Least height and width of interest, in pixels. JPEG files are then decoded at a half, a
        quarter or an eighth of their size, as long as neither side falls below it; other
        recordings come whole.
    max_pixels : int, default=25_000_000
        Most pixels that are decoded.
    max_side : int, default=16384
        Greatest height and width that are decoded, in pixels.
    decoder : {"pillow", "opencv"}, default="pillow"
        What decodes small plain files, to the same pixels; all others are Pillow's.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3), dtype uint8
        It may be read-only, or `recording` itself.

    Raises
    ------
    ValueError
        With the reason, if it cannot be decoded.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.image._io import decode_image
    >>> decode_image(np.full((2, 2, 3), [1.0, 0.0, 0.0]))
    array([[76, 76],
           [76, 76]], dtype=uint8)
    >>> decode_image(b"hello")
    Traceback (most recent call last):
    ...
    ValueError: it begins with b'hello' and is none of PNG, JPEG, WEBP, BMP, TIFF, GIF. Convert it
    to one of these
    """
    if isinstance(recording, np.ndarray):
        return _from_array(recording, mode)
    data = _read(recording, max_pixels * _BYTES_A_PIXEL)
    name, cls = _sniff(data)
    if decoder == "opencv" and reduce_to is None:
        pixels = decode_whole(data, name, mode, max_pixels, max_side)
        if pixels is not None:
            return pixels
    plain = find_pixels(data, name, _MODES[mode], reduce_to)
    if plain:
        size, arguments = plain
        _check_size(size, max_pixels, max_side)
        with suppress(Exception):  # what follows says what is wrong
            return _to_array(_frombytes()(*arguments), mode)
    if name == "WEBP":  # its decoder reserves the whole canvas on opening
        _check_size(_webp_size(data), max_pixels, max_side)
    try:
        image = cls(BytesIO(data))
    except Exception as error:
        raise _damaged(name, error) from error
    _check_size(image.size, max_pixels, max_side)
    if name == "JPEG":  # luma and colour differences as stored: no way through RGB and back
        image.draft(_MODES[mode], _least_size(image, reduce_to))
    try:
        image.load()
        pixels = _to_array(image, mode)
    except Exception as error:
        raise _damaged(name, error) from error
    turn = _TURNS.get(_orientation(image))
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def inspect_image(data, max_pixels=25_000_000, max_side=16384):
    r"""Read the header of an image; nothing is decoded.

    Parameters
    ----------
    data : bytes
        A file.
    max_pixels : int, default=25_000_000
        Most pixels.
    max_side : int, default=16384
        Greatest height and width, in pixels.

    Returns
    -------
    name : str
        Of the format.
    width, height : int
        Of the image turned upright, in pixels.

    Raises
    ------
    ValueError
        With the reason, if it is none or too large.

    Examples
    --------
    >>> from skemotion.image._io import inspect_image
    >>> head = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR"
    >>> inspect_image(head + bytes([0, 0, 0, 4, 0, 0, 0, 2]))
    ('PNG', 4, 2)
    """
    _check_length(len(data), max_pixels * _BYTES_A_PIXEL)
    name, cls = _sniff(data)
    if name == "PNG" and data[12:16] == b"IHDR" and not any(tag in data for tag in _PNG_TURNED):
        size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        _check_size(size, max_pixels, max_side)
        return name, *size
    if name == "WEBP":  # its decoder reserves the whole canvas on opening
        _check_size(_webp_size(data), max_pixels, max_side)
    try:
        image = cls(BytesIO(data))
    except Exception as error:
        raise _damaged(name, error) from error
    _check_size(image.size, max_pixels, max_side)
    return name, *(image.size[::-1] if _orientation(image) in (5, 6, 7, 8) else image.size)


def _read(recording, limit):
    if isinstance(recording, str | os.PathLike):
        return _read_path(recording, limit)
    if isinstance(recording, bytes | bytearray | memoryview):
        data = bytes(recording)
    elif hasattr(recording, "read"):
        data = _read_file(recording, limit)
    else:
        raise TypeError(
            f"expected a path, bytes, a binary file object or an array, got {recording!r:.80}. "
            "Leave the row out, or give its picture"
        )
    _check_length(len(data), limit)
    return data


def _read_path(path, limit):
    try:
        descriptor = os.open(path, _FLAGS)  # without a buffer: half the time of open()
    except FileNotFoundError:
        raise ValueError("there is no such file. Check the path") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "a device or pipe"
            raise ValueError(f"it is {kind}, not a file. Pass the paths of the pictures")
        _check_length(facts.st_size, limit)
        data = os.read(descriptor, facts.st_size)
        while len(data) < facts.st_size and (more := os.read(descriptor, facts.st_size)):
            data += more
        return data
    finally:
        os.close(descriptor)


def _read_file(file, limit):
    with _READING:
        seekable = not hasattr(file, "seekable") or file.seekable()
        position = file.tell() if seekable else None
        if seekable:
            file.seek(0)
        data = file.read(limit + 1)
        if seekable:
            file.seek(position)
    if not isinstance(data, bytes):
        raise TypeError("the file object gives text, not bytes. Open it with mode 'rb'")
    return data


def _check_length(length, limit):
    if length == 0:
        raise ValueError("it is empty (0 bytes). Copy it again from its source")
    if length > limit:
        raise ValueError(
            f"it is larger than {limit:,} bytes, the most that an image of max_pixels can need. "
            "Shrink it, or raise max_pixels"
        )


def _check_size(size, max_pixels, max_side):
    width, height = size
    if width * height > max_pixels or max(width, height) > max_side:
        raise ValueError(
            f"it has {width} x {height} pixels, expected at most {max_pixels:,} in all and "
            f"{max_side:,} a side. Shrink it, or raise max_pixels"
        )


@lru_cache(maxsize=1)
def _frombytes():
    from PIL.Image import frombytes

    return frombytes


@lru_cache(maxsize=1)
def _formats():
    from PIL import (
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    # the classes and not Image.open, which tries many formats and warns before sizes are checked
    tiff = TiffImagePlugin.TiffImageFile
    return (
        (b"\x89PNG\r\n\x1a\n", "PNG", PngImagePlugin.PngImageFile),
        (b"\xff\xd8\xff", "JPEG", JpegImagePlugin.JpegImageFile),
        (b"RIFF", "WEBP", WebPImagePlugin.WebPImageFile),
        (b"BM", "BMP", BmpImagePlugin.BmpImageFile),
        (b"II*\x00", "TIFF", tiff),
        (b"MM\x00*", "TIFF", tiff),
        (b"GIF8", "GIF", GifImagePlugin.GifImageFile),
    )


def _sniff(data):
    """Return the name of the format, and Pillow's class for it."""
    for magic, name, cls in _formats():
        if data.startswith(magic) and (name != "WEBP" or data[8:12] == b"WEBP"):
            return name, cls
    if data.startswith(_LFS):
        raise ValueError(
            "the file is a Git-LFS pointer, not an image. Run 'git lfs pull' in its repository"
        )
    raise ValueError(
        f"it begins with {data[:12]!r} and is none of PNG, JPEG, WEBP, BMP, TIFF, GIF. "
        "Convert it to one of these"
    )


def _webp_size(data):
    """Return width and height from the header, for the three kinds of WebP."""
    kind = data[12:16]
    if kind == b"VP8X":
        pair = data[24:27], data[27:30]
        return tuple(int.from_bytes(part, "little") + 1 for part in pair)
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    pair = data[26:28], data[28:30]
    return tuple(int.from_bytes(part, "little") & 0x3FFF for part in pair)


def _least_size(image, reduce_to):
    """Return the least width and height as the file stores them, before it is turned upright."""
    if reduce_to is None:
        return None
    return reduce_to if _orientation(image) in (5, 6, 7, 8) else reduce_to[::-1]


def _to_array(image, mode):
    image.info.pop("transparency", None)  # dropped like any alpha, and convert() warns about it
    if image.mode.startswith("I;16"):
        return _from_array((np.asarray(image) >> 8).astype(np.uint8), mode)
    if image.mode in ("I", "F"):
        return _from_array(np.asarray(image), mode)
    if image.mode != _MODES[mode]:
        if mode == "yuv" and image.mode not in ("L", "RGB"):
            image = image.convert("RGB")
        image = image.convert(_MODES[mode])
    shape = (image.height, image.width) + (3,) * (mode != "grey")
    return np.frombuffer(image.tobytes(), np.uint8).reshape(shape)


def _orientation(image):
    """Return the EXIF orientation; metadata that cannot be read count as none."""
    if image.format != "TIFF" and not image.info.keys() & _WITH_EXIF:
        return 1
    try:
        return image.getexif().get(0x0112, 1)
    except Exception:
        return 1


def _from_array(image, mode):
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise ValueError(
            "expected an image of shape (height, width) or (height, width, 1, 3 or 4), got "
            f"{image.shape}. Pass a list of images"
        )
    if image.size == 0:
        raise ValueError(f"expected at least one pixel, got an image of shape {image.shape}")
    image = _to_uint8(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim == 2 and mode == "grey":
        return image
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
        if mode == "yuv":
            image[:, :, 1:] = 128
        return image
    image = image[:, :, :3]
    if mode == "rgb":
        return image
    from PIL import Image

    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).convert(_MODES[mode]))


def _to_uint8(image):
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind not in "iuf":
        raise TypeError(f"expected numbers, got an array of dtype {image.dtype}")
    lowest, highest = image.min(), image.max()
    top = 1 if image.dtype.kind == "f" else 255
    if not (lowest >= 0 and highest <= top):
        kind = "floats" if top == 1 else "integers"
        raise ValueError(
            f"expected {kind} in [0, {top}], got {image.dtype} from {lowest} to {highest}. "
            "Convert the image to uint8"
        )
    return np.round(image * (255 // top)).astype(np.uint8)


def _damaged(name, error):
    reason = f"{error}".rstrip(".") or type(error).__name__
    return ValueError(f"the {name} is damaged or cut off ({reason}). Copy it again from its source")
