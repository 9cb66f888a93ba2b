"""Plain convolutional networks for images."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._images import ImageClassifier, batch_norm


@network
class CNNClassifier(ImageClassifier):
    """Plain convolutional network for images.

    Each entry of `filters` is a block of 3 x 3 convolutions and a pooling that halves height and
    width; dense layers, dropout and a softmax follow.

    Parameters
    ----------
    filters : tuple of int, default=(32, 64)
        Number of filters of each block.
    convolutions : int, default=1
        Number of convolutions of each block.
    batch_norm : bool, default=False
        Normalise over the batch after each convolution [1]_: deeper networks need it to learn.
    global_pooling : bool, default=False
        Give the dense layers the mean of each filter over the image, not all its values: far fewer
        weights.
    dense_units : int or tuple of int, default=128
        Sizes of the dense layers; () for none.
    dropout : float, default=0.3
        Dropout rate before and after each dense layer, in [0, 1).
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
    ResNetClassifier : More accurate for what it computes.
    VGG16Classifier : A deeper network, with pretrained weights.

    Notes
    -----
    `X` holds images of shape (n_samples, height, width[, n_channels]). Flat rows are taken as
    square images where their length is a square number, and as columns of pixels otherwise.

    For grey images of 48 x 48 pixels and 7 classes the default has 1,199,495 parameters.

    References
    ----------
    .. [1] S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by
       Reducing Internal Covariate Shift", ICML 2015.

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
        **ImageClassifier._parameter_constraints,
        "filters": [Sizes()],
        "convolutions": [Interval(Integral, 1, None, closed="left")],
        "batch_norm": ["boolean"],
        "global_pooling": ["boolean"],
        "dense_units": [Interval(Integral, 1, None, closed="left"), Sizes()],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    filters: tuple = positional((32, 64))
    convolutions: int = 1
    batch_norm: bool = False
    global_pooling: bool = False
    dense_units: int | tuple = 128
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
        stack = [keras.Input(input_shape)]
        for n_filters in self.filters:
            for _ in range(self.convolutions):
                stack += self._convolution(layers, n_filters)
            stack.append(layers.MaxPooling2D(padding="same"))
        stack.append(layers.GlobalAveragePooling2D() if self.global_pooling else layers.Flatten())
        stack.append(layers.Dropout(self.dropout))
        single = isinstance(self.dense_units, Integral)
        for units in (self.dense_units,) if single else self.dense_units:
            stack.append(layers.Dense(units, activation="relu"))
            stack.append(layers.Dropout(self.dropout))
        stack.append(layers.Dense(n_classes, activation="softmax", dtype="float32"))
        return keras.Sequential(stack)

    def _convolution(self, layers, n_filters):
        if not self.batch_norm:
            return [layers.Conv2D(n_filters, 3, padding="same", activation="relu")]
        return [
            layers.Conv2D(n_filters, 3, padding="same", use_bias=False),
            batch_norm(),
            layers.ReLU(),
        ]
