"""Read networks from files of others: look at everything before Keras does."""

import io
import json
import math
import threading
from collections import deque
from contextlib import contextmanager
from importlib import import_module

from skemotion.models import _backend

# no layer that looks up files, holds code of another library or a function of its own
_NAMES = """
    Activation Add Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization
    Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D Cropping1D Cropping2D Dense
    DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GRU GRUCell
    GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization
    LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention
    Multiply Normalization PReLU Permute RMSNormalization RNN ReLU RepeatVector Rescaling
    Reshape Resizing SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
    SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract TimeDistributed
    UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D
    ZeroPadding3D
"""
_LAYERS = frozenset(_NAMES.split())
_MODELS = {
    ("keras", "DTypePolicy"),
    ("keras", "Model"),
    ("keras", "Sequential"),
    ("keras.src.models.functional", "Functional"),
}
_MARKS = {"__keras_tensor__", "__slice__", "__ellipsis__", "__tuple__"}
_HELPERS = ("keras.initializers", "keras.regularizers", "keras.constraints")
_OPERATIONS = (
    "keras.src.ops.core",
    "keras.src.ops.math",
    "keras.src.ops.nn",
    "keras.src.ops.numpy",
)
_SPARE = 10_000  # numbers that layers may hold beside the weights of the file
_READING = threading.Lock()
_LEFT = threading.local()


def network_parts():
    """Return the names of the members of a ``.keras`` file without assets.

    Returns
    -------
    set of str
    """
    return {"metadata.json", "config.json", "model.weights.h5"}


def unknown_layers(config, trusted=()):
    """Return what the description of a network names beside the layers that are known.

    Parameters
    ----------
    config : bytes
        ``config.json`` of a ``.keras`` file.
    trusted : collection of str, default=()
        Further names, as ``module.Class`` or as what they are registered by.

    Returns
    -------
    list of str
        Sorted; empty if Keras may read it.

    Raises
    ------
    ValueError
        If it is not such a description.
    """
    described = json.loads(config)
    if not isinstance(described, dict) or not isinstance(described.get("config"), dict):
        raise ValueError("its config.json describes no network")
    described.pop("compile_config", None)  # not read: compile=False
    unknown, left = set(), deque([described])
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
            if "class_name" in value and not _is_known(value):
                unknown.update(_names(value))
        elif isinstance(value, list):
            left.extend(value)
    return sorted(name for name in unknown if not set(name.split(" = ")) & set(trusted))


def read_network(path, weights):
    """Read a network whose layers are known.

    Parameters
    ----------
    path : str
        The ``.keras`` file.
    weights : bytes
        Its ``model.weights.h5``.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If the file of weights is anything but arrays, or if the layers need more of them.
    """
    stored = _count_weights(weights)
    keras = _backend.import_keras()
    import_module("skemotion.models._keras_layers")  # makes our layers known to Keras
    with _backend.keras_warnings_ignored(), _at_most(keras, stored + _SPARE):
        return keras.saving.load_model(path, compile=False, safe_mode=True)


def _names(value):
    place = value.get("module") or value.get("registered_name")
    name = f"{place}.{value['class_name']}" if value.get("module") else str(value["class_name"])
    registered = value.get("registered_name")
    return [f"{name} = {registered}" if registered and registered != name else name]


def _is_known(value):
    name, module = value["class_name"], value.get("module")
    registered = value.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str | None):
        return False
    if name in _MARKS:
        return module is None
    if isinstance(registered, str) and registered.startswith("skemotion>"):
        return module == _our_layers().get(registered)
    if registered not in (None, name):
        return False  # Keras would look for the registered name first
    if name == "function":
        return module == "builtins" and _has(value.get("config"), "keras.activations")
    if module in _HELPERS:
        return _has(name, module) and name[0].isupper()
    if module in _OPERATIONS:
        made = getattr(import_module(module), name, None)
        return isinstance(made, type) and issubclass(made, _backend.import_keras().Operation)
    return (module, name) in _MODELS or (module == "keras.layers" and name in _LAYERS)


def _has(name, module):
    _backend.import_keras()
    return isinstance(name, str) and name.isidentifier() and hasattr(import_module(module), name)


def _our_layers():
    """Return the layers of this package: registered name -> module."""
    ours = import_module("skemotion.models._keras_layers")
    layers = _backend.import_keras().layers.Layer
    return {
        f"skemotion>{name}": layer.__module__
        for name, layer in vars(ours).items()
        if isinstance(layer, type) and issubclass(layer, layers)
    }


def _count_weights(data):
    """Return how many numbers an HDF5 file holds, each of them in the file itself."""
    import h5py

    total, left = 0, []
    with h5py.File(io.BytesIO(data), "r") as file:
        left.append(file)
        seen = 0
        while left:
            group = left.pop()
            for name in group:
                seen += 1
                link = group.get(name, getlink=True)
                if type(link) is not h5py.HardLink or seen > len(data):
                    raise ValueError(f"its weights link elsewhere at {name!r}")
                item = group[name]
                if isinstance(item, h5py.Group):
                    left.append(item)
                    continue
                plain = item.chunks is None and not item.external and not item.is_virtual
                if not plain or item.id.get_storage_size() != item.nbytes:
                    raise ValueError(f"its weights {name!r} are not stored as they are")
                total += item.size
    if total > len(data):
        raise ValueError("its weights are larger than their file")
    return total


@contextmanager
def _at_most(keras, count):
    """Let layers make `count` numbers in this thread, so that no description asks for more."""
    layer = keras.layers.Layer
    with _READING:  # one at a time: the method is put back
        plain = layer.add_weight

        def add_weight(self, *args, **kwargs):
            shape = kwargs.get("shape", args[0] if args else ())
            left = getattr(_LEFT, "count", None)
            if left is not None:
                _LEFT.count = left - math.prod(
                    shape if isinstance(shape, tuple | list) else (shape,)
                )
                if _LEFT.count < 0:
                    raise ValueError("its layers need more weights than it holds")
            return plain(self, *args, **kwargs)

        layer.add_weight, _LEFT.count = add_weight, count
        try:
            yield
        finally:
            layer.add_weight, _LEFT.count = plain, None
