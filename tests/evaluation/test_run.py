import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import Model, load_dataset
from skemotion.evaluation import BenchmarkError, ResultStore, cross_dataset, evaluate, fit_model
from skemotion.metrics import uar_score
from skemotion.protocols import Fold, Protocol


class Recorder(ClassifierMixin, BaseEstimator):
    """Predict the commonest emotion, and learn in two epochs; it keeps what it was given."""

    __metadata_request__fit = {"groups": True, "validation": True}
    calls = []

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, groups=None, validation=None):
        names, counts = np.unique(y, return_counts=True)
        self.classes_, self.common_ = names, names[counts.argmax()]
        self.history_ = pd.DataFrame({"loss": [1.0, 0.5], "val_loss": [1.1, 0.7]})
        self.calls.append((len(X), groups, validation, self.random_state))
        return self

    def predict(self, X):
        return np.full(len(X), self.common_)


class Failing(Recorder):
    """Fail on every fold."""

    def fit(self, X, y, groups=None, validation=None):
        raise ValueError("the moon is full")


def _linear():
    return make_pipeline(StandardScaler(), LogisticRegression())


def _three_parts(frame):
    subjects = frame["subject"].to_numpy()
    names = np.unique(subjects)
    train, validation, test = (
        np.flatnonzero(np.isin(subjects, part)) for part in np.split(names, [3, 4])
    )
    yield Fold({"fold": 0}, train, validation, test)


def test_each_fold_is_a_row_that_a_plain_loop_confirms(make_data):
    data = make_data()
    results = evaluate(_linear(), data, "loso")
    assert len(results.folds) == 6
    assert list(results.folds["held_out"]) == [f"toy/{k}" for k in range(6)]
    for row in results.folds.itertuples():
        test = data.groups == row.held_out
        predicted = _linear().fit(data.X[~test], data.y[~test]).predict(data.X[test])
        assert row.uar == pytest.approx(uar_score(data.y[test], predicted))
        assert (row.n_train, row.n_test, row.n_subjects_test) == (60, 12, 1)
    assert results.folds["uar_low"].isna().all()  # one subject says nothing of others
    pooled = results.predictions
    assert sorted(pooled["row"]) == list(range(72))
    summary = results.summary().iloc[0]
    assert summary["uar"] == pytest.approx(uar_score(pooled["y_true"], pooled["y_pred"]))
    assert summary["uar_mean"] == pytest.approx(results.folds["uar"].mean())
    assert summary["uar_low"] < summary["uar"] < summary["uar_high"]


def test_matrix_scores_the_classes_that_both_have(make_data):
    sources = [make_data(), make_data("other", seed=1), make_data("few", classes=("angry", "sad"))]
    results = cross_dataset({"linear": _linear()}, sources, protocol="subject-3fold")
    matrix = results.matrix("linear")
    assert list(matrix.index) == list(matrix.columns) == ["toy", "other", "few"]
    assert matrix.notna().all(axis=None)
    cells = results.summary().set_index(["train", "test"])
    assert cells.loc[("toy", "few"), "classes"] == ["angry", "sad"]
    assert cells.loc[("toy", "few"), "chance"] == 0.5
    assert cells.loc[("few", "toy"), "n_test"] == 36
    assert cells.loc[("toy", "other"), "classes"] == ["angry", "happy", "neutral", "sad"]
    few, toy = sources[2], sources[0]
    shared = np.isin(toy.y, ["angry", "sad"])
    expected = _linear().fit(toy.X[shared], toy.y[shared]).predict(few.X)
    assert matrix.loc["toy", "few"] == pytest.approx(uar_score(few.y, expected))
    recalls = results.folds.query("train == 'toy' and test == 'few'")
    assert recalls["recall_happy"].isna().all()
    assert recalls["recall_sad"].notna().all()


def test_targets_with_the_same_classes_share_a_fit(make_data):
    Recorder.calls.clear()
    sources = [make_data(name) for name in ("a", "b", "c")]
    cross_dataset({"recorder": Recorder()}, sources, protocol="subject-3fold")
    assert len(Recorder.calls) == 3 * 3 + 3


def test_two_processes_give_what_one_gives(make_data, without_times):
    sources = [make_data(), make_data("other", seed=1)]
    models = {"linear": _linear(), "sgd": SGDClassifier()}
    one, two = (cross_dataset(models, sources, "common4", n_jobs=n) for n in (1, 2))
    pd.testing.assert_frame_equal(without_times(one), without_times(two))
    pd.testing.assert_frame_equal(one.predictions, two.predictions)
    assert set(one.folds["scheme"]) == {"common4"}


def test_subjects_and_validation_go_to_those_who_ask(make_data):
    data = make_data()
    protocol = Protocol("parts", _three_parts)
    Recorder.calls.clear()
    results = evaluate(make_pipeline(StandardScaler(), Recorder()), data, protocol, random_state=7)
    ((n_samples, groups, validation, seed),) = Recorder.calls
    assert (n_samples, validation.sum(), seed) == (48, 12, 7)
    assert not set(groups[validation]) & set(groups[~validation])
    assert list(results.folds[["n_train", "n_validation"]].iloc[0]) == [36, 12]
    assert list(results.histories["val_loss"]) == [1.1, 0.7]
    row = evaluate(_linear(), data, protocol).folds.iloc[0]
    assert (row["n_train"], row["n_validation"]) == (36, 0)


