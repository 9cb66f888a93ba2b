"""Tiny ONNX networks that tests build themselves."""

from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import numpy as np
from onnx import TensorProto, helper, numpy_helper

WIDTH, STEP, N_DIMS = 400, 320, 6  # of the voice networks: the frames of wav2vec2


def filters(seed=0, n_dims=N_DIMS):
    rng = np.random.default_rng(seed)
    return rng.normal(scale=0.05, size=(n_dims, 1, WIDTH)).astype(np.float32)


def voice_frames(waveform, seed=0):
    """Compute in NumPy what :func:`voice_net` answers for one waveform."""
    windows = np.lib.stride_tricks.sliding_window_view(waveform, WIDTH)[::STEP]
    return np.tanh(windows @ filters(seed)[:, 0].T)


def shared_voice_net():
    """Return the path of a voice network that is the same in every process that runs tests."""
    path = Path(gettempdir()) / "skemotion-tests-voice.onnx"
    with TemporaryDirectory(dir=path.parent) as folder:
        made = voice_net(Path(folder) / "voice.onnx")
        if not path.is_file() or path.read_bytes() != made.read_bytes():
            made.replace(path)
    return str(path)


def voice_net(path, *, seed=0, further=(), shape=("batch", "time"), layers=None):
    """Save a network from waveforms to frames of 6 numbers.

    Parameters
    ----------
    path : path-like
        Where to.
    seed : int
        Of its weights.
    further : tuple of (str, int)
        Names and types of further inputs, whose mean is added to all frames.
    shape : tuple
        Of the input.
    layers : {"outputs", "axis"}, default=None
        Answer three layers, the frames times 1, 2 and 3, as outputs or along a leading axis.
    """
    axes = {1: [0, 1], 2: [1], 3: []}[len(shape)]  # that are missing before the waveform
    weights = [
        numpy_helper.from_array(filters(seed), "weights"),
        numpy_helper.from_array(np.array(axes, np.int64), "axes"),
        numpy_helper.from_array(np.float32([2]), "times2"),
        numpy_helper.from_array(np.float32([3]), "times3"),
        numpy_helper.from_array(np.array([0]), "first"),
    ]
    inputs = [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, shape)]
    adding = ("Unsqueeze", ["waveform", "axes"]) if axes else ("Identity", ["waveform"])
    nodes = [helper.make_node(*adding, ["channel"])]
    nodes += [
        helper.make_node("Conv", ["channel", "weights"], ["maps"], strides=[STEP]),
        helper.make_node("Tanh", ["maps"], ["bounded"]),
        helper.make_node("Transpose", ["bounded"], ["plain"], perm=[0, 2, 1]),
    ]
    last = "plain"
    for name, kind in further:
        inputs.append(helper.make_tensor_value_info(name, kind, None))
        nodes += [
            helper.make_node("Cast", [name], [f"{name}_float"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", [f"{name}_float"], [f"{name}_mean"], keepdims=0),
            helper.make_node("Add", [last, f"{name}_mean"], [f"{name}_added"]),
        ]
        last = f"{name}_added"
    nodes += [
        helper.make_node("Identity", [last], ["frames"]),
        helper.make_node("Mul", [last, "times2"], ["frames2"]),
        helper.make_node("Mul", [last, "times3"], ["frames3"]),
        helper.make_node("ReduceMean", ["frames"], ["pooled"], axes=[1], keepdims=0),
    ]
    names = ["frames", "pooled"] if layers is None else ["frames", "frames2", "frames3"]
    if layers == "axis":
        for name in names:
            nodes.append(helper.make_node("Unsqueeze", [name, "first"], [f"{name}_layer"]))
        layered = [f"{name}_layer" for name in names]
        nodes.append(helper.make_node("Concat", layered, ["layers"], axis=0))
        names = ["layers"]
    return _save(path, nodes, inputs, names, weights)


def face_weights(n_channels=3):
    rng = np.random.default_rng(1)
    return rng.normal(size=(5, n_channels)).astype(np.float32)


def face_net(path, *, shape=("batch", 3, 8, 8), layout="NCHW", output="vector"):
    """Save a network of a 1 x 1 convolution from pictures to 5 numbers or 5 maps.

    Parameters
    ----------
    path : path-like
        Where to.
    shape : tuple
        Of the input.
    layout : {"NCHW", "NHWC"}
        Order of the axes of input and maps.
    output : {"vector", "maps", "tokens"}
        Mean over the places, all places, or places as a sequence.
    """
    n_channels = shape[1] if layout == "NCHW" else shape[3]
    weights = [numpy_helper.from_array(face_weights(n_channels)[:, :, None, None], "weights")]
    nodes, first = [], "picture"
    if layout == "NHWC":
        nodes.append(helper.make_node("Transpose", ["picture"], ["chw"], perm=[0, 3, 1, 2]))
        first = "chw"
    nodes.append(helper.make_node("Conv", [first, "weights"], ["conv"]))
    if output == "vector":
        nodes.append(helper.make_node("ReduceMean", ["conv"], ["out"], axes=[2, 3], keepdims=0))
    elif output == "tokens":
        weights.append(numpy_helper.from_array(np.array([0, 5, -1]), "flat"))
        nodes.append(helper.make_node("Reshape", ["conv", "flat"], ["places"]))
        nodes.append(helper.make_node("Transpose", ["places"], ["out"], perm=[0, 2, 1]))
    elif layout == "NHWC":
        nodes.append(helper.make_node("Transpose", ["conv"], ["out"], perm=[0, 2, 3, 1]))
    else:
        nodes.append(helper.make_node("Identity", ["conv"], ["out"]))
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)]
    return _save(path, nodes, inputs, ["out"], weights)


def classifier_net(path, shape, n_classes):
    """Save a classifier that is linear in the sines of its input.

    Parameters
    ----------
    path : path-like
        Where to.
    shape : tuple of (int or None)
        Of one sample; None, for the first axis only, takes any length, over which it averages.
    n_classes : int
        Number of classes.
    """
    fixed = [size for size in shape if size is not None]
    weights = np.random.default_rng(2).normal(size=(int(np.prod(fixed)), n_classes))
    weights = [numpy_helper.from_array((0.1 * weights).astype(np.float32), "weights")]
    nodes, first = [], "samples"
    if None in shape:
        nodes.append(helper.make_node("ReduceMean", [first], ["mean"], axes=[1], keepdims=0))
        first = "mean"
    nodes += [
        helper.make_node("Flatten", [first], ["flat"]),
        helper.make_node("Sin", ["flat"], ["bounded"]),
        helper.make_node("MatMul", ["bounded", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"]),
    ]
    shape = ("batch", *(size or "length" for size in shape))
    inputs = [helper.make_tensor_value_info("samples", TensorProto.FLOAT, shape)]
    return _save(path, nodes, inputs, ["probabilities"], weights)


def _save(path, nodes, inputs, names, weights):
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    graph = helper.make_graph(nodes, "net", inputs, outputs, weights)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path
