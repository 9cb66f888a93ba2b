"""EfficientNet-B0, with random or pretrained weights, frozen and then fine-tuned."""

import numpy as np

from skemotion.models._backend import import_keras
from skemotion.models._declare import network
from skemotion.models._transfer import TransferClassifier

_DEVIATIONS = (0.229, 0.224, 0.225)  # of ImageNet, red, green, blue


@network
class EfficientNetClassifier(TransferClassifier):
    """EfficientNet-B0 for grey or colour images, its base frozen, fine-tuned or new.

    Grey images are repeated into three channels, ones below 32 pixels are enlarged and its own
    preprocessing is applied, all inside the network. While the base is frozen and nothing is
    augmented, its outputs are computed once a fit, not once an epoch. Batch normalisation in the
    base keeps what it was trained with, in both phases. A base that starts at random is never
    frozen.

    Parameters
    ----------
    weights : str, path-like or None, default=None
        ``"imagenet"`` lets Keras download the weights trained on ImageNet; a path names a file of
        weights, ``.weights.h5`` or ``.h5``, of Keras' EfficientNetB0 without top; with None the
        base starts at random, and both phases train all of it.
    last_layer : str or None, default=None
        Name of the last layer of the base that is kept, such as
        ``'block3b_add'``; None means all. Small images need no deep base.
    fine_tune_epochs : int, default=0
        Number of epochs of a second phase, in which a part of the base is trained too.
    fine_tune_from : str or None, default='block6a_expand_conv'
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
    VGG16Classifier : A larger, simpler base.
    MobileNetClassifier : A smaller base.

    Notes
    -----
    `X` holds pixels from 0 to 255: leave `Rescale` out. With grey images of 48 x 48
    pixels and 7 classes it has 4,379,299 parameters, 4,049,564 of them in the base.

    References
    ----------
    .. [1] M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
       Networks", ICML 2019. https://arxiv.org/abs/1905.11946

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import EfficientNetClassifier
    >>> faces = np.zeros((8, 48, 48), dtype="uint8")
    >>> faces[::2] = 255
    >>> classifier = EfficientNetClassifier(
    ...     last_layer="stem_activation",
    ...     dense_units=8,
    ...     dropout=0.0,
    ...     epochs=10,
    ...     learning_rate=0.01,
    ...     random_state=1,
    ... )
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _application = "EfficientNetB0"
    fine_tune_from: str | None = "block6a_expand_conv"

    def _prepare(self, base, pixels):
        """Scale pixels by the numbers in the base, whose own layers do not survive copying."""
        keras = import_keras()
        normalisation = next(
            layer for layer in base.layers if isinstance(layer, keras.layers.Normalization)
        )
        mean, variance = (np.ravel(values) for values in normalisation.get_weights()[:2])
        # Keras' file for ImageNet holds deviations in the place of variances
        spread = variance if np.allclose(variance, _DEVIATIONS, atol=1e-3) else np.sqrt(variance)
        scaled = keras.layers.Rescaling(
            (1 / (255 * spread)).tolist(), offset=(-mean / spread).tolist()
        )
        return scaled(pixels), base.get_layer("stem_conv_pad").input
