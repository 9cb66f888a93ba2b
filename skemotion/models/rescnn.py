"""Residual convolutional networks for spectrograms."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._sequences import SequenceClassifier


@network
class ResCNNClassifier(SequenceClassifier):
    """Residual convolutional network for spectrograms.

    A 3 x 3 convolution over frames and bands, then for each entry of `filters` a pooling that
    halves both and a residual block of two such convolutions [1]_ with batch normalisation.
    Statistics over time, weighted by attention, and a softmax follow. Padding does not change a
    prediction.

    Parameters
    ----------
    filters : tuple of int, default=(16, 32, 64)
        Number of filters of each block; the first convolution has those of the first.
    attention_units : int, default=32
        Size of the layer that the weight of a frame comes from.
    dropout : float, default=0.3
        Dropout rate before the last layer, in [0, 1).
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
    CNN1DClassifier : Convolves over time only.

    Notes
    -----
    `X` has the shape (n_samples, n_frames, n_features); the number of frames at prediction may
    differ from that at training. Rows of shape (n_samples, n_features) are sequences of one frame.
    It has 101,399 parameters for 64 bands and 7 classes.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", CVPR
       2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ResCNNClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 6, 8))
    >>> voices[::2, :, 0] += 5
    >>> classifier = ResCNNClassifier((4,), epochs=30, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **SequenceClassifier._parameter_constraints,
        "filters": [Sizes(1)],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    filters: tuple = positional((16, 32, 64))
    attention_units: int = 32

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
        x = _sequences.convolve(_sequences.add_channel(x), mask, self.filters[0], 3)
        for n_filters in self.filters:
            x, mask = _sequences.halve(x, mask)
            x = _residual(x, mask, n_filters)
        x = _sequences.attend(_sequences.join_bands(x), mask, self.attention_units)
        return _sequences.finish(inputs, x, n_classes, self.dropout)


def _residual(x, mask, n_filters):
    """Return what two convolutions add to `x`, brought to the same number of channels."""
    layers = import_keras().layers
    changed = _sequences.convolve(x, mask, n_filters, 3)
    changed = _sequences.convolve(changed, mask, n_filters, 3, activation=None)
    if x.shape[-1] != n_filters:
        x = _sequences.convolve(x, mask, n_filters, 1, activation=None)
    return layers.Activation("relu")(layers.Add()([x, changed]))
