"""A classifier labels rows without label; metadata stays with its rows."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.semi_supervised import SelfTrainingClassifier

from skemotion import CNNClassifier, Rescale, Resize, SelfTraining, load_dataset

N_LABELLED, N = 8, 32
EMOTIONS = np.array(["happy", "sad"] * (N // 2))
Y = EMOTIONS.astype(object)
Y[N_LABELLED:] = -1
GROUPS = np.array([f"s{n // 2 % 4}" for n in range(N)])


def _faces(seed=0):
    faces = np.random.default_rng(seed).random((N, 12, 12)) / 2
    faces[EMOTIONS == "happy", :6] += 0.5
    return faces


def _network(**params):
    defaults = {"dense_units": 8, "epochs": 20, "learning_rate": 0.01, "random_state": 0}
    return CNNClassifier((4,), **{**defaults, **params})


class Recorder(ClassifierMixin, BaseEstimator):
    """Sure of everything; notes what each fit is given."""

    __metadata_request__fit = {"groups": True, "validation": True, "sample_weight": True}
    fits = []

    def fit(self, X, y, groups=None, validation=None, sample_weight=None):
        self.classes_ = np.unique(y)
        rows = np.asarray(X).reshape(len(y), -1)[:, 0].astype(int)
        self.fits.append((rows, groups, validation, sample_weight))
        return self

    def predict_proba(self, X):
        return np.eye(len(self.classes_))[np.arange(len(X)) % len(self.classes_)]


@pytest.fixture
def fits():
    Recorder.fits.clear()
    return Recorder.fits


def test_scikit_learns_own_takes_flat_pixels_and_labels_as_objects():
    flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, 144)})
    faces = (_faces() * 255).astype("uint8")
    pipeline = make_pipeline(Rescale(), flat, SelfTrainingClassifier(_network(epochs=40)))
    fitted = pipeline.fit(faces, Y)
    assert (fitted[-1].labeled_iter_ > 0).any()
    assert fitted.score(faces, EMOTIONS) > 0.9


@pytest.mark.parametrize("criterion", ["threshold", "k_best"])
def test_on_tables_it_is_scikit_learns(criterion):
    X = np.random.default_rng(0).normal(size=(N, 2)) + 2 * (EMOTIONS == "sad")[:, None]
    params = {"criterion": criterion, "k_best": 7, "max_iter": 3, "threshold": 0.8}
    theirs = SelfTrainingClassifier(LogisticRegression(), **params).fit(X, Y)
    ours = SelfTraining(LogisticRegression(), **params).fit(X, Y)
    np.testing.assert_array_equal(ours.transduction_, theirs.transduction_)
    np.testing.assert_array_equal(ours.labeled_iter_, theirs.labeled_iter_)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.termination_condition_ == theirs.termination_condition_


@pytest.mark.parametrize("y", [Y, Y.tolist(), Y.astype(str)], ids=["objects", "list", "strings"])
def test_images_and_labels_of_any_kind(y):
    trained = SelfTraining(_network(), threshold=0.6, max_iter=2).fit(_faces(), y)
    assert trained.classes_.tolist() == ["happy", "sad"]
    assert trained.classes_.dtype.kind == "U"
    assert (trained.labeled_iter_ > 0).sum() > 10
    assert trained.score(_faces(1), EMOTIONS) > 0.9


def test_around_a_pipeline_of_recordings():
    data = load_dataset("synthetic-faces")
    chosen = np.flatnonzero(np.isin(data.y, ["happy", "sad"]))
    X, y = data.X[chosen], data.y[chosen].astype(object)
    y[np.isin(data.groups[chosen], np.unique(data.groups)[5:])] = -1
    pipeline = make_pipeline(Resize(12), Rescale(), _network(early_stopping=True))
    trained = SelfTraining(pipeline, criterion="k_best", k_best=20, max_iter=1)
    trained.fit(X, y, groups=data.groups[chosen])
    assert (trained.labeled_iter_ == 1).any()
    assert "val_loss" in trained.estimator_[-1].history_
    assert trained.predict_proba(X).shape == (len(X), 2)


def test_metadata_stays_with_its_rows_and_nothing_is_learnt_from_subjects_validated_on(fits):
    rows = np.arange(N, dtype=float)[:, None]
    mask = np.arange(N) < 2  # of the first subject, which has unlabelled rows too
    metadata = {"groups": GROUPS, "validation": mask, "sample_weight": np.arange(N) + 1.0}
    for routing in (True, False):
        with config_context(enable_metadata_routing=routing):
            trained = SelfTraining(Recorder()).fit(rows, Y, **metadata)
    assert len(fits) == 4
    for given, groups, validation, weight in fits:
        np.testing.assert_array_equal(groups, GROUPS[given])
        np.testing.assert_array_equal(validation, mask[given])
        np.testing.assert_array_equal(weight, given + 1)
        assert validation.sum() == 2
        assert set(groups[~validation]) == {"s1", "s2", "s3"}
    unlabelled = (GROUPS == "s0") & (np.arange(N) >= N_LABELLED)
    assert (trained.transduction_[unlabelled] == -1).all()
    assert (trained.labeled_iter_[unlabelled] == -1).all()


@pytest.mark.parametrize("groups", [GROUPS, None], ids=["by subject", "by row"])
def test_a_network_is_validated_on_the_same_labelled_rows_in_each_round(groups, monkeypatch):
    seen, fit = [], CNNClassifier.fit

    def note(self, X, y, sample_weight=None, groups=None, validation=None, soft_labels=None):
        seen.append((len(y), X[validation], groups is not None and set(groups[validation])))
        return fit(self, X, y, sample_weight, groups, validation, soft_labels)

    monkeypatch.setattr(CNNClassifier, "fit", note)
    network = _network(early_stopping=True, patience=20, validation_fraction=0.25)
    params = {} if groups is None else {"groups": groups}
    trained = SelfTraining(network, threshold=0.6, max_iter=2).fit(_faces(), Y, **params)
    sizes = [size for size, _, _ in seen]
    assert sizes[0] == N_LABELLED < sizes[-1]
    for _, validated, subjects in seen:
        np.testing.assert_array_equal(validated, seen[0][1])
        if groups is not None:
            of_them = np.isin(GROUPS, list(subjects)) & (np.arange(N) >= N_LABELLED)
            assert (trained.labeled_iter_[of_them] == -1).all()


def test_without_unlabelled_rows_it_is_the_classifier():
    X = _faces().reshape(N, -1)
    trained = SelfTraining(LogisticRegression()).fit(X, EMOTIONS)
    expected = LogisticRegression().fit(X, EMOTIONS).predict_proba(X)
    np.testing.assert_array_equal(trained.predict_proba(X), expected)
    assert (trained.n_iter_, trained.termination_condition_) == (0, "all_labeled")


def test_soft_labels_are_refused():
    sentence = (
        r"^Expected no soft_labels in self-training, which believes one class a row, got some\. "
        r"Leave them out, or use ContrastiveClassifier\.$"
    )
    with pytest.raises(ValueError, match=sentence):
        SelfTraining(_network()).fit(_faces(), Y, soft_labels=np.full((N, 2), 0.5))


def test_no_label_at_all_is_refused():
    sentence = r"^Expected some of the 3 rows to have a label, got -1 for all of them\. Give the"
    with pytest.raises(ValueError, match=sentence):
        SelfTraining(LogisticRegression()).fit(np.zeros((3, 1)), [-1, -1, -1])
