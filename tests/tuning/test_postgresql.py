"""Searches that share a PostgreSQL server: begun together, killed, cut off, and gone on with."""

import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import optuna
import pytest
from database_server import run_sql
from optuna.distributions import FloatDistribution
from optuna.pruners import NopPruner
from optuna.samplers import RandomSampler
from optuna.trial import TrialState
from sklearn.naive_bayes import GaussianNB
from toy import make_toy

from skemotion import OptunaSearchCV, tune
from skemotion.tuning import _storage
from skemotion.tuning._engine import _run_apart, run_study
from skemotion.tuning._storage import check_storage, open_storage, open_study
from skemotion.tuning.spaces import suggest

SPACE = {"var_smoothing": FloatDistribution(1e-9, 10.0, log=True)}
COUNT = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


def fit_that_does(what, number):
    """Return the fit of the model that is searched, which does something before the nth."""
    plain, fits = GaussianNB.fit, []

    def fit(*arguments):
        fits.append(1)
        if len(fits) == number:
            what()
        return plain(*arguments)

    return fit


def search(storage, n_trials=5, **options):
    options = {"pruner": NopPruner(), "outer": False, "audit": False, "space": SPACE} | options
    return tune(GaussianNB(), make_toy(), n_trials=n_trials, storage=storage, **options)


def outcomes(found):
    trials = [t for t in found.studies[0].trials if t.state == TrialState.COMPLETE]
    return [(trial.params, trial.value) for trial in trials]


def run_sql_beside(url, statement):
    """Run a statement on the server from another of its databases."""
    address, _, name = url.rpartition("/")
    return run_sql(f"{address}/postgres", statement.format(name))


_KILLED = """
import os, signal, sys
sys.path[:0] = {folders!r}
import test_postgresql
fit = test_postgresql.fit_that_does(lambda: os.kill(os.getpid(), signal.SIGKILL), 8)
test_postgresql.GaussianNB.fit = fit
test_postgresql.search({storage!r})
"""


def test_a_killed_search_goes_on_to_the_same_end(make_database):
    storage = make_database()
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    code = _KILLED.format(folders=folders, storage=storage)
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    found = search(storage)
    states = [trial.state for trial in found.studies[0].trials]
    assert states == [TrialState.COMPLETE] * 2 + [TrialState.FAIL] + [TrialState.COMPLETE] * 3
    assert outcomes(found) == outcomes(search(None))


def test_workers_share_a_study(make_database):
    storage = make_database()
    found = search(storage, n_trials=6, n_jobs=2)
    owners = {tuple(trial.user_attrs["owner"]) for trial in found.studies[0].trials}
    assert len(found.studies[0].trials) == 6
    assert os.getpid() not in {number for _, number, _ in owners}


def test_a_worker_lets_go_of_the_server_after_each_trial(make_database):
    storage = make_database()
    open_study(open_storage(storage), "study")
    gc.collect()
    gc.disable()  # which would close connections, too, some time
    try:
        for _ in range(3):
            arguments = (lambda trial: trial.suggest_float("x", 0, 1), 9, None, True, storage)
            _run_apart("study", RandomSampler(), NopPruner(), *arguments)
        deadline = time.monotonic() + 10  # the server takes a moment to notice
        while n_open := run_sql_beside(storage, COUNT):
            assert time.monotonic() < deadline, n_open
    finally:
        gc.enable()
    assert len(optuna.load_study(study_name="study", storage=open_storage(storage)).trials) == 3


def test_the_server_may_cut_connections_between_trials(make_database, monkeypatch):
    storage = make_database()
    cut = fit_that_does(lambda: run_sql_beside(storage, CUT), 8)
    monkeypatch.setattr(GaussianNB, "fit", cut)
    found = search(storage)
    assert [trial.state for trial in found.studies[0].trials] == [TrialState.COMPLETE] * 5
    assert outcomes(found) == outcomes(search(None))


def test_a_storage_that_is_lost_is_named(make_database, monkeypatch):
    storage = make_database()
    drop = fit_that_does(lambda: run_sql_beside(storage, "DROP DATABASE {} WITH (FORCE)"), 8)
    monkeypatch.setattr(GaussianNB, "fit", drop)
    sentence = (
        rf"^Studies in {re.escape(storage)} could not be read or written: .* does not exist\. Check"
        r" the address, such as .* the server, and run the same again: finished trials are kept\.$"
    )
    with pytest.raises(OSError, match=sentence):
        search(storage)


@pytest.mark.parametrize("server", [False, True])
def test_what_another_machine_left_at_the_end_is_run_here(server, request, tmp_path, monkeypatch):
    monkeypatch.setattr(_storage, "_HEARTBEAT", 1)
    monkeypatch.setattr(_storage, "_GRACE", 2)
    url = request.getfixturevalue("make_database")() if server else None
    storage = check_storage(url or tmp_path / "studies.sqlite")
    opened = open_storage(storage)
    study = open_study(opened, "study", RandomSampler(seed=0), NopPruner())
    with pytest.warns(UserWarning, match="Heartbeat"):
        lost = study.ask(SPACE)
    lost.set_user_attr("owner", ["elsewhere", 1, ""])
    opened.record_heartbeat(lost._trial_id)  # and none after it
    run_study(
        study, lambda trial: suggest(trial, SPACE)["var_smoothing"], n_trials=2, storage=storage
    )
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE]
    assert study.trials[2].params == lost.params


def test_those_who_begin_together_make_one_study(make_database):
    storage, errors = make_database(), []
    barrier = threading.Barrier(4)

    def begin():
        barrier.wait()
        try:
            open_study(open_storage(storage), "study")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert optuna.get_all_study_names(open_storage(storage)) == ["study"]


def test_the_estimator_goes_on_with_its_study(make_database):
    data, storage = make_toy(), make_database()
    options = {"storage": storage, "study_name": "mine", "random_state": 0}
    once = OptunaSearchCV(GaussianNB(), SPACE, n_trials=3, **options).fit(data.X, data.y)
    more = OptunaSearchCV(GaussianNB(), SPACE, n_trials=5, **options).fit(data.X, data.y)
    assert more.cv_results_["params"][:3] == once.cv_results_["params"]
    assert len(more.cv_results_["params"]) == 5


def test_a_server_that_is_not_there_is_named(make_database):
    storage = re.sub(r":\d+/", ":1/", make_database()).replace("skemotion@", "ann:secret@")
    sentence = (
        r"^Cannot keep studies in postgresql\+psycopg://ann:\*\*\*@127\.0\.0\.1:1/.*refused.*\. "
        r"Check the address, such as postgresql\+psycopg://user@host/name, your rights there and "
    )
    with pytest.raises(OSError, match=sentence):
        search(storage)


def test_the_driver_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    sentence = (
        "This needs the package 'psycopg', which is not installed. "
        "Run pip install 'skemotion[postgresql]'."
    )
    with pytest.raises(ImportError, match=f"^{re.escape(sentence)}$"):
        search("postgresql+psycopg://host/name")
