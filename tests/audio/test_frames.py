"""FrameScaler: frames are standardised, padding is not touched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skemotion.audio import FrameScaler


def padded(lengths, mask_value, n_frames=9, n_features=3):
    random = np.random.default_rng(0)
    frames = random.normal(5, 2, (len(lengths), n_frames, n_features)).astype(np.float32)
    for row, length in zip(frames, lengths, strict=True):
        row[length:] = mask_value
    return frames


@pytest.mark.parametrize("mask_value", [0.0, -100.0])
def test_real_frames_have_mean_0_and_deviation_1(mask_value):
    X = padded([9, 4, 0], mask_value)
    scaled = FrameScaler(mask_value).fit_transform(X)
    real = np.concatenate([scaled[0], scaled[1, :4]])
    np.testing.assert_allclose(real.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(real.std(axis=0), 1, rtol=1e-6)
    assert (scaled[1, 4:] == mask_value).all()
    assert (scaled[2] == mask_value).all()
    assert scaled.dtype == np.float32


def test_only_fit_learns():
    scaler = FrameScaler().fit(padded([9, 4], 0.0))
    mean = scaler.mean_.copy()
    longer = np.ones((1, 30, 3))
    np.testing.assert_allclose(
        scaler.transform(longer)[0, 7], (1 - mean) / scaler.scale_, rtol=1e-6
    )
    np.testing.assert_array_equal(scaler.mean_, mean)


@given(
    hnp.arrays(np.float32, (3, 4, 2), elements=st.sampled_from([0.0, 1.0, 2.0, -3.5])),
    st.sampled_from([0.0, 1.0, -100.0]),
)
def test_the_mask_survives(X, mask_value):
    X[0, 0] = [7, 8]
    scaled = FrameScaler(mask_value).fit_transform(X)
    before, after = (np.equal(frames, mask_value).all(axis=2) for frames in (X, scaled))
    np.testing.assert_array_equal(after, before)
    assert np.isfinite(scaled).all()


def test_constant_feature_becomes_zero():
    X = padded([9, 9], 0.0)
    X[:, :, 1] = 0.1
    np.testing.assert_allclose(FrameScaler().fit_transform(X)[:, :, 1], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            np.where(np.arange(3)[:, None, None] == 1, np.nan, np.ones((3, 2, 2))),
            r"Expected finite frames, got NaN or infinity in 1 of 3 samples, the first in row 1\. "
            r"Drop recordings that could not be decoded before this step, or use "
            r"on_error='raise'\.",
        ),
        (
            np.ones((3, 2)),
            r"Expected X of shape \(n_samples, n_frames, n_features\), got shape \(3, 2\)\. Make "
            r"it with AcousticFeatures\(summary=None\)\.",
        ),
        (
            np.zeros((3, 2, 2)),
            r"Expected frames that are not padding, got only frames of mask_value=0\. Check "
            r"mask_value and the step before\.",
        ),
    ],
)
def test_wrong_frames_are_refused(X, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        FrameScaler().fit(X)


def test_another_number_of_features_is_refused():
    message = (
        r"^X has 2 features, but FrameScaler is expecting 3 features as input\. Make both with the "
        r"same steps\.$"
    )
    with pytest.raises(ValueError, match=message):
        FrameScaler().fit(padded([9], 0.0)).transform(np.ones((1, 4, 2)))
