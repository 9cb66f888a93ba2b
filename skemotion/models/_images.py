"""The base of the networks for images."""

import warnings

import numpy as np

from skemotion.image import ImageAugmenter
from skemotion.models import _backend
from skemotion.models._declare import network
from skemotion.models._forward import make_forward
from skemotion.models._neural import NeuralClassifier


@network
class ImageClassifier(NeuralClassifier):
    """Base of the networks for images: shapes, augmentation, predictions over mirror images.

    Parameters
    ----------
    average_flip : bool, default=False
        Average the probabilities over the image and its mirror image. It is part of the trained
        network, `model_`, and of whatever is exported from it, but not of training.
    **training
        Parameters of training, by keyword: see :class:`NeuralClassifier`.
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "average_flip": ["boolean"],
    }

    average_flip: bool = False

    def default_augmenter(self):
        """Return what ``augment=True`` varies images with.

        Returns
        -------
        ImageAugmenter
        """
        return ImageAugmenter()

    def _to_samples(self, X):
        return to_images(X)

    def _start(self, samples, seed):
        super()._start(samples, seed)
        self._fitted_on_bytes = samples.dtype == np.uint8
        if self.average_flip:
            self.model_ = average_flip(self.model_)
            self._forward = make_forward(self.model_)

    def _check_known_shape(self, given, X):
        samples = super()._check_known_shape(given, X)
        if samples.dtype == np.uint8 and not self._fitted_on_bytes and samples.max() > 1:
            warnings.warn(
                "Expected pixels like those seen during fit, of floating point, got uint8 from 0 "
                f"to {samples.max()}. Where they were in [0, 1] then, put Rescale() before.",
                UserWarning,
                stacklevel=3,
            )
        return samples

    def _plain(self, model):
        return without_flip(model)


_MOMENTUM = 0.9  # Keras' 0.99 needs hundreds of steps before the averages mean anything
_AVERAGED = "average_flip"  # name of the networks that average


def average_flip(model):
    """Return a network that averages what `model` makes of an image and of its mirror image.

    Parameters
    ----------
    model : keras.Model
        Maps images to probabilities.

    Returns
    -------
    keras.Model
        It shares the weights of `model`.
    """
    keras = _backend.import_keras()
    pixels = keras.Input(model.input_shape[1:])
    both = [model(pixels), model(keras.ops.flip(pixels, axis=2))]
    return keras.Model(pixels, keras.layers.Average(dtype="float32")(both), name=_AVERAGED)


def without_flip(model):
    """Return the network inside one that averages over mirror images, or the network itself.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Model
    """
    if model.name != _AVERAGED:
        return model
    return next(layer for layer in model.layers if hasattr(layer, "layers"))


def batch_norm():
    """Return a batch normalisation whose averages follow within some tens of steps.

    Returns
    -------
    keras.layers.Layer
    """
    return _backend.import_keras().layers.BatchNormalization(momentum=_MOMENTUM)


def follow_soon(network):
    """Let the averages of all batch normalisation follow as those of :func:`batch_norm` do.

    Parameters
    ----------
    network : keras.Model
        Not trained yet.
    """
    for layer in network.layers:
        if isinstance(layer, _backend.import_keras().layers.BatchNormalization):
            layer.momentum = _MOMENTUM


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
