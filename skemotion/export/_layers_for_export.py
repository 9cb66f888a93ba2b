"""Layers that compute the same as Keras' in operations that the converters know."""

import numpy as np

from skemotion.models._backend import import_keras, import_quietly

keras = import_keras()
_RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional)


class MaxPoolingFrames(keras.layers.Layer):
    """Pool each frame of a clip: LiteRT pools in two dimensions, not in three.

    Parameters
    ----------
    pool_size : tuple of int
        Along time (1), height and width.
    strides : tuple of int
        Along the same.
    padding : {"valid", "same"}
        What happens at the edges.
    """

    def __init__(self, pool_size, strides, padding, **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = pool_size, strides, padding

    def call(self, clips):
        """Map (batch, n_frames, height, width, n_channels) to smaller frames."""
        ops = keras.ops
        size = ops.shape(clips)
        frames = ops.reshape(clips, (-1, *clips.shape[2:]))
        frames = ops.max_pool(frames, self.pool_size[1:], self.strides[1:], self.padding)
        return ops.reshape(frames, (size[0], size[1], *frames.shape[1:]))


def prepare_for_onnx(model):
    """Return a network that computes the same, of what tf2onnx converts well.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Model
    """
    return model


def prepare_for_litert(model):
    """Return a network that computes the same, of what LiteRT's converter knows.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Model
    """
    return _replace(model, _pool_frames)


def is_recurrent(model):
    """Whether a network has a loop over time.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    bool
    """
    layers = model._flatten_layers(include_self=False)
    return any(isinstance(layer, _RECURRENT) for layer in layers)


def _replace(model, choose):
    """Return a copy with other layers, of the same weights; the network where none is other."""
    replaced = []

    def copy(layer):
        other = choose(layer)
        if other is None:
            return layer.__class__.from_config(layer.get_config())
        replaced.append(other)
        return other

    new = keras.models.clone_model(model, clone_function=copy, recursive=True)
    if not replaced:
        return model
    new.set_weights(model.get_weights())
    return new


def _pool_frames(layer):
    flat = isinstance(layer, keras.layers.MaxPooling3D) and layer.pool_size[0] == 1
    if not flat or layer.strides[0] != 1:
        return None
    return MaxPoolingFrames(layer.pool_size, layer.strides, layer.padding, name=layer.name)


def _convert_erfc(graph, node, name, args):
    """Write ``erfc(x)`` as ``1 - erf(x)``: ONNX has no erfc."""
    naming = import_quietly("tf2onnx").utils.make_name
    graph.remove_node(node.name)
    one = graph.make_const(naming("one"), np.float32(1)).output[0]
    erf = graph.make_node("Erf", node.input).output[0]
    graph.make_node("Sub", [one, erf], outputs=node.output, name=naming(node.name))


ONNX_HANDLERS = {"Erfc": (_convert_erfc, [])}
