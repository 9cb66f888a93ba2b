import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss, recall_score
from sklearn.model_selection import GridSearchCV

from skemotion.metrics import (
    bootstrap_interval,
    macro_f1_score,
    per_class_recall,
    soft_cross_entropy,
    soft_distance,
    uar_score,
    uar_scorer,
    wa_score,
)

PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcde")), min_size=1)


@given(PAIRS)
def test_metrics_equal_those_of_scikit_learn(pairs):
    y_true, y_pred = zip(*pairs, strict=True)
    options = {"labels": sorted(set(y_true)), "zero_division": 0}
    recalls = recall_score(y_true, y_pred, average=None, **options)
    assert uar_score(y_true, y_pred) == pytest.approx(np.mean(recalls))
    assert wa_score(y_true, y_pred) == pytest.approx(accuracy_score(y_true, y_pred))
    expected = f1_score(y_true, y_pred, average="macro", **options)
    assert macro_f1_score(y_true, y_pred) == pytest.approx(expected)
    assert per_class_recall(y_true, y_pred) == pytest.approx(
        dict(zip(options["labels"], recalls, strict=True))
    )


def _voices(n_subjects=12, n_recordings=10, seed=0):
    """Return subjects who differ: some are always understood, some hardly ever."""
    rng = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(n_subjects), n_recordings)
    y_true = rng.choice(["angry", "happy", "sad"], size=len(subjects))
    right = rng.random(len(subjects)) < rng.choice([0.0, 0.3, 1.0], size=n_subjects)[subjects]
    y_pred = np.where(right, y_true, rng.choice(["angry", "happy", "sad"], size=len(subjects)))
    return y_true, y_pred, subjects


@pytest.mark.parametrize("metric", [uar_score, wa_score, macro_f1_score])
def test_interval_on_confusions_is_that_of_drawing_rows(metric):
    y_true, y_pred, subjects = _voices()
    quick = bootstrap_interval(y_true, y_pred, subjects, metric, n_resamples=4000)
    plain = bootstrap_interval(
        y_true, y_pred, subjects, lambda true, pred: metric(true, pred), n_resamples=1500
    )
    assert quick == pytest.approx(plain, abs=0.02)
    assert quick[0] < metric(y_true, y_pred) < quick[1]


def test_interval_over_subjects_is_wider_than_over_recordings():
    y_true, y_pred, subjects = _voices()
    over_subjects = np.ptp(bootstrap_interval(y_true, y_pred, subjects))
    over_recordings = np.ptp(bootstrap_interval(y_true, y_pred, np.arange(len(y_true))))
    assert over_subjects > 1.3 * over_recordings


@settings(max_examples=25, deadline=None)
@given(PAIRS, st.integers(0, 2**31))
def test_interval_is_repeatable_and_within_bounds(pairs, seed):
    y_true, y_pred = zip(*pairs, strict=True)
    subjects = np.arange(len(pairs)) % 3
    low, high = bootstrap_interval(y_true, y_pred, subjects, random_state=seed, n_resamples=50)
    again = bootstrap_interval(y_true, y_pred, subjects, random_state=seed, n_resamples=50)
    if len(set(subjects)) == 1:
        assert math.isnan(low)
        assert math.isnan(high)
    else:
        assert (low, high) == again
        assert 0 <= low <= high <= 1


def test_one_subject_gives_no_interval():
    assert all(map(math.isnan, bootstrap_interval(["a", "b"], ["a", "a"], ["x", "x"])))


def test_bad_input_is_named():
    sentence = "Expected level to lie between 0 and 1, got 95. Try 0.95."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        bootstrap_interval(["a"], ["a"], ["x"], level=95)
    sentence = "Expected at least one recording to score, got 0. Check the test part of the fold."
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        uar_score([], [])


def test_scorer_serves_a_search():
    X, y = np.zeros((9, 1)), np.array(["a"] * 6 + ["b"] * 3)
    grid = {"strategy": ["most_frequent", "stratified"]}
    search = GridSearchCV(DummyClassifier(random_state=0), grid, scoring=uar_scorer, cv=3)
    scores = search.fit(X, y).cv_results_["mean_test_score"]
    assert scores[0] == 0.5


@given(st.integers(0, 10**6))
def test_soft_metrics_agree_with_their_definition(seed):
    rng = np.random.default_rng(seed)
    votes, predicted = rng.dirichlet([1] * 4, size=(2, 7))
    predicted = (predicted + 0.01) / 1.04
    rows = zip(votes, predicted, strict=True)
    losses = [log_loss([0, 1, 2, 3], [row] * 4, sample_weight=share) for share, row in rows]
    entropy = np.mean(losses)
    assert soft_cross_entropy(votes, predicted) == pytest.approx(entropy, rel=1e-5)
    assert soft_cross_entropy(votes, predicted) >= soft_cross_entropy(votes, votes) - 1e-9
    assert 0 <= soft_distance(votes, predicted) <= 1
    assert soft_distance(votes, votes) == 0
    assert soft_distance(np.eye(4), np.eye(4)[::-1]) == 1


def test_soft_metrics_refuse_other_classes():
    with pytest.raises(ValueError, match=r"got \(1, 2\) and \(1, 3\)\. Give both a column a class"):
        soft_distance([[0.5, 0.5]], [[0.2, 0.3, 0.5]])
