"""Nested search: blind to the test part, the same twice, and whole after whatever happens."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import RandomSampler
from optuna.trial import TrialState
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from toy import make_toy

from skemotion import NeuralClassifier, tune
from skemotion.evaluation import BenchmarkError, evaluate
from skemotion.metrics import uar_score, wa_score
from skemotion.protocols import Fold, Protocol
from skemotion.tuning._storage import check_storage, hide_password

SPACE = {"linearsvc__C": FloatDistribution(1e-4, 1e2, log=True)}
QUICK = {"var_smoothing": FloatDistribution(1e-9, 10.0, log=True)}
MEMORY = {"storage": None, "audit": False}


def _linear():
    return make_pipeline(StandardScaler(), LinearSVC())


def _tried(study):
    return [(t.number, t.state, t.params, t.value, t.intermediate_values) for t in study.trials]


def test_the_search_never_sees_the_test_part():
    data = make_toy(n_subjects=4)
    options = {"n_trials": 5, "space": SPACE} | MEMORY
    plain = tune(_linear(), data, "loso", **options)
    assert len({study.study_name for study in plain.studies}) == 4
    rng = np.random.default_rng(1)
    for number, subject in enumerate(np.unique(data.groups)):
        spoilt = make_toy(n_subjects=4)
        test = spoilt.groups == subject
        spoilt.X[test] = rng.normal(scale=9, size=spoilt.X[test].shape)
        spoilt.y[test] = rng.permutation(spoilt.y[test])
        spoilt.frame["emotion"] = spoilt.y
        found = tune(_linear(), spoilt, "loso", **options)
        assert _tried(found.studies[number]) == _tried(plain.studies[number])
        assert found.studies[number].study_name == plain.studies[number].study_name
        assert found.studies[number].user_attrs == plain.studies[number].user_attrs
        assert found.results.folds["uar"][number] < plain.results.folds["uar"][number]
        others = [k for k in range(4) if k != number]  # it is their training part
        assert all(_tried(found.studies[k]) != _tried(plain.studies[k]) for k in others)


def test_inner_and_outer_scores_are_what_a_plain_loop_gives():
    data = make_toy()
    found = tune(_linear(), data, "subject-3fold", n_trials=4, space=SPACE, **MEMORY)
    table = found.to_frame()
    for fold, study in enumerate(found.studies):
        best = _linear().set_params(**study.best_params)
        test = found.results.predictions.query("key == @found.results.folds['key'][@fold]")["row"]
        seen = np.setdiff1d(np.arange(len(data.y)), test)
        part = make_toy()
        part.X, part.y, part.groups = part.X[seen], part.y[seen], part.groups[seen]
        part.frame = part.frame.iloc[seen].reset_index(drop=True)
        inside = evaluate(best, part, "subject-3fold", audit=False)
        assert table["inner"][fold] == pytest.approx(inside.summary()["uar"].iloc[0])
        predicted = best.fit(data.X[seen], data.y[seen]).predict(data.X[test])
        assert table["uar"][fold] == pytest.approx(uar_score(data.y[test], predicted))
        assert table["params_linearsvc__C"][fold] == study.best_params["linearsvc__C"]
    assert list(table["trials"]) == [4, 4, 4]
    assert set(found.results.folds["model"]) == {"StandardScaler+LinearSVC-tuned"}
    assert len(found.trials()) == 12
    assert str(found).count("UAR on the test part") == 3


def test_the_same_seed_gives_the_same_search():
    data = make_toy()
    one, two, three = (
        tune(GaussianNB(), data, n_trials=14, space=QUICK, outer=False, random_state=seed, **MEMORY)
        for seed in (0, 0, 1)
    )
    assert _tried(one.studies[0]) == _tried(two.studies[0])
    assert _tried(one.studies[0]) != _tried(three.studies[0])


def test_one_search_and_one_test():
    data = make_toy()
    found = tune(GaussianNB(), data, n_trials=2, space=QUICK, outer=False, **MEMORY)
    assert list(found.results.folds["protocol"]) == ["holdout-622"]
    found = tune(GaussianNB(), data, "loso", n_trials=2, space=QUICK, outer=False, **MEMORY)
    assert list(found.results.folds["held_out"]) == ["toy/0"]


class Counting(GaussianNB):
    """Keep what it was given, and stop at the fit it is told to."""

    fits = []
    stop_at, stop_with = None, KeyboardInterrupt

    def fit(self, X, y):
        self.fits.append(len(X))
        if len(self.fits) == self.stop_at:
            raise self.stop_with
        return super().fit(X, y)


@pytest.fixture
def counting():
    Counting.fits, Counting.stop_at = [], None
    yield Counting
    Counting.stop_at = None


@pytest.mark.parametrize("name", ["studies.sqlite", "studies.journal"])
def test_an_interrupted_search_goes_on_to_the_same_end(tmp_path, counting, name):
    options = {"n_trials": 13, "space": QUICK, "outer": False, "audit": False}
    options |= {"pruner": NopPruner(), "model": Counting(), "data": make_toy()}
    whole = tune(storage=None, **options)
    n_fits = len(Counting.fits)
    Counting.fits.clear()
    Counting.stop_at = 35  # in the middle of trial 11, which the sampler chose by what it knew
    with pytest.raises(KeyboardInterrupt):
        tune(storage=tmp_path / name, **options)
    Counting.stop_at = None
    again = tune(storage=tmp_path / name, **options)
    lost, *others = [t for t in again.studies[0].trials if t.state != TrialState.COMPLETE]
    assert (lost.number, lost.state, others) == (11, TrialState.FAIL, [])
    assert [(p, v) for n, _, p, v, _ in _tried(again.studies[0]) if n != 11] == [
        (p, v) for _, _, p, v, _ in _tried(whole.studies[0])
    ]
    assert again.best_params == whole.best_params
    assert len(Counting.fits) == n_fits + 2  # of the trial that was interrupted
    n_before = len(Counting.fits)
    tune(storage=tmp_path / name, **options)
    assert len(Counting.fits) == n_before + 1  # the test fit alone
    fresh = tune(storage=tmp_path / name, resume=False, **options)
    assert _tried(fresh.studies[0]) == _tried(whole.studies[0])


_KILLED = """
import os, signal, sys
sys.path[:0] = {folders!r}
import test_tune
fit, fits = test_tune.GaussianNB.fit, []
def fit_or_die(*arguments):
    fits.append(1)
    if len(fits) == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return fit(*arguments)
