"""Decoding: every format, every kind of recording, every reason for a refusal."""

import io
import os
import re
import socket
import tracemalloc
from time import perf_counter, sleep

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from skemotion import ReadImages, RecordingError
from skemotion.image._io import _webp_size, decode_image
from skemotion.image._plain import find_pixels


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(file, kind, **options)
    return file.getvalue()


def noise(*shape, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def luma(image):
    """Grey by the integer weights that BT.601 implementations share."""
    weights = np.array([19595, 38470, 7471])
    return ((image[:, :, :3].astype(int) @ weights + 0x8000) >> 16).astype(np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF"])
def test_lossless_formats_give_the_pixels(kind):
    colour = noise(20, 30, 3)
    data = encode(colour, kind, **({"lossless": True} if kind == "WEBP" else {}))
    np.testing.assert_array_equal(decode_image(data, "rgb"), colour)
    np.testing.assert_array_equal(decode_image(data), luma(colour))


def test_jpeg_and_gif():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(decode_image(encode(grey, "GIF")), grey)
    assert np.abs(decode_image(encode(grey, "JPEG", quality=95)).astype(int) - grey).max() < 12
    colour = encode(noise(16, 16, 3), "JPEG")
    stored = cv2.imdecode(np.frombuffer(colour, np.uint8), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(decode_image(colour), stored)


def test_odd_pixel_modes():
    grey16 = noise(8, 8, dtype=np.uint16)
    np.testing.assert_array_equal(decode_image(encode(grey16)), grey16 >> 8)
    np.testing.assert_array_equal(decode_image(encode(grey16, "TIFF")), grey16 >> 8)
    alpha = noise(8, 8, 4)
    np.testing.assert_array_equal(decode_image(encode(alpha), "rgb"), alpha[:, :, :3])
    np.testing.assert_array_equal(decode_image(encode(alpha)), luma(alpha))
    black_and_white = Image.fromarray(noise(8, 8)).convert("1")
    assert set(np.unique(decode_image(encode(black_and_white)))) == {0, 255}
    palette = Image.fromarray(noise(8, 8, 3)).quantize(16)
    expected = np.asarray(palette.convert("RGB"))
    data = encode(palette, transparency=bytes(range(16)))
    np.testing.assert_array_equal(decode_image(data, "rgb"), expected)
    floats = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    np.testing.assert_array_equal(
        decode_image(encode(floats, "TIFF")), np.round(floats * 255).astype(np.uint8)
    )
    cmyk = Image.fromarray(noise(8, 8, 3)).convert("CMYK")
    assert decode_image(encode(cmyk, "JPEG")).shape == (8, 8)


def test_yuv_is_that_of_jfif():
    colour = noise(16, 12, 3)
    red, green, blue = np.moveaxis(colour.astype(float), 2, 0)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    expected = np.stack([y, 128 + (blue - y) / 1.772, 128 + (red - y) / 1.402], axis=2)
    for recording in (colour, encode(colour), encode(noise(16, 12, 4)[:, :, :3])):
        read = decode_image(recording, "yuv")
        assert read.dtype == np.uint8
        if recording is colour:
            np.testing.assert_allclose(read, expected, atol=1.01)
            np.testing.assert_allclose(read[:, :, 0], decode_image(colour), atol=1)
    np.testing.assert_array_equal(decode_image(encode(colour), "yuv"), decode_image(colour, "yuv"))
    stored = encode(colour, "JPEG", subsampling=0, quality=95)
    np.testing.assert_array_equal(decode_image(stored, "yuv")[:, :, 0], decode_image(stored))
    grey = noise(16, 12)
    palette = Image.fromarray(colour).quantize(16)
    cmyk = Image.fromarray(colour).convert("CMYK")
    for recording in (grey, encode(grey), encode(grey, "JPEG", quality=100)):
        read = decode_image(recording, "yuv")
        np.testing.assert_array_equal(read[:, :, 0], decode_image(recording))
        assert (read[:, :, 1:] == 128).all()
    for recording in (encode(palette), encode(cmyk, "JPEG"), encode(noise(16, 12, 4))):
        assert decode_image(recording, "yuv").shape == (16, 12, 3)


@pytest.mark.parametrize("mode", ["grey", "rgb", "yuv"])
def test_reduced_jpeg_is_the_average_over_areas(mode):
    coarse = cv2.resize(noise(6, 8, 3), (320, 240), interpolation=cv2.INTER_CUBIC)
    photo = encode(coarse, "JPEG", quality=95, subsampling=0)
    whole = decode_image(photo, mode)
    reader = ReadImages(mode)
    assert (reader.transform([photo])[0] == whole).all()
    for least, factor in {
        (240, 320): 1,
        (121, 1): 1,
        (120, 160): 2,
        (48, 48): 4,
        (30, 40): 8,
    }.items():
        reduced = reader.set_params(reduce_to=least).transform([photo])[0]
        expected = cv2.resize(whole, (320 // factor, 240 // factor), interpolation=cv2.INTER_AREA)
        assert reduced.shape == expected.shape
        assert np.abs(reduced.astype(float) - expected).mean() < 1


def test_only_jpeg_is_reduced_and_small_pictures_stay():
    for recording in (encode(noise(90, 80)), noise(90, 80), encode(noise(47, 80), "JPEG")):
        whole = decode_image(recording)
        np.testing.assert_array_equal(decode_image(recording, reduce_to=(24, 24)), whole)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 100), st.integers(1, 100))
def test_reduced_pictures_are_large_enough(height, width, least_height, least_width):
    photo = encode(np.zeros((height, width), np.uint8), "JPEG")
    reduced = decode_image(photo, reduce_to=(least_height, least_width))
    assert reduced.shape[0] >= min(height, least_height)
    assert reduced.shape[1] >= min(width, least_width)


def test_a_turned_photo_is_reduced_by_its_upright_size():
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = encode(noise(60, 400), "JPEG", exif=exif)  # 400 x 60 upright
    assert decode_image(photo, reduce_to=(200, 30)).shape == (200, 30)
    assert decode_image(photo, reduce_to=(30, 200)).shape == (400, 60)


@pytest.mark.parametrize("reduce_to", [(48,), (0, 48), (48.0, 48), ()])
def test_reduce_to_is_a_size(reduce_to):
    sentence = (
        f"Expected reduce_to to be a height and a width in pixels, got {reduce_to!r}. "
        "Write for instance reduce_to=(48, 48)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        ReadImages(reduce_to=reduce_to).transform([noise(4, 4)])


def both_ways(data, mode, reduce_to):
    """Decode by the short way that plain files have, and by the long one."""
    with pytest.MonkeyPatch.context() as patch:
        short = decode_image(data, mode, reduce_to=reduce_to)
        patch.setattr("skemotion.image._io.find_pixels", lambda *_: None)
        return short, decode_image(data, mode, reduce_to=reduce_to)


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.booleans(),
    st.sampled_from(["grey", "rgb", "yuv"]),
    st.sampled_from([None, (1, 1), (9, 20), (200, 10)]),
    st.sampled_from(
        [
            ("PNG", {}),
            ("PNG", {"compress_level": 0, "dpi": (72, 72)}),
            ("JPEG", {}),
            ("JPEG", {"progressive": True, "quality": 95, "subsampling": 0}),
            ("JPEG", {"restart_marker_blocks": 1, "comment": b"plain"}),
        ]
    ),
)
def test_plain_files_take_a_short_way_to_the_same_pixels(
    height, width, colour, mode, reduce_to, written
):
    kind, options = written
    data = encode(noise(height, width, *((3,) if colour else ())), kind, **options)
    assert find_pixels(data, kind, "L")[0] == (width, height)
    short, long = both_ways(data, mode, reduce_to)
    np.testing.assert_array_equal(short, long)


def test_files_that_are_not_plain_take_the_long_way():
    exif = Image.Exif()
    exif[0x0112] = 1
    photo = Image.fromarray(noise(9, 9, 3))
    text = PngInfo()
    text.add_text("Title", "face")
    animated = {"save_all": True, "append_images": [photo.rotate(90)]}
    files = [
        ("PNG", encode(photo, exif=exif)),
        ("PNG", encode(photo, pnginfo=text)),
        ("PNG", encode(photo, **animated)),
        ("PNG", encode(photo.convert("RGBA"))),
        ("PNG", encode(photo.quantize(8))),
        ("PNG", encode(photo.convert("1"))),
        ("PNG", encode(photo, transparency=(1, 2, 3))),
        ("PNG", encode(noise(9, 9, dtype=np.uint16))),
        ("JPEG", encode(photo, "JPEG", exif=exif)),
        ("JPEG", encode(photo.convert("CMYK"), "JPEG")),
        ("WEBP", encode(photo, "WEBP")),
        ("GIF", encode(photo, "GIF")),
    ]
    for kind, data in files:
        assert find_pixels(data, kind, "L") is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_plain_files_that_are_cut_off_are_refused_as_ever(kind):
    data = encode(noise(20, 20), kind)
    for length in range(20, len(data) - 20, 7):
        with pytest.raises(ValueError, match=rf"^the {kind} is damaged or cut off "):
            decode_image(data[:length])
    header = bytearray(data)
    header[20] ^= 1  # in PNG the width, whose checksum is then wrong; in JPEG a table
    if kind == "PNG":
        with pytest.raises(ValueError, match=r"^the PNG is damaged or cut off "):
            decode_image(bytes(header))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation, kind):
    from PIL import ImageOps

    picture = Image.fromarray(np.kron(noise(2, 3), np.ones((16, 16), np.uint8)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(picture, kind, exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("L"))
    np.testing.assert_array_equal(decode_image(data), expected)


def test_the_first_frame_is_taken():
    frames = [Image.fromarray(np.full((64, 64), value, np.uint8)) for value in range(200)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data).tolist() == np.zeros((64, 64), int).tolist()


def test_kinds_of_recordings_agree(tmp_path):
    grey = noise(12, 10)
    data = encode(grey)
    path = tmp_path / "a.png"
    path.write_bytes(data)
    at_its_end = io.BytesIO(data)
    at_its_end.seek(0, os.SEEK_END)
    in_the_middle = io.BytesIO(data)
    in_the_middle.seek(9)
    with path.open("rb") as file:
        recordings = [str(path), path, data, bytearray(data), memoryview(data), at_its_end]
        recordings += [
            file,
            in_the_middle,
            grey,
            grey[:, :, None],
            grey.astype(int),
            grey / 255,
            grey.tolist(),
        ]
        for _ in range(2):  # file objects serve twice
            images = ReadImages().fit_transform(recordings)
            assert images.dtype == np.uint8
            assert (images == grey).all()
    assert (at_its_end.tell(), in_the_middle.tell()) == (len(data), 9)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["grey", "rgb"]))
def test_png_round_trip(height, width, mode):
    image = noise(height, width, 3) if mode == "rgb" else noise(height, width)
    np.testing.assert_array_equal(decode_image(encode(image), mode), image)


def _chunk_lie():
    return encode(noise(4, 4))[:33] + b"\x7f\xff\xff\xffIDAT" + b"abc"


REFUSED = {
    "empty": (b"", "it is empty (0 bytes). Copy it again from its source"),
    "one byte": (
        b"\x89",
        "it begins with b'\\x89' and is none of PNG, JPEG, WEBP, BMP, TIFF, GIF. Convert it to one "
        "of these",
    ),
    "text": (
        b"not a picture",
        "it begins with b'not a pictur' and is none of PNG, JPEG, WEBP, BMP, TIFF, GIF. Convert it "
        "to one of these",
    ),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "the file is a Git-LFS pointer, not an image. Run 'git lfs pull' in its repository",
    ),
    "truncated png": (
        encode(noise(48, 48))[:900],
        "the PNG is damaged or cut off (...). Copy it again from its source",
    ),
    "truncated jpeg": (
        encode(noise(48, 48), "JPEG")[:900],
        "the JPEG is damaged or cut off (...). Copy it again from its source",
    ),
    "chunk length lie": (
        _chunk_lie(),
        "the PNG is damaged or cut off (...). Copy it again from its source",
    ),
    "none": (
        None,
        "it is None, so it was missing from the start or an earlier step could not read it. Leave "
        "the row out, or set on_error='nan'",
    ),
    "number": (
        7,
        "expected a path, bytes, a binary file object or an array, got 7. Leave the row out, or "
        "give its picture",
    ),
    "text file object": (
        io.StringIO("text"),
        "the file object gives text, not bytes. Open it with mode 'rb'",
    ),
    "wrong shape": (
        np.zeros((4, 4, 7), np.uint8),
        "expected an image of shape (height, width) or (height, width, 1, 3 or 4), got (4, 4, 7). "
        "Pass a list of images",
    ),
    "no pixels": (
        np.zeros((0, 4), np.uint8),
        "expected at least one pixel, got an image of shape (0, 4)",
    ),
    "floats": (
        np.full((4, 4), 255.0),
        "expected floats in [0, 1], got float64 from 255.0 to 255.0. Convert the image to uint8",
    ),
    "nan": (
        np.full((4, 4), np.nan),
        "expected floats in [0, 1], got float64 from nan to nan. Convert the image to uint8",
    ),
    "integers": (
        np.full((4, 4), -1),
        "expected integers in [0, 255], got int64 from -1 to -1. Convert the image to uint8",
    ),
    "strings": (np.full((4, 4), "a"), "expected numbers, got an array of dtype <U1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_why(case):
    recording, reason = REFUSED[case]
    recordings = [noise(4, 4), recording]
    with pytest.raises(RecordingError) as caught:
        ReadImages().fit_transform(recordings)
    message = re.sub(r"cut off \(.+\)\.", "cut off (...).", str(caught.value))  # Pillow's words
    assert re.sub(r"^Cannot decode .* \(recording 1\): ", "", message) == f"{reason}."
    assert caught.value.row == 1


def test_refused_paths_are_named(tmp_path):
    (tmp_path / "text.png").write_text("not a picture")
    os.mkfifo(tmp_path / "pipe.png")
    cases = {
        "missing.png": "there is no such file. Check the path",
        ".": "it is a folder, not a file. Pass the paths of the pictures",
        "pipe.png": "it is a device or pipe, not a file. Pass the paths of the pictures",
        "text.png": "it begins with b'not a pictur' and is none of PNG, JPEG, WEBP, BMP, TIFF, "
        "GIF. Convert it to one of these",
    }
    for name, reason in cases.items():
        path = str(tmp_path / name)
        with pytest.raises(RecordingError) as caught:
            ReadImages().fit_transform([path])
        assert str(caught.value) == f"Cannot decode {path} (recording 0): {reason}."
        assert caught.value.recording == path


def test_a_stream_that_cannot_seek_is_read_once():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(encode(noise(6, 6)))
        theirs.shutdown(socket.SHUT_WR)
        with ours.makefile("rb") as stream:
            assert ReadImages().transform([stream]).shape == (1, 6, 6)


def test_a_photo_that_was_not_put_into_a_list():
    expected = (
        "Expected X to be a list of images, got an array of shape (48, 40, 3), which is one colour "
        "image. Put it into a list."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        ReadImages("rgb").transform(noise(48, 40, 3))


def header_png(width, height):
    import struct
    import zlib

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    pixels = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def header_webp(width, height):
    body = encode(noise(8, 8), "WEBP", lossless=True)[12:]
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    body = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + sides + body
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def test_sizes_in_webp_headers():
    frames = [Image.fromarray(noise(7, 9)), Image.fromarray(255 - noise(7, 9))]
    lossy = encode(frames[0], "WEBP", quality=50)
    lossless = encode(frames[0], "WEBP", lossless=True)
    animated = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    for kind, data in {b"VP8 ": lossy, b"VP8L": lossless, b"VP8X": animated}.items():
        assert data[12:16] == kind
        assert _webp_size(data) == (9, 7)


def header_jpeg(width, height):
    data = bytearray(encode(noise(8, 8), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def header_gif(width, height):
    data = bytearray(encode(noise(8, 8), "GIF"))
    data[6:10] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "width", "height"),
    [
        (header_png, 30000, 30000),
        (header_png, 16385, 1),
        (header_jpeg, 30000, 30000),
        (header_webp, 16383, 16383),
        (header_gif, 65535, 65535),
    ],
)
def test_bombs_are_refused_before_anything_is_decoded(make, width, height):
    bomb = make(width, height)
    decode_image(encode(noise(4, 4)))  # Pillow is loaded before the clock starts
    tracemalloc.start()
    start = perf_counter()
    with pytest.raises(RecordingError) as caught:
        ReadImages().transform([bomb])
    seconds, (_, peak) = perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(caught.value) == (
        f"Cannot decode {len(bomb)} bytes (recording 0): it has {width} x {height} pixels, "
        "expected at most 25,000,000 in all and 16,384 a side. Shrink it, or raise max_pixels."
    )
    assert seconds < 0.5
    assert peak < 5_000_000


def test_limits_are_parameters():
    photo = encode(noise(40, 40))
    assert ReadImages(max_pixels=1600).transform([photo]).shape == (1, 40, 40)
    with pytest.raises(RecordingError, match="it has 40 x 40 pixels, expected at most 1,599"):
        ReadImages(max_pixels=1599).transform([photo])
    with pytest.raises(RecordingError, match="it is larger than 80 bytes, the most that an image"):
        ReadImages(max_pixels=10).transform([io.BytesIO(photo)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("mode", ["grey", "rgb", "yuv"])
def test_the_smallest_picture(kind, mode):
    channels = () if mode == "grey" else (3,)
    assert decode_image(encode(noise(1, 1), kind), mode).shape == (1, 1, *channels)
    assert decode_image(encode(noise(1, 1, 3), kind), mode, reduce_to=(9, 9)).shape == (
        1,
        1,
        *channels,
    )


def test_cmyk_keeps_its_colours():
    colour = np.kron(noise(3, 4, 3), np.ones((16, 16, 1), np.uint8))
    for kind, options in (("JPEG", {"quality": 95}), ("TIFF", {})):
        data = encode(Image.fromarray(colour).convert("CMYK"), kind, **options)
        assert np.abs(decode_image(data, "rgb").astype(int) - colour).mean() < 4
        assert np.abs(decode_image(data).astype(int) - luma(colour)).mean() < 4


def test_16_bits_a_channel():
    """PNG of this kind, which Pillow cannot write, comes from scanners and phones."""
    colour = noise(7, 5, 3, dtype=np.uint16)
    for channels in (colour, np.dstack([colour, colour[:, :, :1]])):
        data = cv2.imencode(".png", channels[:, :, [2, 1, 0, 3][: channels.shape[2]]])[1].tobytes()
        read = decode_image(data, "rgb")
        np.testing.assert_array_equal(read, colour >> 8)
        np.testing.assert_array_equal(decode_image(data), luma(colour >> 8))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_the_first_of_several_frames(kind):
    frames = [Image.fromarray(np.full((12, 10), value, np.uint8)) for value in (0, 90, 200)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    for mode in ("grey", "rgb"):
        assert (decode_image(data, mode) == 0).all()


def test_a_bomb_within_the_limits_costs_no_more_than_its_pixels():
    bomb = header_png(1000, 999)  # a thousandth of its size
    assert len(bomb) < 2000
    decode_image(encode(noise(4, 4)))
    tracemalloc.start()
    assert decode_image(bomb).sum() == 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


class SlowFile(io.BytesIO):
    """A file that gives other threads time to move its position."""

    def read(self, *args):
        sleep(0.05)
        data = super().read(*args)
        sleep(0.05)
        return data


def test_one_file_object_in_several_rows_is_read_by_one_thread_at_a_time():
    file = SlowFile(encode(noise(6, 6)))
    images = ReadImages(n_jobs=2).transform([file] * 4)
    assert (images == noise(6, 6)).all()
