"""Steps of a pipeline as graphs of ONNX."""

import warnings

import numpy as np
from sklearn.kernel_approximation import Nystroem

from skemotion._optional import import_extra
from skemotion.audio import FrameScaler
from skemotion.export import _onnx_tools as tools
from skemotion.export._child import convert_network
from skemotion.export.errors import ConversionError, shorten
from skemotion.image import Rescale
from skemotion.models import CostSensitive, NeuralClassifier
from skemotion.models._decision import Decision
from skemotion.models._graph import LABELS, PROBABILITIES


def step_to_graph(step, name, shape):
    """Convert one fitted step.

    Parameters
    ----------
    step : estimator
        A transformer, a classifier, or a decision by the probabilities of the step before.
    name : str
        What errors call it.
    shape : tuple of (int or None) or None
        Shape of one sample that it takes; None where the step has to know it.

    Returns
    -------
    onnx.ModelProto or None
        None where there is no conversion for such a step.

    Raises
    ------
    ConversionError
        If the conversion fails.
    """
    if isinstance(step, NeuralClassifier):
        onnx = import_extra("onnx", extra="onnx-export")
        import_extra("tf2onnx", extra="onnx-export")
        return onnx.load_from_string(convert_network(step.model_, "onnx", step=name))
    if isinstance(step, Decision):
        return _convert_decision(step)
    if isinstance(step, FrameScaler):
        return _convert_frame_scaler(step)
    if isinstance(step, Rescale):
        return _convert_rescale(step, shape)
    if isinstance(step, Nystroem):
        return _convert_nystroem(step)
    if _fills_gaps(step):
        return None  # stays a step: exported classifiers refuse NaN
    if type(step).__module__.startswith("sklearn.") and hasattr(step, "n_features_in_"):
        return _convert_sklearn(step, name)
    return None


def _fills_gaps(step):
    """Whether a transformer is an imputer, or holds one."""
    parts = [] if hasattr(step, "classes_") else [step, *step.get_params().values()]
    return any(type(part).__module__.startswith("sklearn.impute") for part in parts)


def _convert_sklearn(step, name):
    skl2onnx = import_extra("skl2onnx", extra="onnx-export")
    types = import_extra("skl2onnx.common.data_types", extra="onnx-export")
    exceptions = import_extra("skl2onnx.common.exceptions", extra="onnx-export")
    decides = hasattr(step, "classes_")
    given = {
        "initial_types": [(tools.SAMPLES, types.FloatTensorType([None, step.n_features_in_]))],
        "target_opset": {"": tools.OPSET, "ai.onnx.ml": tools.ML_OPSET},
    }
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Attribute `prob[AB]_`", FutureWarning)
            try:
                options = {id(step): {"zipmap": False}} if decides else None
                model = skl2onnx.to_onnx(step, options=options, **given)
            except NameError:  # a classifier that answers arrays in any case
                model = skl2onnx.to_onnx(step, **given)
    except (exceptions.MissingShapeCalculator, exceptions.MissingConverter):
        return None
    except Exception as error:  # converters raise nearly anything
        raise ConversionError(
            f"Expected the step {name} to be one that skl2onnx converts, got "
            f"{' '.join(repr(step).split()):.200}, and it failed: {shorten(error)}. "
            "Leave the step out, or use another."
        ) from error
    if decides:
        labels, scores = (one.name for one in model.graph.output)
        tools.number_labels(model, labels, step.classes_)
        tools.rename(model, scores, PROBABILITIES)
        if not hasattr(step, "predict_proba"):
            del model.graph.output[1]
    return model


def _convert_decision(step):
    n_classes = len(step.classes_)
    if isinstance(step, CostSensitive):
        costs = step.costs_.astype(np.float32)
        nodes = [
            ("MatMul", [tools.SAMPLES, "costs"], ["expected"], {}),
            ("ArgMin", ["expected"], [LABELS], {"axis": 1, "keepdims": 0}),
            ("Identity", [tools.SAMPLES], [PROBABILITIES], {}),
        ]
        outputs = {PROBABILITIES: (n_classes,), LABELS: ()}
        return tools.small_graph(nodes, {"costs": costs}, (n_classes,), outputs)
    more, arrays = tools.normalize("weighted", otherwise=tools.SAMPLES)
    nodes = [
        ("Mul", [tools.SAMPLES, "weights"], ["weighted"], {}),
        *more,
    ]
    arrays["weights"] = step.weights_.astype(np.float32)
    return tools.small_graph(nodes, arrays, (n_classes,), {PROBABILITIES: (n_classes,)})