def test_subjects_reach_the_splitter_of_a_search(make_data):
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=GroupKFold(2))
    assert len(evaluate(search, make_data(), "subject-3fold").folds) == 3
    assert fit_model(search, make_data()).best_params_["C"] in (0.1, 1.0)


def test_leaks_and_unknown_subjects_are_flagged(make_data):
    data = make_data(subjects_known=False)
    assert not evaluate(_linear(), data, "loso").folds["leaky"].any()
    folds = evaluate(_linear(), data, "random-5fold").folds
    assert folds["leaky"].all()
    assert not folds["subjects_known"].any()


def test_failed_folds_do_not_stop_the_others(make_data):
    models = {"linear": _linear(), "failing": Failing()}
    with ResultStore() as store:
        with pytest.raises(BenchmarkError) as caught:
            cross_dataset(models, [make_data()], protocol="subject-3fold", store=store)
        assert len(store.keys()) == 3
    assert str(caught.value) == (
        "3 of 6 folds or cells failed; the others are finished and kept. Mend what follows and "
        "run the same again:\n" + "\n".join(
            f"- failing, toy, fold {fold}: ValueError: the moon is full" for fold in range(3)
        )
    )  # fmt: skip
    assert len(caught.value.results.folds) == 3


def test_datasets_without_common_classes_are_reported(make_data):
    happy = make_data("happy", classes=("angry", "happy"))
    sad = make_data("sad", classes=("neutral", "sad"))
    results = cross_dataset([_linear()], [happy, sad], protocol="loso", on_error="report")
    assert len(results.folds) == 12
    assert str(results.failures[0]) == (
        "StandardScaler+LogisticRegression, happy -> sad: the datasets share 0 classes "
        "(angry, happy and neutral, sad); name a scheme that brings them together"
    )


def test_too_few_subjects_fail_one_cell_only(make_data):
    sources = [make_data(), make_data("pair", n_subjects=2)]
    results = cross_dataset([_linear()], sources, protocol="subject-3fold", on_error="report")
    (failure,) = results.failures
    assert (failure.train, failure.kind, failure.fold) == ("pair", "within", None)
    assert results.matrix("StandardScaler+LogisticRegression").isna().sum(axis=None) == 1


class VideoModel(Model):
    name = "filmed"
    modality = "video"

    def pipeline(self):
        return _linear()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            lambda make: (VideoModel, make()),
            "Model 'filmed' takes video recordings, got toy (voice). Use a video dataset, or "
            "another model.",
        ),
        (
            lambda make: (_linear(), make(classes=("sad",))),
            "Dataset 'toy' has the single class 'sad' left (scheme None), so there is nothing to "
            "tell apart. Use another scheme, or loosen where=.",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_said_at_once(make_data, arguments, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        evaluate(*arguments(make_data))


def test_wrong_arguments_are_named(make_data):
    data = make_data()
    with pytest.raises(TypeError, match=r"^Expected models to be a list .* Write \['voice-svm'\]"):
        cross_dataset("voice-svm", [data])
    with pytest.raises(TypeError, match=r"^Expected a model to be a name, a Model or an estimator"):
        evaluate(LogisticRegression, data)
    with pytest.raises(TypeError, match=r"^Expected a dataset to be a name or what load_dataset"):
        evaluate(_linear(), data.X)
    with pytest.raises(TypeError, match=r"^Expected datasets to be a list, got the single Bunch"):
        cross_dataset([_linear()], data)
    with pytest.raises(TypeError, match=r"^Expected random_state to be an int, got None"):
        evaluate(_linear(), data, random_state=None)
    with pytest.raises(ValueError, match=r"^The datasets 'toy' are given twice, so that their"):
        cross_dataset([_linear()], [data, data])
    with pytest.raises(ValueError, match=r"^The models 'LogisticRegression' are given twice"):
        cross_dataset([LogisticRegression(), LogisticRegression()], [data])
    with pytest.raises(ValueError, match="which cannot be turned into 'valence2'"):
        cross_dataset([_linear()], [make_data(scheme="common4")], "valence2")
    with pytest.raises(ValueError, match=r"^Expected on_error to be 'raise' or 'report', got 'no'"):
        cross_dataset([_linear()], [data], on_error="no")


@pytest.mark.real_data
def test_real_voices_are_told_apart_better_than_by_chance(data_folder):
    speakers = {"subject": ["03", "08", "09"]}
    data = load_dataset("emodb", data_folder / "emodb", scheme="common4", where=speakers)
    results = evaluate("voice-svm", data, "subject-3fold")
    assert set(results.predictions["subject"]) == {"emodb/03", "emodb/08", "emodb/09"}
    assert list(results.folds["n_subjects_test"]) == [1, 1, 1]
    summary = results.summary().iloc[0]
    assert summary["uar_low"] > summary["chance"]
