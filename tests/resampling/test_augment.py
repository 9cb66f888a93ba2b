"""Children come after their parents, of the right classes, and the same twice."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skemotion import Augment, ImageAugmenter, WaveformAugmenter

Y = np.array(["happy"] * 5 + ["sad"] * 2 + ["calm"])
X = np.arange(8.0)[:, None]


class Shift(BaseEstimator):
    """Adds 100 and up to a half."""

    def augment_batch(self, X, rng):
        return X + 100 + rng.random(X.shape) / 2


class Fewer(BaseEstimator):
    def augment_batch(self, X, rng):
        return X[1:]


def test_children_are_varied_copies_behind_all_parents():
    sampler = Augment(Shift(), copies=2, random_state=0)
    made, y = sampler.fit_resample(X, Y)
    np.testing.assert_array_equal(made[:8], X)
    np.testing.assert_array_equal(sampler.sample_indices_, np.tile(np.arange(8), 3))
    np.testing.assert_array_equal(np.floor(made[8:] - 100), X[sampler.sample_indices_[8:]])
    np.testing.assert_array_equal(y, Y[sampler.sample_indices_])
    assert not np.array_equal(made[8:16], made[16:])
    np.testing.assert_array_equal(sampler.fit_resample(X, Y)[0], made)


def test_rare_classes_are_filled_up_evenly():
    y = np.array(["happy"] * 30 + ["sad"] * 4 + ["calm"])
    sampler = Augment(Shift(), copies="balanced", random_state=0)
    _, y_made = sampler.fit_resample(np.arange(35.0)[:, None], y)
    assert np.unique(y_made, return_counts=True)[1].tolist() == [30, 30, 30]
    assert sorted(np.bincount(sampler.sample_indices_)) == [1] * 30 + [7, 7, 8, 8, 30]


def test_images_and_recordings():
    faces = np.random.default_rng(0).integers(0, 256, (8, 9, 9), dtype="uint8")
    made, _ = Augment(ImageAugmenter(), random_state=0).fit_resample(faces, Y)
    assert made.shape == (16, 9, 9)
    assert made.dtype == np.uint8
    assert (made[8:] != faces).any()
    waves = [np.random.default_rng(n).normal(size=400 + n).astype("float32") / 9 for n in range(8)]
    made, _ = Augment(WaveformAugmenter(), random_state=0).fit_resample(waves, Y)
    assert made.shape == (16,)
    assert all(made[row] is waves[row] for row in range(8))
    assert all(wave.ndim == 1 and wave.dtype == np.float32 for wave in made[8:])


def test_an_augmenter_that_loses_rows_is_named():
    with pytest.raises(
        ValueError,
        match=r"Expected Fewer to return rows like those it got, float64 of shape \(8, 1\), got "
        r"float64 of shape \(7, 1\)\. Return one variation of each row\.",
    ):
        Augment(Fewer()).fit_resample(X, Y)
