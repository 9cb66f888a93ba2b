"""Hashes of pictures: copies agree, other pictures do not."""

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from skemotion import load_dataset
from skemotion.evaluation.inspection import exact_duplicates, inspect_recordings, near_duplicates
from skemotion.image.hashing import perceptual_hash


def coded(picture, form, **options):
    file = io.BytesIO()
    picture.save(file, format=form, **options)
    return file.getvalue()


def test_copies_of_a_face_are_one_group():
    data = load_dataset("synthetic-faces")
    face = Image.fromarray(data.X[0])
    darker = Image.fromarray((np.asarray(face) * 0.7 + 10).astype("uint8"))
    copies = [
        coded(face, "PNG"),
        coded(face, "JPEG", quality=50),
        coded(face.resize((150, 131)), "PNG"),
        coded(darker, "WEBP", lossless=True),
    ]
    groups = near_duplicates(inspect_recordings([*copies, *data.X[1:]], "face"))
    assert groups == [[0, 1, 2, 3]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 90), st.integers(20, 90), st.integers(-40, 40))
def test_brightness_changes_nothing(seed, height, width, shift):
    picture = np.random.default_rng(seed).integers(60, 200, (height, width))
    pair = np.stack([picture, picture + shift]).astype("uint8")
    hashes, thumbnails = perceptual_hash(pair)
    assert np.bitwise_count(hashes[0] ^ hashes[1]) <= 1
    assert thumbnails[0] @ thumbnails[1] > 0.999
    assert near_duplicates(inspect_recordings(pair, "face")) == [[0, 1]]


def test_black_and_even_pictures_are_alike_to_nothing():
    pictures = np.zeros((4, 48, 48), dtype="uint8")
    pictures[2:] = [[[90]], [[91]]]
    seen = inspect_recordings(pictures, "face")
    assert [item.remark for item in seen] == ["black", "black", None, None]
    assert exact_duplicates(seen) == [[0, 1]]
    assert near_duplicates(seen) == [[0, 1]]  # their content is the same
