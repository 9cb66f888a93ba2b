"""The steps against uneven light, against OpenCV, scikit-image and the formulas."""

import re

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.exposure import adjust_gamma
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import check_estimator

from skemotion import CLAHE, ZCA, Gamma, StandardizeImage, load_dataset
from skemotion.testing import check_recording_transformer


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


STEPS = [CLAHE(), CLAHE(5.0, n_rows=3, n_columns=2), Gamma(), Gamma(2.2), StandardizeImage()]
RAGGED = [noise(48 + row, 50, seed=row) for row in range(4)]
COLOUR = [noise(48, 50, 3, seed=row) for row in range(4)]


@pytest.mark.parametrize("recordings", [RAGGED, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("step", STEPS)
def test_contract(step, recordings):
    check_recording_transformer(step, recordings)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (3, 2, 1), (7, 5, 3)])
def test_small_pictures_keep_their_shape(step, shape):
    assert step.fit_transform([noise(*shape)]).shape == (1, *shape)


@given(st.integers(0, 1000), st.floats(0.5, 40), st.integers(1, 9), st.integers(1, 9))
def test_clahe_is_opencvs(seed, clip_limit, n_rows, n_columns):
    image = noise(40, 61, seed=seed)
    expected = cv2.createCLAHE(clip_limit, (n_columns, n_rows)).apply(image)
    step = CLAHE(clip_limit, n_rows=n_rows, n_columns=n_columns)
    got = step.transform([image, image[:, :, None]])
    np.testing.assert_array_equal(got[0], expected)
    np.testing.assert_array_equal(got[1][:, :, 0], expected)


def test_clahe_evens_light_from_one_side():
    face = load_dataset("synthetic-faces").X[0]
    lit = (face * np.linspace(0.2, 1, 48)).astype(np.uint8)
    halves = CLAHE().fit_transform([lit])[0].reshape(48, 2, 24)
    before, after = (np.ptp(image.mean(axis=(0, 2))) for image in (lit.reshape(48, 2, 24), halves))
    assert after < 0.8 * before


def test_clahe_of_colour_changes_the_luma():
    grey = np.repeat(noise(32, 32)[:, :, None] // 4, 3, axis=2)
    changed = CLAHE().fit_transform([grey])[0]
    expected = CLAHE().fit_transform([grey[:, :, 0]])[0]
    np.testing.assert_array_equal(changed, np.repeat(expected[:, :, None], 3, axis=2))


@pytest.mark.parametrize("gamma", [0.2, 0.5, 1.0, 2.2])
def test_gamma_is_that_of_scikit_image(gamma):
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    got = Gamma(gamma).fit_transform([every])[0]
    np.testing.assert_allclose(got, adjust_gamma(every, gamma), atol=1)  # it may cut, not round
    np.testing.assert_array_equal(got, np.round(255 * (every / 255) ** gamma))


@settings(max_examples=50)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))))
def test_standardised_pictures(image):
    got = StandardizeImage().fit_transform([image])[0]
    assert got.dtype == np.float32
    if image.std() == 0:
        assert (got == 0).all()
    else:
        exact = (image - image.mean()) / image.std()
        np.testing.assert_allclose(got, exact, rtol=1e-4, atol=1e-5)


def test_standardised_pictures_do_not_know_brightness_and_contrast():
    image = noise(48, 48) // 4
    pair = StandardizeImage().fit_transform(np.stack([image, image * 3 + 20]))
    np.testing.assert_allclose(pair[0], pair[1], atol=1e-5)


def test_zca_passes_the_common_checks():
    results = check_estimator(ZCA(0.1), on_skip=None)
    assert len(results) > 40


def faces(n_samples=400, side=6):
    rng = np.random.default_rng(0)
    light = rng.normal(size=(n_samples, 1, 1)) * np.linspace(0, 40, side)
    return 128 + light + 10 * rng.normal(size=(n_samples, side, side))


def test_zca_whitens_and_hardly_changes():
    X = faces()
    zca = ZCA(1e-6).fit(X)
    white = zca.transform(X)
    assert white.shape == X.shape
    assert white.dtype == np.float32
    rows = white.reshape(len(X), -1)
    np.testing.assert_allclose(np.cov(rows.T), np.eye(36), atol=1e-3)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-4)
    pca = PCA(whiten=True).fit(X.reshape(len(X), -1))  # the same, turned back to pixels
    expected = pca.transform(X.reshape(len(X), -1)) @ pca.components_
    np.testing.assert_allclose(rows, expected, atol=1e-3)
    np.testing.assert_allclose(zca.whitening_, zca.whitening_.T, atol=1e-6)


def test_zca_is_its_formula_and_has_an_inverse():
    X = faces()
    zca = ZCA(0.3).fit(X[:300])
    train = X[:300].reshape(300, -1)
    left, variances, _ = np.linalg.svd(np.cov(train.T))
    matrix = left @ np.diag((variances + 0.3 * variances.mean()) ** -0.5) @ left.T
    expected = (X[300:].reshape(100, -1) - train.mean(axis=0)) @ matrix
    got = zca.transform(X[300:])
    np.testing.assert_allclose(got.reshape(100, -1), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(zca.inverse_transform(got), X[300:], rtol=1e-4)


def test_zca_does_not_depend_on_the_scale():
    X = faces()
    np.testing.assert_allclose(
        ZCA().fit_transform(X), ZCA().fit_transform(X / 255), rtol=1e-3, atol=1e-3
    )
    flat = np.full((3, 4, 4), 7, dtype=np.uint8)
    assert (ZCA().fit_transform(flat) == 0).all()


def test_zca_of_fewer_pictures_than_pixels():
    X = np.stack([noise(12, 12, seed=row) for row in range(5)])
    white = ZCA().fit_transform(X)
    assert np.isfinite(white).all()
    np.testing.assert_allclose(ZCA().fit(X).inverse_transform(white), X, atol=0.05)


def test_zca_refuses_other_sizes():
    zca = ZCA().fit(faces())
    sentence = "Expected pictures of shape (6, 6), as in fit, got (6, 7). Put Resize before ZCA."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        zca.transform(np.zeros((2, 6, 7)))


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (CLAHE(), "Cannot equalise"),
        (Gamma(), "Cannot correct the gamma of"),
        (StandardizeImage(), "Cannot standardise"),
    ],
)
def test_what_the_steps_refuse(step, sentence):
    sentence += (
        " an array of shape (4, 4) (recording 0): expected an image of dtype uint8, got float64. "
        "Put Rescale after this step, and ReadImages before it."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        step.fit_transform([np.zeros((4, 4))])
