"""Convolutions over a spectrogram, then a recurrent layer."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._sequences import SequenceClassifier


@network
class CRNNClassifier(SequenceClassifier):
    """Convolutional recurrent network for spectrograms.

    Each entry of `filters` is a 3 x 3 convolution over frames and bands, batch normalisation and a
    pooling that halves both. An LSTM reads what is left in both directions; statistics over time,
    weighted by attention, and a softmax follow. Padding does not change a prediction.

    Parameters
    ----------
    filters : tuple of int, default=(16, 32, 48)
        Number of filters of each convolution.
    units : int, default=48
        Size of the LSTM, in each direction.
    attention_units : int, default=32
        Size of the layer that the weight of a frame comes from.
    dropout : float, default=0.3
        Dropout rate after the LSTM, of features for a whole sequence, and before the last layer, in
        [0, 1).
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
    BiLSTMClassifier : The recurrent part alone.

    Notes
    -----
    `X` has the shape (n_samples, n_frames, n_features); the number of frames at prediction may
    differ from that at training. Rows of shape (n_samples, n_features) are sequences of one frame.
    It has 189,719 parameters for 64 bands and 7 classes.

    References
    ----------
    .. [1] A. Satt, S. Rozenberg, R. Hoory, "Efficient Emotion Recognition from Speech Using Deep
       Learning on Spectrograms", Interspeech 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import CRNNClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 6, 8))
    >>> voices[::2, :, 0] += 5
    >>> classifier = CRNNClassifier((4,), units=4, epochs=30, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **SequenceClassifier._parameter_constraints,
        "filters": [Sizes()],
        "units": [Interval(Integral, 1, None, closed="left")],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    filters: tuple = positional((16, 32, 48))
    units: int = 48
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
        x = _sequences.add_channel(x)
        for n_filters in self.filters:
            x = _sequences.convolve(x, mask, n_filters, 3)
            x, mask = _sequences.halve(x, mask)
        x = _sequences.recur(_sequences.join_bands(x), mask, self.units)
        x = _sequences.drop(x, self.dropout)
        x = _sequences.attend(x, mask, self.attention_units)
        return _sequences.finish(inputs, x, n_classes, self.dropout)
