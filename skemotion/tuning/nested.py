"""Nested search: what wins inside the training part is tested once outside."""

from dataclasses import replace

import numpy as np
import optuna
from sklearn.base import clone

from skemotion.evaluation._audits import audit_run
from skemotion.evaluation._fit import take
from skemotion.evaluation._plan import (
    Candidate,
    Job,
    check_modalities,
    make_candidate,
    plan_within,
)
from skemotion.evaluation._sources import Source, choose_protocol, make_source
from skemotion.evaluation.fingerprint import result_key
from skemotion.evaluation.results import BenchmarkError, Failure
from skemotion.evaluation.run import check_seed, run_jobs
from skemotion.models.base import Model, load_model
from skemotion.protocols import get_protocol
from skemotion.tuning._engine import describe_failures, has_winner, run_study, shown_progress
from skemotion.tuning._objective import InnerFolds, get_metric
from skemotion.tuning._sampler import make_sampler
from skemotion.tuning._storage import (
    DEFAULT_STORAGE,
    check_key,
    check_storage,
    open_storage,
    open_study,
)
from skemotion.tuning.results import Tuning
from skemotion.tuning.spaces import check_space

_INNER, _SINGLE = "subject-3fold", "holdout-622"


def tune(
    model,
    data,
    protocol=None,
    *,
    n_trials,
    space=None,
    timeout=None,
    storage=DEFAULT_STORAGE,
    study_name=None,
    sampler=None,
    pruner=None,
    inner=None,
    outer=True,
    scoring="uar",
    store=None,
    resume=True,
    random_state=0,
    n_jobs=1,
    verbose=False,
    audit=True,
):
    """Search for the parameters of a model, and test what won on people that the search never saw.

    For each fold of the protocol a study of its own looks at the training part alone (train and
    validation of the fold), which inner folds divide by whole subjects again. The parameters that
    score best there are fitted on the training part, and scored once on the test part, exactly as
    :func:`~skemotion.evaluate` does.

    A trial is scored on the predictions of all inner folds together. After each inner fold, or,
    where there is one and the model is a network with rows to validate on, after each epoch, the
    pruner may stop it; `val_accuracy` is what it is told of an epoch. A trial that fails is noted
    with its error and the search goes on. One whose process was killed is run again, twice at
    most.

    Parameters
    ----------
    model : str, Model or estimator
        A name of :func:`~skemotion.list_models`, a model, or any estimator, which needs a `space`.
    data : str or :class:`~sklearn.utils.Bunch`
        A name of :func:`~skemotion.list_datasets`, or what :func:`~skemotion.load_dataset` gave.
    protocol : str or Protocol, default=None
        The outer folds; None means the dataset's own.
    n_trials : int
        Number of trials a fold, those that an interrupted search left included.
    space : dict of str to :class:`optuna.distributions.BaseDistribution`, default=None
        What to search; None means ``model.search_space()``.
    timeout : float, default=None
        Seconds a fold after which no trial is begun.
    storage : str, path-like, :class:`optuna.storages.BaseStorage` or None
        Where trials are kept as they end: a SQLite file, a URL such as
        ``"postgresql+psycopg://user@host/name"`` (extra ``postgresql``), or a journal, a file that
        ends in ``.journal`` or ``.log``. None keeps them in memory. Default:
        ``"skemotion-results/tuning.sqlite"``.
    study_name : str, default=None
        What the studies are called, with the fold behind; None makes it of the model, the dataset,
        and a hash of all that the search depends on.
    sampler : :class:`optuna.samplers.BaseSampler` or callable, default=None
        What chooses parameters. A class, or a function that takes ``seed=``, is called anew for
        each trial with a seed of its own; a sampler is used as it is. None means
        :class:`~optuna.samplers.TPESampler`.
    pruner : :class:`optuna.pruners.BasePruner`, default=None
        What stops trials; None means :class:`~optuna.pruners.MedianPruner`.
    inner : str or Protocol, default=None
        How the training part is divided: a protocol, or ``"validation"`` for one split into the
        train and the validation part of the outer fold. None means that where the validation part
        was published as such, and otherwise ``"subject-3fold"``.
    outer : bool, default=True
        False takes the first fold alone: one search, one test. The default protocol is then
        ``"holdout-622"`` where the dataset's own has several folds.
    scoring : {"uar", "wa", "macro_f1"} or callable, default="uar"
        What to maximise, a function of true and predicted emotions.
    store : ResultStore, str or path-like, default=None
        Where the result of each outer fold is kept, and looked up first.
    resume : bool, default=True
        Whether studies that are there go on; otherwise they are deleted and begun anew.
    random_state : int, default=0
        Set as every `random_state` of the model, and what seeds the sampler for each trial.
    n_jobs : int, default=1
        Number of worker processes. With 1, the same arguments give the same search, interrupted or
        not; with more, the order in which trials end decides what the sampler knows.
    verbose : bool, default=False
        Show progress.
    audit : bool, default=True
        Whether to look first for what training and test share; see :func:`~skemotion.audit`.

    Returns
    -------
    Tuning
        With the `results` of the winners and the `studies`.

    Raises
    ------
    ValueError
        If the model has no search space, does not take such recordings, or the dataset has too few
        subjects for the protocol or for the inner folds.
    OSError
        If the storage cannot be opened, read or written.
    ImportError
        If the driver of the database is not installed.
    BenchmarkError
        If all trials of a fold, or the fit of a winner, failed, after all other folds are done.

    See Also
    --------
    OptunaSearchCV : The search as an estimator, for pipelines and cross-validation.

    References
    ----------
    .. [1] G. C. Cawley, N. L. C. Talbot, "On Over-fitting in Model Selection and Subsequent
       Selection Bias in Performance Evaluation", JMLR 11, 2010.
    .. [2] T. Akiba, S. Sano, T. Yanase, T. Ohta, M. Koyama, "Optuna: A Next-generation
       Hyperparameter Optimization Framework", KDD 2019.

    Examples
    --------
    >>> from optuna.distributions import CategoricalDistribution
    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion import load_dataset, tune
    >>> data = load_dataset("synthetic-voices", scheme="common4")
    >>> space = {"constant": CategoricalDistribution(["happy", "sad"])}
    >>> model = DummyClassifier(strategy="constant", constant="sad")
    >>> found = tune(model, data, "subject-3fold", n_trials=2, space=space, storage=None)
    >>> found.to_frame()[["fold", "trials", "inner", "uar"]]
       fold  trials  inner   uar
    0     0       2   0.25  0.25
    1     1       2   0.25  0.25
    2     2       2   0.25  0.25
    """
    check_seed(random_state)
    if n_trials < 1:
        raise ValueError(f"Expected n_trials to be 1 or more, got {n_trials!r}. 50 is a start.")
    candidate, space = _make_candidate(model, space, random_state)
    source, metric = make_source(data), get_metric(scoring)
    check_modalities([candidate], [source])
    chosen, source = _choose_protocol(protocol, source, outer)
    jobs = plan_within(candidate, source, chosen, random_state)[: None if outer else 1]
    objectives = [InnerFolds(_plan_inside(job, inner, chosen), space, metric) for job in jobs]
    audits = audit_run([source], {source.name: chosen}, n_jobs) if audit else []

    where = check_storage(storage)
    opened = open_storage(where)
    pruner = optuna.pruners.MedianPruner() if pruner is None else pruner
    studies, winners, failures = [], [], []
    for job, objective in zip(jobs, objectives, strict=True):
        key = _key_of(objective, scoring)
        name = _name_of(study_name, key, job)
        if not resume:
            _delete(opened, name)
        study = open_study(opened, name, make_sampler(sampler, random_state), pruner)
        check_key(study, key)
        title = f"{candidate.name}, {source.name}, fold {job.facts['fold']}"
        with shown_progress(title, n_trials, verbose) as progress:
            run_study(
                study,
                objective,
                n_trials=n_trials,
                timeout=timeout,
                storage=where,
                n_jobs=n_jobs,
                progress=progress,
            )
        studies.append(study)
        if has_winner(study):
            winners.append(_with_params(job, study.best_params))
        else:
            cell = f"{candidate.name}-tuned", source.name, source.name, "within"
            failures.append(Failure(*cell, job.facts["fold"], describe_failures(study)))
    results = run_jobs(winners, failures, [source], store, n_jobs, verbose, "report", audits)
    if results.failures:
        raise BenchmarkError(results)
    facts = [job.facts for job in jobs]
    return Tuning(results, studies, facts, where, getattr(scoring, "__name__", scoring))


