"""Votes, stacks, calibrated networks and thresholds become one graph, or are refused."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from skemotion import AcousticFeatures, MLPClassifier, PriorCorrection, load_dataset, to_onnx
from skemotion.export import ConversionError, parity_report

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4)).astype(np.float32)
NOISE = RNG.normal(scale=0.5, size=(2, 120))
Y = np.array(["sad", "angry", "calm"])[
    (X[:, 0] + NOISE[0] > 0) + (X[:, 2] + NOISE[1] > 0).astype(int)
]
NETWORK = MLPClassifier((6,), epochs=2, random_state=0)
MEMBERS = [
    ("network", NETWORK),
    ("bayes", GaussianNB()),
    ("scaled", make_pipeline(StandardScaler(), GaussianNB())),
]


BAYES = GaussianNB()


@pytest.mark.parametrize(
    ("model", "n_classes"),
    [
        (VotingClassifier(MEMBERS, voting="soft", weights=[3, 2, 1]), 3),
        (
            VotingClassifier(
                [*MEMBERS, ("no", "drop"), ("svm", LinearSVC())], weights=[2, 1, 1, 9, 3]
            ),
            3,
        ),
        (StackingClassifier([*MEMBERS, ("no", "drop")], cv=2), 3),
        (StackingClassifier(MEMBERS[1:], final_estimator=LinearSVC(), cv=2), 2),
        (CalibratedClassifierCV(make_pipeline(StandardScaler(), NETWORK), cv=2), 3),
        (CalibratedClassifierCV(BAYES, cv=2, ensemble=False), 2),
        (CalibratedClassifierCV(BAYES, method="isotonic", cv=2), 3),
        (CalibratedClassifierCV(BAYES, method="isotonic", cv=2), 2),
        (CalibratedClassifierCV(BAYES, method="temperature", cv=2), 3),
        (CalibratedClassifierCV(BAYES, method="temperature", cv=2), 2),
        (PriorCorrection(CalibratedClassifierCV(BAYES, cv=2)), 3),
    ],
)
def test_ensembles_become_one_graph(here, model, n_classes):
    y = Y if n_classes == 3 else np.where(Y == "sad", "sad", "other")
    exported = to_onnx(model.fit(X[:80], y[:80]), X=X[:80])
    others = 2 * X  # none of them seen, some beyond what was calibrated
    assert exported.predict(others).tolist() == model.predict(others).tolist()
    assert hasattr(exported, "predict_proba") == hasattr(model, "predict_proba")
    if hasattr(model, "predict_proba"):
        expected = model.predict_proba(others)
        np.testing.assert_allclose(exported.predict_proba(others), expected, atol=1e-4)


@pytest.mark.parametrize(
    "model",
    [
        TunedThresholdClassifierCV(LogisticRegression(), cv=2),
        FixedThresholdClassifier(GaussianNB(), threshold=0.8, pos_label="other"),
    ],
)
def test_thresholds_decide(model):
    y = np.where(Y == "sad", "sad", "other")
    model.fit(X, y)
    exported = to_onnx(model)
    assert exported.predict(X).tolist() == model.predict(X).tolist()
    shares = exported.predict_proba(X)
    np.testing.assert_allclose(shares, model.predict_proba(X), atol=1e-5)
    probable = exported.classes_[shares.argmax(axis=1)]
    assert (probable != exported.predict(X)).sum() > 1  # it is not the most probable class


def test_members_have_to_become_graphs_whole():
    inner = make_pipeline(FunctionTransformer(np.square), LogisticRegression())
    model = VotingClassifier([("squared", inner)], voting="soft").fit(X, Y)
    with pytest.raises(
        ConversionError, match=r"steps of model\.squared to become part of one graph"
    ):
        to_onnx(model)
    data = load_dataset("synthetic-voices", scheme="common4")
    reading = make_pipeline(AcousticFeatures(summary=("mean",)), GaussianNB())
    model = CalibratedClassifierCV(reading, cv=2).fit(data.X[:40], data.y[:40])
    with pytest.raises(
        ConversionError, match=r"got acousticfeatures, .* in front of what holds se"
    ):
        to_onnx(model)


def test_thresholds_of_scores_are_refused():
    y = np.where(Y == "sad", "sad", "other")
    model = FixedThresholdClassifier(LinearSVC(), response_method="decision_function").fit(X, y)
    with pytest.raises(ConversionError, match=r"^Expected model to decide by probabilities, got a"):
        to_onnx(model)


def test_what_a_decision_looks_at_has_to_convert():
    model = PriorCorrection(NearestCentroid()).fit(X, Y)
    with pytest.raises(ConversionError, match=r"can be exported, got model\.estimator=NearestCent"):
        to_onnx(model)


def test_classifiers_that_transform_stay_steps():
    model = make_pipeline(LinearDiscriminantAnalysis(), LogisticRegression()).fit(X, Y)
    exported = to_onnx(model, X=X)
    assert list(exported.named_steps) == ["lineardiscriminantanalysis", "onnxclassifier"]
    np.testing.assert_allclose(exported.predict_proba(X), model.predict_proba(X), atol=1e-5)


def test_equal_probabilities_are_not_enough():
    """This one decides by scores where its probabilities are equal, its graph does not."""
    model = SGDClassifier(loss="modified_huber", random_state=0).fit(X[:20], Y[:20])
    probable = model.classes_[model.predict_proba(20 * X).argmax(axis=1)]
    assert (probable != model.predict(20 * X)).mean() > 0.01
    with pytest.raises(ConversionError, match=r"difference of .* and \d+ of 120 labels equal\."):
        to_onnx(model, X=20 * X, tolerance=1)


def test_near_ties_may_turn():
    model, other = (LogisticRegression(C=C).fit(X, Y) for C in (1, 0.01))
    assert (model.predict(X) != other.predict(X)).mean() > 0.01
    difference = np.abs(model.predict_proba(X) - other.predict_proba(X)).max()
    for share, within in ((1.01, True), (0.99, False)):
        report = parity_report(model, other, X, tolerance=share * difference)
        assert report["within_tolerance"] is within


def test_graphs_that_fail_are_told_as_such():
    y = np.where(Y == "sad", 1, 0)
    with pytest.raises(ConversionError, match=r"one class a sample, got shape \(8, 1\) for 8 samp"):
        to_onnx(OneVsOneClassifier(LogisticRegression()).fit(X, y), X=X)
    with pytest.raises(ConversionError, match=r"that its runtime takes, but it fails: .*LabelEnc"):
        to_onnx(OneVsOneClassifier(LogisticRegression()).fit(X, Y), X=X)
