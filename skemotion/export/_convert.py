"""What runs in the process that converts a network: TensorFlow and the converters live here."""

import io
import json
import re
import sys
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path

import numpy as np

from skemotion.export._onnx_tools import OPSET, SAMPLES, rename
from skemotion.export.errors import shorten
from skemotion.models import _backend
from skemotion.models._graph import PROBABILITIES

_LOWER = re.compile(rb'mixed_b?float16|(?<=")b?float16(?=")')


def main(folder):
    """Convert ``network.keras`` in a folder as ``job.json`` says.

    Parameters
    ----------
    folder : str
        Gets the file ``converted``, or ``reason.txt`` where that fails.

    Returns
    -------
    int
        0, or 1 where it fails.
    """
    folder = Path(folder)
    job = json.loads((folder / "job.json").read_text())
    try:
        model = read_in_float32((folder / "network.keras").read_bytes())
        if job["target"] == "onnx":
            content = convert_to_onnx(model)
        else:
            rows = folder / "representative.npy"
            rows = np.load(rows) if rows.exists() else None
            content = convert_to_litert(model, job["precision"], rows)
    except Exception as error:  # converters raise nearly anything
        (folder / "reason.txt").write_text(shorten(error))
        return 1
    (folder / "converted").write_bytes(content)
    return 0


def read_in_float32(data):
    """Read a network that computes in float32, whatever it was trained in.

    Parameters
    ----------
    data : bytes
        A ``.keras`` file.

    Returns
    -------
    keras.Model
    """
    plain = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(plain, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "config.json":
                _import_layers(json.loads(content))
                content = _LOWER.sub(b"float32", content)
            copy.writestr(name, content)
    return _backend.model_from_bytes(plain.getvalue())


def convert_to_onnx(model):
    """Convert a network to ONNX.

    Parameters
    ----------
    model : keras.Model
        One input and one output.

    Returns
    -------
    bytes
        With the input `samples` and the output `probabilities`.
    """
    from skemotion.export import _layers_for_export as layers

    tf, tf2onnx = import_module("tensorflow"), import_module("tf2onnx")
    model = layers.prepare_for_onnx(model)
    signature = [tf.TensorSpec(model.input_shape, tf.float32, name=SAMPLES)]
    function = tf.function(
        lambda samples: model(samples, training=False), input_signature=signature, autograph=False
    )
    converted, _ = tf2onnx.convert.from_function(
        function, signature, opset=OPSET, custom_op_handlers=layers.ONNX_HANDLERS
    )
    return _name_ends(converted).SerializeToString()


def convert_to_litert(model, precision="float32", representative=None):
    """Convert a network to LiteRT.

    Parameters
    ----------
    model : keras.Model
        One input and one output.
    precision : {"float32", "float16", "dynamic", "int8"}, default="float32"
        Numbers of the weights and, with "int8", of what is computed.
    representative : ndarray of float32 of shape (n_samples, ...), default=None
        Samples that show "int8" what values occur.

    Returns
    -------
    bytes
        It takes one sample at a time where the network is recurrent.
    """
    from skemotion.export import _layers_for_export as layers

    tf, keras = import_module("tensorflow"), _backend.import_keras()
    model = layers.prepare_for_litert(model)
    shape = ((1 if layers.is_recurrent(model) else None), *model.input_shape[1:])
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        name="serve",
        fn=lambda samples: model(samples, training=False),
        input_signature=[tf.TensorSpec(shape, tf.float32, name="samples")],
    )
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if precision == "int8":
            converter.representative_dataset = lambda: ([row[None]] for row in representative)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        return converter.convert()


def _name_ends(converted):
    """Name the input and the output of a graph, and the axes that are free."""
    graph = converted.graph
    for ends, name in ((graph.input, SAMPLES), (graph.output, PROBABILITIES)):
        rename(converted, ends[0].name, name)
        for place, axis in enumerate(ends[0].type.tensor_type.shape.dim):
            if axis.dim_param or place == 0:
                axis.dim_param = f"length_{place}" if place else "n_samples"
    del graph.value_info[:]
    return converted


def _import_layers(config):
    """Import what defines layers that are not Keras', so that Keras knows them."""
    left = [config]
    while left:
        value = left.pop()
        left.extend(value.values() if isinstance(value, dict) else value)
        left = [one for one in left if isinstance(one, dict | list)]
        module = value.get("module") if isinstance(value, dict) else None
        if isinstance(module, str) and module.partition(".")[0] not in ("keras", "builtins"):
            import_module(module)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
