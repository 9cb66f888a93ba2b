"""A network for phones: fewer than 100,000 parameters."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._images import ImageClassifier, batch_norm


@network
class MicroCNNClassifier(ImageClassifier):
    """Network of inverted residuals for phones, with fewer than 100,000 parameters.

    One convolution, then stages of inverted residual units [1]_: each widens the image's channels,
    filters each of them on its own and narrows them again. Each stage halves height and width at
    its first unit. The mean over the image, dropout and a softmax follow.

    Parameters
    ----------
    filters : tuple of int, default=(24, 40, 64)
        Number of channels of each stage.
    units : int, default=2
        Number of inverted residual units of each stage.
    expansion : int, default=4
        How many times as many channels there are inside a unit.
    dropout : float, default=0.1
        Dropout rate before the softmax, in [0, 1).
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
    MiniXceptionClassifier : Another network of this size.
    ResNetClassifier : More accurate, ten times the size.

    Notes
    -----
    `X` holds images as for :class:`CNNClassifier`.

    For grey images of 48 x 48 pixels and 7 classes it has 91,351 parameters.

    References
    ----------
    .. [1] M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
       https://arxiv.org/abs/1801.04381

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import MicroCNNClassifier
    >>> faces = np.random.default_rng(0).random((8, 12, 12))
    >>> faces[::2, :6] += 1
    >>> classifier = MicroCNNClassifier((8,), learning_rate=0.01, epochs=60, random_state=0)
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **ImageClassifier._parameter_constraints,
        "filters": [Sizes()],
        "units": [Interval(Integral, 1, None, closed="left")],
        "expansion": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    filters: tuple = positional((24, 40, 64))
    units: int = 2
    expansion: int = 4
    dropout: float = 0.1

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
        outputs = layers.Conv2D(16, 3, padding="same", use_bias=False)(pixels)
        outputs = layers.ReLU(6.0)(batch_norm()(outputs))
        for n_filters in self.filters:
            for unit in range(self.units):
                outputs = self._inverted_residual(layers, outputs, n_filters, 1 if unit else 2)
        outputs = layers.GlobalAveragePooling2D()(outputs)
        outputs = layers.Dropout(self.dropout)(outputs)
        outputs = layers.Dense(n_classes, activation="softmax", dtype="float32")(outputs)
        return keras.Model(pixels, outputs)

    def _inverted_residual(self, layers, inputs, n_filters, strides):
        wide = self.expansion * inputs.shape[-1]
        outputs = layers.Conv2D(wide, 1, use_bias=False)(inputs)
        outputs = layers.ReLU(6.0)(batch_norm()(outputs))
        outputs = layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(outputs)
        outputs = layers.ReLU(6.0)(batch_norm()(outputs))
        outputs = batch_norm()(layers.Conv2D(n_filters, 1, use_bias=False)(outputs))
        return layers.Add()([inputs, outputs]) if outputs.shape == inputs.shape else outputs
