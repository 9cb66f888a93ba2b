"""Optuna's search as an estimator of scikit-learn."""

import tempfile
import time
import warnings
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import optuna
from joblib import effective_n_jobs, hash
from sklearn.base import clone, is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import assert_all_finite, check_random_state, indexable

from skemotion._compat import (
    BaseSearchCV,
    HasMethods,
    Interval,
    StrOptions,
    _check_method_params,
    _fit_context,
    _safe_split,
)
from skemotion._describe import describe_parameters
from skemotion.evaluation.fingerprint import result_key
from skemotion.models._trained_with import backend_for_key
from skemotion.tuning._engine import describe_failures, has_winner, run_study
from skemotion.tuning._pruning import add_epoch_reports
from skemotion.tuning._sampler import make_sampler
from skemotion.tuning._storage import check_key, check_storage, open_storage, open_study
from skemotion.tuning.spaces import check_space, suggest


class OptunaSearchCV(BaseSearchCV):
    """Search with Optuna, cross-validated: used as :class:`~sklearn.model_selection.GridSearchCV`.

    Each trial is fitted and scored split by split, and the pruner may stop it after each; with a
    single split and a network with rows to validate on, after each epoch. Metadata such as
    `groups` and `sample_weight` goes where scikit-learn's own searches send it.

    Parameters
    ----------
    estimator : estimator
        What to tune; a clone is fitted.
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        Parameter -> distribution, such as :meth:`Model.search_space` returns.
    cv : int, cross-validation generator or iterable, default=None
        How to divide; None means 5 folds, stratified for classifiers.
    n_trials : int, default=10
        Number of trials, those that a study of this name has already included.
    timeout : float, default=None
        Seconds after which no trial is begun.
    scoring : str, callable or None, default=None
        What to maximise; None means the estimator's own score.
    refit : bool or callable, default=True
        Whether to fit the best on all rows in the end; a callable takes `cv_results_` and returns
        the index of the best.
    random_state : int, RandomState instance or None, default=None
        Seeds the sampler. An int gives the same search at every fit with ``n_jobs=1``.
    sampler : :class:`optuna.samplers.BaseSampler` or callable, default=None
        What chooses parameters. A class, or a function that takes ``seed=``, is called anew for
        each trial; a sampler is used as it is, and goes on where it was at the next fit. None
        means :class:`~optuna.samplers.TPESampler`.
    pruner : :class:`optuna.pruners.BasePruner`, default=None
        What stops trials; None stops none, so that `cv_results_` is complete.
    storage : str, path-like, :class:`optuna.storages.BaseStorage` or None, default=None
        Where trials are kept as they end, as in :func:`tune`; None means in memory.
    study_name : str, default=None
        Name of the study there; if it is there and searched the same, it goes on.
    n_jobs : int or None, default=None
        Number of worker processes, which share the study.
    error_score : "raise" or float, default=np.nan
        Score of a split whose fit or score fails. With NaN the trial ends as failed.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As :class:`~sklearn.model_selection.GridSearchCV` has it, one row a trial, with `state`:
        ``"complete"``, ``"pruned"`` or ``"fail"``. Scores of splits that were not reached are NaN.
    best_params_ : dict
        What won.
    best_score_ : float
        Its mean score; not with a callable `refit`.
    best_index_ : int
        Its row of `cv_results_`.
    best_estimator_ : estimator
        Fitted on all rows, if `refit`.
    refit_time_ : float
        Seconds that took.
    scorer_ : callable
        What scored.
    n_splits_ : int
        Number of splits.
    multimetric_ : bool
        False.
    study_ : optuna.Study
        All trials, in memory, for Optuna's tools and :func:`plot_history`.

    See Also
    --------
    tune : Nested search under a protocol, kept and resumed.

    Examples
    --------
    >>> from optuna.distributions import FloatDistribution
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skemotion import OptunaSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": FloatDistribution(1e-2, 1e2, log=True)}
    >>> search = OptunaSearchCV(SVC(), space, cv=3, n_trials=5, random_state=0).fit(X, y)
    >>> len(search.cv_results_["params"]), round(float(search.best_score_), 1)
    (5, 1.0)
    """

    return_train_score = False  # what the base asks for
    verbose = 0

    _parameter_constraints = {
        "estimator": [HasMethods(["fit"])],
        "space": [dict],
        "cv": ["cv_object"],
        "n_trials": [Interval(Integral, 1, None, closed="left")],
        "timeout": [Interval(Real, 0, None, closed="neither"), None],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "refit": ["boolean", callable],
        "random_state": ["random_state"],
        "sampler": [optuna.samplers.BaseSampler, callable, None],
        "pruner": [optuna.pruners.BasePruner, None],
        "storage": [str, Path, optuna.storages.BaseStorage, None],
        "study_name": [str, None],
        "n_jobs": [Integral, None],
        "error_score": [StrOptions({"raise"}), Real],
    }

    def __init__(
        self,
        estimator,
        space,
        *,
        cv=None,
        n_trials=10,
        timeout=None,
        scoring=None,
        refit=True,
        random_state=None,
        sampler=None,
        pruner=None,
        storage=None,
        study_name=None,
        n_jobs=None,
        error_score=np.nan,
    ):
        self.estimator = estimator
        self.space = space
        self.cv = cv
        self.n_trials = n_trials
        self.timeout = timeout
        self.scoring = scoring
        self.refit = refit
        self.random_state = random_state
        self.sampler = sampler
        self.pruner = pruner
        self.storage = storage
        self.study_name = study_name
        self.n_jobs = n_jobs
        self.error_score = error_score

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, **params):
        """Search, and fit what won on all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        y : array-like of shape (n_samples,), default=None
            Target.
        **params : dict of str to object
            `groups` for the splitter, and what the estimator's `fit` and the scorer take; routed
            as requested where metadata routing is enabled.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the space does not suit the estimator, all trials fail, or the study of this name
            searched something else.
        """
        check_space(self.space, self.estimator)
        self.scorer_, _ = self._get_scorers()
        self.multimetric_ = False
        X, y = indexable(X, y)
        if y is not None:
            assert_all_finite(y, input_name="y")
        routed = self._get_routed_params_for_fit(_check_method_params(X, params=params))
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **routed.splitter.split))
        self.n_splits_ = len(splits)
        objective = CrossValidation(
            clone(self.estimator),
            self.space,
            X,
            y,
            splits,
            self.scorer_,
            routed.estimator.fit,
            routed.scorer.score,
            self.error_score,
        )
        self.study_ = self._search(objective)
        self._note_results(self.study_)
        if self.refit:
            self._refit(X, y, routed.estimator.fit)
        return self

    def _search(self, objective):
        """Run the trials, and return the study as one in memory."""
        storage = check_storage(self.storage)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            if storage is None and effective_n_jobs(self.n_jobs) > 1:
                storage = check_storage(Path(folder) / "study.sqlite")
            seed = self.random_state
            if not isinstance(seed, Integral):
                seed = int(check_random_state(seed).randint(np.iinfo(np.int32).max))
            pruner = optuna.pruners.NopPruner() if self.pruner is None else self.pruner
            opened = open_storage(storage)
            study = open_study(opened, self.study_name, make_sampler(self.sampler, seed), pruner)
            if self.study_name is not None:
                check_key(study, objective.key(seed))
            run_study(
                study,
                objective,
                n_trials=self.n_trials,
                timeout=self.timeout,
                storage=storage,
                n_jobs=self.n_jobs,
                catch=self.error_score != "raise",
            )
            kept = open_study(None, study.study_name)
            kept.add_trials(study.get_trials(deepcopy=False))
        return kept

    def _note_results(self, study):
        if not has_winner(study):
            raise ValueError(
                f"Expected a trial that finishes, got none: {describe_failures(study)}. "
                "Loosen the space, or set error_score='raise' for the traceback."
            )
        trials = [
            trial
            for trial in study.get_trials(deepcopy=False)
            if trial.state.is_finished() and "splits" in trial.user_attrs
        ]
        n_errors = sum("error" in trial.user_attrs for trial in trials)
        if n_errors:
            warnings.warn(
                f"{n_errors} of {len(trials)} trials failed, the first with {first_error(trials)}",
                FitFailedWarning,
                stacklevel=3,
            )
        rows = [row for trial in trials for row in _rows(trial, self.n_splits_)]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="One or more of the test scores")
            self.cv_results_ = self._format_results(
                [trial.params for trial in trials],
                self.n_splits_,
                rows,
                {"state": [trial.state.name.lower() for trial in trials]},
            )
        self.best_index_ = self._select_best_index(self.refit, "score", self.cv_results_)
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        if not callable(self.refit):
            self.best_score_ = self.cv_results_["mean_test_score"][self.best_index_]

    def _refit(self, X, y, fit_params):
        self.best_estimator_ = clone(self.estimator).set_params(**self.best_params_)
        started = time.perf_counter()
        _fit(self.best_estimator_, X, y, fit_params)
        self.refit_time_ = time.perf_counter() - started
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


