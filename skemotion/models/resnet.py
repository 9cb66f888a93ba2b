"""A small residual network for images."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._images import ImageClassifier, batch_norm


@network
class ResNetClassifier(ImageClassifier):
    """Small residual network for images: accurate for what it computes.

    One convolution and a pooling bring the image to half its size, where the expensive work begins.
    Each entry of `filters` is a stage of residual units of two 3 x 3 convolutions [1]_; each stage
    but the first halves height and width. The mean over the image, dropout and a softmax follow.

    Parameters
    ----------
    filters : tuple of int, default=(64, 128, 256)
        Number of filters of each stage.
    units : int, default=1
        Number of residual units of each stage.
    dropout : float, default=0.3
        Dropout rate before the softmax, in [0, 1).
    average_flip : bool, default=True
        Average the probabilities over the image and its mirror image. It is part of the trained
        network, `model_`, and of whatever is exported from it, but not of training.
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
    MicroCNNClassifier : A tenth of the size, for phones.

    Notes
    -----
    `X` holds images as for :class:`CNNClassifier`.

    For grey images of 48 x 48 pixels and 7 classes it has 1,211,815 parameters and multiplies 98
    million times an image.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", CVPR
       2016. https://arxiv.org/abs/1512.03385
    .. [2] T. He et al., "Bag of Tricks for Image Classification with Convolutional Neural
       Networks", CVPR 2019: pooling before the shortcut's convolution.
       https://arxiv.org/abs/1812.01187

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ResNetClassifier
    >>> faces = np.random.default_rng(0).random((8, 12, 12))
    >>> faces[::2, :6] += 1
    >>> classifier = ResNetClassifier((8,), learning_rate=0.01, epochs=20, random_state=0)
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **ImageClassifier._parameter_constraints,
        "filters": [Sizes(1)],
        "units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    filters: tuple = positional((64, 128, 256))
    units: int = 1
    dropout: float = 0.3
    average_flip: bool = True

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
        pixels = keras.Input(input_shape)
        outputs = _normalised(layers, pixels, max(self.filters[0] // 2, 1))
        outputs = layers.MaxPooling2D(padding="same")(layers.ReLU()(outputs))
        for stage, n_filters in enumerate(self.filters):
            for unit in range(self.units):
                halve = stage > 0 and unit == 0
                outputs = _residual_unit(layers, outputs, n_filters, strides=2 if halve else 1)
        outputs = layers.GlobalAveragePooling2D()(outputs)
        outputs = layers.Dropout(self.dropout)(outputs)
        outputs = layers.Dense(n_classes, activation="softmax", dtype="float32")(outputs)
        return keras.Model(pixels, outputs)


def _residual_unit(layers, inputs, n_filters, strides):
    outputs = layers.ReLU()(_normalised(layers, inputs, n_filters, strides=strides))
    outputs = _normalised(layers, outputs, n_filters)
    shortcut = inputs
    if strides > 1:
        shortcut = layers.AveragePooling2D(strides, padding="same")(shortcut)
    if shortcut.shape[-1] != n_filters:
        shortcut = _normalised(layers, shortcut, n_filters, size=1)
    return layers.ReLU()(layers.Add()([outputs, shortcut]))


def _normalised(layers, inputs, n_filters, *, size=3, strides=1):
    convolution = layers.Conv2D(n_filters, size, strides=strides, padding="same", use_bias=False)
    return batch_norm()(convolution(inputs))
