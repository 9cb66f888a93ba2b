"""A VGG-style network for small faces."""

from skemotion.models._declare import network, positional
from skemotion.models.cnn import CNNClassifier


@network
class VGGClassifier(CNNClassifier):
    """VGG-style network for small faces, of the kind that reaches 73 % on FER2013 [1]_.

    Four blocks of two 3 x 3 convolutions, each with batch normalisation, and a pooling; two wide
    dense layers with dropout, and a softmax. It wants a GPU, strong augmentation and patience: the
    paper trains 300 epochs with SGD, Nesterov's momentum of 0.9, a learning rate of 0.01 that falls
    on plateaus, and weight decay of 1e-4, as the recipe ``face-vgg`` does.

    Parameters
    ----------
    filters : tuple of int, default=(64, 128, 256, 512)
        Number of filters of each block.
    convolutions : int, default=2
        Number of convolutions of each block.
    batch_norm : bool, default=True
        Normalise over the batch after each convolution.
    global_pooling : bool, default=False
        Give the dense layers the mean of each filter over the image, not all its values: far fewer
        weights.
    dense_units : int or tuple of int, default=(4096, 4096)
        Sizes of the dense layers; () for none.
    dropout : float, default=0.2
        Dropout rate before and after each dense layer, in [0, 1).
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
    VGG16Classifier : The original, deeper one, with pretrained weights.
    ResNetClassifier : A network that can be trained without a GPU.

    Notes
    -----
    `X` holds images as for :class:`CNNClassifier`.

    For grey images of 48 x 48 pixels and 7 classes it has 40,378,439 parameters. The paper
    averages over ten crops of 40 x 40 pixels, trained on such crops; here whole images are shifted
    by the augmentation and averaged over the mirror image.

    References
    ----------
    .. [1] Y. Khaireddin, Z. Chen, "Facial Emotion Recognition: State of the Art Performance on
       FER2013", 2021. https://arxiv.org/abs/2105.03588

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import VGGClassifier
    >>> faces = np.random.default_rng(0).random((8, 12, 12))
    >>> faces[::2, :6] += 1
    >>> classifier = VGGClassifier(
    ...     (4,), dense_units=(8,), learning_rate=0.01, epochs=20, random_state=0
    ... )
    >>> classifier.fit(faces, ["happy", "sad"] * 4).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    filters: tuple = positional((64, 128, 256, 512))
    convolutions: int = 2
    batch_norm: bool = True
    dense_units: int | tuple = (4096, 4096)
    dropout: float = 0.2
    average_flip: bool = True
