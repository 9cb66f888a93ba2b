"""Samplers keep shapes and types, know parents, and refuse what has no meaning."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC

from skemotion import TensorSampler

RNG = np.random.default_rng(0)
Y = np.array(["happy"] * 20 + ["sad"] * 9)
IMAGES = RNG.integers(0, 256, (29, 6, 5), dtype="uint8")


@settings(deadline=None, max_examples=25)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    dtype=st.sampled_from(["uint8", "float32", "float64"]),
    sampler=st.sampled_from([RandomOverSampler, RandomUnderSampler]),
    seed=st.integers(0, 9),
)
def test_drawn_rows_are_rows_of_x(shape, dtype, sampler, seed):
    X = RNG.integers(0, 256, (29, *shape)).astype(dtype)
    tensor = TensorSampler(sampler(random_state=seed))
    made, y = tensor.fit_resample(X, Y)
    assert made.dtype == X.dtype
    np.testing.assert_array_equal(made, X[tensor.sample_indices_])
    np.testing.assert_array_equal(y, Y[tensor.sample_indices_])
    assert len(set(np.unique(y, return_counts=True)[1])) == 1


@pytest.mark.parametrize(
    "X",
    [
        np.array([f"{n}.wav" for n in range(29)], dtype=object),
        [f"{n}.wav" for n in range(29)],
        [b"RIFF" + bytes([n]) for n in range(29)],
        pd.DataFrame({"voice": [f"{n}.wav" for n in range(29)], "age": range(29)}),
    ],
    ids=["array", "list", "bytes", "table"],
)
def test_recordings_are_drawn_as_they_are(X):
    tensor = TensorSampler(RandomOverSampler(random_state=0))
    made, y = tensor.fit_resample(X, Y)
    assert type(made) is type(X)
    assert len(made) == len(y) == 40
    expected = (
        X.iloc[tensor.sample_indices_].reset_index(drop=True)
        if hasattr(X, "iloc")
        else (np.array(X, dtype=object)[tensor.sample_indices_])
    )
    assert np.array_equal(np.array(made, dtype=object), np.array(expected, dtype=object))


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0),
        SMOTE(k_neighbors=NearestNeighbors(n_neighbors=3, metric="manhattan"), random_state=0),
        BorderlineSMOTE(random_state=0),
        ADASYN(random_state=0),
    ],
    ids=["smote", "smote, own neighbours", "borderline", "adasyn"],
)
def test_interpolated_images_are_those_of_flat_rows_and_name_their_parents(sampler):
    flat = IMAGES.reshape(29, -1).astype("float32")
    expected, y_expected = clone(sampler).fit_resample(flat, Y)
    tensor = TensorSampler(sampler)
    made, y = tensor.fit_resample(IMAGES, Y)
    assert made.dtype == np.uint8
    assert len(made) > 29
    np.testing.assert_array_equal(y, y_expected)
    np.testing.assert_array_equal(made, np.rint(expected).reshape(-1, 6, 5))
    mixed = (tensor.parent_shares_[:, :, None] * flat[tensor.parents_]).sum(axis=1)
    np.testing.assert_allclose(mixed, expected, atol=1e-3)
    np.testing.assert_array_equal(Y[tensor.sample_indices_], y)
    assert (tensor.parent_shares_[:, 0] >= 0.5).all()


def test_unsigned_bytes_do_not_wrap_around():
    X = np.repeat(np.arange(8, dtype="uint8")[:, None, None] + 100, 2, axis=2)
    made, _ = TensorSampler(SMOTE(k_neighbors=2, random_state=0)).fit_resample(X, [0] * 5 + [1] * 3)
    assert made.min() >= 100
    assert made.max() <= 107


def test_chosen_rows_keep_their_shape_and_unknown_parents_are_not_made_up():
    tensor = TensorSampler(TomekLinks())
    made, _ = tensor.fit_resample(IMAGES, Y)
    np.testing.assert_array_equal(made, IMAGES[tensor.sample_indices_])
    tensor = TensorSampler(SVMSMOTE(random_state=0, k_neighbors=2, m_neighbors=3))
    made, _ = tensor.fit_resample(IMAGES, Y)
    assert made.shape[1:] == (6, 5)
    assert not hasattr(tensor, "sample_indices_")


def test_smote_on_recordings_is_refused():
    with pytest.raises(
        ValueError,
        match=r"Expected numbers for SMOTE, which measures distances between rows, got "
        r"recordings, the first is 0\.wav\. Put it behind the step that makes features, or use "
        r"RandomOverSampler, which takes rows as they are\.",
    ):
        TensorSampler(SMOTE()).fit_resample([f"{n}.wav" for n in range(29)], Y)


def test_a_class_with_fewer_rows_than_neighbours_is_named():
    y = ["happy"] * 26 + ["sad"] * 3
    sentence = (
        r"Expected more rows of each class than SMOTE looks for neighbours, got 3 of 'sad'\. Lower "
        r"k_neighbors, or use RandomOverSampler\."
    )
    with pytest.raises(ValueError, match=sentence):
        TensorSampler(SMOTE()).fit_resample(IMAGES, y)


def test_smote_on_padded_sequences_is_refused():
    frames = RNG.normal(size=(29, 7, 3)).astype("float32")
    TensorSampler(SMOTE()).fit_resample(frames, Y)
    frames[4, 5:] = 0
    with pytest.raises(
        ValueError, match=r"got lengths from 5 to 7 frames, padded with mask_value=0"
    ):
        TensorSampler(SMOTE()).fit_resample(frames, Y)
    TensorSampler(SMOTE(), mask_value=None).fit_resample(frames, Y)
    TensorSampler(RandomOverSampler()).fit_resample(frames, Y)


def test_it_is_a_step_whose_parameters_can_be_searched():
    sampler = TensorSampler(RandomOverSampler(random_state=0))
    pipeline = make_pipeline(sampler, _Flat(), SVC())
    pipeline.set_params(tensorsampler__sampler__sampling_strategy={"sad": 15})
    twin = clone(pipeline).fit(IMAGES, Y)
    assert np.bincount(twin[0].sample_indices_ >= 20).tolist() == [20, 15]
    assert twin.predict(IMAGES).shape == (29,)


def _Flat():
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(lambda images: images.reshape(len(images), -1))
