"""VGG16, with random or pretrained weights, frozen or fine-tuned."""

from numbers import Integral, Real
from pathlib import Path

import numpy as np

from skemotion._compat import Interval
from skemotion.image import ImageAugmenter
from skemotion.models._backend import import_keras
from skemotion.models._declare import network, positional
from skemotion.models._images import to_images
from skemotion.models._neural import NeuralClassifier

_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # convolutions, filters
_MEANS = (103.939, 116.779, 123.68)  # of ImageNet, blue, green, red
_SMALLEST = 32  # pixels a side: five poolings leave one


@network
class VGG16Classifier(NeuralClassifier):
    """VGG16 for grey or colour images, its base frozen or fine-tuned.

    Grey images are repeated into three channels, small ones are enlarged and VGG16's own
    preprocessing is applied, all inside the network. While the base is frozen and nothing is
    augmented, its outputs are computed once a fit, not once an epoch.

    Parameters
    ----------
    weights : str, path-like or None, default=None
        ``"imagenet"`` lets Keras download the weights trained on ImageNet; a path names a file of
        weights of Keras' VGG16 without top, ``.weights.h5`` or ``.h5``; None starts at random.
    n_blocks : int, default=5
        Number of convolutional blocks kept, 1 to 5.
    trainable_blocks : int, default=0
        Number of blocks, counted from the last kept, that are trained too.
    dense_units : int, default=256
        Size of the dense layer.
    dropout : float, default=0.5
        Dropout rate after the dense layer, in [0, 1).
    **training
        Parameters of training, by keyword: see :class:`NeuralClassifier`. With ``augment=True``
        images vary as :class:`ImageAugmenter` does by default.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    model_ : keras.Model
        The trained network, from pixels to probabilities.
    history_ : DataFrame with columns `epoch`, `loss`, `accuracy`
        One row an epoch.
    n_epochs_ : int
        Number of epochs trained.
    input_shape_ : tuple of int
        Height, width and number of channels, 1 or 3.

    See Also
    --------
    CNNClassifier : A small network, quick to train from scratch.

    Notes
    -----
    `X` holds pixels from 0 to 255: leave `Rescale` out.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", ICLR 2015. https://arxiv.org/abs/1409.1556

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import VGG16Classifier
    >>> faces = np.zeros((8, 48, 48), dtype="uint8")
    >>> faces[::2] = 255
    >>> classifier = VGG16Classifier(n_blocks=1, dense_units=8, epochs=5, random_state=0)
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "weights": [str, Path, None],
        "n_blocks": [Interval(Integral, 1, 5, closed="both")],
        "trainable_blocks": [Interval(Integral, 0, 5, closed="both")],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    weights: str | Path | None = positional(None)
    n_blocks: int = 5
    trainable_blocks: int = 0
    dense_units: int = 256
    dropout: float = 0.5

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
            Maps pixels to probabilities.
        """
        keras = import_keras()
        layers = keras.layers
        pixels = keras.Input(input_shape)
        outputs = pixels
        height, width, n_channels = input_shape
        if min(height, width) < _SMALLEST:
            outputs = layers.Resizing(max(height, _SMALLEST), max(width, _SMALLEST))(outputs)
        outputs = _preprocessing(n_channels)(outputs)
        for number, (n_convolutions, n_filters) in enumerate(_BLOCKS[: self.n_blocks], 1):
            for step in range(1, n_convolutions + 1):
                convolution = layers.Conv2D(
                    n_filters,
                    3,
                    padding="same",
                    activation="relu",
                    name=f"block{number}_conv{step}",
                )
                convolution.trainable = number > self.n_blocks - self.trainable_blocks
                outputs = convolution(outputs)
            outputs = layers.MaxPooling2D(name=f"block{number}_pool")(outputs)
        outputs = layers.Flatten(name="features")(outputs)
        outputs = layers.Dense(self.dense_units, activation="relu")(outputs)
        outputs = layers.Dropout(self.dropout)(outputs)
        outputs = layers.Dense(n_classes, activation="softmax", dtype="float32")(outputs)
        model = keras.Model(pixels, outputs)
        self._load_weights(model)
        return model

    def _load_weights(self, model):
        if self.weights is None:
            return
        if self.weights != "imagenet" and not Path(self.weights).is_file():
            raise FileNotFoundError(
                f"Expected weights to be 'imagenet', None or a file, got {str(self.weights)!r}, "
                "which is not a file. Check the path."
            )
        weights = self.weights if self.weights == "imagenet" else str(self.weights)
        try:
            donor = import_keras().applications.VGG16(include_top=False, weights=weights)
        except (ValueError, OSError) as error:
            raise ValueError(
                f"Expected {weights!r} to hold the weights of Keras' VGG16 without top, it does "
                f"not: {str(error).rstrip('.')}. Save them with "
                "VGG16(include_top=False).save_weights(...)."
            ) from error
        for layer in model.layers:
            if layer.name.startswith("block") and layer.weights:
                layer.set_weights(donor.get_layer(layer.name).get_weights())

    def _split_frozen(self, model):
        if self.augment or self.trainable_blocks:
            return None, model
        keras = import_keras()
        features = model.get_layer("features")
        head = model.layers[model.layers.index(features) + 1 :]
        frozen = keras.Model(model.input, features.output)
        return frozen, keras.Sequential([keras.Input(features.output.shape[1:]), *head])

    def default_augmenter(self):
        """Return what ``augment=True`` varies images with.

        Returns
        -------
        ImageAugmenter
        """
        return ImageAugmenter(value_range=(0.0, 255.0))

    def _to_samples(self, X):
        images = to_images(X)
        if images.shape[3] not in (1, 3):
            raise ValueError(
                f"Expected grey or RGB images with 1 or 3 channels, got an array of shape "
                f"{X.shape}. Choose channels first."
            )
        return images

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # on tables of small numbers, which are no pixels
        return tags


def _preprocessing(n_channels):
    """Return the frozen 1 x 1 convolution from grey or RGB to VGG16's centred BGR."""
    keras = import_keras()
    mixing = np.ones((1, 3)) if n_channels == 1 else np.eye(3)[:, ::-1]
    layer = keras.layers.Conv2D(3, 1, trainable=False, name="preprocessing")
    layer.build((None, None, None, n_channels))
    layer.set_weights([mixing[np.newaxis, np.newaxis], -np.array(_MEANS)])
    return layer
