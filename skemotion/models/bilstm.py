"""Recurrent networks that read in both directions and attend."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._sequences import SequenceClassifier


@network
class BiLSTMClassifier(SequenceClassifier):
    """Recurrent network that reads a sequence in both directions, with attention over time.

    LSTM layers that run forwards and backwards, statistics over the frames weighted by attention
    [1]_ [2]_, and a softmax. Padding does not change a prediction.

    Parameters
    ----------
    units : tuple of int, default=(48, 32)
        Size of each LSTM layer, in each direction.
    attention_units : int, default=32
        Size of the layer that the weight of a frame comes from.
    dropout : float, default=0.3
        Dropout rate after each LSTM layer, of features for a whole sequence, and before the last
        layer, in [0, 1).
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
    LSTMClassifier : Reads forwards only, and keeps what it knows at the end.
    skemotion.audio.FrameScaler : Standardises the features of frames.

    Notes
    -----
    `X` has the shape (n_samples, n_frames, n_features); the number of frames at prediction may
    differ from that at training. Rows of shape (n_samples, n_features) are sequences of one frame.
    It has 79,431 parameters for 64 features and 7 classes.

    References
    ----------
    .. [1] S. Mirsamadi, E. Barsoum, C. Zhang, "Automatic Speech Emotion Recognition Using Recurrent
       Neural Networks with Local Attention", ICASSP 2017.
    .. [2] K. Okabe, T. Koshinaka, K. Shinoda, "Attentive Statistics Pooling for Deep Speaker
       Embedding", Interspeech 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import BiLSTMClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 6, 8))
    >>> voices[::2, :, 0] += 5
    >>> classifier = BiLSTMClassifier((4,), epochs=30, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **SequenceClassifier._parameter_constraints,
        "units": [Sizes()],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    units: tuple = positional((48, 32))
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
        for n_units in self.units:
            x = _sequences.recur(x, mask, n_units)
            x = _sequences.drop(x, self.dropout)
        x = _sequences.attend(x, mask, self.attention_units)
        return _sequences.finish(inputs, x, n_classes, self.dropout)
