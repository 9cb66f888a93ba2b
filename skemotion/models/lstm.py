"""Recurrent networks for sequences of frames."""

from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._neural import NeuralClassifier


class LSTMClassifier(NeuralClassifier):
    """Recurrent network for sequences of frames, such as the acoustic features of a voice.

    Two LSTM layers with dropout between them, a dense layer and a softmax. Frames of nothing but
    `mask_value` are left out, so that padding does not change a prediction.

    Parameters
    ----------
    units : tuple of int of shape (2,), default=(64, 32)
        Sizes of the two LSTM layers.
    dense_units : int, default=16
        Size of the dense layer.
    dropout : float, default=0.3
        Dropout rate after each LSTM layer, in [0, 1).
    mask_value : float, default=0.0
        Value of padded frames.
    augment : bool, default=False
        Add Gaussian noise of standard deviation 0.1 to the frames during training; they should be
        standardised.
    epochs, batch_size, optimizer, learning_rate, schedule, class_weight, label_smoothing
        Training parameters, see :class:`NeuralClassifier`.
    early_stopping, patience, validation_fraction, callbacks, random_state, verbose
        Training parameters, see :class:`NeuralClassifier`.

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
        **NeuralClassifier._parameter_constraints,
        "units": [tuple, list],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "mask_value": [Real],
    }

    def __init__(
        self,
        units=(64, 32),
        *,
        dense_units=16,
        dropout=0.3,
        mask_value=0.0,
        epochs=30,
        batch_size=32,
        optimizer="adam",
        learning_rate=1e-3,
        schedule=None,
        class_weight=None,
        label_smoothing=0.0,
        early_stopping=False,
        patience=5,
        validation_fraction=0.1,
        augment=False,
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            learning_rate=learning_rate,
            schedule=schedule,
            class_weight=class_weight,
            label_smoothing=label_smoothing,
            early_stopping=early_stopping,
            patience=patience,
            validation_fraction=validation_fraction,
            augment=augment,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
        )
        self.units = units
        self.dense_units = dense_units
        self.dropout = dropout
        self.mask_value = mask_value

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
        first, second = self.units
        model = keras.Sequential([keras.Input(input_shape), layers.Masking(self.mask_value)])
        if self.augment:
            model.add(layers.GaussianNoise(0.1))
        unroll = input_shape[0] == 1  # no loop over time to compile
        model.add(layers.LSTM(first, return_sequences=True, unroll=unroll))
        model.add(layers.Dropout(self.dropout))
        model.add(layers.LSTM(second, unroll=unroll))
        model.add(layers.Dropout(self.dropout))
        model.add(layers.Dense(self.dense_units, activation="relu"))
        model.add(layers.Dense(n_classes, activation="softmax"))
        return model

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
