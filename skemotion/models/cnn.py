"""Convolutional networks for images."""

from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion.image import ImageAugmenter
from skemotion.models._backend import import_keras
from skemotion.models._declare import network, positional
from skemotion.models._neural import NeuralClassifier


@network
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
    **training
        Parameters of training, by keyword: see :class:`NeuralClassifier`. With ``augment=True``
        images vary as :class:`ImageAugmenter` does by default.

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

    filters: tuple = positional((32, 64))
    dense_units: int = 128
    dropout: float = 0.3

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
        for n_filters in self.filters:
            model.add(layers.Conv2D(n_filters, 3, padding="same", activation="relu"))
            model.add(layers.MaxPooling2D(padding="same"))
        model.add(layers.Flatten())
        model.add(layers.Dropout(self.dropout))
        model.add(layers.Dense(self.dense_units, activation="relu"))
        model.add(layers.Dropout(self.dropout))
        model.add(layers.Dense(n_classes, activation="softmax", dtype="float32"))
        return model

    def default_augmenter(self):
        """Return what ``augment=True`` varies images with.

        Returns
        -------
        ImageAugmenter
        """
        return ImageAugmenter()

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
