"""The image steps, against OpenCV, scikit-image and the formulas."""

import gzip
import io
import re

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.feature import hog
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from skemotion import HOG, EqualizeHist, ReadImages, Rescale, Resize, make_recording_pipeline
from skemotion.testing import check_recording_transformer


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def message(sentence):
    return f"^{re.escape(sentence)}$"


def png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


RAGGED = [noise(48 + row, 50, seed=row) for row in range(4)]
COLOUR = [noise(48, 50, 3, seed=row) for row in range(4)]
PIPELINE = make_recording_pipeline(ReadImages("rgb"), EqualizeHist(), Resize(16, 24), HOG())


@pytest.mark.parametrize(
    ("step", "recordings"),
    [
        (ReadImages(), [png(image) for image in RAGGED]),
        (ReadImages("rgb"), [png(image) for image in COLOUR]),
        (EqualizeHist(), RAGGED),
        (EqualizeHist(), COLOUR),
        (Resize(20, 60), RAGGED),
        (Resize(interpolation="nearest"), COLOUR),
        (HOG(), COLOUR),
        (HOG(4, cell_size=5, block_size=3), [image[:48] for image in RAGGED]),
        (PIPELINE, [png(image) for image in RAGGED]),
    ],
)
def test_contract(step, recordings):
    check_recording_transformer(step, recordings)


def test_rescale_passes_the_common_checks():
    results = check_estimator(Rescale(2.0, offset=-1), on_skip=None)
    assert len(results) > 40


def test_stacked_images_pass_through_without_a_copy():
    images = noise(35_887, 2, 2)
    assert ReadImages().fit_transform(images) is images
    np.testing.assert_array_equal(ReadImages("rgb").transform(images[:3])[..., 1], images[:3])
    np.testing.assert_array_equal(ReadImages().transform(images[:3] / 255), images[:3])


def test_sizes_that_differ_stay_apart():
    images = ReadImages().transform([png(image) for image in RAGGED])
    assert images.shape == (4,)
    assert [image.shape for image in images] == [(48 + row, 50) for row in range(4)]


@given(st.integers(0, 1000), st.sampled_from([(48, 48), (31, 7), (1, 1)]))
def test_equalisation_is_opencvs(seed, shape):
    image = noise(*shape, seed=seed)
    expected = cv2.equalizeHist(image)
    got = EqualizeHist().transform([image, image[:, :, None]])
    np.testing.assert_array_equal(got[0], expected)
    np.testing.assert_array_equal(got[1][:, :, 0], expected)