def _make_candidate(model, space, random_state):
    """Return the candidate and its search space."""
    if isinstance(model, str):
        model = load_model(model)
    if isinstance(model, type) and issubclass(model, Model):
        model = model()
    candidate = make_candidate(model, random_state)
    if space is None:
        space = model.search_space() if isinstance(model, Model) else {}
        if not space:
            raise ValueError(
                f"Model {candidate.name!r} says nothing of what to search. Pass space= with a "
                "distribution of optuna.distributions for each parameter."
            )
    check_space(space, candidate.estimator)
    return candidate, space


def _choose_protocol(protocol, source, outer):
    chosen, changed = choose_protocol(protocol, source)
    if outer or protocol is not None or len(chosen(changed.data.frame)) == 1:
        return chosen, changed
    return choose_protocol(_SINGLE, source)


def _plan_inside(job, inner, outer):
    """Return the jobs of the inner folds, made of nothing but the rows that may be learnt from."""
    published = len(job.validation) and not outer.joins_validation
    if inner is None:
        inner = "validation" if published else _INNER
    rows = np.sort(np.concatenate([job.train, job.validation]))
    if published and inner != "validation":
        rows = job.train
    source = _part_of(job.source, rows)
    if inner != "validation":
        return plan_within(
            job.candidate, source, get_protocol(inner, source.data.dataset), job.random_state
        )
    if not len(job.validation):
        raise ValueError(
            f"Expected a protocol with a validation part for inner='validation', got "
            f"{job.protocol!r} without one. Use inner={_INNER!r}."
        )
    train, held = (np.flatnonzero(np.isin(rows, part)) for part in (job.train, job.validation))
    split = Job(
        job.candidate,
        source,
        "within",
        source.classes,
        {"fold": 0},
        "validation",
        "the validation part of the outer fold",
        False,
        train,
        held,
        job.random_state,
        joins_validation=False,
    )
    split.add(source, held)
    return [split]


