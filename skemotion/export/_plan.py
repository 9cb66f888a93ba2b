"""Plans: exported pipelines as JSON, which are run without scikit-learn.

A plan names functions out of a fixed table with parameters within limits, so that reading one from
anybody imports nothing of his and runs no code of his.
"""

import json
import warnings
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from skemotion._validation import check_width
from skemotion.export import _plan_limits
from skemotion.export._plan_table import CALLS, check_features, find_function, make_feature

_FORMAT = 1
_MOST_BYTES = 16 * 2**20
_MOST_STEPS = 50
_RUNNING = {"summary", "cache", "n_jobs", "on_error", "verbose"}  # no part of a feature's frames
_ON_ARRAYS = ("rescale", "scale_frames", "standardize")
_STACKING = ("stack_results", "pad_frames")


class Plan(NamedTuple):
    """What an exported pipeline does before its network.

    Attributes
    ----------
    functions : list of (callable, str)
        What becomes of one recording, each with the verb of its errors.
    stack : callable
        Puts the results of several recordings together.
    arrays : list of callable
        What becomes of that.
    classes : list of (str or int or float)
        Classes of the network.
    """

    functions: list
    stack: object
    arrays: list
    classes: list


def write_plan(estimator):
    """Return the plan of an exported pipeline.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    bytes or None
        None where it does anything that plans cannot say, or decides about missing recordings.
    """
    from skemotion.models._exported import ExportedClassifier

    steps = list(_leaves(estimator))
    last = steps.pop()
    if not isinstance(last, ExportedClassifier) or not _is_own(last):
        return None
    try:
        data = json.dumps(_describe(steps, last.classes_), allow_nan=False).encode()
        read_plan(data)
    except (ValueError, TypeError, ImportError):  # parameters that fail, a package that is missing
        return None
    return data


def read_plan(data):
    """Make what a plan says.

    Parameters
    ----------
    data : bytes
        Anybody's.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        With the reason, if it is none, or names what is not in the table or beyond the limits.
    """
    if len(data) > _MOST_BYTES:
        raise ValueError("its plan is too long")
    try:
        plan = json.loads(data)
        checks = {
            "format": _plan_limits.whole(1, _FORMAT),
            "recordings": _plan_limits.listing(_make_function, 1, _MOST_STEPS),
            "stack": partial(_make_call, allowed=_STACKING),
            "arrays": _plan_limits.listing(
                partial(_make_call, allowed=_ON_ARRAYS), most=_MOST_STEPS
            ),
            "classes": _plan_limits.listing(_plan_limits.label, 1),
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of filters without a bin: who fitted it was told
            made = _plan_limits.keywords(plan, checks)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"its plan cannot be followed: {error!s:.300}") from error
    return Plan(made["recordings"], made["stack"], made["arrays"], made["classes"])


def standardize(X, mean, scale):
    """Take a mean away from each feature and divide by a scale, as StandardScaler does.

    Parameters
    ----------
    X : ndarray of floats of shape (n_samples, n_features)
        Features.
    mean, scale : ndarray of float64 of shape (n_features,) or None
        None leaves it out.

    Returns
    -------
    ndarray of the shape and type of `X`
    """
    check_width(X, mean, scale)
    if mean is not None:
        X = X - mean.astype(X.dtype)
    return X if scale is None else X / scale.astype(X.dtype)


def _leaves(estimator):
    """Yield the steps of a pipeline and of those in it, or the estimator itself."""
    from sklearn.pipeline import Pipeline

    from skemotion._recordings import RecordingPipeline

    if type(estimator) not in (Pipeline, RecordingPipeline):
        yield estimator
        return
    for _, step in estimator.steps:
        if step is not None and step != "passthrough":
            yield from _leaves(step)


def _describe(steps, classes):
    from skemotion._recordings import RecordingTransformer

    n_reading = 0
    while n_reading < len(steps) and isinstance(steps[n_reading], RecordingTransformer):
        n_reading += 1
    reading = steps[:n_reading]
    if not all(_is_own(step) and step.on_error == "raise" for step in reading):
        raise ValueError("steps that are not ours, or go on without a recording")
    return {
        "format": _FORMAT,
        "recordings": [
            {"verb": step._verb, **_describe_call(step.make_function())} for step in reading
        ],
        "stack": _describe_call(_stacking(reading[-1] if reading else None)),
        "arrays": [_describe_call(_on_arrays(step)) for step in steps[n_reading:]],
        "classes": _describe_value(classes),
    }


