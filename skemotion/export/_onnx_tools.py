"""Put graphs of ONNX one behind the other."""

import numpy as np

from skemotion._optional import import_extra
from skemotion.models._graph import LABELS, PROBABILITIES

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8  # old enough for each ONNX Runtime that is supported
SAMPLES = "samples"


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
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new


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