def _part_of(source, rows):
    """Return some rows of a dataset as a dataset."""
    data = source.data
    soft = None if source.soft_labels is None else take(source.soft_labels, rows)
    part = type(data)(
        **dict(data)
        | {"X": take(data.X, rows), "y": data.y[rows], "groups": data.groups[rows]}
        | {"frame": data.frame.iloc[rows].reset_index(drop=True)}
        | {"soft_labels": soft, "complete": False}
    )
    return Source(part, source.name, source.modality, source.subjects_known)


def _with_params(job, params):
    """Return the job of an outer fold with the parameters that won."""
    before = job.candidate
    estimator = clone(before.estimator).set_params(**params)
    tuned = Candidate(f"{before.name}-tuned", estimator, before.modality)
    (target,) = job.targets
    final = replace(job, candidate=tuned, targets=[])
    final.add(job.source, target.rows)
    return final


def _key_of(objective, scoring):
    """Return a hash of what a study depends on; nothing of the outer test part is in it."""
    return result_key(
        folds=[target.key for job in objective.jobs for target in job.targets],
        space=objective.space,
        scoring=scoring,
    )


def _name_of(study_name, key, job):
    fold = f"fold {job.facts['fold']}"
    if study_name is not None:
        return f"{study_name}, {fold}"
    return f"{job.candidate.name}, {job.source.name}, {job.protocol}, {fold}, {key[:8]}"


def _delete(storage, name):
    if name in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=name, storage=storage)