test_tune.GaussianNB.fit = fit_or_die
test_tune.search({storage!r})
"""


def search(storage):
    options = {"pruner": NopPruner(), "outer": False, "audit": False, "space": QUICK}
    return tune(GaussianNB(), make_toy(), n_trials=5, storage=storage, **options)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_a_killed_search_goes_on(tmp_path):
    storage = str(tmp_path / "studies.sqlite")
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    code = _KILLED.format(folders=folders, storage=storage)
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    found, whole = search(storage), search(None)
    states = [trial.state for trial in found.studies[0].trials]
    assert states == [TrialState.COMPLETE] * 2 + [TrialState.FAIL] + [TrialState.COMPLETE] * 3
    assert found.studies[0].trials[3].user_attrs["retries"] == 2
    completed = [kept for kept in _tried(found.studies[0]) if kept[1] == TrialState.COMPLETE]
    assert [kept[2:] for kept in completed] == [kept[2:] for kept in _tried(whole.studies[0])]


_OPEN = """
import sys
from skemotion.tuning._storage import check_storage, open_study
print("ready", flush=True)
sys.stdin.readline()
open_study(check_storage(sys.argv[1]), "study")
"""


def test_processes_that_begin_together_make_one_study(tmp_path):
    command = [sys.executable, "-c", _OPEN, str(tmp_path / "studies.sqlite")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0, 0, 0]
    storage = check_storage(tmp_path / "studies.sqlite")
    assert optuna.get_all_study_names(storage) == ["study"]


def test_what_dies_again_and_again_is_given_up(tmp_path, counting):
    options = {"n_trials": 2, "space": QUICK, "outer": False, "audit": False}
    options |= {"model": Counting(), "data": make_toy(), "storage": tmp_path / "studies.sqlite"}
    for _ in range(3):
        Counting.fits.clear()
        Counting.stop_at = 1
        with pytest.raises(KeyboardInterrupt):
            tune(**options)
    Counting.stop_at = None
    states = [trial.state for trial in tune(**options).studies[0].trials]
    assert states == [TrialState.FAIL] * 3 + [TrialState.COMPLETE]


class Picky(GaussianNB):
    """Refuse some settings."""

    def __init__(self, var_smoothing=1e-9):
        super().__init__(var_smoothing=var_smoothing)

    def fit(self, X, y):
        if self.var_smoothing > 1e-4:
            raise ValueError("too smooth")
        return super().fit(X, y)


def test_a_trial_that_fails_is_noted_and_the_search_goes_on():
    data = make_toy()
    found = tune(Picky(), data, n_trials=12, space=QUICK, outer=False, **MEMORY)
    trials = found.trials()
    failed = trials["params_var_smoothing"] > 1e-4
    assert 0 < failed.sum() < 12
    assert (trials["state"] == "fail").equals(failed)
    assert set(trials["error"][failed]) == {"ValueError: too smooth"}
    assert found.to_frame()["failed"].iloc[0] == failed.sum()
    space = {"var_smoothing": FloatDistribution(1.0, 2.0)}
    with pytest.raises(BenchmarkError, match=r"all trials failed, 2 of 2 with an error, first Val"):
        tune(Picky(), data, "subject-3fold", n_trials=2, space=space, **MEMORY)


class After(BasePruner):
    """Prune all but the first trial as soon as they report step 1."""

    def prune(self, study, trial):
        return trial.number > 0 and trial.last_step == 1


def test_inner_folds_prune_by_the_score_so_far(counting):
    options = {"n_trials": 3, "space": QUICK, "outer": False, "pruner": After()}
    study = tune(Counting(), make_toy(), **options, **MEMORY).studies[0]
    first, *others = study.trials
    assert (first.state, sorted(first.intermediate_values)) == (TrialState.COMPLETE, [0, 1, 2])
    assert first.value == first.intermediate_values[2]
    for trial in others:
        assert (trial.state, sorted(trial.intermediate_values)) == (TrialState.PRUNED, [0, 1])
    assert len(Counting.fits) == 3 + 2 + 2 + 1


class Perceptron(NeuralClassifier):
    def build(self, input_shape, n_classes):
        from keras import Input, Sequential, layers

        return Sequential([Input(input_shape), layers.Dense(n_classes, activation="softmax")])


def test_epochs_prune_a_network_with_one_inner_split():
    space = {"perceptron__batch_size": CategoricalDistribution([16, 32])}
    model = make_pipeline(StandardScaler(), Perceptron(epochs=4, learning_rate=0.1))
    found = tune(
        model,
        make_toy(),
        n_trials=2,
        space=space,
        inner="validation",
        outer=False,
        pruner=After(),
        **MEMORY,
    )
    first, second = found.studies[0].trials
    assert (first.state, sorted(first.intermediate_values)) == (TrialState.COMPLETE, [0, 1, 2, 3])
    assert (second.state, sorted(second.intermediate_values)) == (TrialState.PRUNED, [0, 1])
    assert found.results.histories["epoch"].tolist() == [1, 2, 3, 4]


def _published(frame):
    subjects = frame["subject"].to_numpy()
    parts = np.split(np.unique(subjects), [3, 4])
    yield Fold({"fold": 0}, *(np.flatnonzero(np.isin(subjects, part)) for part in parts))


def test_a_published_validation_part_is_the_inner_split(counting):
    protocol = Protocol("published", _published, joins_validation=False)
    data = make_toy()
    found = tune(Counting(), data, protocol, n_trials=2, space=QUICK, **MEMORY)
    assert Counting.fits == [36, 36, 36]  # validation and test have 12 and 24
    train, validation, _ = next(_published(data.frame))[1:]
    best = GaussianNB(**found.best_params[0]).fit(data.X[train], data.y[train])
    expected = uar_score(data.y[validation], best.predict(data.X[validation]))
    assert found.to_frame()["inner"].iloc[0] == pytest.approx(expected)
    Counting.fits.clear()
    tune(Counting(), data, protocol, n_trials=1, space=QUICK, inner="subject-3fold", **MEMORY)
    assert Counting.fits == [24, 24, 24, 36]


def test_workers_share_a_study(tmp_path):
    found = tune(
        GaussianNB(),
        make_toy(),
        n_trials=6,
        space=QUICK,
        outer=False,
        n_jobs=2,
        storage=tmp_path / "studies.sqlite",
        audit=False,
    )
    assert len(found.studies[0].trials) == 6
    assert len({trial.params["var_smoothing"] for trial in found.studies[0].trials}) == 6
    owners = {tuple(trial.user_attrs["owner"]) for trial in found.studies[0].trials}
    assert os.getpid() not in {number for _, number, _ in owners}


def test_scoring_and_sampler_are_what_was_asked_for():
    drawn = []

    def sampler(seed):
        drawn.append(seed)
        return RandomSampler(seed=seed)

    options = {"n_trials": 3, "space": QUICK, "outer": False, "sampler": sampler}
    data = make_toy()
    by_name = tune(GaussianNB(), data, scoring="wa", **options, **MEMORY)
    assert len(set(drawn)) == 4  # one to begin with, and one a trial
    by_function = tune(GaussianNB(), data, scoring=wa_score, **options, **MEMORY)
    assert _tried(by_name.studies[0]) == _tried(by_function.studies[0])


def test_a_study_of_something_else_is_not_gone_on_with(tmp_path):
    options = {"n_trials": 1, "outer": False, "audit": False, "study_name": "mine"}
    options |= {"data": make_toy(), "storage": tmp_path / "studies.sqlite"}
    found = tune(GaussianNB(), space=QUICK, **options)
    assert found.studies[0].study_name == "mine, fold 0"
    with pytest.raises(
        ValueError, match=r"^Expected the study 'mine, fold 0' to have searched the"
    ):
        tune(_linear(), space=SPACE, **options)


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        ({"space": None}, ValueError, "Model 'GaussianNB' says nothing of what to search. Pass"),
        ({"scoring": "war"}, ValueError, "Expected scoring to be one of uar, wa, macro_f1, or a"),
        ({"n_jobs": 2}, ValueError, "storage that worker processes can share, got memory. Give a"),
        ({"sampler": 3}, TypeError, "Expected a sampler of optuna.samplers, or its class, got 3."),
        ({"storage": 3}, TypeError, "Expected a storage to be a file name, a URL or a storage of"),
        ({"n_trials": 0}, ValueError, "Expected n_trials to be 1 or more, got 0."),
        (
            {"storage": "nosuch://host/name"},
            OSError,
            "Cannot keep studies in nosuch://host/name: ",
        ),
        (
            {"inner": "validation", "protocol": "subject-2fold"},
            ValueError,
            "Expected a protocol with a validation part for inner='validation', got 'subject-2fo",
        ),
    ],
)
def test_wrong_arguments_are_named(changed, error, sentence):
    arguments = {"n_trials": 1, "space": QUICK, "outer": False} | MEMORY | changed
    with pytest.raises(error, match=re.escape(sentence)):
        tune(GaussianNB(), make_toy(), **arguments)


def test_a_file_of_another_program_is_refused(tmp_path):
    (tmp_path / "notes.sqlite").write_text("milk, bread")
    with pytest.raises(OSError, match=r"Cannot keep studies in sqlite:///.*: file is not a data"):
        tune(GaussianNB(), make_toy(), n_trials=1, space=QUICK, storage=tmp_path / "notes.sqlite")


def test_passwords_are_not_shown():
    assert hide_password("postgresql://ann:secret@host/x") == "postgresql://ann:***@host/x"
    assert hide_password(None) == "memory"