@dataclass
class CrossValidation:
    """The objective: the mean score over splits."""

    estimator: object
    space: dict
    X: object
    y: object
    splits: list
    scorer: object
    fit_params: dict
    score_params: dict
    error_score: object

    def __call__(self, trial):
        """Return the mean score of the trial's parameters, told to the trial as it grows."""
        params = suggest(trial, self.space)
        rows = []
        trial.set_user_attr("splits", rows)
        try:
            for number, (train, test) in enumerate(self.splits):
                rows.append(self._fit_and_score(trial, params, train, test))
                mean = float(np.mean([score for score, *_ in rows]))
                if len(self.splits) > 1:
                    trial.report(mean, number)
                    if number + 1 < len(self.splits) and trial.should_prune():
                        raise optuna.TrialPruned(f"after split {number + 1}")
        finally:
            trial.set_user_attr("splits", rows)
        return mean

    def _fit_and_score(self, trial, params, train, test):
        """Return the score of a split and the seconds for fit and score."""
        estimator = clone(self.estimator).set_params(**params)
        if len(self.splits) == 1:
            add_epoch_reports(estimator, trial)
        X_train, y_train = _safe_split(estimator, self.X, self.y, train)
        X_test, y_test = _safe_split(estimator, self.X, self.y, test, train)
        fit_params = _check_method_params(self.X, params=self.fit_params, indices=train)
        score_params = _check_method_params(self.X, params=self.score_params, indices=test)
        started = time.perf_counter()
        try:
            _fit(estimator, X_train, y_train, fit_params)
            fitted = time.perf_counter()
            known = () if y_test is None else (y_test,)
            score = float(self.scorer(estimator, X_test, *known, **score_params))
        except optuna.TrialPruned:
            raise
        except Exception:
            if self.error_score == "raise" or not np.isfinite(self.error_score):
                raise
            score, fitted = float(self.error_score), time.perf_counter()
        if not np.isfinite(score):
            raise ValueError(f"Expected a finite score, got {score}. Use another scoring.")
        return [score, fitted - started, time.perf_counter() - fitted]

    def key(self, seed):
        """Return a hash of what the study depends on."""
        return result_key(
            estimator=describe_parameters(self.estimator),
            space=self.space,
            data=hash([self.X, self.y, self.splits, self.fit_params, self.score_params]),
            scorer=str(self.scorer),
            seed=seed,
            **backend_for_key(self.estimator),
        )


def _fit(estimator, X, y, fit_params):
    if y is None:
        estimator.fit(X, **fit_params)
    else:
        estimator.fit(X, y, **fit_params)


def _rows(trial, n_splits):
    """Return what the splits of a trial gave, as scikit-learn keeps it."""
    known = trial.user_attrs["splits"]
    rows = known + [[np.nan] * 3] * (n_splits - len(known))
    names = ("test_scores", "fit_time", "score_time")
    return [dict(zip(names, row, strict=True)) for row in rows]


def first_error(trials):
    """Return the first error of some trials."""
    return next(trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs)