def test_equalisation_of_colour_keeps_grey_grey_and_hue():
    grey = np.repeat((noise(32, 32) // 4)[:, :, None], 3, axis=2)
    equalised = EqualizeHist().transform([grey])[0]
    np.testing.assert_array_equal(equalised[:, :, 0], cv2.equalizeHist(grey[:, :, 0].copy()))
    np.testing.assert_array_equal(equalised[:, :, 0], equalised[:, :, 2])
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = np.arange(32) + 100
    assert (EqualizeHist().transform([red])[0].argmax(axis=2) == 0).all()


def test_area_averages_where_it_shrinks_and_is_linear_where_it_grows():
    image = noise(40, 60)
    blocks = image.reshape(20, 2, 20, 3).mean(axis=(1, 3))
    shrunk = Resize(20, 20).transform([image])[0]
    np.testing.assert_allclose(shrunk, blocks, atol=0.51)
    grown = Resize(80, 90).transform([image])[0]
    np.testing.assert_array_equal(grown, cv2.resize(image, (90, 80)))
    mixed = Resize(80, 20).transform([image])[0]  # averages across, interpolates down
    across = image.reshape(40, 20, 3).mean(axis=2)
    np.testing.assert_allclose(mixed, cv2.resize(across, (20, 80)), atol=1)


@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(["area", "linear", "cubic"]))
def test_flat_pictures_stay_flat(height, width, interpolation):
    picture = np.full((33, 21, 3), 137, np.uint8)
    resized = Resize(height, width, interpolation=interpolation).transform([picture])
    assert resized.shape == (1, height, width, 3)
    assert (resized == 137).all()


@pytest.mark.parametrize("shape", [(48, 48), (50, 53), (48, 64, 3)])
@pytest.mark.parametrize(("orientations", "cell", "block"), [(9, 8, 2), (8, 8, 3), (4, 6, 1)])
def test_hog_is_that_of_scikit_image(shape, orientations, cell, block):
    images = [noise(*shape), np.full(shape, 9, np.uint8), noise(*shape, seed=1) // 32 * 32]
    step = HOG(orientations, cell_size=cell, block_size=block).fit(images)
    got = step.transform(images)
    axis = -1 if len(shape) == 3 else None
    expected = [
        hog(image, orientations, (cell, cell), (block, block), channel_axis=axis)
        for image in images
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert got.dtype == np.float32
    assert len(step.get_feature_names_out()) == got.shape[1]


def test_hog_names_say_where_a_feature_comes_from():
    edge = np.zeros((32, 32), np.uint8)
    edge[:, 4:] = 200  # upright, in the first column of cells: its gradient points sideways
    step = HOG().set_output(transform="pandas")
    strong = step.fit_transform([edge]).iloc[0].nlargest(4)
    assert all("_cell0-0_0deg" in name or "_cell1-0_0deg" in name for name in strong.index)
    assert all(re.match(r"hog_block\d-0_", name) for name in strong.index)


def test_rescale():
    images = noise(5, 4, 3)
    rescaled = Rescale(2 / 255, offset=-1).fit_transform(images)
    assert rescaled.dtype == np.float32
    np.testing.assert_allclose(rescaled, images / 127.5 - 1, atol=1e-6)
    assert np.isnan(Rescale().transform([[np.nan, 1.0]])[0, 0])
    np.testing.assert_allclose(Rescale().transform([[2**40]]), [[2**40 / 255]], rtol=1e-6)


def test_a_row_that_failed_becomes_nan_at_last():
    recordings = [png(noise(9, 9)), b"broken", png(noise(12, 9))]
    chain = make_pipeline(ReadImages(on_error="nan"), EqualizeHist(), Resize(), Rescale())
    with pytest.warns(UserWarning, match="1 of 3 recordings could not be processed"):
        images = chain.fit_transform(recordings)
    assert images.shape == (3, 48, 48)
    assert np.isnan(images).all(axis=(1, 2)).tolist() == [False, True, False]
    with pytest.warns(UserWarning, match="could not be processed"):
        features = make_pipeline(ReadImages(on_error="nan"), Resize(), HOG()).fit_transform(
            recordings
        )
    assert np.isnan(features).all(axis=1).tolist() == [False, True, False]


def test_what_the_steps_refuse():
    cases = [
        (
            EqualizeHist(),
            np.zeros((4, 4)),
            "Cannot equalise an array of shape (4, 4) (recording 0): expected an image of dtype "
            "uint8, got float64. Put Rescale after this step, and ReadImages before it.",
        ),
        (
            Resize(),
            "a.png",
            "Cannot resize a.png (recording 0): expected a decoded image, got a str. Put "
            "ReadImages before this step.",
        ),
        (
            Resize(),
            np.zeros((4, 4, 2), np.uint8),
            "Cannot resize an array of shape (4, 4, 2) (recording 0): expected an image of shape "
            "(height, width), (height, width, 1) or (height, width, 3), got (4, 4, 2). Pass a list "
            "of images, and ReadImages before this step for others.",
        ),
        (
            EqualizeHist(),
            np.zeros((0, 4), np.uint8),
            "Cannot equalise an array of shape (0, 4) (recording 0): expected at least one pixel, "
            "got an image of shape (0, 4).",
        ),
        (
            HOG(),
            np.zeros((12, 48), np.uint8),
            "Cannot compute the HOG of an array of shape (12, 48) (recording 0): expected at least "
            "16 pixels a side, which is one block, got an image of shape (12, 48). Enlarge it with "
            "Resize, or take a smaller cell_size.",
        ),
    ]
    for step, recording, sentence in cases:
        with pytest.raises(ValueError, match=message(sentence)):
            step.fit_transform([recording])


def test_ragged_pictures_are_refused_where_tables_are_made():
    ragged = np.array([None, None], dtype=object)
    ragged[:] = [noise(48, 48), noise(64, 64)]
    sentence = (
        "Expected X to be pictures of one size, got 2 sizes, for instance (48, 48) and (64, 64). "
        "Put Resize before Rescale."
    )
    with pytest.raises(ValueError, match=message(sentence)):
        Rescale().fit_transform(ragged)
    sentence = (
        "Expected X to be pictures of one size, got some with 900 and some with 1764 features. "
        "Put Resize before HOG."
    )
    with pytest.raises(ValueError, match=message(sentence)):
        HOG().fit_transform(ragged)


@pytest.mark.real_data
def test_real_faces_equal_the_plain_loop(data_folder, tmp_path):
    faces = []
    with gzip.open(data_folder / "fer2013" / "fer2013.csv.gz", "rt") as file:
        next(file)
        for _ in range(60):
            pixels = file.readline().split(",")[1].split()
            faces.append(np.array(pixels, dtype=np.uint8).reshape(48, 48))
    paths = []
    for row, face in enumerate(faces):
        paths.append(str(tmp_path / f"{row}.png"))
        Image.fromarray(face).save(paths[-1])
    got = make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(64, 40)).transform(paths)
    for image, path in zip(got, paths, strict=True):
        grey = cv2.equalizeHist(cv2.imread(path, cv2.IMREAD_GRAYSCALE))
        narrow = cv2.resize(grey, (40, 48), interpolation=cv2.INTER_AREA)
        np.testing.assert_array_equal(image, cv2.resize(narrow, (40, 64)))
    np.testing.assert_array_equal(ReadImages().transform(paths), faces)
