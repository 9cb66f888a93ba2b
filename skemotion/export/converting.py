"""Export fitted pipelines to ONNX and LiteRT."""

import warnings

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skemotion._optional import import_extra
from skemotion.export._child import convert_network
from skemotion.export._tail import flatten, reads_recordings, run_steps
from skemotion.export.errors import ConversionError
from skemotion.export.parity import (
    HALF_TOLERANCE,
    TOLERANCES,
    compare_outputs,
    parity_report,
)
from skemotion.models import LiteRTClassifier, NeuralClassifier, OnnxClassifier
from skemotion.models._exported import NetworkBytes

_SAMPLES, _FRAMES = 8, 24  # of the comparison without data
PRECISIONS = ("float32", "float16", "dynamic", "int8")


def to_onnx(estimator, *, X=None, y=None, groups=None, tolerance=None, n_threads=1):
    """Export a fitted model to ONNX: it then predicts without TensorFlow.

    Parameters
    ----------
    estimator : estimator
        Fitted: a pipeline, a search, or a classifier.

    Returns
    -------
    estimator
    """
    check_is_fitted(estimator)
    steps = flatten(estimator)
    n_converted, graph = _convert_tail(steps)
    exported = OnnxClassifier(
        NetworkBytes(graph), classes=np.asarray(estimator.classes_), n_threads=n_threads
    )
    given = {"X": X, "y": y, "groups": groups, "n_converted": n_converted}
    return _finish(estimator, steps, exported, given, precision="float32", tolerance=tolerance)


def to_litert(
    estimator,
    *,
    precision="float32",
    representative=None,
    X=None,
    y=None,
    groups=None,
    tolerance=None,
    n_threads=1,
):
    """Export the network of a fitted model to LiteRT: it then predicts without TensorFlow.

    Parameters
    ----------
    estimator : estimator
        Fitted: a pipeline, a search, or a neural classifier.

    Returns
    -------
    estimator
    """
    import_extra("ai_edge_litert.interpreter", extra="litert")
    if precision not in PRECISIONS:
        raise ValueError(
            f"Expected precision to be one of {', '.join(PRECISIONS)}, got {precision!r}. "
            "Choose one of them."
        )
    check_is_fitted(estimator)
    steps = flatten(estimator)
    name, network = steps[-1]
    if not isinstance(network, NeuralClassifier):
        raise ConversionError(
            f"Expected a model that ends in a neural network, got {type(network).__name__} as "
            f"{name}. Use to_onnx, which converts other classifiers, too."
        )
    samples = None
    if precision == "int8":
        samples = _representative(
            steps[:-1], network, X if representative is None else representative
        )
    content = convert_network(
        network.model_, "litert", step=name, precision=precision, representative=samples
    )
    exported = LiteRTClassifier(
        NetworkBytes(content), classes=np.asarray(estimator.classes_), n_threads=n_threads
    )
    given = {"X": X, "y": y, "groups": groups, "n_converted": 1}
    return _finish(estimator, steps, exported, given, precision=precision, tolerance=tolerance)


def _convert_tail(steps):
    """Return how many of the last steps became a graph, and the graph."""
    from skemotion.export import _onnx_tools as tools
    from skemotion.export._steps_to_onnx import step_to_graph

    graphs, front = [], list(steps)
    while front and not reads_recordings(front[-1][1]):
        name, step = front[-1]
        graph = step_to_graph(step, name, _shape_before(graphs))
        if graph is None and not graphs:
            raise ConversionError(
                f"Expected a classifier that can be exported as the last step, got {name}="
                f"{step!r:.150}. Networks of skemotion can, and what skl2onnx converts."
            )
        if graph is None:
            break
        graphs.insert(0, graph)
        front.pop()
    return len(graphs), tools.chain(graphs).SerializeToString()


def _shape_before(graphs):
    """Return the shape of a sample that the first of the graphs takes."""
    if not graphs:
        return None
    axes = graphs[0].graph.input[0].type.tensor_type.shape.dim
    return tuple(axis.dim_value or None for axis in list(axes)[1:])


def _representative(front, network, X):
    """Return samples as the network takes them, to show it what values occur."""
    if X is None:
        raise ValueError(
            "Expected representative recordings for int8, got None. Pass some dozens that the "
            "model may see, of each class, as representative or as X."
        )
    for _, step in front:
        X = step.transform(X)
    return network._to_samples(check_array(X, dtype=np.float32, allow_nd=True))


def _finish(estimator, steps, exported, given, *, precision, tolerance):
    """Put the steps that stay and the network together, and compare them with the original."""
    n_front = len(steps) - given.pop("n_converted")
    model = exported
    if isinstance(estimator, Pipeline) or n_front:
        model = Pipeline([*steps[:n_front], (type(exported).__name__.lower(), exported)])
    if tolerance is None:
        tolerance = TOLERANCES[precision]
        if any(_computes_in_half(step) for _, step in steps):
            tolerance = max(tolerance, HALF_TOLERANCE)
    if given["X"] is None:
        report = _compare_random(steps[n_front:], exported, tolerance)
    else:
        report = parity_report(estimator, model, **given, tolerance=tolerance)
    exported.parity_ = {"precision": precision, **report}
    if not report["within_tolerance"]:
        _complain(report, precision)
    return model


def _complain(report, precision):
    difference = report["max_difference"]
    found = (
        f"{report['labels_equal']} of {report['n_samples']} labels equal"
        if difference is None
        else f"a difference of {difference:.2g} (tolerance {report['tolerance']:.2g}) and "
        f"{report['labels_equal']} of {report['n_samples']} labels equal"
    )
    if precision in ("float32", "float16"):
        raise ConversionError(
            f"Expected the exported model to predict what the original does, got {found}. "
            "Export it otherwise, or raise tolerance if that is good enough."
        )
    warnings.warn(
        f"The model exported in {precision} predicts otherwise than the original: {found}. Look at "
        "its accuracy (give X, y and groups), or use float16.",
        UserWarning,
        stacklevel=4,
    )


def _computes_in_half(step):
    layers = step.model_._flatten_layers() if isinstance(step, NeuralClassifier) else []
    return any("16" in str(layer.compute_dtype) for layer in layers)


def _compare_random(steps, exported, tolerance):
    """Compare what was converted on random samples, of the values that its first step expects."""
    rng = np.random.default_rng(0)
    shape = tuple(size or _FRAMES for size in exported.input_shape_)
    samples = rng.normal(size=(_SAMPLES, *shape))
    first = steps[0][1]
    if hasattr(first, "mean_") and hasattr(first, "scale_"):
        samples = samples * first.scale_ + first.mean_
    samples = samples.astype(np.float32)
    shares = exported.predict_proba(samples) if hasattr(exported, "predict_proba") else None
    report = compare_outputs(
        run_steps(steps, samples), (exported.predict(samples), shares), tolerance
    )
    return {**report, "samples": "random"}
