"""VGG16, with random or pretrained weights, frozen and then fine-tuned."""

from skemotion.models._backend import import_keras
from skemotion.models._declare import network
from skemotion.models._transfer import TransferClassifier

_MEANS = (103.939, 116.779, 123.68)  # of ImageNet, blue, green, red


@network
class VGG16Classifier(TransferClassifier):
    """VGG16 for grey or colour images, its base frozen, fine-tuned or new.

    Grey images are repeated into three channels, ones below 32 pixels are enlarged and VGG16's own
    preprocessing is applied, all inside the network. While the base is frozen and nothing is
    augmented, its outputs are computed once a fit, not once an epoch.

    Parameters
    ----------
    weights : str, path-like or None, default=None
        ``"imagenet"`` lets Keras download the weights trained on ImageNet; a path names a file of
        weights, ``.weights.h5`` or ``.h5``, of Keras' VGG16 without top; with None the
        base starts at random, and both phases train all of it.
    last_layer : str or None, default=None
        Name of the last layer of the base that is kept, such as
        ``'block3_pool'``; None means all. Small images need no deep base.
    fine_tune_epochs : int, default=0
        Number of epochs of a second phase, in which a part of the base is trained too.
    fine_tune_from : str or None, default='block5_conv1'
        Name of the first layer of that part; None means all of the base.
    fine_tune_learning_rate : float, default=1e-5
        Learning rate of the second phase.
    dense_units : int, default=256
        Size of the dense layer.
    dropout : float, default=0.5
        Dropout rate after the dense layer, in [0, 1).
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
        The trained network, from pixels to probabilities.
    history_ : DataFrame with columns `epoch`, `loss`, `accuracy`
        One row an epoch, those of the second phase after those of the first.
    n_epochs_ : int
        Number of epochs trained.
    input_shape_ : tuple of int
        Height, width and number of channels, 1 or 3.

    See Also
    --------
    CNNClassifier : A small network, quick to train from scratch.
    MobileNetClassifier : A base of a fifteenth of the size.

    Notes
    -----
    `X` holds pixels from 0 to 255: leave `Rescale` out. With grey images of 48 x 48
    pixels and 7 classes it has 14,847,815 parameters, 14,714,688 of them in the base.

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
    >>> classifier = VGG16Classifier(
    ...     last_layer="block1_pool", dense_units=8, epochs=5, random_state=0
    ... )
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _application = "VGG16"
    fine_tune_from: str | None = "block5_conv1"

    def _prepare(self, base, pixels):
        keras = import_keras()
        bgr = keras.ops.flip(pixels, axis=-1)
        return keras.layers.Rescaling(1.0, offset=[-mean for mean in _MEANS])(bgr), base.input

    def _pool(self, maps):
        return import_keras().layers.Flatten(name="features")(maps)
