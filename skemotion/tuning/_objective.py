"""What a trial is worth: its score over the inner folds of the part that may be seen."""

from dataclasses import dataclass

import numpy as np
import optuna
from sklearn import config_context
from sklearn.base import clone

from skemotion.evaluation._fit import fit_estimator, is_transductive
from skemotion.metrics import macro_f1_score, uar_score, wa_score
from skemotion.tuning._pruning import add_epoch_reports
from skemotion.tuning.spaces import suggest

METRICS = {"uar": uar_score, "wa": wa_score, "macro_f1": macro_f1_score}


@dataclass
class InnerFolds:
    """The objective: fit on each inner fold, and score all predictions so far together.

    Parameters
    ----------
    jobs : list of Job
        One an inner fold; none holds a row of the outer test part.
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        What to search.
    metric : callable
        Takes true and predicted emotions.
    """

    jobs: list
    space: dict
    metric: object

    def __call__(self, trial):
        """Return the pooled score of the trial's parameters.

        Parameters
        ----------
        trial : optuna.trial.Trial
            It is told the pooled score after each fold, or, where there is one fold, what a
            network reaches after each epoch.

        Returns
        -------
        float

        Raises
        ------
        optuna.TrialPruned
            If the trial is not worth going on with.
        """
        params = suggest(trial, self.space)
        y_true, y_pred, score = [], [], np.nan
        for number, job in enumerate(self.jobs):
            estimator = clone(job.candidate.estimator).set_params(**params)
            if len(self.jobs) == 1:
                add_epoch_reports(estimator, trial)
            expected, predicted = _predict(estimator, job)
            y_true.append(expected)
            y_pred.append(predicted)
            score = float(self.metric(np.concatenate(y_true), np.concatenate(y_pred)))
            if not np.isfinite(score):
                raise ValueError(
                    f"Expected a finite score, got {score} after {number + 1} inner folds. "
                    "Use another scoring."
                )
            if len(self.jobs) > 1:
                trial.report(score, number)
                if number + 1 < len(self.jobs) and trial.should_prune():
                    raise optuna.TrialPruned(f"after inner fold {number + 1}")
        return score


def _predict(estimator, job):
    """Return the true and the predicted emotions of the part that an inner fold scores."""
    (target,) = job.targets
    _, learnt, ((X, subjects, _),) = job.payload()
    with config_context(enable_metadata_routing=True):
        fitted = fit_estimator(estimator, **learnt)[0]
        asked = {"groups": subjects} if is_transductive(fitted) else {}
        predicted = np.asarray(fitted.predict(X, **asked)).astype(str)
    return target.source.data.y[target.rows].astype(str), predicted


def get_metric(scoring):
    """Return the metric for its name, or the callable itself.

    Parameters
    ----------
    scoring : {"uar", "wa", "macro_f1"} or callable
        What to maximise.

    Returns
    -------
    callable
        Takes true and predicted emotions.
    """
    if callable(scoring):
        return scoring
    if scoring not in METRICS:
        raise ValueError(
            f"Expected scoring to be one of {', '.join(METRICS)}, or a function of true and "
            f"predicted emotions, got {scoring!r}. 'uar' counts every emotion the same."
        )
    return METRICS[scoring]
