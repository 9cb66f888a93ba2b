"""mini-Xception."""

from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._images import ImageClassifier, batch_norm


@network
class MiniXceptionClassifier(ImageClassifier):
    """mini-Xception [1]_: separable convolutions with shortcuts, no dense layer.

    Two convolutions of 8 filters, then a residual unit an entry of `filters`: two separable
    convolutions and a pooling that halves height and width, beside a 1 x 1 convolution. A last
    convolution makes one map a class, whose means go through a softmax.

    Parameters
    ----------
    filters : tuple of int, default=(16, 32, 64, 128)
        Number of filters of each residual unit.
    average_flip : bool, default=False
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
    MicroCNNClassifier : Another network of this size.

    Notes
    -----
    `X` holds images as for :class:`CNNClassifier`.

    For 7 classes it has 58,423 parameters, as many as the original, whatever the size of the grey
    images. Images are padded at their edges where the original's first two convolutions cut them
    off, so that tiny ones go too; weight decay is left to the optimizer.

    References
    ----------
    .. [1] O. Arriaga, M. Valdenegro-Toro, P. Ploger, "Real-time Convolutional Neural Networks for
       Emotion and Gender Classification", 2017. https://arxiv.org/abs/1710.07557

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import MiniXceptionClassifier
    >>> faces = np.random.default_rng(0).random((8, 12, 12))
    >>> faces[::2, :6] += 1
    >>> classifier = MiniXceptionClassifier((8,), learning_rate=0.01, epochs=30, random_state=0)
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **ImageClassifier._parameter_constraints,
        "filters": [Sizes()],
    }

    filters: tuple = positional((16, 32, 64, 128))

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
        outputs = pixels
        for _ in range(2):
            outputs = layers.Conv2D(8, 3, padding="same", use_bias=False)(outputs)
            outputs = layers.ReLU()(batch_norm()(outputs))
        for n_filters in self.filters:
            outputs = _residual_unit(layers, outputs, n_filters)
        outputs = layers.Conv2D(n_classes, 3, padding="same")(outputs)
        outputs = layers.GlobalAveragePooling2D()(outputs)
        return keras.Model(pixels, layers.Softmax(dtype="float32")(outputs))


def _residual_unit(layers, inputs, n_filters):
    # one pixel of four, then a convolution: with a stride in the convolution, which computes the
    # same, TensorFlow 2.21 overwrites foreign memory when it trains on a CPU
    shortcut = layers.MaxPooling2D(1, strides=2, padding="same")(inputs)
    shortcut = layers.Conv2D(n_filters, 1, use_bias=False)(shortcut)
    outputs = inputs
    for number in range(2):
        if number:
            outputs = layers.ReLU()(outputs)
        outputs = layers.SeparableConv2D(n_filters, 3, padding="same", use_bias=False)(outputs)
        outputs = batch_norm()(outputs)
    outputs = layers.MaxPooling2D(3, strides=2, padding="same")(outputs)
    return layers.Add()([outputs, batch_norm()(shortcut)])
