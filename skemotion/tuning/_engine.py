"""Run the trials of a study: one after another, or in worker processes that share it."""

import time
from concurrent.futures import BrokenExecutor
from contextlib import closing, contextmanager

import optuna
from joblib import Parallel, delayed, effective_n_jobs
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from skemotion.tuning._storage import (
    failures_told,
    hide_password,
    let_go,
    open_storage,
    open_study,
    quiet_optuna,
)
from skemotion.tuning._trials import (
    count_trials,
    fail_silent,
    mark_owner,
    others_running,
    recover,
)

_PAUSE = 0.5  # s between looks at what other processes do


def run_study(
    study, objective, *, n_trials, timeout=None, storage=None, n_jobs=1, progress=None, catch=True
):
    """Run trials until the study has as many as asked for, or the time is over.

    Parameters
    ----------
    study : optuna.Study
        The study. Trials that it has already count.
    objective : callable
        Takes a trial and returns its value. It must be picklable where `n_jobs` is not 1.
    n_trials : int
        Number of trials in all.
    timeout : float, default=None
        Seconds after which no trial is begun.
    storage : str or None, default=None
        What :func:`check_storage` returned, for the workers.
    n_jobs : int or None, default=1
        Number of worker processes.
    progress : callable, default=None
        Called with the study after each trial.
    catch : bool, default=True
        Whether an error of a trial is noted, and the search goes on.

    Raises
    ------
    ValueError
        If there are to be worker processes, and they cannot reach the storage.
    RuntimeError
        If a worker process died.
    OSError
        If the storage fails.
    """
    progress = progress or _ignore
    deadline = None if timeout is None else time.time() + timeout
    with quiet_optuna(), failures_told(storage):
        recover(study)
        progress(study)
        heartbeat = isinstance(storage, str) and "://" in storage
        while True:
            if effective_n_jobs(n_jobs) == 1:
                while run_trial(study, objective, n_trials, deadline, catch):
                    progress(study)
            else:
                n_left = n_trials - count_trials(study)
                tasks = (study, objective, n_trials, deadline, catch, _for_workers(storage))
                _run_in_workers(tasks, n_left, n_jobs, progress)
            if not others_running(study, heartbeat):
                break
            time.sleep(_PAUSE)  # what others leave behind is run here
            fail_silent(study)
            recover(study)
            progress(study)


def run_trial(study, objective, n_trials, deadline=None, catch=True):
    """Run one trial, unless there are enough or the time is over.

    Parameters
    ----------
    study : optuna.Study
        The study.
    objective : callable
        Takes a trial and returns its value.
    n_trials : int
        Number of trials in all.
    deadline : float, default=None
        When the time is over, in seconds since the epoch.
    catch : bool, default=True
        Whether an error of the trial is noted and no more.

    Returns
    -------
    bool
        Whether one was run.
    """
    recover(study)
    if count_trials(study) >= n_trials or (deadline is not None and time.time() >= deadline):
        return False
    study.optimize(_noted(objective), n_trials=1, catch=(Exception,) if catch else ())
    return True


def _noted(objective):
    """Return the objective that notes whose trial it is, and what failed."""

    def run(trial):
        mark_owner(trial)
        try:
            return objective(trial)
        except optuna.TrialPruned:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
            trial.set_user_attr("error", reason)
            raise

    return run


def _for_workers(storage):
    if storage is None or isinstance(storage, BaseStorage):
        raise ValueError(
            f"Expected a storage that worker processes can share, got {hide_password(storage)}. "
            "Give a file name or a URL, or n_jobs=1."
        )
    return storage


def _run_in_workers(tasks, n_left, n_jobs, progress):
    study = tasks[0]
    payload = (study.study_name, study.sampler, study.pruner, *tasks[1:])
    # processes, since networks are not reproducible in threads
    parallel = Parallel(n_jobs, prefer="processes", return_as="generator_unordered")
    work = (delayed(_run_apart)(*payload) for _ in range(n_left))
    try:
        with closing(parallel(work)) as done:
            for _ in done:
                progress(study)
    except BrokenExecutor as error:
        raise RuntimeError(
            f"A worker process died ({type(error).__name__}), perhaps for want of memory. "
            "Run the same again with fewer n_jobs: finished trials are kept."
        ) from error


def _run_apart(name, sampler, pruner, objective, n_trials, deadline, catch, storage):
    """Run a trial in a worker process."""
    opened = open_storage(storage)
    try:
        with quiet_optuna(), failures_told(storage):
            study = open_study(opened, name, sampler, pruner)
            study.sampler.reseed_rng()  # or all workers would draw the same
            run_trial(study, objective, n_trials, deadline, catch)
    finally:
        let_go(opened)  # a server counts connections


def describe_failures(study):
    """Return why a study has no trial that finished.

    Parameters
    ----------
    study : optuna.Study
        The study.

    Returns
    -------
    str
    """
    trials = study.get_trials(deepcopy=False)
    errors = [trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs]
    if not errors:
        return f"none of {len(trials)} trials finished; give more time or more trials"
    return f"all trials failed, {len(errors)} of {len(trials)} with an error, first {errors[0]}"


def has_winner(study):
    """Return whether a trial of the study finished.

    Parameters
    ----------
    study : optuna.Study
        The study.

    Returns
    -------
    bool
    """
    return bool(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))


@contextmanager
def shown_progress(title, n_trials, shown):
    """Give a function that shows how far a study is.

    Parameters
    ----------
    title : str
        What to call it.
    n_trials : int
        Number of trials in all.
    shown : bool
        Whether to show anything; a terminal is needed, too.

    Yields
    ------
    callable
        Takes the study.
    """
    if not shown:
        yield _ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        task = bars.add_task(title, total=n_trials, best="")

        def update(study):
            best = f"best {study.best_value:.3f}" if has_winner(study) else ""
            bars.update(task, completed=count_trials(study), best=best)

        yield update


def _ignore(study):
    pass
