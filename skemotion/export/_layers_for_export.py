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


class FusedLSTM(keras.layers.Layer):
    """An LSTM as one operation, which becomes one of ONNX: a loop over frames is 10 times slower.

    The frames that count are moved to the front, so that those left out need no attention, and
    outputs are read from where the last frame that counts has gone to.

    Parameters
    ----------
    lstm : keras.layers.LSTM
        Its weights are copied.
    """

    def __init__(self, lstm, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.backwards, self.sequences = lstm.go_backwards, lstm.return_sequences
        self.zeros = bool(getattr(lstm, "zero_output_for_mask", False))
        self.units = lstm.units
        kernel, recurrent, bias = lstm.get_weights()
        self.arrays = np.concatenate([kernel, recurrent]), bias

    def call(self, x, mask=None):
        """Map (batch, n_frames, n_features) to (batch[, n_frames], units)."""
        tf = import_quietly("tensorflow")
        n_samples, n_frames = tf.shape(x)[0], tf.shape(x)[1]
        if self.backwards:
            x, mask = _reverse(x), None if mask is None else _reverse(mask)
        if mask is not None:
            frames = tf.range(n_frames)[None]
            order = tf.argsort(tf.where(mask, frames, frames + n_frames), axis=1)
            x = tf.gather(x, order, batch_dims=1)
        weights, bias = self.arrays
        start = tf.zeros((n_samples, self.units))
        unused = tf.zeros((self.units,))
        states = tf.raw_ops.BlockLSTMV2(
            seq_len_max=tf.cast(n_frames, tf.int64),
            x=tf.transpose(x, (1, 0, 2)),
            cs_prev=start,
            h_prev=start,
            w=weights,
            wci=unused,
            wcf=unused,
            wco=unused,
            b=bias,
            use_peephole=False,
        ).h
        states = tf.transpose(states, (1, 0, 2))
        if mask is not None:
            seen = tf.cumsum(tf.cast(mask, tf.int32), axis=1)
            last = tf.maximum(seen - 1, 0)
            states = tf.gather(states, last, batch_dims=1)
            kept = mask if self.zeros else seen > 0
            states = tf.where(kept[:, :, None], states, 0.0)
        return states if self.sequences else states[:, -1]

    def compute_mask(self, x, mask=None):
        """Return the mask where there are frames to mask."""
        return mask if self.sequences else None

    def compute_output_spec(self, x, mask=None):
        """Return what comes out."""
        frames = x.shape[1:2] if self.sequences else ()
        return keras.KerasTensor((x.shape[0], *frames, self.units))


class FusedBidirectional(keras.layers.Layer):
    """Two of them, the second from the end to the start.

    Parameters
    ----------
    both : keras.layers.Bidirectional
        Around LSTMs that return sequences.
    """

    def __init__(self, both, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.forward = FusedLSTM(both.forward_layer)
        self.backward = FusedLSTM(both.backward_layer)

    def call(self, x, mask=None):
        """Map (batch, n_frames, n_features) to (batch, n_frames, 2 * units)."""
        pair = [self.forward(x, mask=mask), _reverse(self.backward(x, mask=mask))]
        return keras.ops.concatenate(pair, axis=-1)

    def compute_output_spec(self, x, mask=None):
        """Return what comes out."""
        return keras.KerasTensor((*x.shape[:2], self.forward.units + self.backward.units))


def prepare_for_onnx(model):
    """Return a network that computes the same, of what tf2onnx converts well.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Model
    """
    return _replace(model, _fuse)


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
    same, others = [], []

    def copy(layer):
        other = choose(layer)
        if other is not None:
            others.append(other)
            return other
        same.append((layer, layer.__class__.from_config(layer.get_config())))
        return same[-1][1]

    new = keras.models.clone_model(model, clone_function=copy, recursive=True)
    if not others:
        return model
    for layer, twin in same:
        if getattr(layer, "weights", None):  # operations have none
            twin.set_weights(layer.get_weights())
    return new


def _fuse(layer):
    """Return the layer as one operation, None where it is another or does something special."""
    if _is_plain_lstm(layer):
        return FusedLSTM(layer, name=layer.name)
    if isinstance(layer, keras.layers.Bidirectional) and layer.merge_mode == "concat":
        inner = (layer.forward_layer, layer.backward_layer)
        if all(_is_plain_lstm(one) and one.return_sequences for one in inner):
            return FusedBidirectional(layer, name=layer.name)
    return None


def _is_plain_lstm(layer):
    return (
        type(layer) is keras.layers.LSTM
        and layer.activation is keras.activations.tanh
        and layer.recurrent_activation is keras.activations.sigmoid
        and layer.use_bias
        and not (layer.unroll or layer.stateful or layer.return_state)
    )


def _reverse(x):
    """Turn the frames around."""
    tf = import_quietly("tensorflow")
    n_frames = tf.shape(x)[1]
    return tf.gather(x, n_frames - 1 - tf.range(n_frames), axis=1)


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


def _convert_lstm(graph, node, name, args):
    """Write the one operation of TensorFlow as the one of ONNX, which orders gates otherwise."""
    naming = import_quietly("tf2onnx").utils.make_name
    weights, bias = (node.inputs[place].get_tensor_value(as_list=False) for place in (4, 8))
    units = len(bias) // 4
    order = np.concatenate([np.arange(units) + gate * units for gate in (0, 3, 1, 2)])
    weights, bias = weights.T[order], bias[order]
    arrays = weights[:, :-units], weights[:, -units:], np.concatenate([bias, np.zeros_like(bias)])
    constants = [graph.make_const(naming("lstm"), array[None]).output[0] for array in arrays]
    x, outputs = node.input[1], node.output
    graph.remove_node(node.name)
    lstm = graph.make_node(
        "LSTM", [x, *constants], attr={"hidden_size": units}, output_count=3, name=naming("LSTM")
    )
    axis = graph.make_const(naming("axis"), np.array([1])).output[0]
    squeezed = graph.make_node("Squeeze", [lstm.output[0], axis], name=naming("states"))
    graph.replace_all_inputs(outputs[6], squeezed.output[0])


ONNX_HANDLERS = {"Erfc": (_convert_erfc, []), "BlockLSTMV2": (_convert_lstm, [])}
