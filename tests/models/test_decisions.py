"""Priors, costs and tuned weights change decisions as they should."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skemotion import CostSensitive, PriorCorrection, TunedWeights, uar_score
from skemotion.models._weights import search_weights

CLASSES = np.array(["calm", "happy", "sad"])


def draw(n, seed, shares=(0.05, 0.8, 0.15)):
    """Return two features of three overlapping classes of different frequency, and subjects."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(3, n, p=shares)
    X = rng.normal(size=(n, 2)) + np.array([[0, 0], [1.5, 0], [0, 1.5]])[codes]
    return X, CLASSES[codes], np.array([f"s{k}" for k in rng.integers(0, 8, n)])


class Given(ClassifierMixin, BaseEstimator):
    """Predicts the probabilities that are its features."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.asarray(X, dtype=float)


def test_uniform_priors_are_those_of_a_classifier_trained_on_even_classes():
    X, y, _ = draw(3000, 0)
    even = LinearDiscriminantAnalysis(priors=[1 / 3] * 3).fit(X, y)
    corrected = PriorCorrection(LinearDiscriminantAnalysis()).fit(X, y)
    np.testing.assert_allclose(corrected.predict_proba(X), even.predict_proba(X), atol=1e-9)
    plain = LinearDiscriminantAnalysis().fit(X, y)
    X, y, _ = draw(3000, 1)
    assert uar_score(y, corrected.predict(X)) > uar_score(y, plain.predict(X)) + 0.1


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
    st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
    st.integers(0, 99),
)
def test_correcting_there_and_back_gives_the_same(first, second, seed):
    X = np.random.default_rng(seed).dirichlet([1, 1, 1], 20)
    there = PriorCorrection(Given(), priors=second, learnt=first).fit(X[:3], CLASSES)
    back = PriorCorrection(Given(), priors=first, learnt=second).fit(X[:3], CLASSES)
    np.testing.assert_allclose(back.predict_proba(there.predict_proba(X)), X, atol=1e-9)


def test_priors_by_name_and_none_to_correct():
    X, y, _ = draw(300, 0)
    named = dict(zip(CLASSES.tolist(), [1, 2, 3], strict=True))
    corrected = PriorCorrection(GaussianNB(), priors=named, learnt="uniform").fit(X, y)
    np.testing.assert_allclose(corrected.weights_, [0.5, 1, 1.5])
    same = PriorCorrection(GaussianNB(), priors="train").fit(X, y)
    np.testing.assert_allclose(same.predict_proba(X), GaussianNB().fit(X, y).predict_proba(X))


@pytest.mark.parametrize(
    ("priors", "sentence"),
    [
        ([1, 2], r"Expected priors to be 3 positive numbers, got \[1, 2\]\. Give one for each of"),
        ([1, 0, 2], "Expected priors to be 3 positive numbers"),
        ({"calm": 1, "sad": 1}, "Expected priors to hold every class, got no prior of 'happy'"),
    ],
)
def test_wrong_priors_are_named(priors, sentence):
    X, y, _ = draw(300, 0)
    with pytest.raises(ValueError, match=sentence):
        PriorCorrection(GaussianNB(), priors=priors).fit(X, y)


def test_costs_choose_the_least_expected_cost():
    X = np.random.default_rng(0).dirichlet([1, 1, 1], 50)
    costs = np.random.default_rng(1).random((3, 3))
    decided = CostSensitive(Given(), costs).fit(X[:3], CLASSES)
    for row, name in zip(X, decided.predict(X), strict=True):
        expected = {
            predicted: sum(row[true] * costs[true, k] for true in range(3))
            for k, predicted in enumerate(CLASSES)
        }
        assert name == min(expected, key=expected.get)
    np.testing.assert_array_equal(decided.predict_proba(X), X)


def test_costs_by_name():
    X = np.eye(3)
    shuffled = CLASSES[[2, 0, 1]]
    table = pd.DataFrame(np.arange(9.0).reshape(3, 3), CLASSES, CLASSES).loc[
        shuffled, shuffled[::-1]
    ]
    assert CostSensitive(Given(), table).fit(X, CLASSES).costs_[1].tolist() == [3, 4, 5]
    pairs = CostSensitive(Given(), {("sad", "happy"): 7}).fit(X, CLASSES).costs_
    assert pairs.tolist() == [[0, 1, 1], [1, 0, 1], [1, 7, 0]]


@pytest.mark.parametrize(
    ("costs", "sentence"),
    [
        ({("sad", "angry"): 2}, r"got 'angry' in \('sad', 'angry'\)\. Use some of"),
        (np.ones((2, 2)), r"of shape \(3, 3\), got shape \(2, 2\)"),
        (pd.DataFrame(np.ones((2, 2)), CLASSES[:2], CLASSES[:2]), "got none for 'sad'"),
    ],
)
def test_wrong_costs_are_named(costs, sentence):
    X, y, _ = draw(300, 0)
    with pytest.raises(ValueError, match=sentence):
        CostSensitive(GaussianNB(), costs).fit(X, y)


def test_an_estimator_without_probabilities_is_refused():
    X, y, _ = draw(300, 0)
    with pytest.raises(ValueError, match="'estimator' parameter of PriorCorrection"):
        PriorCorrection(LinearSVC()).fit(X, y)


def test_tuned_weights_help_on_new_rows_and_say_what_they_are():
    X, y, groups = draw(2000, 0)
    with config_context(enable_metadata_routing=True):
        tuned = TunedWeights(GaussianNB()).fit(X, y, groups=groups)
    plain = GaussianNB().fit(X, y)
    X, y, _ = draw(3000, 1)
    assert uar_score(y, tuned.predict(X)) > uar_score(y, plain.predict(X)) + 0.1
    assert tuned.score_ > tuned.plain_score_
    assert tuned.weights_[0] > tuned.weights_[1]
    assert np.prod(tuned.weights_) == pytest.approx(1)
    weighted = plain.predict_proba(X) * tuned.weights_
    np.testing.assert_array_equal(tuned.predict(X), CLASSES[weighted.argmax(axis=1)])


class Watched(GaussianNB):
    """Tells whom it learns from, in a list that clones share."""

    seen = []
    __metadata_request__fit = {"groups": True}

    def fit(self, X, y, groups=None):
        self.groups_ = set(groups)
        self.seen.append(self.groups_)
        return super().fit(X, y)


def test_inner_folds_keep_subjects_apart():
    X, y, groups = draw(400, 0)
    Watched.seen.clear()
    with config_context(enable_metadata_routing=True):
        TunedWeights(Watched(), cv=4).fit(X, y, groups=groups)
    whole, *inner = Watched.seen
    left_out = [whole - subjects for subjects in inner]
    assert len(whole) == 8
    assert sorted(name for names in left_out for name in names) == sorted(whole)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 999), st.integers(2, 4))
def test_the_search_never_makes_it_worse(seed, n_classes):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(n_classes), 40)
    codes = rng.integers(0, n_classes, 40)
    weights, score, plain = search_weights(probabilities, codes, uar_score)
    assert score >= plain == uar_score(codes, probabilities.argmax(axis=1))
    assert score == uar_score(codes, (probabilities * weights).argmax(axis=1))


def test_two_classes_get_the_best_threshold():
    rng = np.random.default_rng(0)
    shares = rng.random(50)
    codes = (shares + rng.normal(scale=0.2, size=50) > 0.75).astype(int)
    probabilities = np.stack([1 - shares, shares], axis=1)
    _, score, _ = search_weights(probabilities, codes, uar_score)
    best = max(uar_score(codes, (shares > limit).astype(int)) for limit in np.r_[0, shares])
    assert score == best


def test_they_can_be_searched_and_nested():
    X, y, groups = draw(300, 0)
    search = GridSearchCV(
        PriorCorrection(LogisticRegression()),
        {"estimator__C": [0.1, 1.0], "priors": ["uniform", "train"]},
        cv=GroupKFold(2),
    ).fit(X, y, groups=groups)
    assert len(search.cv_results_["params"]) == 4
