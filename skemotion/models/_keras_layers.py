"""Layers that Keras lacks. This module imports Keras: import it where a network is made or read."""

import numpy as np

from skemotion.models._backend import import_keras

keras = import_keras()
ops = keras.ops
_register = keras.saving.register_keras_serializable(package="skemotion")


@_register
class FrameMask(keras.layers.Layer):
    """Tell frames from padding: 1 where any feature differs from `mask_value`, else 0.

    Parameters
    ----------
    mask_value : float, default=0.0
        Value of padded frames.
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(autocast=False, **kwargs)  # fewer bits could hide a frame
        self.mask_value = mask_value

    def call(self, inputs):
        """Map (batch, n_frames, n_features) to (batch, n_frames)."""
        real = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)
        return ops.cast(real, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the shape of the mask."""
        return input_shape[:2]

    def get_config(self):
        """Return what the layer is made with."""
        return {**super().get_config(), "mask_value": float(self.mask_value)}


@_register
class AsBool(keras.layers.Layer):
    """Turn a mask of 1 and 0 into one of true and false, which some layers of Keras want."""

    def call(self, inputs):
        """Map numbers to whether they exceed a half."""
        return ops.greater(inputs, 0.5)

    def compute_output_spec(self, inputs):
        """Return what comes out, which is not of the layer's dtype."""
        return keras.KerasTensor(inputs.shape, dtype="bool")


@_register
class WeightedStatistics(keras.layers.Layer):
    """Mean and standard deviation over frames, weighted by the softmax of their scores."""

    def call(self, inputs):
        """Map frames, their scores (batch, n_frames, 1) and their mask to their statistics."""
        x, score, mask = (ops.cast(each, "float32") for each in inputs)
        mask = ops.expand_dims(mask, -1)
        score = score - 1e9 * (1 - mask)
        # not softmax: of padding alone, the weights are to be 0
        weight = mask * ops.exp(score - ops.max(score, axis=1, keepdims=True))
        weight = weight / (ops.sum(weight, axis=1, keepdims=True) + 1e-9)
        mean = ops.sum(weight * x, axis=1, keepdims=True)
        variance = ops.sum(weight * ops.square(x - mean), axis=1)
        spread = ops.sqrt(variance + 1e-5)  # a root without an infinite slope
        pooled = ops.concatenate([ops.squeeze(mean, 1), spread], axis=-1)
        return ops.cast(pooled, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the shape of the statistics."""
        return input_shape[0][0], 2 * input_shape[0][2]


@_register
class Positions(keras.layers.Layer):
    """Add sines and cosines of the number of the frame."""

    def call(self, inputs):
        """Map frames to frames."""
        n_frames, n_features = ops.shape(inputs)[1], inputs.shape[2]
        rates = np.exp(-np.log(1e4) * (np.arange(n_features) // 2 * 2) / n_features)
        shifts = np.arange(n_features) % 2 * np.pi / 2  # a cosine is a sine, shifted
        frames = ops.expand_dims(ops.cast(ops.arange(n_frames), "float32"), 1)
        rates, shifts = (ops.convert_to_tensor(each, "float32") for each in (rates, shifts))
        angles = frames * rates + shifts
        return inputs + ops.cast(ops.sin(angles), inputs.dtype)

    def compute_output_shape(self, input_shape):
        """Return the shape of the frames."""
        return input_shape
