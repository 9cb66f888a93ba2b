"""Take a fitted model apart: what reads recordings, and what follows."""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skemotion._recordings import RecordingPipeline, RecordingTransformer
from skemotion.models._decision import Decision


def flatten(estimator, name="model"):
    """Return the steps that a fitted model predicts with, in order.

    Searches count as what they found, pipelines as their steps without samplers, and decisions by
    probabilities as the steps of their estimator, followed by themselves.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    name : str, default="model"
        What it is called.

    Returns
    -------
    list of (str, estimator)
    """
    if hasattr(estimator, "best_estimator_"):
        return flatten(estimator.best_estimator_, name)
    if isinstance(estimator, Decision):
        steps = flatten(estimator.estimator_, f"{name}.estimator")
        return [*steps, (name, estimator)] if _changes_anything(estimator) else steps
    if isinstance(estimator, Pipeline) and not isinstance(estimator, RecordingPipeline):
        return [
            part
            for inner, step in estimator.steps
            if step not in (None, "passthrough") and not hasattr(step, "fit_resample")
            for part in flatten(step, inner)
        ]
    if isinstance(estimator, FrozenEstimator):
        return flatten(estimator.estimator, name)
    return [(name, estimator)]


def reads_recordings(step):
    """Whether a step takes recordings and stays as it is.

    Parameters
    ----------
    step : estimator

    Returns
    -------
    bool
    """
    return isinstance(step, RecordingTransformer | RecordingPipeline)


def _changes_anything(decision):
    """Whether it does more than to fit its estimator in a way of its own."""
    kind = type(decision)
    return kind._adjust is not Decision._adjust or kind._decide is not Decision._decide


def run_steps(steps, samples):
    """Predict with some of the steps of :func:`flatten`.

    Parameters
    ----------
    steps : list of (str, estimator)
        The last of them.
    samples : ndarray of shape (n_samples, ...)
        What the first of them takes.

    Returns
    -------
    labels : ndarray of shape (n_samples,)
    probabilities : ndarray of shape (n_samples, n_classes) or None
    """
    labels, shares = None, None
    for _, step in steps:
        if isinstance(step, Decision):
            labels, shares = step.classes_[step._decide(shares)], step._adjust(shares)
        elif hasattr(step, "classes_"):
            labels = step.predict(samples)
            shares = step.predict_proba(samples) if hasattr(step, "predict_proba") else None
        else:
            samples = step.transform(samples)
    return labels, shares
