"""Damaged files: a picture or our error, never a crash, never a wait."""

import io
import warnings
from time import perf_counter

import numpy as np
import pytest
from PIL import Image

from skemotion import ReadImages, RecordingError


def originals():
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind, options in {
        "PNG": {"exif": exif},
        "JPEG": {"exif": exif},
        "PNG plain": {},
        "JPEG plain": {"progressive": True},
        "WEBP": {},
        "BMP": {},
        "TIFF": {"compression": "tiff_lzw"},
        "GIF": {},
    }.items():
        file = io.BytesIO()
        photo.save(file, kind.split()[0], **options)
        yield kind, file.getvalue()


def mutate(data, rng):
    data = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(4, len(data)))  # the first bytes tell the format: keep them
        match rng.integers(4):
            case 0:
                data[at] = rng.integers(256)
            case 1:
                data[at : at + 4] = rng.integers(0, 256, 4, dtype=np.uint8).tobytes()
            case 2:
                del data[at:]
            case 3:
                data[at:at] = data[at : at + int(rng.integers(1, 64))]
        if len(data) < 5:
            break
    return bytes(data)


@pytest.mark.parametrize(("kind", "original"), list(originals()))
def test_mutated_files(kind, original):
    rng = np.random.default_rng(20240)
    readers = [
        ReadImages(max_pixels=1_000_000),
        ReadImages("yuv", reduce_to=(8, 8), max_pixels=1_000_000),
    ]
    refused = []
    for turn in range(150):
        data = mutate(original, rng)
        start = perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Pillow says about metadata is no error
                image = readers[turn % 2].transform([data])[0]
        except RecordingError as error:
            refused.append((str(error), error.row, len(data)))
        else:
            assert image.dtype == np.uint8
            assert image.shape[2:] == ((), (3,))[turn % 2]
        assert perf_counter() - start < 2
    assert len(refused) > 10
    for message, row, length in refused:
        assert message.startswith(f"Cannot decode {length} bytes (recording 0): ")
        assert row == 0


def test_damaged_metadata_do_not_cost_the_picture():
    photo = io.BytesIO()
    Image.new("L", (8, 6)).save(photo, "PNG", exif=b"Exif\0\0 nonsense")
    assert ReadImages().transform([photo]).shape == (1, 6, 8)
