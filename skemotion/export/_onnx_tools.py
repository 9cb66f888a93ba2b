"""Put graphs of ONNX one behind the other."""

import numpy as np

from skemotion._optional import import_extra
from skemotion.export.errors import ConversionError
from skemotion.models._graph import LABELS, PROBABILITIES

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8  # old enough for each ONNX Runtime that is supported
SAMPLES, FEATURES = "samples", "features"
_TINY = 1e-30  # in place of a sum of 0


def chain(graphs):
    """Join graphs: each takes what the one before answers.

    Parameters
    ----------
    graphs : list of onnx.ModelProto
        Each with one input. Graphs of transformers have one output; those of classifiers have
        `probabilities`, `labels` or both.

    Returns
    -------
    onnx.ModelProto
        With the input `samples`, and the outputs of the last graph.
    """
    compose = import_extra("onnx", extra="onnx-export").compose
    joined = None
    for place, graph in enumerate(graphs):
        graph = compose.add_prefix(_plain(graph), f"step{place}/")
        if joined is None:
            joined = graph
            continue
        taken = graph.graph.input[0].name
        given = next(
            (one.name for one in joined.graph.output if one.name.endswith(f"/{PROBABILITIES}")),
            joined.graph.output[0].name,
        )
        outputs = [one.name for one in graph.graph.output]
        joined = compose.merge_models(joined, graph, io_map=[(given, taken)], outputs=outputs)
    rename(joined, joined.graph.input[0].name, SAMPLES)
    for output in joined.graph.output:
        rename(joined, output.name, output.name.rpartition("/")[2])
    return joined


def rename(model, old, new):
    """Give a tensor another name, everywhere.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed.
    old, new : str
        Names.
    """
    graph = model.graph
    for end in (*graph.input, *graph.output):
        if end.name == old:
            end.name = new
    for node in _nodes(graph):
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new


def input_shape(model):
    """Return the shape of a sample that a graph takes.

    Parameters
    ----------
    model : onnx.ModelProto
        With one input.

    Returns
    -------
    tuple of (int or None)
        None where any length goes.
    """
    axes = model.graph.input[0].type.tensor_type.shape.dim
    return tuple(axis.dim_value or None for axis in list(axes)[1:])


def keep_output(model, name, owner):
    """Leave a graph with one output.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed.
    name : {"probabilities", "labels"}
        The output.
    owner : str
        What an error calls what was converted.

    Returns
    -------
    onnx.ModelProto
        The same.

    Raises
    ------
    ConversionError
        If there is no such output.
    """
    outputs = model.graph.output
    if all(one.name != name for one in outputs):
        raise ConversionError(
            f"Expected {owner} to have {name}, got a graph with "
            f"{', '.join(one.name for one in outputs)} only. Use a classifier with predict_proba."
        )
    for other in [one for one in outputs if one.name != name]:
        outputs.remove(other)
    return model


def ensure_labels(model):
    """Return a graph that answers the number of the class, too.

    Parameters
    ----------
    model : onnx.ModelProto
        Of a classifier.

    Returns
    -------
    onnx.ModelProto
        The same where it has the output `labels`.
    """
    if any(one.name == LABELS for one in model.graph.output):
        return model
    n_classes = output_width(model)
    nodes = [
        ("ArgMax", [SAMPLES], [LABELS], {"axis": 1, "keepdims": 0}),
        ("Identity", [SAMPLES], [PROBABILITIES], {}),
    ]
    outputs = {PROBABILITIES: (n_classes,), LABELS: ()}
    return chain([model, small_graph(nodes, {}, (n_classes,), outputs)])


def put_beside(graphs):
    """Join graphs that take the same samples; what they answer becomes one row of numbers.

    Parameters
    ----------
    graphs : list of onnx.ModelProto
        Each with the input `samples` and one output with two axes.

    Returns
    -------
    onnx.ModelProto
        With the output `features`.

    Raises
    ------
    ConversionError
        If they take samples of several shapes.
    """
    onnx = import_extra("onnx", extra="onnx-export")
    shapes = sorted({input_shape(graph) for graph in graphs}, key=str)
    if len(shapes) > 1:
        raise ConversionError(
            "Expected models that take samples of one shape, got "
            f"{' and '.join(map(str, shapes))}. Give all of them the same arrays."
        )
    n_columns = sum(output_width(graph) for graph in graphs)
    joined = None
    for place, graph in enumerate(graphs):
        graph = onnx.compose.add_prefix(_plain(graph), f"beside{place}/")
        joined = onnx.compose.merge_models(joined, graph, io_map=[]) if joined else graph
    answers = [one.name for one in joined.graph.output]
    for one in list(joined.graph.input):
        rename(joined, one.name, SAMPLES)
    del joined.graph.input[1:], joined.graph.output[1:]
    joined.graph.node.append(onnx.helper.make_node("Concat", answers, [FEATURES], axis=1))
    output = joined.graph.output[0]
    output.name = FEATURES
    output.type.tensor_type.shape.dim[1].dim_value = n_columns
    return joined


