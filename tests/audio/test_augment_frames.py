"""FrameAugmenter: what changes, by how much, and that padding is not touched."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import FrameAugmenter

STILL = {"n_time_masks": 0, "n_feature_masks": 0}


def rng(seed=0):
    return np.random.default_rng(seed)


def only(**strengths):
    return FrameAugmenter(**STILL | strengths)


def frames(lengths, n_frames=30, n_features=6, mask_value=0.0, dtype="float32"):
    X = rng(1).normal(3, 2, (len(lengths), n_frames, n_features)).astype(dtype)
    for row, length in zip(X, lengths, strict=True):
        row[length:] = mask_value
    return X


def clocks(lengths, n_frames=200):
    """Sequences whose first feature tells the time, from 1 on."""
    X = np.zeros((len(lengths), n_frames, 2))
    for row, length in zip(X, lengths, strict=True):
        row[:length, 0] = np.arange(1, length + 1)
        row[:length, 1] = -1
    return X


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["float32", "float64"]),
    st.tuples(st.integers(0, 4), st.integers(1, 12), st.integers(1, 4)),
    st.sampled_from([0.0, -100.0, 0.1]),
    st.integers(0, 99),
)
def test_any_size(dtype, shape, mask_value, seed):
    X = rng(seed).integers(-1, 2, shape).astype(dtype)
    for row in X:  # padding at the start, at the end, everywhere
        row[rng(seed).integers(shape[1] + 1) :] = mask_value
        row[: rng(seed).integers(3)] = mask_value
    before = X.copy()
    strong = FrameAugmenter(
        n_time_masks=2,
        time_mask=1,
        n_feature_masks=2,
        feature_mask=1,
        noise=1,
        crop=0.5,
        speed=0.5,
        shift=1,
        mask_value=mask_value,
    )
    varied = strong.augment_batch(X, rng(seed))
    np.testing.assert_array_equal(X, before)
    assert (varied.shape, varied.dtype) == (X.shape, X.dtype)
    assert np.isfinite(varied).all()
    padding = (X.dtype.type(mask_value) == X).all(axis=2)
    assert (varied[padding] == X.dtype.type(mask_value)).all()
    became = (varied == X.dtype.type(mask_value)).all(axis=2)
    assert (became.all(axis=1) == padding.all(axis=1)).all()  # nothing is lost altogether
    still = only(mask_value=mask_value).augment_batch(X, rng(seed))
    np.testing.assert_allclose(still, X, atol=1.1e-4)  # frames that looked like padding may move


def test_nothing_changes_without_strengths():
    X = frames([30, 12, 0])
    for augmenter in (only(), FrameAugmenter(time_mask=0, feature_mask=0)):
        varied = augmenter.augment_batch(X, rng())
        np.testing.assert_array_equal(varied, X)
        assert not np.shares_memory(varied, X)


def test_no_real_frame_becomes_padding():
    X = frames([30, 30, 17])
    X -= X.mean(axis=1, keepdims=True)  # the mean that masks are filled with is the padding's value
    X[2, 17:] = 0
    whole = only(n_time_masks=1, time_mask=1).augment_batch(np.zeros_like(X) + X, rng())
    hidden = (whole == 0).all(axis=2)
    np.testing.assert_array_equal(hidden, (X == 0).all(axis=2))


def test_masks_are_stretches_of_the_mean_no_longer_than_asked():
    X = frames([30] * 150 + [20] * 150)
    lengths = np.repeat([30, 20], 150)
    varied = only(n_time_masks=1, time_mask=0.2).augment_batch(X, rng())
    hit = (varied != X).any(axis=2)
    assert not hit[150:, 20:].any()
    n_hit = hit.sum(axis=1)
    assert set(n_hit[:150]) == set(range(7))
    assert set(n_hit[150:]) == set(range(5))
    ends = np.diff(np.pad(hit, [(0, 0), (1, 1)]).astype(int), axis=1)
    assert ((ends == 1).sum(axis=1) <= 1).all()
    assert hit.any(axis=0)[:30].all()
    for row in np.flatnonzero(n_hit)[::20]:
        expected = X[row, : lengths[row]].mean(axis=0)
        np.testing.assert_allclose(varied[row][hit[row]] - expected, 0, atol=1e-5)


def test_feature_masks_are_bands():
    X = frames([30] * 200 + [20] * 100, n_features=10)
    varied = only(n_feature_masks=1, feature_mask=0.3).augment_batch(X, rng())
    hit = (varied != X).any(axis=1)
    assert set(hit.sum(axis=1)) == {0, 1, 2, 3}
    ends = np.diff(np.pad(hit, [(0, 0), (1, 1)]).astype(int), axis=1)
    assert ((ends == 1).sum(axis=1) <= 1).all()
    assert hit.any(axis=0).all()
    assert np.ptp(np.where(hit[:, np.newaxis], varied, 0)[:200], axis=1).max() < 1e-6
    assert (varied[200:, 20:] == 0).all()


def test_noise_goes_by_the_spread_of_each_feature():
    X = frames([3000, 1500], n_frames=3000) * np.array([1, 10, 0.1, 1, 1, 0], np.float32)
    noise = only(noise=0.5).augment_batch(X, rng()) - X
    for row, length in enumerate([3000, 1500]):
        spread = X[row, :length].std(axis=0)
        np.testing.assert_allclose(noise[row, :length].std(axis=0), 0.5 * spread, rtol=0.06)
        assert (noise[row, length:] == 0).all()


def test_crop_keeps_a_stretch():
    lengths = np.repeat([200, 100], 150)
    varied = only(crop=0.3).augment_batch(clocks(lengths), rng())
    starts = set()
    for row, length in zip(varied, lengths, strict=True):
        kept = int((row[:, 1] == -1).sum())
        assert 0.7 * length - 1 <= kept <= length
        np.testing.assert_array_equal(np.diff(row[:kept, 0]), 1)
        assert row[:kept, 0].max() <= length
        assert (row[kept:] == 0).all()
        starts.add(row[0, 0])
    assert {1, 2, 3, 20} <= starts


def test_speed_is_the_step_between_frames():
    lengths = np.repeat([200, 100], 150)
    varied = only(speed=0.2).augment_batch(clocks(lengths), rng())
    steps = []
    for row, length in zip(varied, lengths, strict=True):
        kept = int((row[:, 1] == -1).sum())
        step = np.diff(row[: kept - 1, 0])
        np.testing.assert_allclose(step, step[0], atol=1e-9)
        assert kept == min(round(length / step[0]), length)
        assert row[:kept, 0].min() >= 1
        assert row[:kept, 0].max() <= length
        steps.append(step[0])
    assert 0.8 <= min(steps) < 0.82
    assert 1.18 < max(steps) <= 1.2


def test_shift_rolls_what_is_real():
    lengths = np.repeat([200, 100], 100)
    X = clocks(lengths)
    varied = only(shift=0.25).augment_batch(X, rng())
    for row, before, length in zip(varied, X, lengths, strict=True):
        first = int(row[0, 0])
        np.testing.assert_array_equal(row[:length], np.roll(before[:length], 1 - first, axis=0))
        assert first - 1 <= length / 4 or first - 1 >= length * 3 / 4
        assert (row[length:] == 0).all()
    assert len(set(varied[:, 0, 0])) > 50


@pytest.mark.parametrize(
    ("X", "error", "sentence"),
    [
        (
            np.zeros((2, 3, 4), int),
            TypeError,
            "Expected frames of dtype float32 or float64, got int64. Convert them.",
        ),
        (
            np.zeros((3, 4)),
            ValueError,
            "Expected frames of shape (n_samples, n_frames, n_features), got shape (3, 4). "
            "Make them with AcousticFeatures(summary=None).",
        ),
    ],
)
def test_what_is_refused(X, error, sentence):
    with pytest.raises(error, match=f"^{re.escape(sentence)}$"):
        FrameAugmenter().augment_batch(X, rng())
    with pytest.raises(ValueError, match="'time_mask' parameter of FrameAugmenter must be a float"):
        FrameAugmenter(time_mask=2).augment_batch(X, rng())
