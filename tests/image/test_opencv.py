"""Decoding by OpenCV: the pixels that Pillow gives, and nothing else reaches it."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from skemotion import ReadImages, RecordingError, load_dataset
from skemotion.image import _opencv
from skemotion.image._opencv import decode_whole

LIMITS = 25_000_000, 16_384
MODES = ["grey", "rgb", "yuv"]


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(file, kind, **options)
    return file.getvalue()


def noise(*shape, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def both(data, mode="grey", **options):
    """Return what the two decoders make of a file: pixels, or the words of the error."""
    outcomes = []
    for decoder in ("pillow", "opencv"):
        try:
            outcomes.append(ReadImages(mode, decoder=decoder, **options).transform([data])[0])
        except RecordingError as error:
            outcomes.append(str(error))
    return outcomes


def is_taken(data, mode="grey"):
    return decode_whole(data, "PNG" if data[:1] == b"\x89" else "JPEG", mode, *LIMITS) is not None


PLAIN = [
    ("PNG", {}),
    ("PNG", {"compress_level": 0}),
    ("JPEG", {}),
    ("JPEG", {"quality": 95, "subsampling": 0}),
    ("JPEG", {"optimize": True, "comment": b"plain"}),
]


@given(st.integers(1, 90), st.integers(1, 90), st.booleans(), st.sampled_from(PLAIN))
def test_the_same_pixels(height, width, colour, written):
    kind, options = written
    data = encode(noise(height, width, *((3,) if colour else ())), kind, **options)
    assert is_taken(data, "rgb" if colour else "grey") == (len(data) < 65536)
    for mode in MODES:
        np.testing.assert_array_equal(*both(data, mode))


def test_what_opencv_writes_is_taken():
    for shape in ((48, 48), (48, 48, 3), (120, 120)):
        for suffix in (".png", ".jpg"):
            data = cv2.imencode(suffix, noise(*shape))[1].tobytes()
            mode = "grey" if len(shape) == 2 else "rgb"
            assert is_taken(data, mode)
            np.testing.assert_array_equal(*both(data, mode))


def unusual():
    exif = Image.Exif()
    exif[0x0112] = 6
    text = PngInfo()
    text.add_text("Title", "face")
    photo = Image.fromarray(noise(30, 40, 3))
    grey = photo.convert("L")
    png, jpeg = encode(grey), encode(grey, "JPEG")
    return {
        "large": encode(noise(300, 300)),
        "text": encode(grey, pnginfo=text),
        "colour in grey": encode(photo),
        "alpha": encode(photo.convert("RGBA")),
        "palette": encode(photo.quantize(8)),
        "16 bits": encode(noise(9, 9, dtype=np.uint16)),
        "animated": encode(grey, save_all=True, append_images=[grey.rotate(90)]),
        "behind the end of a PNG": png + b"more",
        "behind the end of a JPEG": jpeg + b"more",
        "turned": encode(grey, "JPEG", exif=exif),
        "progressive": encode(grey, "JPEG", progressive=True),
        "restarts": encode(grey, "JPEG", restart_marker_blocks=1),
        "CMYK": encode(photo.convert("CMYK"), "JPEG"),
    }


@pytest.mark.parametrize("case", unusual())
def test_what_is_unusual_stays_with_pillow(case):
    data = unusual()[case]
    assert not is_taken(data)
    for mode in MODES:
        np.testing.assert_array_equal(*both(data, mode))


def chunk(name, content, length=None):
    head = struct.pack(">I4s", len(content) if length is None else length, name)
    return head + content + struct.pack(">I", zlib.crc32(name + content))


def test_lies_and_damage_do_not_reach_opencv(monkeypatch, capfd):
    png, jpeg = encode(noise(24, 24)), encode(noise(24, 24), "JPEG")
    header, pixels, end = png[:33], png[33:-12], png[-12:]
    files = [
        header + chunk(b"IDAT", b"abc", 0x7FFFFFFF),  # OpenCV would reserve 4 GB
        header + chunk(b"IDAT", b"abc", 0x7FFFFFFF) + end,
        header + pixels[:-1] + b"\0" + end,  # a wrong checksum
        header[:-1] + b"\0" + pixels + end,
        header + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000))) + pixels + end,
        png[:16] + struct.pack(">II", 30_000, 30_000) + png[24:],
        *(png[:length] for length in range(8, len(png), 5)),
        *(jpeg[:length] for length in range(3, len(jpeg), 7)),
        jpeg[:-2] + b"\xff\xd0\xff\xd9",  # a restart that nobody asked for
        jpeg[:4] + b"\xff\xff" + jpeg[6:],  # a segment beyond the end
    ]

    def fail(*_):
        raise AssertionError("it reached OpenCV")

    monkeypatch.setattr(cv2, "imdecode", fail)
    _opencv._opencv.cache_clear()
    try:
        for data in files:
            pillow, opencv = both(data)
            assert str(pillow) == str(opencv)
    finally:
        _opencv._opencv.cache_clear()
    assert capfd.readouterr().err == ""


def test_limits_hold():
    for kind in ("PNG", "JPEG"):
        data = encode(noise(40, 50), kind)
        assert is_taken(data)
        pillow, opencv = both(data, max_pixels=1999)
        assert "it has 50 x 40 pixels, expected at most 1,999" in opencv
        assert pillow == opencv
        assert decode_whole(data, kind, "grey", 10_000, 49) is None


def mutate(data, rng):
    data = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(4, len(data)))  # the first bytes tell the format: keep them
        match rng.integers(5):
            case 0 | 1:
                data[at] ^= 1 << int(rng.integers(8))
            case 2:
                data[at : at + 4] = rng.integers(0, 256, 4, dtype=np.uint8).tobytes()
            case 3:
                del data[at : at + int(rng.integers(1, 200))]
            case 4:
                data[at:at] = data[at : at + int(rng.integers(1, 64))]
        if len(data) < 9:
            break
    return bytes(data)


def with_checksums(data):
    """Make the checksums of PNG right again, so that damage gets through to the decoders."""
    data, at = bytearray(data), 8
    while at + 12 <= len(data):
        end = at + 8 + struct.unpack_from(">I", data, at)[0]
        if end + 4 > len(data):
            break
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "PNG with checksums", "JPEG"])
def test_mutated_files_end_alike(kind, capfd):
    rng = np.random.default_rng(0)
    smooth = cv2.resize(noise(4, 5), (40, 32), interpolation=cv2.INTER_CUBIC)
    original = encode(smooth, kind.split()[0])
    taken, refused = 0, 0
    for _ in range(300):
        data = mutate(original, rng)
        if kind == "PNG with checksums":
            data = with_checksums(data)
        taken += is_taken(data)
        pillow, opencv = both(data, max_pixels=1_000_000)
        if isinstance(pillow, str):
            assert opencv == pillow
            assert opencv.startswith(f"Cannot decode {len(data)} bytes (recording 0): ")
            refused += 1
        else:
            np.testing.assert_array_equal(opencv, pillow)
    assert refused > 50
    assert taken > {"PNG": -1, "PNG with checksums": 3, "JPEG": 20}[kind]
    if kind == "PNG":  # damage is told before
        assert capfd.readouterr().err == ""


@pytest.mark.real_data
def test_faces_of_fer2013(data_folder):
    faces = load_dataset("fer2013", data_folder / "fer2013").X[::200]
    for kind in ("PNG", "JPEG"):
        files = [io.BytesIO(encode(face, kind)) for face in faces]
        assert all(is_taken(file.getvalue()) for file in files)
        np.testing.assert_array_equal(
            ReadImages(decoder="opencv").transform(files), ReadImages().transform(files)
        )
