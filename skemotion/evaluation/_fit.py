"""One fit and its predictions: what runs in a worker."""

import time
from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils.metadata_routing import get_routing_for_object

from skemotion.models._trained_with import describe_training


class Outcome(NamedTuple):
    """What came of one job: predictions for each target, or the reason why there are none."""

    job: int
    predictions: list
    shares: list  # predicted, a DataFrame or None for each target
    seconds_fit: float
    seconds_predict: list
    n_train: int
    n_validation: int
    history: list
    training: dict  # what networks were trained with
    reason: str


def seeded(estimator, random_state):
    """Return a clone whose `random_state` parameters, nested ones too, are set.

    Parameters
    ----------
    estimator : estimator
        Left as it is.
    random_state : int
        The seed.

    Returns
    -------
    estimator
    """
    copy = clone(estimator)
    names = [name for name in copy.get_params() if name.split("__")[-1] == "random_state"]
    return copy.set_params(**dict.fromkeys(names, random_state))


def fit_and_predict(job, estimator, data, tests):
    """Fit a clone of the estimator, and predict the emotions of some recordings.

    Parameters
    ----------
    job : int
        Number of the job, returned with what came of it.
    estimator : estimator
        Seeded, not fitted.
    data : dict
        What :func:`fit_estimator` takes beside the estimator.
    tests : list of (array-like, ndarray of str, bool)
        Recordings to predict, their subjects for an estimator that asks for them (see
        :func:`is_transductive`), and whether to predict the share of each class, too.

    Returns
    -------
    Outcome
        It holds the reason if anything fails; nothing is raised, so that other jobs go on.
    """
    try:
        with config_context(enable_metadata_routing=True):
            started = time.perf_counter()
            fitted, n_train, n_validation = fit_estimator(clone(estimator), **data)
            seconds_fit = time.perf_counter() - started
            predictions, seconds, shares = [], [], []
            for X, subjects, with_shares in tests:
                asked = {"groups": subjects} if is_transductive(fitted) else {}
                started = time.perf_counter()
                predictions.append(np.asarray(fitted.predict(X, **asked)).astype(str).tolist())
                seconds.append(time.perf_counter() - started)
                shares.append(_predict_shares(fitted, X, asked) if with_shares else None)
        history, training = read_history(fitted), describe_training(fitted)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
        return Outcome(job, [], [], 0.0, [], 0, 0, [], {}, reason)
    return Outcome(
        job, predictions, shares, seconds_fit, seconds, n_train, n_validation, history, training, ""
    )


def fit_estimator(estimator, X, y, groups, validation, soft_labels=None, joins_validation=True):
    """Fit with subjects, validation mask and soft labels, as far as the estimator asks for them.

    One that does not ask for the mask learns from all rows, or from the training rows only.

    Parameters
    ----------
    estimator : estimator
        It is fitted.
    X : array-like of shape (n_samples, ...)
        Recordings.
    y : ndarray of str of shape (n_samples,)
        Emotions.
    groups : ndarray of str of shape (n_samples,)
        Subjects.
    validation : ndarray of bool of shape (n_samples,)
        Which rows are for validation.
    soft_labels : DataFrame of shape (n_samples, n_classes) or None, default=None
        Shares of the classes.
    joins_validation : bool, default=True
        Whether an estimator that does not ask for the mask learns from the validation rows, too.

    Returns
    -------
    fitted : estimator
        The estimator.
    n_train, n_validation : int
        How many rows it learnt from, and how many it validated on.
    """
    metadata = {"groups": groups, "soft_labels": soft_labels, "validation": validation}
    wanted = get_routing_for_object(estimator).consumes("fit", list(metadata))
    if soft_labels is None:
        wanted = wanted - {"soft_labels"}
    if not validation.any():
        wanted = wanted - {"validation"}
    elif "validation" not in wanted and not joins_validation:
        train = np.flatnonzero(~validation)
        X, y = take(X, train), y[train]
        metadata = {name: take(metadata[name], train) for name in wanted}
    fitted = estimator.fit(X, y, **{name: metadata[name] for name in sorted(wanted)})
    n_validation = int(validation.sum()) if "validation" in wanted else 0
    return fitted, len(y) - n_validation, n_validation


def take(X, rows):
    """Return some rows of recordings.

    Parameters
    ----------
    X : ndarray, DataFrame or list
        Recordings.
    rows : ndarray of int
        Which rows.

    Returns
    -------
    ndarray, DataFrame or list
    """
    if hasattr(X, "iloc"):
        return X.iloc[rows].reset_index(drop=True)
    return X[rows] if isinstance(X, np.ndarray) else [X[row] for row in rows]


def is_transductive(estimator):
    """Return whether an estimator asks for the subjects of what it predicts.

    It then uses more than one recording of a test subject at a time, such as
    :class:`~skemotion.audio.SpeakerNormalizer`, and its results are marked so.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    bool
    """
    with config_context(enable_metadata_routing=True):
        return "groups" in get_routing_for_object(estimator).consumes("predict", ["groups"])


def _predict_shares(fitted, X, asked):
    """Return the predicted share of each class as DataFrame; None if it predicts none."""
    if not hasattr(fitted, "predict_proba") or not hasattr(fitted, "classes_"):
        return None
    shares = fitted.predict_proba(X, **asked)
    return pd.DataFrame(shares, columns=np.asarray(fitted.classes_).astype(str))


def read_history(estimator):
    """Return how an estimator, or a step of it, learnt.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    list of dict
        One an epoch; empty if no step has `history_`.
    """
    history = getattr(estimator, "history_", None)
    if history is not None:
        frame = pd.DataFrame(history)
        if "epoch" not in frame:
            frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
        return [
            {
                name: int(value) if isinstance(value, Integral) else value
                for name, value in row.items()
            }
            for row in frame.to_dict("records")
        ]
    inner = [step for _, step in getattr(estimator, "steps", [])]
    inner += [getattr(estimator, name, None) for name in ("best_estimator_", "estimator_")]
    for step in reversed([step for step in inner if step is not None]):
        history = read_history(step)
        if history:
            return history
    return []
