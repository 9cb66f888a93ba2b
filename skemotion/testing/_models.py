"""The contract of models."""

import inspect
import pickle

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skemotion.datasets import load_dataset
from skemotion.models.base import Model
from skemotion.plugins import MODELS
from skemotion.testing._common import check_declared, check_facts, ensure, same

_SAMPLES = {"voice": "synthetic-voices", "face": "synthetic-faces"}
_ROWS_A_CLASS = 8


def check_model(model, data=None):
    """Check that a model keeps the promises of :class:`~skemotion.Model`.

    Its facts are filled in; `pipeline` makes a new, unfitted pipeline each time, which can be
    cloned; what `search_space` names can be set; the fitted pipeline predicts labels it has seen,
    probabilities that sum to 1, the same after pickling and the same for the same seed.

    Networks are trained for two epochs and without downloaded weights: parameters named `epochs`
    and ``weights="imagenet"`` are set so.

    Parameters
    ----------
    model : Model or type
        An instance or the class.
    data : Bunch, default=None
        With `X` and `y`, as from :func:`~skemotion.load_dataset`. None means a few rows of the
        synthetic corpus of the model's modality.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from skemotion import load_model
    >>> from skemotion.testing import check_model
    >>> check_model(load_model("face-hog-svm"))
    """
    model = model() if inspect.isclass(model) else model
    ensure(isinstance(model, Model), f"Expected a sub-class of Model, got {model!r:.80}.")
    name = type(model).__name__
    check_facts(model, ("name", "description", "source"))
    check_declared(type(model), MODELS)
    pipeline = model.pipeline()
    ensure(isinstance(pipeline, Pipeline), f"{name}.pipeline() gives {pipeline!r:.80}.")
    again = model.pipeline()
    ensure(
        not {id(step) for _, step in pipeline.steps} & {id(step) for _, step in again.steps},
        f"{name}.pipeline() must make new steps at each call.",
    )
    ensure(not _is_fitted(pipeline), f"{name}.pipeline() gives a fitted pipeline.")
    _check_search_space(model, name, pipeline)
    X, y = _few_rows(model) if data is None else (data.X, np.asarray(data.y))
    fitted = _quick(pipeline).fit(X, y)
    _check_predictions(name, fitted, X, y)
    predicted = _outputs(fitted, X)
    copies = {
        "after pickling": pickle.loads(pickle.dumps(fitted)),
        "when fitted again with the same random_state": _quick(again).fit(X, y),
    }
    for when, copy in copies.items():
        pairs = zip(predicted, _outputs(copy, X), strict=True)
        equal = all(same(a, b, exact=False) for a, b in pairs)
        ensure(equal, f"{name} predicts something else {when}.")


def _check_search_space(model, name, pipeline):
    from optuna.distributions import BaseDistribution, CategoricalDistribution

    known = pipeline.get_params()
    for key, distribution in model.search_space().items():
        ensure(key in known, f"{name}.search_space() names {key!r}, which its pipeline lacks.")
        ensure(
            isinstance(distribution, BaseDistribution),
            f"{name}.search_space() gives {distribution!r} for {key!r}, "
            "not an optuna distribution.",
        )
        choices = isinstance(distribution, CategoricalDistribution)
        value = distribution.choices[0] if choices else distribution.low
        clone(pipeline).set_params(**{key: value})


def _check_predictions(name, fitted, X, y):
    classes = np.asarray(fitted.classes_)
    ensure(np.array_equal(classes, np.unique(y)), f"{name} has the classes {classes}.")
    labels = fitted.predict(X)
    ensure(len(labels) == len(y), f"{name} predicts {len(labels)} labels for {len(y)} rows.")
    ensure(np.isin(labels, classes).all(), f"{name} predicts labels that it has not seen.")
    one = fitted.predict(X[:1])
    ensure(one.shape == (1,), f"{name} predicts the shape {one.shape} for a single recording.")
    if hasattr(fitted, "predict_proba"):
        probabilities = fitted.predict_proba(X)
        ensure(
            probabilities.shape == (len(y), len(classes)),
            f"{name} gives probabilities of the shape {probabilities.shape}.",
        )
        ensure(
            np.allclose(probabilities.sum(axis=1), 1, atol=1e-4) and (probabilities >= 0).all(),
            f"{name} gives probabilities that do not sum to 1.",
        )


def _outputs(fitted, X):
    if hasattr(fitted, "predict_proba"):
        return fitted.predict(X), fitted.predict_proba(X)
    return (fitted.predict(X),)


def _few_rows(model):
    if model.modality not in _SAMPLES:
        raise ValueError(
            f"There is no embedded dataset of modality {model.modality!r} to check "
            f"{type(model).__name__} on. Pass data=."
        )
    data = load_dataset(_SAMPLES[model.modality])
    rows = []
    for emotion in np.unique(data.y):
        found = np.flatnonzero(data.y == emotion)
        rows.extend(found[np.linspace(0, len(found) - 1, _ROWS_A_CLASS).astype(int)])
    return data.X[rows], data.y[rows]


def _quick(pipeline):
    """Return a clone that trains briefly, downloads nothing and has fixed seeds."""
    pipeline = clone(pipeline)
    changes = {}
    for key, value in pipeline.get_params().items():
        last = key.rsplit("__", 1)[-1]
        if last == "epochs":
            changes[key] = 2
        elif last == "random_state":
            changes[key] = 0
        elif last == "weights" and value == "imagenet":
            changes[key] = None
    return pipeline.set_params(**changes)


def _is_fitted(pipeline):
    try:
        check_is_fitted(pipeline)
    except NotFittedError:
        return False
    return True
