import re
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import Model, join_datasets, load_dataset
from skemotion.audio import SpeakerNormalizer
from skemotion.evaluation import (
    BenchmarkError,
    ResultStore,
    cross_dataset,
    evaluate,
    fit_model,
    print_report,
)
from skemotion.metrics import uar_score
from skemotion.protocols import Fold, Protocol, leave_one_out


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
    for joins, n_train in ((True, 48), (False, 36)):  # a published part is not trained on
        protocol = Protocol("parts", _three_parts, joins_validation=joins)
        row = evaluate(_linear(), data, protocol).folds.iloc[0]
        assert (row["n_train"], row["n_validation"]) == (n_train, 0)


def votes(self, frame):
    """Half of the recordings of happy were called sad by one rater of three."""
    shares = pd.get_dummies(frame["emotion"], dtype=float)
    shares["sad"] = shares.get("sad", 0.0)
    doubted = (frame["emotion"] == "happy") & (frame["path"].astype(int) % 8 == 1)
    shares.loc[doubted, ["happy", "sad"]] = 2 / 3, 1 / 3
    return shares


class Votes(ClassifierMixin, BaseEstimator):
    """Keep the shares it is given, and predict their means."""

    __metadata_request__fit = {"soft_labels": True}
    seen = []

    def fit(self, X, y, soft_labels=None):
        self.seen.append(soft_labels)
        self.classes_ = np.unique(y)
        self.means_ = None if soft_labels is None else soft_labels.mean()[self.classes_].to_numpy()
        return self

    def predict_proba(self, X):
        return np.tile(self.means_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_shares_of_votes_are_learnt_and_scored(make_data):
    data = make_data(soft_labels=votes)
    Votes.seen.clear()
    results = evaluate(Votes(), data, "loso")
    folds = results.folds
    for given, row in zip(Votes.seen, folds.itertuples(), strict=True):
        test = data.groups == row.held_out
        assert given.to_numpy().tolist() == data.soft_labels[~test].to_numpy().tolist()
        means = data.soft_labels[~test].mean().to_numpy()
        entropy = -(data.soft_labels[test] * np.log(means)).sum(axis=1).mean()
        assert row.soft_cross_entropy == pytest.approx(entropy)
        distance = (data.soft_labels[test] - means).abs().sum(axis=1).mean() / 2
        assert row.soft_distance == pytest.approx(distance)
    plain = evaluate(_linear(), make_data(), "loso")
    assert "soft_distance" not in plain.folds
    assert plain.summary()["soft_distance"].isna().all()
    pooled = np.average(folds["soft_distance"], weights=folds["n_test"])
    assert results.summary()["soft_distance"].iloc[0] == pytest.approx(pooled)
    printed = StringIO()
    print_report(results, Console(file=printed, width=200))
    assert f"distance {pooled:.3f}" in printed.getvalue()
    other = make_data("other", classes=("angry", "happy"), soft_labels=votes)
    Votes.seen.clear()
    across = cross_dataset({"votes": Votes()}, [data, other], protocol="subject-3fold").folds
    assert across.query("kind == 'cross'")["soft_distance"].between(0.3, 0.7).all()
    shared = [given for given in Votes.seen if list(given.columns) == ["angry", "happy"]]
    assert all(np.allclose(given.sum(axis=1), 1) for given in shared)
    fit_model(Votes(), data)
    assert Votes.seen[-1].equals(data.soft_labels)


def test_a_speaker_normaliser_gets_the_test_subjects_and_is_marked(make_data):
    data = make_data(n_subjects=5)
    voices = np.random.default_rng(0).normal(scale=20, size=(5, 4))
    data.X = data.X + voices[np.unique(data.groups, return_inverse=True)[1]]
    model = make_pipeline(SpeakerNormalizer(), LogisticRegression())
    results = evaluate(model, data, "loso")
    plain = evaluate(_linear(), data, "loso")
    assert results.folds["uar"].mean() > plain.folds["uar"].mean() + 0.2
    assert results.summary()["transductive"].all()
    assert not plain.summary()["transductive"].any()


def test_a_protocol_brings_its_scheme(make_data):
    def split(frame):
        assert set(frame["emotion"]) == {"negative", "positive"}
        yield from leave_one_out()(frame)

    own = Protocol("toy/valence", split, scheme="valence2")
    data = make_data(protocols=(own, Protocol("toy/any", leave_one_out())))
    results = evaluate(_linear(), data)
    assert set(results.folds["protocol"]) == {"toy/valence"}
    assert set(results.folds["scheme"]) == {"valence2"}
    assert len(results.predictions) == 54  # neutral has no valence
    across = cross_dataset([_linear()], [data, make_data("other")], protocol=None)
    assert set(across.folds["protocol"]) == {"toy/any", "subject-5fold", "cross-dataset"}
    with pytest.raises(
        ValueError, match=r"under scheme 'valence2', got scheme 'common4'\. Use sch"
    ):
        evaluate(_linear(), make_data(scheme="common4", protocols=(own,)), "toy/valence")


def test_counts_of_a_protocol_hold_unless_something_was_chosen(make_data):
    protocol = Protocol("toy/loso", leave_one_out(), counts=((1, 1, 1),))
    with pytest.raises(
        ValueError, match=r"Protocol 'toy/loso' expected \(train, validation, test\)"
    ):
        evaluate(_linear(), make_data(), protocol)
    chosen = make_data().dataset.load(where={"emotion": ["sad", "happy"]})
    assert len(evaluate(_linear(), chosen, protocol).folds) == 6


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


def test_copies_of_one_corpus_are_never_honest(make_data):
    first, copy = make_data(overlaps=("copy",)), make_data("copy")
    other = make_data("other", seed=1)
    across = cross_dataset([_linear()], [first, copy, other], protocol="loso").folds
    across = across.query("kind == 'cross'").set_index(["train", "test"])["leaky"]
    assert across["toy", "copy"]
    assert across["copy", "toy"]
    assert across.sum() == 2
    for parts, leaky in (([first, copy], True), ([first, other], False)):
        joined = evaluate(_linear(), join_datasets(parts), "leave-one-dataset-out").folds
        assert joined["leaky"].eq(leaky).all()
    lost = make_data(splits_leak=True, subjects_known=False)
    assert evaluate(_linear(), lost, "subject-3fold").folds["leaky"].all()


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