def output_width(model):
    """Return the number of columns that the first output of two axes has.

    Parameters
    ----------
    model : onnx.ModelProto

    Returns
    -------
    int
    """
    shapes = [one.type.tensor_type.shape.dim for one in model.graph.output]
    return next(axes[1].dim_value for axes in shapes if len(axes) == 2)


def normalize(name, *, otherwise):
    """Return nodes that bring rows to sum 1, as `probabilities`.

    Parameters
    ----------
    name : str
        Tensor of numbers of at least 0, of shape (n_samples, n_classes).
    otherwise : str
        Tensor that takes the place of rows of zeros.

    Returns
    -------
    nodes : list of tuple
        As :func:`small_graph` takes them.
    arrays : dict of str to ndarray
        Constants.
    """
    nodes = [
        ("ReduceSum", [name, "axes"], ["sums"], {"keepdims": 1}),
        ("Greater", ["sums", "zero"], ["known"], {}),
        ("Max", ["sums", "tiny"], ["divisor"], {}),
        ("Div", [name, "divisor"], ["parts"], {}),
        ("Where", ["known", "parts", otherwise], [PROBABILITIES], {}),
    ]
    zero, tiny = np.float32(0), np.float32(_TINY)
    return nodes, {"axes": np.array([1]), "zero": zero, "tiny": tiny}


def number_labels(model, name, classes):
    """Turn an output of classes into one of their numbers, called `labels`.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed.
    name : str
        The output.
    classes : ndarray of str, int, float or bool of shape (n_classes,)
        In the order of their numbers.
    """
    onnx = import_extra("onnx", extra="onnx-export")
    output = next(one for one in model.graph.output if one.name == name)
    is_text = output.type.tensor_type.elem_type == onnx.TensorProto.STRING
    keys = {"keys_strings": classes.tolist()}
    if not is_text:  # floats and truth values are numbers in the graph, too
        keys = {"keys_int64s": classes.astype(np.int64).tolist()}
    numbers = list(range(len(classes)))
    model.graph.node.append(
        onnx.helper.make_node(
            "LabelEncoder", [name], [LABELS], domain="ai.onnx.ml", values_int64s=numbers, **keys
        )
    )
    output.name, output.type.tensor_type.elem_type = LABELS, onnx.TensorProto.INT64


def small_graph(nodes, arrays, shape, outputs, *, dtype=np.float32):
    """Make a graph of a few operations.

    Parameters
    ----------
    nodes : list of tuple
        Operation, names of its inputs, names of its outputs, and a dict of attributes.
    arrays : dict of str to ndarray
        Constants.
    shape : tuple of (int or None)
        Shape of one sample of the input, `samples`.
    outputs : dict of str to tuple
        Shapes of the outputs without the first axis; `labels` are integers.
    dtype : dtype, default=numpy.float32
        Of the input.

    Returns
    -------
    onnx.ModelProto
    """
    onnx = import_extra("onnx", extra="onnx-export")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper

    def describe(name, kind, shape):
        axes = [size or f"length_{place}" for place, size in enumerate(shape, 1)]
        return helper.make_tensor_value_info(name, kind, ["n_samples", *axes])

    kinds = {True: onnx.TensorProto.INT64, False: onnx.TensorProto.FLOAT}
    graph = helper.make_graph(
        [helper.make_node(kind, taken, made, **more) for kind, taken, made, more in nodes],
        "step",
        [describe(SAMPLES, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)],
        [describe(name, kinds[name == LABELS], shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )


def _nodes(graph):
    """Yield the nodes of a graph and of the bodies of its loops."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for body in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                yield from _nodes(body)


def _plain(model):
    """Return a copy that states each set of operations once, in the versions of all others."""
    copy = type(model)()
    copy.CopyFrom(model)
    versions = {one.domain: one.version for one in copy.opset_import}
    del copy.opset_import[:]
    for domain in versions:
        one = copy.opset_import.add()
        one.domain, one.version = domain, ML_OPSET if domain == "ai.onnx.ml" else OPSET
    copy.ir_version = IR_VERSION
    return copy
