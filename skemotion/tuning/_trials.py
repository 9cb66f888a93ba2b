"""Trials that nobody works on any more: found, failed and tried again."""

import os
import socket
import warnings
from datetime import datetime, timedelta
from pathlib import Path

from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import fail_stale_trials
from optuna.trial import TrialState

_N_RETRIES = 2  # what is lost three times is taken to be at fault itself
_NAMELESS = timedelta(minutes=1)  # a trial without an owner for longer was lost at its start


def mark_owner(trial):
    """Note which process works on a trial."""
    number = os.getpid()
    trial.set_user_attr("owner", [socket.gethostname(), number, _started(number)])


def is_lost(trial):
    """Return whether a trial ended without an outcome: its process died or was interrupted.

    Errors of the estimator are noted as `error`, so that what failed without one was lost.
    """
    return trial.state == TrialState.FAIL and "error" not in trial.user_attrs


def recover(study):
    """Fail the running trials whose process is gone, and queue what was lost once more.

    Trials of other machines are failed by the storage, once their heartbeat has stopped.

    Parameters
    ----------
    study : optuna.Study
        The study.
    """
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if not _is_alive(trial):
            _fail(study, trial)
    trials = study.get_trials(deepcopy=False)
    retried = _retried(trials)
    for trial in trials:
        if is_lost(trial) and trial.number not in retried and _may_retry(trial):
            tried = trial.user_attrs.get("tried", 0) + 1
            study.enqueue_trial(trial.params, {"retries": trial.number, "tried": tried})


def fail_silent(study):
    """Fail the trials of other machines whose heartbeat has stopped.

    Optuna does so when a trial begins, which none may do any more.

    Parameters
    ----------
    study : optuna.Study
        The study.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        fail_stale_trials(study)


def count_trials(study):
    """Return how many trials of a study count: running or done, without those tried again.

    Parameters
    ----------
    study : optuna.Study
        The study.

    Returns
    -------
    int
    """
    trials = study.get_trials(deepcopy=False)
    return sum(
        trial.state != TrialState.WAITING and not (is_lost(trial) and _may_retry(trial))
        for trial in trials
    )


def others_running(study, heartbeat):
    """Return how many trials other processes work on.

    Parameters
    ----------
    study : optuna.Study
        The study.
    heartbeat : bool
        Whether the storage fails what stops on other machines; otherwise only this machine counts.

    Returns
    -------
    int
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return sum(_is_alive(trial, unknown=heartbeat) for trial in running)


def _fail(study, trial):
    try:
        study.tell(trial.number, state=TrialState.FAIL)
    except (UpdateFinishedTrialError, ValueError):
        return  # another process was faster


def _retried(trials):
    return {trial.user_attrs["retries"] for trial in trials if "retries" in trial.user_attrs}


def _may_retry(trial):
    return trial.user_attrs.get("tried", 0) < _N_RETRIES


def _is_alive(trial, unknown=True):
    """Return whether the process that works on a trial is there; `unknown` on other machines."""
    if "owner" not in trial.user_attrs:
        return datetime.now() - trial.datetime_start < _NAMELESS
    host, number, started = trial.user_attrs["owner"]
    if host != socket.gethostname() or os.name != "posix":
        return unknown
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started(number) == started


def _started(number):
    """Return when a process began, so that a number that was given anew is told; "" if unknown."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
