"""What describes pictures by numbers, against scikit-image and the formulas."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2gray
from skimage.data import astronaut
from skimage.feature import local_binary_pattern
from skimage.filters import gabor

from skemotion import HOG, LBP, Gabor, RecordingError
from skemotion.image._descriptor import cell_edges, to_grey
from skemotion.image.lbp import local_binary_codes
from skemotion.testing import check_recording_transformer


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


STEPS = [
    HOG(),
    HOG(4, cell_size=5, block_size=3),
    LBP(),
    LBP(4, radius=2.5, grid=(3, 2), rotation_invariant=True),
    Gabor(),
    Gabor((0.15,), n_orientations=3, bandwidth=1.5, grid=(1, 5)),
]
PICTURES = {
    "grey": list(noise(3, 48, 50)),
    "with an axis for grey": list(noise(3, 48, 50, 1)),
    "colour": list(noise(3, 48, 50, 3)),
}


@pytest.mark.parametrize("pictures", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("step", STEPS)
def test_contract(step, pictures):
    check_recording_transformer(step, pictures)


@pytest.mark.parametrize("shape", [(150, 48, 48), (70, 40, 30, 3), (1, 48, 48)])
@pytest.mark.parametrize("step", STEPS)
def test_many_at_a_time_is_one_by_one(step, shape):
    pictures = noise(*shape)
    expected = step.fit_transform(list(pictures))
    together = step.transform(pictures)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, expected, rtol=1e-5, atol=1e-7)
    in_threads = type(step)(**step.get_params() | {"n_jobs": 2}).transform(pictures)
    np.testing.assert_array_equal(in_threads, together)


@pytest.mark.parametrize("step", [HOG(), LBP(), Gabor()])
def test_a_cache_is_used_for_arrays_too(step, tmp_path):
    pictures = noise(5, 48, 48)
    cached = type(step)(cache=tmp_path)
    first = cached.fit_transform(pictures)
    assert any(tmp_path.iterdir())
    np.testing.assert_array_equal(cached.transform(pictures), first)
    np.testing.assert_allclose(first, step.fit_transform(pictures), rtol=1e-5, atol=1e-7)


def test_names_follow_set_output():
    for step in STEPS:
        frame = step.set_output(transform="pandas").fit_transform(noise(3, 48, 48))
        assert list(frame.columns) == list(step.get_feature_names_out())
        step.set_output(transform="default")


@given(
    st.integers(0, 1000),
    st.sampled_from([(8, 1), (8, 2), (4, 1), (12, 1.5), (16, 3), (6, 0.7)]),
    st.sampled_from([(20, 31), (1, 1), (2, 9)]),
    st.booleans(),
)
def test_patterns_are_those_of_scikit_image(seed, circle, shape, invariant):
    image = noise(*shape, seed=seed)
    step = LBP(circle[0], radius=circle[1], grid=(1, 1), rotation_invariant=invariant)
    method = "uniform" if invariant else "nri_uniform"
    patterns = local_binary_pattern(image, *circle, method=method).astype(int)
    shares = step.fit_transform([image])[0]
    expected = np.bincount(patterns.ravel(), minlength=len(shares)) / image.size
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    assert len(step.get_feature_names_out()) == len(shares)


def test_histograms_are_those_of_the_cells():
    image = noise(50, 47)
    patterns = local_binary_pattern(image, 8, 1, method="nri_uniform").astype(int)
    shares = LBP(grid=(3, 2)).fit_transform([image])[0].reshape(3, 2, 59)
    rows, columns = cell_edges((50, 47), (3, 2))
    for row in range(3):
        for column in range(2):
            cell = patterns[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
            expected = np.bincount(cell.ravel(), minlength=59) / cell.size
            np.testing.assert_allclose(shares[row, column], expected, atol=1e-6)
    np.testing.assert_allclose(shares.sum(axis=2), 1, rtol=1e-5)


@given(st.integers(0, 255), st.sampled_from([(8, 1), (8, 2.3), (16, 3), (5, 1.7)]))
def test_flat_pictures_have_one_pattern(value, circle):
    flat = np.full((1, 20, 20), value, np.uint8)
    reach = int(np.ceil(circle[1]))
    inside = local_binary_codes(flat, *circle)[0, reach:-reach, reach:-reach]
    assert (inside == 2 ** circle[0] - 1).all()


@given(st.integers(0, 1000), st.integers(0, 60), st.sampled_from([1, 2, 3]))
def test_brightness_and_contrast_do_not_matter(seed, shift, factor):
    image = noise(20, 20, seed=seed) // 4
    changed = image * factor + shift
    inside = (slice(None), slice(2, -2), slice(2, -2))
    codes, others = (local_binary_codes(i[None], 8, 1.5)[inside] for i in (image, changed))
    np.testing.assert_array_equal(codes, others)


def test_turned_pictures_have_the_same_invariant_patterns():
    image = noise(30, 30)
    inner = [local_binary_codes(i[None], 4, 1)[0, 1:-1, 1:-1] for i in (image, np.rot90(image))]
    ones = [np.bitwise_count(codes) for codes in inner]
    np.testing.assert_array_equal(np.rot90(ones[0]), ones[1])


@pytest.mark.parametrize("frequency", [0.08, 0.2, 0.4])
@pytest.mark.parametrize("n_orientations", [1, 4, 5])
@pytest.mark.parametrize("bandwidth", [1.0, 2.0])
def test_gabor_is_that_of_scikit_image(frequency, n_orientations, bandwidth):
    image = astronaut()[60:108, 180:240]
    step = Gabor((frequency,), n_orientations=n_orientations, bandwidth=bandwidth, grid=(2, 3))
    got = step.fit_transform([image])[0].reshape(n_orientations, 2, 2, 3)
    grey = to_grey(image[None])[0] / 255
    for k in range(n_orientations):
        angle = np.pi * k / n_orientations
        real, imaginary = gabor(grey, frequency, angle, bandwidth=bandwidth, mode="reflect")
        cells = np.hypot(real, imaginary).reshape(2, 24, 3, 20)
        np.testing.assert_allclose(got[k, 0], cells.mean(axis=(1, 3)), rtol=1e-4)
        np.testing.assert_allclose(got[k, 1], cells.var(axis=(1, 3)), rtol=1e-3, atol=1e-7)


def test_gabor_finds_the_direction_and_the_width_of_stripes():
    at = np.arange(40)
    step = Gabor((0.1, 0.2, 0.4), n_orientations=4, grid=(1, 1)).set_output(transform="pandas")
    for frequency in (0.1, 0.2, 0.4):
        for angle in (0, 45, 90, 135):
            share = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
            phase = 2 * np.pi * frequency * (share[0] * at[:, None] + share[1] * at)
            stripes = (127 * np.cos(phase) + 128).astype(np.uint8)
            means = step.fit_transform([stripes]).filter(like="mean").iloc[0]
            assert means.idxmax() == f"gabor_{frequency}_{angle}deg_cell0-0_mean"


def test_luma():
    image = astronaut()[::8, ::8]
    np.testing.assert_allclose(
        to_grey(image[None])[0] / 255, image @ [0.299, 0.587, 0.114] / 255, atol=0.003
    )
    assert np.corrcoef(to_grey(image[None])[0].ravel(), rgb2gray(image).ravel())[0, 1] > 0.99
    grey = noise(3, 5, 4)
    assert to_grey(grey) is grey
    np.testing.assert_array_equal(to_grey(grey[..., None]), grey)


REFUSED = [
    (
        LBP(),
        np.zeros((5, 48), np.uint8),
        "Cannot compute the LBP of an array of shape (5, 48) (recording 0): expected at least 6 x "
        "6 pixels, one for each cell, got an image of shape (5, 48). Enlarge it with Resize, or "
        "take a smaller grid.",
    ),
    (
        Gabor(),
        np.zeros((9, 9), np.float32),
        "Cannot compute the Gabor features of an array of shape (9, 9) (recording 0): expected an "
        "image of dtype uint8, got float32. Put Rescale after this step, and ReadImages before it.",
    ),
    (
        LBP(grid=(0, 4)),
        np.zeros((9, 9), np.uint8),
        "Expected grid to be a number of rows and of columns, got (0, 4). Write for instance "
        "grid=(4, 4).",
    ),
    (
        Gabor((0.2, 0.6)),
        np.zeros((9, 9), np.uint8),
        "Expected frequencies between 0 and 0.5 cycles a pixel, got (0.2, 0.6). A wavelength of 5 "
        "pixels is 0.2.",
    ),
]


@pytest.mark.parametrize(("step", "picture", "sentence"), REFUSED)
def test_what_is_refused(step, picture, sentence):
    for pictures in ([picture], picture[None]):
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$") as caught:
            step.fit_transform(pictures)
        assert isinstance(caught.value, RecordingError) == sentence.startswith("Cannot")