def _is_own(step):
    return type(step).__module__.startswith("skemotion.")


def _stacking(step):
    """Return how the results of the last step that takes recordings are put together."""
    from skemotion._outcomes import stack_results
    from skemotion._recordings import RecordingTransformer
    from skemotion.audio._padding import pad_frames
    from skemotion.audio.acoustic import AcousticFeatures
    from skemotion.image._descriptor import ImageDescriptor

    if type(step) is AcousticFeatures and step.summary is None:
        return partial(pad_frames, n_frames=step.n_frames, mask_value=step.mask_value)
    kinds = (RecordingTransformer, ImageDescriptor, AcousticFeatures)
    if step is None or type(step).stack not in [kind.stack for kind in kinds]:
        raise ValueError("results that are put together in another way")
    return stack_results


def _on_arrays(step):
    from sklearn.preprocessing import StandardScaler

    from skemotion.audio._padding import scale_frames
    from skemotion.audio.frames import FrameScaler
    from skemotion.image._functions import rescale
    from skemotion.image.rescale import Rescale

    if type(step) is Rescale:
        return partial(rescale, scale=step.scale, offset=step.offset)
    if type(step) is FrameScaler:
        facts = {"mean": step.mean_, "scale": step.scale_, "mask_value": step.mask_value}
        return partial(scale_frames, **facts)
    if type(step) is StandardScaler:
        mean = step.mean_ if step.with_mean else None
        return partial(standardize, mean=mean, scale=step.scale_ if step.with_std else None)
    raise ValueError(f"{type(step).__name__}, which plans do not have")


@cache
def _names():
    return {find_function(name): name for name in CALLS}


def _describe_call(function):
    from skemotion.audio._presets import analyse_preset, get_preset

    call = function if isinstance(function, partial) else partial(function)
    if call.func is analyse_preset:
        preset = get_preset(**call.keywords)
        call = partial(
            find_function("analyse_groups"), features=preset.features, groups=preset.groups
        )
    if call.args or call.func not in _names():
        raise ValueError(f"{call.func!r}, which plans do not have")
    given = {name: _describe_value(value) for name, value in call.keywords.items()}
    return {"call": _names()[call.func], "with": given}


def _describe_value(value):
    from skemotion.audio._feature import AcousticFeature

    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_describe_value(one) for one in value]
    if isinstance(value, AcousticFeature):
        if not _is_own(value):
            raise ValueError("a feature that is not ours")
        parameters = {
            name: _describe_value(one)
            for name, one in value.get_params(deep=False).items()
            if name not in _RUNNING
        }
        return {"feature": type(value).__name__, "parameters": parameters}
    return _describe_call(value) if callable(value) else value


def _make_function(node):
    """Return a function of one recording, and the verb of its errors."""
    if not isinstance(node, dict) or "verb" not in node:
        raise ValueError(f"expected a step with a verb, got {node!r:.100}")
    rest = {name: value for name, value in node.items() if name != "verb"}
    allowed = [name for name in CALLS if name not in (*_ON_ARRAYS, *_STACKING)]
    return _make_call(rest, allowed), _plan_limits.verb(node["verb"])


def _make_call(node, allowed):
    made = _plan_limits.keywords(node, {"call": _plan_limits.one_of(*allowed), "with": dict})
    checks = {name: _to_check(check) for name, check in CALLS[made["call"]].checks.items()}
    given = _plan_limits.keywords(made["with"], checks)
    if "features" in given:
        check_features(**given)
    function = find_function(made["call"])
    return partial(function, **given) if given else function


def _to_check(check):
    if isinstance(check, tuple):
        return partial(_make_call, allowed=check)
    return _plan_limits.listing(_make_feature, 1, 100) if check == "features" else check


def _make_feature(node):
    facts = _plan_limits.keywords(node, {"feature": _plan_limits.word, "parameters": dict})
    return make_feature(facts["feature"], facts["parameters"])
