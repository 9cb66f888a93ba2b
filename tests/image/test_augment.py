"""ImageAugmenter: what it changes, by how much, and what it leaves alone."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from skemotion import ImageAugmenter

STILL = {"rotation": 0, "shift": 0, "zoom": 0, "flip": False}


def rng(seed=0):
    return np.random.default_rng(seed)


def only(**strengths):
    return ImageAugmenter(**STILL | strengths)


def pictures(*shape, dtype="uint8", seed=0):
    values = rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return values if dtype == "uint8" else (values / 255).astype(dtype)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["uint8", "float32", "float64"]),
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(1, 9)),
        st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4)),
        st.tuples(*[st.integers(1, 3)] * 2, *[st.integers(1, 9)] * 2, st.integers(1, 4)),
    ),
    st.integers(0, 99),
)
def test_any_size(dtype, shape, seed):
    X = pictures(*shape, dtype=dtype, seed=seed)
    strong = ImageAugmenter(
        rotation=90, shear=30, brightness=0.5, contrast=0.5, cutout=0.5, noise=0.3
    )
    varied = strong.augment_batch(X, rng(seed))
    assert (varied.shape, varied.dtype) == (X.shape, X.dtype)
    assert varied.size == 0 or (varied.min() >= 0 and varied.max() <= (255, 1)[dtype != "uint8"])
    unchanged = only().augment_batch(X, rng(seed))
    np.testing.assert_array_equal(unchanged, X)
    assert not np.shares_memory(unchanged, X)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("shape", [(40, 7, 6), (40, 7, 6, 1), (40, 7, 6, 3)])
def test_half_of_the_pictures_are_mirrored(shape, dtype):
    X = pictures(*shape, dtype=dtype)
    varied = only(flip=True).augment_batch(X, rng())
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(varied, X, strict=True)]
    kept = [np.array_equal(a, b) for a, b in zip(varied, X, strict=True)]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert 10 < sum(mirrored) < 30


@pytest.mark.parametrize("strength", [{"rotation": 30}, {"zoom": 0.5}, {"shear": 40}])
def test_the_centre_stays(strength):
    X = np.zeros((20, 31, 41), np.float32)
    X[:, 15, 20] = 1
    varied = only(**strength).augment_batch(X, rng())
    np.testing.assert_allclose(varied[:, 15, 20], 1, atol=1e-4)


def test_rotation_reaches_its_angle_to_both_sides_and_no_further():
    columns, rows = np.meshgrid(np.arange(61.0) - 30, np.arange(61.0) - 30)
    x, y = (
        only(rotation=20).augment_batch(np.repeat(place[np.newaxis], 300, axis=0), rng())
        for place in (columns, rows)
    )
    inner = np.hypot(columns, rows) < 25
    np.testing.assert_allclose(
        np.hypot(x, y)[:, inner], np.tile(np.hypot(columns, rows)[inner], (300, 1)), atol=0.05
    )
    angles = np.degrees(np.arctan2(y, x) - np.arctan2(rows, columns))[:, 30, 50]
    assert -20.1 < angles.min() < -19
    assert 19 < angles.max() < 20.1


def derivatives(augmenter):
    """Return how places in the picture change with places in the result, at the centre."""
    places = np.meshgrid(np.arange(61.0), np.arange(61.0))
    found = (augmenter.augment_batch(np.tile(place, (300, 1, 1)), rng()) for place in places)
    pairs = [(p[:, 30, 40] - p[:, 30, 20], p[:, 40, 30] - p[:, 20, 30]) for p in found]
    return np.moveaxis(pairs, 2, 0) / 20


def test_shear_slants_upright_lines():
    slopes = derivatives(only(shear=40))
    np.testing.assert_allclose(slopes[:, 0, 0], 1, atol=1e-3)
    np.testing.assert_allclose(slopes[:, 1], [[0, 1]] * 300, atol=1e-3)
    slant = np.degrees(np.arctan(slopes[:, 0, 1]))
    assert -40.1 < slant.min() < -39
    assert 39 < slant.max() < 40.1


def test_rotation_and_shear_keep_areas():
    areas = np.linalg.det(derivatives(only(rotation=60, shear=40)))
    np.testing.assert_allclose(areas, 1, atol=0.01)


def test_shift_is_a_share_of_height_and_of_width():
    X = np.zeros((200, 41, 81), np.float32)
    X[:, 20, 40] = 1
    varied = only(shift=0.1).augment_batch(X, rng())
    down = (varied * np.arange(41)[:, np.newaxis]).sum(axis=(1, 2)) - 20
    right = (varied * np.arange(81)).sum(axis=(1, 2)) - 40
    assert 3.8 < np.abs(down).max() <= 4.11
    assert 7.6 < np.abs(right).max() <= 8.11
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.2


def test_zoom_changes_the_area():
    X = np.zeros((200, 41, 41))
    X[:, 15:26, 15:26] = 1
    area = only(zoom=0.2).augment_batch(X, rng()).sum(axis=(1, 2)) / 121
    assert 0.6 < area.min() < 0.7
    assert 1.38 < area.max() < 1.48


def test_all_changes_are_one_linear_interpolation():
    picture = rng().random((33, 33))
    columns, rows = np.meshgrid(np.arange(33.0), np.arange(33.0))
    augmenter = ImageAugmenter(rotation=30, shear=20, shift=0.1, zoom=0.2)
    varied, x, y = (
        augmenter.augment_batch(image[np.newaxis], rng(3))[0] for image in (picture, columns, rows)
    )
    assert np.abs(x - columns).max() > 5
    expected = map_coordinates(picture, [y, x], order=1)
    np.testing.assert_allclose(varied, expected, atol=0.02)


def test_all_frames_of_a_clip_move_alike():
    clip = np.repeat(pictures(2, 1, 20, 20, 1), 5, axis=1)
    varied = ImageAugmenter(brightness=0.3, contrast=0.3, cutout=0.4).augment_batch(clip, rng())
    np.testing.assert_array_equal(varied, np.repeat(varied[:, :1], 5, axis=1))
    assert not np.array_equal(varied[0], varied[1])
    noisy = only(noise=0.1).augment_batch(clip, rng())
    assert not np.array_equal(noisy[:, 0], noisy[:, 1])


def test_a_picture_is_a_clip_of_one_frame():
    X = pictures(3, 12, 10, 3)
    strong = ImageAugmenter(brightness=0.3, contrast=0.3, cutout=0.4)
    np.testing.assert_array_equal(
        strong.augment_batch(X[:, np.newaxis], rng())[:, 0], strong.augment_batch(X, rng())
    )


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_bright_pixels_stay_bright(dtype):
    top = 255 if dtype == "uint8" else 1
    X = np.full((50, 4, 4), 0.9 * top).astype(dtype)
    varied = only(brightness=0.3).augment_batch(X, rng()).astype(float) / top
    assert varied.min() > 0.59  # 0.9 - 0.3: nothing wrapped around
    assert varied.max() == 1
    added = varied[varied[:, 0, 0] < 1][:, 0, 0] - 0.9
    assert added.min() < -0.25


def test_bytes_are_rounded():
    X = pictures(20, 8, 8)
    relit = only(brightness=0.2, contrast=0.2)
    exact = 255 * relit.augment_batch(X / 255, rng())
    assert np.abs(relit.augment_batch(X, rng()) - exact).max() < 0.501


def test_contrast_keeps_the_mean():
    X = np.clip(rng().normal(0.5, 0.05, (100, 16, 16)), 0, 1)
    varied = only(contrast=0.4).augment_batch(X, rng())
    np.testing.assert_allclose(varied.mean(axis=(1, 2)), X.mean(axis=(1, 2)), atol=1e-6)
    factor = varied.std(axis=(1, 2)) / X.std(axis=(1, 2))
    assert 0.6 <= factor.min() < 0.65
    assert 1.35 < factor.max() <= 1.4001


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("float32", 1)])
def test_noise_has_its_deviation(dtype, top):
    X = np.full((4, 64, 64), 0.5 * top).astype(dtype)
    noise = only(noise=0.05).augment_batch(X, rng()).astype(float) - X
    np.testing.assert_allclose(noise.std(axis=(1, 2)), 0.05 * top, rtol=0.05)
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.1


def test_cutout_paints_a_rectangle_with_the_mean():
    X = pictures(60, 20, 30)
    varied = only(cutout=0.4).augment_batch(X, rng())
    for before, after in zip(X, varied, strict=True):
        mean = round(before.mean())
        rows, columns = (np.flatnonzero((before != after).any(axis=axis)) for axis in (1, 0))
        box = after[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (box == mean).all()
        assert np.ptp(rows) < 8
        assert np.ptp(columns) < 12
    assert (varied != X).mean() > 0.1


def test_what_comes_in_from_outside():
    white = np.ones((20, 9, 9))
    assert (only(shift=0.4).augment_batch(white, rng()) == 1).all()
    assert only(shift=0.4, fill="constant").augment_batch(white, rng()).min() == 0


def test_value_range():
    X = np.full((50, 4, 4), 200.0, np.float32)
    varied = only(brightness=0.2, value_range=(0, 255)).augment_batch(X, rng())
    assert 145 < varied.min() < 160
    assert 240 < varied.max() <= 255
    moved = ImageAugmenter().augment_batch(X - 300, rng())  # nothing to know where all only moves
    np.testing.assert_allclose(moved, -100, rtol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "X", "error", "sentence"),
    [
        (
            {},
            np.zeros((2, 8, 8), np.int64),
            TypeError,
            "Expected images of dtype uint8, float32 or float64, got int64. "
            "Bring them to one size and convert them.",
        ),
        (
            {},
            np.zeros((8, 8), np.uint8),
            ValueError,
            "Expected images of shape (n_samples, height, width[, n_channels]) or clips of shape "
            "(n_samples, n_frames, height, width, n_channels), got an array of shape (8, 8). "
            "Pass one picture or clip a row.",
        ),
        (
            {},
            np.zeros((2, 5, 8, 9), np.uint8),
            ValueError,
            "Expected at most 4 channels, got an array of shape (2, 5, 8, 9). Put the channels "
            "last, and give grey clips a channel: X[..., numpy.newaxis].",
        ),
        (
            {"noise": 0.1},
            np.full((2, 8, 8), 7.5),
            ValueError,
            "Expected pixels from 0 to 1, got values from 7.5 to 7.5. "
            "Set value_range to what they can be, or rescale them.",
        ),
        (
            {"noise": 0.1, "value_range": (1, 0)},
            np.zeros((2, 8, 8)),
            ValueError,
            "Expected value_range to be the darkest and the brightest value, got (1, 0). "
            "Write for instance value_range=(0, 1).",
        ),
    ],
)
def test_what_is_refused(parameters, X, error, sentence):
    with pytest.raises(error, match=f"^{re.escape(sentence)}$"):
        ImageAugmenter(**parameters).augment_batch(X, rng())


def test_wrong_parameters_are_named():
    X = pictures(1, 4, 4)
    with pytest.raises(ValueError, match="'zoom' parameter of ImageAugmenter must be a float"):
        ImageAugmenter(zoom=1.5).augment_batch(X, rng())
    sentence = (
        "Expected rng to be a numpy.random.Generator, got 0. Write numpy.random.default_rng(0)."
    )
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        ImageAugmenter().augment_batch(X, 0)
