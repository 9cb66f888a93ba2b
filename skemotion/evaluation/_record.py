"""From what a job gave to what the store keeps."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from skemotion import __version__
from skemotion.evaluation._fit import is_transductive
from skemotion.metrics import (
    bootstrap_interval,
    macro_f1_score,
    per_class_recall,
    soft_cross_entropy,
    soft_distance,
    uar_score,
    wa_score,
)

_PACKAGES = ("skemotion", "scikit-learn", "numpy", "keras", "tensorflow", "tensorflow-cpu")


def make_record(job, outcome, number):
    """Return what the store keeps of one target of a job.

    Parameters
    ----------
    job : Job
        What was done.
    outcome : Outcome
        What came of it.
    number : int
        Which of the job's targets.

    Returns
    -------
    dict
        For :meth:`ResultStore.put`.
    """
    target = job.targets[number]
    data = target.source.data
    y_true, subjects = data.y[target.rows], data.groups[target.rows]
    y_pred = np.array(outcome.predictions[number])
    low, high = bootstrap_interval(y_true, y_pred, subjects)
    facts = {
        "held_out": str(job.facts.get("held_out", "")),
        "classes": list(job.classes),
        "n_train": outcome.n_train,
        "n_validation": outcome.n_validation,
        "n_test": len(y_true),
        "n_subjects_test": len(np.unique(subjects)),
        "leaky": target.leaky,
        "transductive": is_transductive(job.candidate.estimator),
        "subjects_known": bool(job.source.subjects_known and target.source.subjects_known),
        "random_state": int(job.random_state),
        "version": __version__,
        "versions": _versions(),
        **outcome.training,
        "protocol_description": job.description,
        "fingerprint_train": job.source.fingerprint,
        "fingerprint_test": target.source.fingerprint,
    }
    metrics = {
        "uar": uar_score(y_true, y_pred),
        "wa": wa_score(y_true, y_pred),
        "macro_f1": macro_f1_score(y_true, y_pred),
        "uar_low": low,
        "uar_high": high,
        "recall": per_class_recall(y_true, y_pred),
        "chance": 1 / len(np.unique(y_true)),
        "seconds_fit": outcome.seconds_fit,
        "seconds_predict": outcome.seconds_predict[number],
    } | _soft_metrics(job, target, outcome.shares[number])
    predictions = {"row": target.rows, "subject": subjects, "y_true": y_true, "y_pred": y_pred}
    return {
        "key": target.key,
        "model": job.candidate.name,
        "train": job.source.name,
        "test": target.source.name,
        "kind": job.kind,
        "protocol": job.protocol,
        "scheme": str(data.scheme or ""),
        "fold": int(job.facts["fold"]),
        "facts": facts,
        "metrics": metrics,
        "params": json.loads(job.candidate.params),
        "history": outcome.history,
        "predictions": {name: values.tolist() for name, values in predictions.items()},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _soft_metrics(job, target, predicted):
    """Return the metrics over shares of votes, where there are votes and probabilities."""
    votes = job.soft_labels(target.source, target.rows)
    if votes is None or predicted is None:
        return {}
    names = votes.columns.union(predicted.columns)
    votes, predicted = (t.reindex(columns=names, fill_value=0.0) for t in (votes, predicted))
    return {
        "soft_cross_entropy": soft_cross_entropy(votes, predicted),
        "soft_distance": soft_distance(votes, predicted),
    }


@cache
def _versions():
    found = {}
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
