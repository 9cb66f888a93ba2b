"""Convolutional networks for images."""

from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._neural import NeuralClassifier


class CNNClassifier(NeuralClassifier):
    """Convolutional network for images.

    Each entry of `filters` is a 3 x 3 convolution and a pooling that halves height and width; a
    dense layer, dropout and a softmax follow.

    Parameters
    ----------
    filters : tuple of int, default=(32, 64)
        Number of filters of each convolution.
    dense_units : int, default=128
        Size of the dense layer.
    dropout : float, default=0.3
        Dropout rate before and after the dense layer, in [0, 1).
    augment : bool, default=False
        During training, rotate by up to 10 degrees, shift and zoom by up to a tenth and flip left
        and right, at random.
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
    input_shape_ : tuple of int
        Height, width and number of channels.

    See Also
    --------
    Rescale : Bring pixels to [0, 1], as this network expects them.
    VGG16Classifier : A deeper network, with pretrained weights.

    Notes
    -----
    `X` holds images of shape (n_samples, height, width[, n_channels]). Flat rows are taken as
    square images where their length is a square number, and as columns of pixels otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import CNNClassifier
    >>> faces = np.random.default_rng(0).random((8, 12, 12))
    >>> faces[::2, :6] += 1
    >>> classifier = CNNClassifier((4,), learning_rate=0.01, epochs=20, random_state=0)
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "filters": [tuple, list],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        filters=(32, 64),
        *,
        dense_units=128,
        dropout=0.3,
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
        self.filters = filters
        self.dense_units = dense_units
        self.dropout = dropout

    def build(self, input_shape, n_classes):
        """Build the network, not compiled.

        Parameters
        ----------
        input_shape : tuple of int
            Height, width and number of channels.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model
            Maps images to probabilities.
        """
        keras = import_keras()
        layers = keras.layers
        model = keras.Sequential([keras.Input(input_shape)])
        if self.augment:
            for layer in augmentation_layers():
                model.add(layer)
        for n_filters in self.filters:
            model.add(layers.Conv2D(n_filters, 3, padding="same", activation="relu"))
            model.add(layers.MaxPooling2D(padding="same"))
        model.add(layers.Flatten())
        model.add(layers.Dropout(self.dropout))
        model.add(layers.Dense(self.dense_units, activation="relu"))
        model.add(layers.Dropout(self.dropout))
        model.add(layers.Dense(n_classes, activation="softmax"))
        return model

    def _to_samples(self, X):
        return to_images(X)


def to_images(X):
    """Return `X` as images with a channel axis.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), (n_samples, height, width) or \
            (n_samples, height, width, n_channels)
        Images, or rows of pixels.

    Returns
    -------
    ndarray of shape (n_samples, height, width, n_channels)

    Examples
    --------
    >>> import numpy as np
    >>> to_images(np.zeros((2, 2304))).shape, to_images(np.zeros((2, 48, 48))).shape
    ((2, 48, 48, 1), (2, 48, 48, 1))
    """
    if X.ndim == 2:
        side = round(np.sqrt(X.shape[1]))
        X = X.reshape(len(X), side, side) if side * side == X.shape[1] else X[:, :, np.newaxis]
    if X.ndim == 3:
        X = X[..., np.newaxis]
    if X.ndim != 4:
        raise ValueError(
            f"Expected images of shape (n_samples, height, width[, n_channels]), got an array of "
            f"shape {X.shape}. Pass one picture a row."
        )
    return X


def augmentation_layers():
    """Return the layers that vary images at random during training.

    Returns
    -------
    list of keras.layers.Layer
        Rotation by up to 10 degrees, shift and zoom by up to a tenth, and a flip left and right.
    """
    layers = import_keras().layers
    return [
        layers.RandomRotation(10 / 360, fill_mode="nearest"),
        layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
        layers.RandomZoom(0.1, 0.1, fill_mode="nearest"),
        layers.RandomFlip("horizontal"),
    ]