def _convert_frame_scaler(step):
    """Standardise in float64 as the step does, and leave padding as it is."""
    mask = np.float32(step.mask_value)
    nodes = [
        ("Equal", [tools.SAMPLES, "mask"], ["masked"], {}),
        ("Cast", ["masked"], ["counted"], {"to": 1}),
        ("ReduceMin", ["counted"], ["padding"], {"axes": [2], "keepdims": 1}),
        ("Cast", ["padding"], ["is_padding"], {"to": 9}),
        ("Cast", [tools.SAMPLES], ["double"], {"to": 11}),
        ("Sub", ["double", "mean"], ["centred"], {}),
        ("Div", ["centred", "scale"], ["scaled"], {}),
        ("Cast", ["scaled"], ["single"], {"to": 1}),
        ("Equal", ["single", "mask"], ["hits"], {}),
        ("Cast", ["hits"], ["hit"], {"to": 1}),
        ("ReduceMin", ["hit"], ["hidden"], {"axes": [2], "keepdims": 1}),
        ("Mul", ["hidden", "aside"], ["moved"], {}),
        ("Add", ["single", "moved"], ["seen"], {}),
        ("Where", ["is_padding", "mask", "seen"], ["frames"], {}),
    ]
    shape = (None, step.n_features_in_)
    aside = np.zeros(step.n_features_in_, np.float32)
    aside[0] = 1e-6 * max(1.0, abs(step.mask_value))  # real frames do not look like padding
    arrays = {"mask": mask, "mean": step.mean_, "scale": step.scale_, "aside": aside}
    return tools.small_graph(nodes, arrays, shape, {"frames": shape})


def _convert_rescale(step, shape):
    nodes = [
        ("Mul", [tools.SAMPLES, "scale"], ["scaled"], {}),
        ("Add", ["scaled", "offset"], ["values"], {}),
    ]
    arrays = {"scale": np.float32(step.scale), "offset": np.float32(step.offset)}
    return tools.small_graph(nodes, arrays, shape, {"values": shape})


def _convert_nystroem(step):
    """The kernel of each row and each landmark, then the projection; only the RBF kernel."""
    if step.kernel != "rbf" or step.kernel_params is not None:
        return None
    landmarks = step.components_.astype(np.float32)
    gamma = 1 / step.n_features_in_ if step.gamma is None else step.gamma
    nodes = [
        ("Mul", [tools.SAMPLES, tools.SAMPLES], ["squares"], {}),
        ("ReduceSum", ["squares", "axes"], ["norms"], {"keepdims": 1}),
        ("MatMul", [tools.SAMPLES, "landmarks"], ["products"], {}),
        ("Mul", ["products", "two"], ["doubled"], {}),
        ("Sub", ["norms", "doubled"], ["partly"], {}),
        ("Add", ["partly", "landmark_norms"], ["distances"], {}),
        ("Max", ["distances", "zero"], ["positive"], {}),
        ("Mul", ["positive", "minus_gamma"], ["exponents"], {}),
        ("Exp", ["exponents"], ["kernel"], {}),
        ("MatMul", ["kernel", "projection"], ["features"], {}),
    ]
    arrays = {
        "axes": np.array([1]),
        "two": np.float32(2),
        "zero": np.float32(0),
        "minus_gamma": np.float32(-gamma),
        "landmarks": np.ascontiguousarray(landmarks.T),
        "landmark_norms": (landmarks**2).sum(axis=1),
        "projection": np.ascontiguousarray(step.normalization_.T.astype(np.float32)),
    }
    outputs = {"features": (len(landmarks),)}
    return tools.small_graph(nodes, arrays, (step.n_features_in_,), outputs)
