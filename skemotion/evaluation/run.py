"""Evaluate models within and across datasets."""

from concurrent.futures import BrokenExecutor
from contextlib import closing
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn import config_context

from skemotion.evaluation._audits import audit_run
from skemotion.evaluation._fit import fit_and_predict, fit_estimator
from skemotion.evaluation._plan import (
    check_modalities,
    make_candidate,
    make_candidates,
    plan_across,
    plan_within,
)
from skemotion.evaluation._record import make_record
from skemotion.evaluation._sources import (
    choose_protocol,
    describe_sources,
    make_source,
    make_sources,
)
from skemotion.evaluation.results import BenchmarkError, Failure, Results
from skemotion.evaluation.store import open_store


def evaluate(
    model,
    data,
    protocol=None,
    *,
    store=None,
    random_state=0,
    n_jobs=None,
    verbose=False,
    audit=True,
):
    """Evaluate a model on one dataset, fold by fold.

    Each fold fits a clone of the model on its training part and scores it on its test part.
    Nothing is fitted outside a fold.

    Parameters
    ----------
    model : str, Model or estimator
        A name of :func:`~skemotion.list_models`, a model, or any estimator that takes recordings.
    data : str or :class:`~sklearn.utils.Bunch`
        A name of :func:`~skemotion.list_datasets`, or what :func:`~skemotion.load_dataset` gave.
    protocol : str or Protocol, default=None
        How to divide the dataset; None means the dataset's own protocol.
    store : ResultStore, str or path-like, default=None
        Where each fold's result is kept as soon as it is there, and looked up first. None keeps
        results only until the end.
    random_state : int, default=0
        Set as every `random_state` of the model, nested ones too.
    n_jobs : int, default=None
        Number of processes over the folds. None means 1 unless in a :obj:`joblib.parallel_config`
        context. It changes no result.
    verbose : bool, default=False
        Show progress.
    audit : bool, default=True
        Whether to look first for what training and test share; see :func:`audit`.

    Returns
    -------
    Results
        One row a fold in `folds`; `summary()` for the whole.

    Raises
    ------
    ValueError
        If the model does not take such recordings, or the dataset has one class, or too few
        subjects for the protocol.
    BenchmarkError
        If a fold fails, after all others are done.

    See Also
    --------
    cross_dataset : Several models, trained on one dataset and tested on another.

    Examples
    --------
    >>> from skemotion import evaluate, load_dataset
    >>> from sklearn.dummy import DummyClassifier
    >>> data = load_dataset("synthetic-voices", scheme="common4")
    >>> results = evaluate(DummyClassifier(), data, "subject-3fold")
    >>> results.folds[["fold", "uar", "chance"]]
       fold   uar  chance
    0     0  0.25    0.25
    1     1  0.25    0.25
    2     2  0.25    0.25
    """
    check_seed(random_state)
    candidate, source = make_candidate(model, random_state), make_source(data)
    check_modalities([candidate], [source])
    chosen, source = choose_protocol(protocol, source)
    jobs = plan_within(candidate, source, chosen, random_state)
    audits = audit_run([source], {source.name: chosen}, n_jobs) if audit else []
    return run_jobs(jobs, [], [source], store, n_jobs, verbose, "raise", audits)


def cross_dataset(
    models,
    datasets,
    scheme=None,
    *,
    protocol=None,
    store=None,
    random_state=0,
    n_jobs=None,
    verbose=False,
    on_error="raise",
    audit=True,
):
    """Train on one dataset and test on another, for every model and every pair of datasets.

    Off the diagonal a model is fitted on all of one dataset and scored on all of another, with the
    classes that both have. On the diagonal it is evaluated within the dataset under a protocol, as
    :func:`evaluate` does. A model is only paired with datasets of its modality.

    Parameters
    ----------
    models : list or dict of (str, Model or estimator)
        Names of :func:`~skemotion.list_models`, models, or any estimators; a dict gives them names.
    datasets : list of (str or :class:`~sklearn.utils.Bunch`)
        Names of :func:`~skemotion.list_datasets`, or what :func:`~skemotion.load_dataset` returned.
    scheme : str, default=None
        Name of a scheme that maps emotions to classes. None keeps what the datasets have.
    protocol : str or Protocol, default=None
        How to divide a dataset for the diagonal; None means each dataset's own protocol.
    store : ResultStore, str or path-like, default=None
        Where each fold's result is kept as soon as it is there, and looked up first. None keeps
        results only until the end.
    random_state : int, default=0
        Set as every `random_state` of the models, nested ones too.
    n_jobs : int, default=None
        Number of processes over the fits. None means 1 unless in a :obj:`joblib.parallel_config`
        context. It changes no result.
    verbose : bool, default=False
        Show progress.
    on_error : {"raise", "report"}, default="raise"
        Whether folds that failed are raised as one error in the end, or only listed in
        ``Results.failures``. The others are done in both cases.
    audit : bool, default=True
        Whether to look first for what training and test share, within datasets and across.

    Returns
    -------
    Results
        `matrix(model)` gives the table of train and test datasets, `summary()` one row a cell.

    Raises
    ------
    ValueError
        If a model takes none of the datasets, a dataset suits no model or has one class left.
    BenchmarkError
        If something failed and ``on_error="raise"``, after all the rest is done.

    Examples
    --------
    >>> from skemotion import cross_dataset
    >>> from sklearn.dummy import DummyClassifier
    >>> names = ["synthetic-voices", "synthetic-voices-phone"]
    >>> results = cross_dataset({"chance": DummyClassifier()}, names, "common4")
    >>> results.matrix("chance")  # doctest: +NORMALIZE_WHITESPACE
    test                    synthetic-voices  synthetic-voices-phone
    train
    synthetic-voices                    0.25                    0.25
    synthetic-voices-phone              0.25                    0.25
    """
    check_seed(random_state)
    if on_error not in ("raise", "report"):
        raise ValueError(f"Expected on_error to be 'raise' or 'report', got {on_error!r}.")
    candidates = make_candidates(models, random_state)
    sources = make_sources(datasets, scheme)
    check_modalities(candidates, sources)
    protocols = {
        source.name: choose_protocol(protocol, source, keep_scheme=True)[0] for source in sources
    }
    jobs, failures = _plan(candidates, sources, protocols, random_state)
    audits = audit_run(sources, protocols, n_jobs) if audit else []
    return run_jobs(jobs, failures, sources, store, n_jobs, verbose, on_error, audits)


