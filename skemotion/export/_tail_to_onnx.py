"""The end of a fitted model as one graph of ONNX: steps in a row, ensembles side by side."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

from skemotion._compat import positive_class
from skemotion.export import _onnx_tools as tools
from skemotion.export._calibrators_to_onnx import calibrator_to_graph
from skemotion.export._steps_to_onnx import step_to_graph
from skemotion.export._tail import flatten, reads_recordings
from skemotion.export.errors import ConversionError
from skemotion.models._decision import Decision
from skemotion.models._graph import LABELS, PROBABILITIES


def convert_tail(steps):
    """Convert as many of the last steps as can be.

    Parameters
    ----------
    steps : list of (str, estimator)
        What :func:`~skemotion.export._tail.flatten` returned.

    Returns
    -------
    n_converted : int
        How many of the last steps are in the graph.
    graph : onnx.ModelProto
        With the input `samples`, and the outputs `probabilities`, `labels` or both.

    Raises
    ------
    ConversionError
        If the classifier cannot be converted.
    """
    graphs, front = [], list(steps)
    while front and not reads_recordings(front[-1][1]):
        name, step = front[-1]
        decides = not graphs or isinstance(steps[len(front)][1], Decision)
        try:
            graph = _convert(step, name, graphs, decides)
        except ConversionError:
            if decides:
                raise
            graph = None  # stays a step, as what is before it
        if graph is None and decides:
            raise ConversionError(
                f"Expected a classifier that can be exported, got {name}="
                f"{' '.join(repr(step).split()):.150}. Networks of skemotion can, and what "
                "skl2onnx converts."
            )
        if graph is None:
            break
        graphs.insert(0, graph)
        front.pop()
    return len(graphs), tools.chain(graphs)


def _convert(step, name, graphs, decides):
    if not decides and hasattr(step, "classes_"):
        return None  # a classifier that transforms, such as a discriminant analysis
    make = _ENSEMBLES.get(type(step))
    graph = make(step, name) if make else None
    if graph is None:
        graph = step_to_graph(step, name, tools.input_shape(graphs[0]) if graphs else None)
    return graph


def _convert_member(estimator, name):
    """Return the graph of a whole estimator."""
    steps = flatten(estimator, name)
    n_converted, graph = convert_tail(steps)
    if n_converted < len(steps):
        stays, step = steps[-n_converted - 1]
        raise ConversionError(
            f"Expected all steps of {name} to become part of one graph, got {stays}, a "
            f"{type(step).__name__}, which stays a step. Put it into a pipeline in front of what "
            "holds several models."
        )
    return graph


def _convert_members(members, names, output=PROBABILITIES):
    graphs = []
    for member, name in zip(members, names, strict=True):
        graph = _convert_member(member, name)
        if output == LABELS:
            graph = tools.ensure_labels(graph)
        graphs.append(tools.keep_output(graph, output, name))
    return graphs


def _average(graphs, weights):
    """Return the weighted mean of the probabilities that graphs of the same classes answer."""
    n_classes = tools.output_width(graphs[0])
    shares = np.concatenate([np.eye(n_classes) * weight for weight in weights]) / sum(weights)
    nodes = [("MatMul", [tools.SAMPLES, "shares"], [PROBABILITIES], {})]
    mean = tools.small_graph(
        nodes, {"shares": shares.astype(np.float32)}, (len(shares),), {PROBABILITIES: (n_classes,)}
    )
    return tools.chain([tools.put_beside(graphs), mean])


def _convert_voting(step, name):
    given = np.ones(len(step.estimators)) if step.weights is None else step.weights
    kept = [
        (f"{name}.{one}", weight)
        for (one, estimator), weight in zip(step.estimators, given, strict=True)
        if not isinstance(estimator, str)  # "drop"
    ]
    names, weights = zip(*kept, strict=True)
    if step.voting == "soft":
        return _average(_convert_members(step.estimators_, names), weights)
    n_classes = len(step.classes_)
    vote = tools.small_graph(
        [("OneHot", [tools.SAMPLES, "depth", "values"], ["votes"], {})],
        {"depth": np.array(n_classes), "values": np.array([0, 1], np.float32)},
        (),
        {"votes": (n_classes,)},
        dtype=np.int64,
    )
    graphs = _convert_members(step.estimators_, names, LABELS)
    counted = tools.keep_output(
        _average([tools.chain([graph, vote]) for graph in graphs], weights), PROBABILITIES, name
    )
    return tools.keep_output(tools.ensure_labels(counted), LABELS, name)


def _convert_stacking(step, name):
    if step.passthrough or set(step.stack_method_) != {"predict_proba"}:
        return None  # as skl2onnx does it
    kept = [one for one, estimator in step.estimators if not isinstance(estimator, str)]
    graphs = _convert_members(step.estimators_, [f"{name}.{one}" for one in kept])
    row = [tools.put_beside(graphs)]
    if len(step.classes_) == 2:  # the other column says the same
        n_columns = 2 * len(graphs)
        nodes = [("Gather", [tools.SAMPLES, "second"], ["features"], {"axis": 1})]
        arrays = {"second": np.arange(1, n_columns, 2)}
        outputs = {"features": (len(graphs),)}
        row.append(tools.small_graph(nodes, arrays, (n_columns,), outputs))
    return tools.chain([*row, _convert_member(step.final_estimator_, f"{name}.final_estimator")])


def _convert_calibrated(step, name):
    calibrated = step.calibrated_classifiers_
    if any(hasattr(one.estimator, "decision_function") for one in calibrated):
        return None  # what is calibrated is no probability: as skl2onnx does it
    names = [f"{name}.{place}" for place in range(len(calibrated))]
    graphs = _convert_members([one.estimator for one in calibrated], names)
    graphs = [
        tools.chain([graph, calibrator_to_graph(one)])
        for graph, one in zip(graphs, calibrated, strict=True)
    ]
    return _average(graphs, np.ones(len(graphs)))


def _convert_threshold(step, name):
    estimator = getattr(step, "estimator_", step.estimator)
    if step.response_method == "decision_function" or not hasattr(estimator, "predict_proba"):
        raise ConversionError(
            f"Expected {name} to decide by probabilities, got a threshold of the decision function."
            " Use response_method='predict_proba'."
        )
    threshold = step.best_threshold_ if hasattr(step, "best_threshold_") else step.threshold
    chosen = positive_class(step)
    place = 1 if chosen is None else step.classes_.tolist().index(chosen)
    nodes = [
        ("Gather", [tools.SAMPLES, "place"], ["share"], {"axis": 1}),
        ("GreaterOrEqual", ["share", "threshold"], ["reached"], {}),
        ("Where", ["reached", "place", "other"], [LABELS], {}),
        ("Identity", [tools.SAMPLES], [PROBABILITIES], {}),
    ]
    arrays = {
        "place": np.array(place),
        "other": np.array(1 - place),
        "threshold": np.float32(0.5 if threshold == "auto" else threshold),
    }
    decide = tools.small_graph(nodes, arrays, (2,), {PROBABILITIES: (2,), LABELS: ()})
    (graph,) = _convert_members([estimator], [f"{name}.estimator"])
    return tools.chain([graph, decide])


_ENSEMBLES = {
    CalibratedClassifierCV: _convert_calibrated,
    FixedThresholdClassifier: _convert_threshold,
    StackingClassifier: _convert_stacking,
    TunedThresholdClassifierCV: _convert_threshold,
    VotingClassifier: _convert_voting,
}
