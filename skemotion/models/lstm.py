"""Recurrent networks for sequences of frames."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._sequences import SequenceClassifier


@network
class LSTMClassifier(SequenceClassifier):
    """Recurrent network for sequences of frames, such as the acoustic features of a voice.

    LSTM layers with dropout after each, a dense layer and a softmax. Frames of nothing but
    `mask_value` are left out, so that padding does not change a prediction.

    Parameters
    ----------
    units : tuple of int, default=(64, 32)
        Sizes of the LSTM layers.
    dense_units : int, default=16
        Size of the dense layer.
    dropout : float, default=0.3
        Dropout rate after each LSTM layer, in [0, 1).
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
    AcousticFeatures : Makes the sequences, with ``summary=None``.
    FrameScaler : Standardises their features.

    Notes
    -----
    `X` has the shape (n_samples, n_frames, n_features); the number of frames at prediction may
    differ from that at training. Rows of shape (n_samples, n_features) are sequences of one frame.

    References
    ----------
    .. [1] S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import LSTMClassifier
    >>> voices = np.random.default_rng(0).normal(size=(8, 5, 3))
    >>> voices[::2, :, 0] += 5
    >>> classifier = LSTMClassifier((8, 4), epochs=40, learning_rate=0.02, random_state=0)
    >>> classifier.fit(voices, ["angry", "calm"] * 4).predict(voices[:2])
    array(['angry', 'calm'], dtype='<U5')
    """

    _parameter_constraints = {
        **SequenceClassifier._parameter_constraints,
        "units": [Sizes(1)],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
    }

    units: tuple = positional((64, 32))
    dense_units: int = 16

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
        keras = import_keras()
        layers = keras.layers
        stack = [keras.Input(input_shape), layers.Masking(self.mask_value)]
        for number, size in enumerate(self.units, 1):
            stack += [
                layers.LSTM(
                    size,
                    return_sequences=number < len(self.units),
                    unroll=input_shape[0] == 1,  # no loop over time to compile
                ),
                layers.Dropout(self.dropout),
            ]
        return keras.Sequential(
            [
                *stack,
                layers.Dense(self.dense_units, activation="relu"),
                layers.Dense(n_classes, activation="softmax", dtype="float32"),
            ]
        )
