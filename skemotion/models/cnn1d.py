"""Convolutional networks over time."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._sequences import SequenceClassifier


@network
class CNN1DClassifier(SequenceClassifier):
    """Convolutional network over time, for sequences of frames.

    Each entry of `filters` is a convolution over neighbouring frames that sees all their features
    at once, batch normalisation and a pooling that halves the number of frames; statistics over
    what is left, weighted by attention, and a softmax follow. Padding does not change a prediction.

    Parameters
    ----------
    filters : tuple of int, default=(64, 96, 128)
        Number of filters of each convolution.
    kernel_size : int, default=5
        Number of frames that a filter spans.
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
    ResCNNClassifier : Convolves over neighbouring bands too.
    skemotion.audio.LogMel : Makes the bands, within ``AcousticFeatures(summary=None)``.

    Notes
    -----
    `X` has the shape (n_samples, n_frames, n_features); the number of frames at prediction may
    differ from that at training. Rows of shape (n_samples, n_features) are sequences of one frame.
    It has 119,751 parameters for 64 features and 7 classes.

    References
    ----------
    .. [1] Z. Aldeneh, E. Mower Provost, "Using Regional Saliency for Speech Emotion Recognition",
       ICASSP 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import CNN1DClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 6, 8))
    >>> voices[::2, :, 0] += 5
    >>> classifier = CNN1DClassifier((4,), epochs=30, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **SequenceClassifier._parameter_constraints,
        "filters": [Sizes()],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    filters: tuple = positional((64, 96, 128))
    kernel_size: int = 5
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
        for n_filters in self.filters:
            x = _sequences.convolve(x, mask, n_filters, self.kernel_size)
            x, mask = _sequences.halve(x, mask)
        x = _sequences.attend(x, mask, self.attention_units)
        return _sequences.finish(inputs, x, n_classes, self.dropout)
