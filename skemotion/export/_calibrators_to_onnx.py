"""What calibrates the probabilities of a classifier, as graphs of ONNX."""

import numpy as np

from skemotion.export import _onnx_tools as tools
from skemotion.models._graph import PROBABILITIES

_FLOAT, _DOUBLE = 1, 11  # numbers of types in ONNX
_EPS = 1e-12  # that scikit-learn adds before the logarithm


def calibrator_to_graph(calibrated):
    """Convert the calibrators of one of the classifiers of a ``CalibratedClassifierCV``.

    Parameters
    ----------
    calibrated : object
        One of its `calibrated_classifiers_`.

    Returns
    -------
    onnx.ModelProto
        From the probabilities of the classifier to those that are calibrated.
    """
    n_classes = len(calibrated.classes)
    if calibrated.method == "temperature":
        nodes, arrays = _divide_by_temperature(calibrated.calibrators[0])
    else:
        nodes, arrays = _calibrate_each(calibrated.calibrators, n_classes)
    return tools.small_graph(nodes, arrays, (n_classes,), {PROBABILITIES: (n_classes,)})


def _divide_by_temperature(calibrator):
    nodes = [
        ("Add", [tools.SAMPLES, "eps"], ["positive"], {}),
        ("Log", ["positive"], ["logits"], {}),
        ("Mul", ["logits", "beta"], ["scaled"], {}),
        ("Softmax", ["scaled"], [PROBABILITIES], {"axis": 1}),
    ]
    return nodes, {"eps": np.float32(_EPS), "beta": np.float32(calibrator.beta_)}


def _calibrate_each(calibrators, n_classes):
    """Calibrate class by class; of two classes only the second has a calibrator."""
    nodes, arrays, made = [], {}, []
    for calibrator in calibrators:
        place = n_classes - len(calibrators) + len(made)
        arrays[f"{place}/place"] = np.array([place])
        nodes.append(("Gather", [tools.SAMPLES, f"{place}/place"], [f"{place}/share"], {"axis": 1}))
        calibrate = _use_sigmoid if hasattr(calibrator, "a_") else _use_steps
        more, numbers = calibrate(calibrator, f"{place}/")
        nodes += more
        arrays |= numbers
        made.append(f"{place}/calibrated")
    if n_classes == 2:
        arrays["one"] = np.float32(1)
        nodes.append(("Sub", ["one", *made], ["rest"], {}))
        nodes.append(("Concat", ["rest", *made], [PROBABILITIES], {"axis": 1}))
        return nodes, arrays
    nodes.append(("Concat", made, ["calibrated"], {"axis": 1}))
    arrays["uniform"] = np.full(n_classes, 1 / n_classes, np.float32)
    more, numbers = tools.normalize("calibrated", otherwise="uniform")
    return nodes + more, arrays | numbers


def _use_sigmoid(calibrator, prefix):
    nodes = [
        ("Mul", [f"{prefix}share", f"{prefix}slope"], [f"{prefix}sloped"], {}),
        ("Add", [f"{prefix}sloped", f"{prefix}start"], [f"{prefix}score"], {}),
        ("Sigmoid", [f"{prefix}score"], [f"{prefix}calibrated"], {}),
    ]
    numbers = {"slope": -calibrator.a_, "start": -calibrator.b_}
    return nodes, {prefix + name: np.float32(number) for name, number in numbers.items()}


def _use_steps(calibrator, prefix):
    """Interpolate, in float64: how far into each stretch a value reaches, times its slope."""
    x, y = (np.asarray(one, float) for one in (calibrator.X_thresholds_, calibrator.y_thresholds_))
    if len(x) == 1:
        x, y = np.append(x, x + 1), np.append(y, y)
    arrays = {
        "starts": x[:-1],
        "widths": np.diff(x),
        "slopes": (np.diff(y) / np.diff(x))[:, None],
        "first": y[0],
        "zero": 0.0,
    }
    nodes = [
        ("Cast", ["share"], ["double"], {"to": _DOUBLE}),
        ("Sub", ["double", "starts"], ["beyond"], {}),
        ("Max", ["beyond", "zero"], ["reached"], {}),
        ("Min", ["reached", "widths"], ["inside"], {}),
        ("MatMul", ["inside", "slopes"], ["rise"], {}),
        ("Add", ["rise", "first"], ["height"], {}),
        ("Cast", ["height"], ["calibrated"], {"to": _FLOAT}),
    ]
    named = [
        (kind, [prefix + one for one in taken], [prefix + one for one in made], more)
        for kind, taken, made, more in nodes
    ]
    return named, {prefix + name: np.asarray(array, float) for name, array in arrays.items()}