def fit_model(model, data, *, random_state=0):
    """Fit a model on a whole dataset, as a fold of an evaluation does.

    Parameters
    ----------
    model : str, Model or estimator
        A name of :func:`~skemotion.list_models`, a model, or any estimator that takes recordings.
    data : str or :class:`~sklearn.utils.Bunch`
        A name of :func:`~skemotion.list_datasets`, or what :func:`~skemotion.load_dataset` gave.
    random_state : int, default=0
        Set as every `random_state` of the model, nested ones too.

    Returns
    -------
    estimator
        Fitted.

    Raises
    ------
    ValueError
        If the model does not take such recordings, or the dataset has one class.

    Examples
    --------
    >>> from skemotion import load_dataset
    >>> from skemotion.evaluation import fit_model
    >>> from sklearn.dummy import DummyClassifier
    >>> data = load_dataset("synthetic-voices", scheme="common4")
    >>> fit_model(DummyClassifier(), data).classes_.tolist()
    ['angry', 'happy', 'neutral', 'sad']
    """
    check_seed(random_state)
    candidate, source = make_candidate(model, random_state), make_source(data)
    check_modalities([candidate], [source])
    data = source.data
    with config_context(enable_metadata_routing=True):
        none = np.zeros(len(data.y), dtype=bool)
        rows = data.X, data.y, data.groups, none, source.soft_labels
        return fit_estimator(candidate.estimator, *rows)[0]


def check_seed(random_state):
    """Refuse a seed that is no int."""
    if isinstance(random_state, bool) or not isinstance(random_state, Integral):
        raise TypeError(
            f"Expected random_state to be an int, got {random_state!r}. "
            "A result without a seed could not be repeated."
        )


def _plan(candidates, sources, protocols, random_state):
    jobs, failures = [], []
    for candidate in candidates:
        fitting = [source for source in sources if candidate.fits(source)]
        for source in fitting:
            try:
                jobs += plan_within(candidate, source, protocols[source.name], random_state)
            except ValueError as error:
                cell = candidate.name, source.name, source.name, "within"
                failures.append(Failure(*cell, None, str(error)))
            others = [
                target
                for target in fitting
                if target is not source and target.modality == source.modality
            ]
            more, undone = plan_across(candidate, source, others, random_state)
            jobs += more
            failures += undone
    return jobs, failures


def run_jobs(jobs, failures, sources, store, n_jobs, verbose, on_error, audits):
    """Do the jobs that the store does not know yet, and return all results.

    Parameters
    ----------
    jobs : list of Job
        What to fit and to predict.
    failures : list of Failure
        What could not be planned.
    sources : list of Source
        The datasets.
    store : ResultStore, str, path-like or None
        Where each fold's result is kept.
    n_jobs : int or None
        Number of processes.
    verbose : bool
        Show progress.
    on_error : {"raise", "report"}
        Whether failures are raised in the end.
    audits : list of AuditReport
        What training and test share.

    Returns
    -------
    Results

    Raises
    ------
    BenchmarkError
        If something failed and ``on_error="raise"``.
    """
    keys = [target.key for job in jobs for target in job.targets]
    with open_store(store) as opened:
        known = opened.keys() & set(keys)
        pending = [job.without(known) for job in jobs]
        pending = [job for job in pending if job.targets]
        failures = failures + _compute(pending, opened, n_jobs, verbose)
        records = opened.records(keys)
    results = Results(records, failures, describe_sources(sources), len(known), audits)
    if failures and on_error == "raise":
        raise BenchmarkError(results)
    return results


def _compute(jobs, store, n_jobs, verbose):
    """Do the jobs, keep each result as it comes, and return what failed."""
    # processes, since networks are not reproducible in threads
    parallel = Parallel(
        n_jobs, prefer="processes", return_as="generator_unordered", max_nbytes=None
    )
    tasks = (delayed(fit_and_predict)(number, *job.payload()) for number, job in enumerate(jobs))
    failures, left = [], set(range(len(jobs)))
    try:
        with closing(parallel(tasks)) as outcomes:
            for outcome in _progress(outcomes, jobs, verbose):
                job = jobs[outcome.job]
                left.remove(outcome.job)
                if outcome.reason:
                    failures += job.failures(outcome.reason)
                for number in range(len(outcome.predictions)):
                    store.put(make_record(job, outcome, number))
    except BrokenExecutor as error:
        reason = (
            f"a worker process died ({type(error).__name__}), perhaps for want of memory; "
            "run the same again with fewer n_jobs"
        )
        failures += [
            failure for number in sorted(left) for failure in jobs[number].failures(reason)
        ]
    return failures


def _progress(outcomes, jobs, shown):
    if not shown or not jobs:
        yield from outcomes
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("fitting", total=len(jobs))
        for outcome in outcomes:
            job = jobs[outcome.job]
            progress.update(task, advance=1, description=f"{job.candidate.name}, {job.source.name}")
            yield outcome
