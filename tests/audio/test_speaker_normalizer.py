"""SpeakerNormalizer: by group, transductive for strangers."""

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import SpeakerNormalizer


def voices(n_speakers=4, n_each=20, seed=0):
    """Two emotions that differ less than the speakers do."""
    random = np.random.default_rng(seed)
    groups = np.repeat([f"corpus/{place:02}" for place in range(n_speakers)], n_each)
    y = np.tile(["calm", "angry"], n_speakers * n_each // 2)
    habit = np.repeat(random.normal(scale=20, size=(n_speakers, 3)), n_each, axis=0)
    X = habit + (y == "angry")[:, None] * 2 + random.normal(scale=0.5, size=habit.shape)
    order = random.permutation(len(y))
    return X[order], y[order], groups[order]


def z_scores(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


@given(st.integers(0, 99), st.sampled_from([np.float32, np.float64]))
def test_every_speaker_has_mean_0_and_deviation_1(seed, dtype):
    X, _, groups = voices(seed=seed)
    got = SpeakerNormalizer().fit_transform(X.astype(dtype), groups=groups)
    assert got.dtype == dtype
    for group in np.unique(groups):
        np.testing.assert_allclose(
            got[groups == group], z_scores(X[groups == group]), rtol=1e-3, atol=1e-3
        )


def test_strangers_are_standardised_with_their_own_rows_and_friends_with_those_of_fit():
    X, _, groups = voices()
    known = groups != "corpus/03"
    normalizer = SpeakerNormalizer().fit(X[known], groups=groups[known])
    got = normalizer.transform(X, groups=groups)
    np.testing.assert_allclose(got[~known], z_scores(X[~known]))
    one = np.flatnonzero(groups == "corpus/01")[:1]
    np.testing.assert_allclose(normalizer.transform(X[one], groups=groups[one]), got[one])
    assert normalizer.groups_.tolist() == ["corpus/00", "corpus/01", "corpus/02"]
    assert normalizer.mean_.shape == (3, 3)


def test_of_whom_little_is_known_is_a_stranger():
    X, _, groups = voices()
    normalizer = SpeakerNormalizer(min_samples=5).fit(X, groups=groups)
    few = normalizer.transform(X[:4], groups=["new"] * 4)
    np.testing.assert_allclose(few, StandardScaler().fit(X).transform(X[:4]))
    enough = normalizer.transform(X[:5], groups=["new"] * 5)
    np.testing.assert_allclose(enough, z_scores(X[:5]))


def test_without_groups_it_is_a_standard_scaler():
    X, _, _ = voices()
    np.testing.assert_allclose(
        SpeakerNormalizer().fit_transform(X), StandardScaler().fit_transform(X)
    )


def test_missing_values_are_left_out_and_constants_become_0():
    X, _, groups = voices()
    X[3, 0] = np.nan
    X[groups == groups[0], 1] = 0.1
    X[groups == groups[0], 2] = np.nan
    got = SpeakerNormalizer().fit_transform(X, groups=groups)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(X))
    np.testing.assert_allclose(got[groups == groups[0], 1], 0, atol=1e-12)
    own = (groups == groups[3]) & ~np.isnan(X[:, 0])
    np.testing.assert_allclose(got[own, 0], z_scores(X[own, 0]))


def test_numbers_name_speakers_too():
    X, _, groups = voices()
    numbers = np.unique(groups, return_inverse=True)[1]
    np.testing.assert_array_equal(
        SpeakerNormalizer().fit(X, groups=numbers).transform(X, groups=numbers.tolist()),
        SpeakerNormalizer().fit_transform(X, groups=groups),
    )


def test_groups_are_routed_through_pipelines():
    X, y, groups = voices()
    pipeline = make_pipeline(SpeakerNormalizer(), LogisticRegression())
    with sklearn.config_context(enable_metadata_routing=True):
        folds = cross_validate(
            pipeline, X, y, params={"groups": groups}, cv=LeaveOneGroupOut(), error_score="raise"
        )
        plain = cross_validate(
            clone(pipeline)[1:], X, y, params={"groups": groups}, cv=LeaveOneGroupOut()
        )
        fitted = pipeline.fit(X, y, groups=groups)
        assert (fitted.predict(X, groups=groups) == y).mean() > 0.95
    assert folds["test_score"].min() > 0.9
    assert plain["test_score"].mean() < 0.9


def test_forgotten_groups_are_an_error():
    X, _, groups = voices()
    message = (
        r"^Expected groups, the speaker of each recording, in transform as in fit, got none\. With "
        r"sklearn\.set_config\(enable_metadata_routing=True\), write pipeline\.predict\(X, "
        r"groups=\.\.\.\)\.$"
    )
    with pytest.raises(ValueError, match=message):
        SpeakerNormalizer().fit(X, groups=groups).transform(X)


def test_groups_have_to_fit_the_rows():
    X, _, groups = voices()
    message = (
        r"^Expected groups of shape \(80,\), the speaker of each recording, got shape \(79,\)\. "
        r"Pass the groups of the rows of X\.$"
    )
    with pytest.raises(ValueError, match=message):
        SpeakerNormalizer().fit(X, groups=groups[1:])


def test_it_says_what_it_is():
    assert "transductive" in SpeakerNormalizer.__doc__.splitlines()[0]
