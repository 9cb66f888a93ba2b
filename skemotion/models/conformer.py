"""Conformer encoders: attention and convolutions over time."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._backend import import_keras
from skemotion.models._declare import network, positional
from skemotion.models._sequences import SequenceClassifier


@network
class ConformerClassifier(SequenceClassifier):
    """Conformer encoder for sequences of frames: attention and convolutions over time.

    A convolution and a pooling that halves the number of frames, sines and cosines of the position,
    and blocks of self-attention and depthwise convolution between dense layers [1]_. Statistics
    over time, weighted by attention, and a softmax follow. Padding does not change a prediction.

    Parameters
    ----------
    units : int, default=64
        Number of channels throughout.
    n_blocks : int, default=2
        Number of blocks.
    n_heads : int, default=4
        Number of heads of the self-attention.
    kernel_size : int, default=15
        Number of frames that the depthwise convolution spans.
    attention_units : int, default=32
        Size of the layer that the final weight of a frame comes from.
    dropout : float, default=0.2
        Dropout rate after each part of a block, in [0, 1).
    mask_value : float, default=0.0
        Value of padded frames.
    **training
        Parameters of training, by keyword: see :class:`NeuralClassifier`. With ``augment=True``
        sequences vary as :class:`FrameAugmenter` does, with a little noise.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    model_ : keras.Model
        The trained network.
    history_ : DataFrame with columns `epoch`, `loss`, `accuracy`
        One row an epoch.
    n_epochs_ : int
        Number of epochs trained.
    input_shape_ : tuple
        None, for any number of frames, or 1 for rows without frames, and the number of features.

    See Also
    --------
    skemotion.audio.LogMel : Makes the bands, within ``AcousticFeatures(summary=None)``.
    CNN1DClassifier : The convolutions alone.

    Notes
    -----
    `X` has the shape (n_samples, n_frames, n_features); the number of frames at prediction may
    differ from that at training. Rows of shape (n_samples, n_features) are sequences of one frame.
    It has 218,055 parameters for 64 features and 7 classes. Positions are absolute, not relative as
    in the paper, where frames are pooled in the end and the order of magnitude of their distance
    is what matters.

    References
    ----------
    .. [1] A. Gulati et al., "Conformer: Convolution-augmented Transformer for Speech Recognition",
       Interspeech 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ConformerClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 6, 8))
    >>> voices[::2, :, 0] += 5
    >>> classifier = ConformerClassifier(8, epochs=30, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **SequenceClassifier._parameter_constraints,
        "units": [Interval(Integral, 1, None, closed="left")],
        "n_blocks": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    units: int = positional(64)
    n_blocks: int = 2
    n_heads: int = 4
    kernel_size: int = 15
    attention_units: int = 32
    dropout: float = 0.2

    def build(self, input_shape, n_classes):
        """Build the network, not compiled.

        Parameters
        ----------
        input_shape : tuple
            Number of frames, or None, and number of features.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model
            Maps sequences to probabilities.
        """
        inputs, x, mask = _sequences.start(input_shape, self.mask_value)
        x, mask = _sequences.halve(_sequences.convolve(x, mask, self.units, 5), mask)
        x = _sequences.hide(_sequences.add_positions(x), mask)
        for _ in range(self.n_blocks):
            x = self._encode(x, mask)
        x = _sequences.attend(x, mask, self.attention_units)
        return _sequences.finish(inputs, x, n_classes, self.dropout)

    def _encode(self, x, mask):
        """Return `x` after one block: half a dense part, attention, convolution, the other half."""
        layers = import_keras().layers
        drop = layers.Dropout(self.dropout)
        x = layers.Add()([x, self._halved(self._dense(x))])
        y = layers.LayerNormalization()(x)
        attention = layers.MultiHeadAttention(
            self.n_heads, max(1, self.units // self.n_heads), dropout=self.dropout
        )
        y = attention(y, y, attention_mask=_sequences.attention_mask(mask))
        x = layers.Add()([x, drop(y)])
        x = layers.Add()([x, drop(self._convolve(x, mask))])
        x = layers.Add()([x, self._halved(self._dense(x))])
        return _sequences.hide(layers.LayerNormalization()(x), mask)

    def _dense(self, x):
        layers = import_keras().layers
        y = layers.Dense(4 * self.units, activation="silu")(layers.LayerNormalization()(x))
        return layers.Dropout(self.dropout)(layers.Dense(self.units)(y))

    def _halved(self, x):
        return import_keras().layers.Rescaling(0.5)(x)

    def _convolve(self, x, mask):
        """Convolve each channel on its own over time, between gates and a mixing of channels."""
        layers = import_keras().layers
        y = layers.LayerNormalization()(x)
        gate = layers.Dense(self.units, activation="sigmoid")(y)
        y = _sequences.hide(layers.Multiply()([layers.Dense(self.units)(y), gate]), mask)
        y = layers.DepthwiseConv1D(self.kernel_size, padding="same", use_bias=False)(y)
        y = layers.Activation("silu")(_sequences.normalize(y, mask))
        return layers.Dense(self.units)(y)
