"""What the networks for sequences of frames share: masks, convolutions and pooling that heed them.

A mask is a tensor of shape (batch, n_frames), 1 for frames and 0 for padding. Whatever a layer does
to padding is set to 0 again before the next looks at its neighbours, so that padding, however much
of it, does not change a prediction.
"""

from importlib import import_module
from numbers import Real

import numpy as np

from skemotion._compat import Interval
from skemotion.audio import FrameAugmenter
from skemotion.models._backend import import_keras
from skemotion.models._declare import network
from skemotion.models._images import batch_norm
from skemotion.models._neural import NeuralClassifier


@network
class SequenceClassifier(NeuralClassifier):
    """Base of the networks for sequences of frames.

    Parameters
    ----------
    dropout : float, default=0.3
        Dropout rate, in [0, 1).
    mask_value : float, default=0.0
        Value of padded frames.
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "mask_value": [Real],
    }

    dropout: float = 0.3
    mask_value: float = 0.0

    def default_augmenter(self):
        """Return what ``augment=True`` varies sequences with.

        Returns
        -------
        FrameAugmenter
        """
        return FrameAugmenter(noise=0.1, mask_value=self.mask_value)

    def _to_samples(self, X):
        if X.ndim == 2:
            return X[:, np.newaxis]
        if X.ndim != 3:
            raise ValueError(
                f"Expected sequences of shape (n_samples, n_frames, n_features), got an array of "
                f"shape {X.shape}. AcousticFeatures(summary=None) makes such sequences."
            )
        return X

    def _shape_of(self, samples):
        n_frames, n_features = samples.shape[1:]
        return (1 if n_frames == 1 else None), n_features


def start(input_shape, mask_value):
    """Return a network's input, its frames with 0 for padding, and their mask.

    Parameters
    ----------
    input_shape : tuple
        Number of frames, or None, and number of features.
    mask_value : float
        Value of padded frames.

    Returns
    -------
    inputs, x : KerasTensor of shape (batch, n_frames, n_features)
        What goes in, and the frames.
    mask : KerasTensor of shape (batch, n_frames)
        1 for frames, 0 for padding.
    """
    inputs = import_keras().Input(input_shape)
    mask = make_mask(inputs, mask_value)
    return inputs, hide(inputs, mask), mask


def make_mask(frames, mask_value):
    """Tell frames from padding.

    Parameters
    ----------
    frames : KerasTensor of shape (batch, n_frames, n_features)
        Frames.
    mask_value : float
        Value of all features of padded frames.

    Returns
    -------
    KerasTensor of shape (batch, n_frames)
        1 for frames, 0 for padding.
    """
    return _layers().FrameMask(mask_value)(frames)


def hide(x, mask):
    """Set padding to 0.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, ...)
        Frames.
    mask : KerasTensor of shape (batch, n_frames)
        Their mask.

    Returns
    -------
    KerasTensor of the shape of `x`
    """
    layers = import_keras().layers
    return layers.Multiply()([x, layers.Reshape((-1,) + (1,) * (len(x.shape) - 2))(mask)])


def convolve(x, mask, n_filters, kernel_size, *, activation="relu"):
    """Convolve, normalise over the batch's frames without padding, and hide the padding again.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_channels) or (batch, n_frames, n_bands, n_channels)
        Frames, 0 where padding is.
    mask : KerasTensor of shape (batch, n_frames)
        Their mask.
    n_filters : int
        Number of filters.
    kernel_size : int
        Length of the filters along each axis.
    activation : str or None, default="relu"
        What follows.

    Returns
    -------
    KerasTensor
        With `n_filters` channels, 0 where padding is.
    """
    layers = import_keras().layers
    flat = len(x.shape) == 3
    convolution = layers.Conv1D if flat else layers.Conv2D
    x = convolution(n_filters, kernel_size, padding="same", use_bias=False)(x)
    x = normalize(x, mask)
    return hide(layers.Activation(activation)(x) if activation else x, mask)


def normalize(x, mask):
    """Normalise each channel over the frames of the batch that are not padding.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_channels) or (batch, n_frames, n_bands, n_channels)
        Frames.
    mask : KerasTensor of shape (batch, n_frames)
        Their mask.

    Returns
    -------
    KerasTensor of the shape of `x`
    """
    layers = import_keras().layers
    axes = mask if len(x.shape) == 3 else layers.Reshape((-1, 1))(mask)
    return batch_norm()(x, mask=axes)


def halve(x, mask):
    """Keep the largest of two neighbours along time, and along bands where there are any.

    A stride in place of the pooling would start elsewhere where the number of frames is odd.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, ...)
        Frames, nowhere negative, 0 where padding is.
    mask : KerasTensor of shape (batch, n_frames)
        Their mask.

    Returns
    -------
    x, mask : KerasTensor
        Half as long, rounded up.
    """
    layers = import_keras().layers
    pooling = layers.MaxPooling1D if len(x.shape) == 3 else layers.MaxPooling2D
    halved = layers.MaxPooling1D(padding="same")(layers.Reshape((-1, 1))(mask))
    return pooling(padding="same")(x), layers.Reshape((-1,))(halved)


def add_channel(x):
    """Give each band of a spectrogram one channel.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_bands)
        Frames.

    Returns
    -------
    KerasTensor of shape (batch, n_frames, n_bands, 1)
    """
    return import_keras().layers.Reshape((-1, x.shape[2], 1))(x)


def join_bands(x):
    """Put the channels of all bands of a frame side by side.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_bands, n_channels)
        Frames.

    Returns
    -------
    KerasTensor of shape (batch, n_frames, n_bands * n_channels)
    """
    return import_keras().layers.Reshape((-1, x.shape[2] * x.shape[3]))(x)


def recur(x, mask, units):
    """Run an LSTM over the frames, forwards and backwards.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_features)
        Frames.
    mask : KerasTensor of shape (batch, n_frames)
        Their mask.
    units : int
        Size of the LSTM, in each direction.

    Returns
    -------
    KerasTensor of shape (batch, n_frames, 2 * units)
        0 where padding is.
    """
    layers = import_keras().layers
    unroll = x.shape[1] == 1  # no loop over time to compile
    lstm = layers.LSTM(units, return_sequences=True, unroll=unroll)
    seen = _layers().AsBool()(mask)
    return hide(layers.Bidirectional(lstm)(x, mask=seen), mask)


def drop(x, rate):
    """Drop features, each for a whole sequence.

    Dropping them frame by frame would make most of the deviation over time, which
    :func:`attend` returns: without dropout, at prediction, the network would see other numbers.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_features)
        Frames.
    rate : float
        Dropout rate.

    Returns
    -------
    KerasTensor of the shape of `x`
    """
    return import_keras().layers.SpatialDropout1D(rate)(x)


def attend(x, mask, units):
    """Pool over time: mean and deviation of each feature, weighted by learned attention.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_features)
        Frames, 0 where padding is.
    mask : KerasTensor of shape (batch, n_frames)
        Their mask.
    units : int
        Size of the hidden layer that the weight of a frame comes from.

    Returns
    -------
    KerasTensor of shape (batch, 2 * n_features)

    References
    ----------
    .. [1] S. Mirsamadi, E. Barsoum, C. Zhang, "Automatic Speech Emotion Recognition Using Recurrent
       Neural Networks with Local Attention", ICASSP 2017.
    .. [2] K. Okabe, T. Koshinaka, K. Shinoda, "Attentive Statistics Pooling for Deep Speaker
       Embedding", Interspeech 2018.
    """
    layers = import_keras().layers
    score = layers.Dense(1, use_bias=False)(layers.Dense(units, activation="tanh")(x))
    return _layers().WeightedStatistics()([x, score, mask])


def finish(inputs, x, n_classes, dropout):
    """Return the network that ends in probabilities.

    Parameters
    ----------
    inputs : KerasTensor
        What goes in.
    x : KerasTensor of shape (batch, n_features)
        What is known of a sequence.
    n_classes : int
        Number of classes.
    dropout : float
        Dropout rate before the last layer.

    Returns
    -------
    keras.Model
    """
    keras = import_keras()
    x = keras.layers.Dropout(dropout)(x)
    outputs = keras.layers.Dense(n_classes, activation="softmax", dtype="float32")(x)
    return keras.Model(inputs, outputs)


def add_positions(x):
    """Add sines and cosines of the number of the frame, for any number of frames.

    Parameters
    ----------
    x : KerasTensor of shape (batch, n_frames, n_features)
        Frames.

    Returns
    -------
    KerasTensor of the shape of `x`

    References
    ----------
    .. [1] A. Vaswani et al., "Attention Is All You Need", NIPS 2017.
    """
    return _layers().Positions()(x)


def attention_mask(mask):
    """Return the mask with an axis for the frames that attend.

    Parameters
    ----------
    mask : KerasTensor of shape (batch, n_frames)
        Frames that may be attended to.

    Returns
    -------
    KerasTensor of bool of shape (batch, 1, n_frames)
    """
    layers = import_keras().layers
    return layers.Reshape((1, -1))(_layers().AsBool()(mask))


def _layers():
    return import_module("skemotion.models._keras_layers")  # imports Keras
