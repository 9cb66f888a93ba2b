"""A Transformer over the frames of a clip."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._backend import import_keras
from skemotion.models._clips import ClipClassifier
from skemotion.models._declare import network


@network
class VideoTransformerClassifier(ClipClassifier):
    """Transformer over the frames of a clip, such as those of a face.

    A small convolutional network encodes each frame; a Transformer relates the frames to one
    another [1]_; attention pools them [2]_; a softmax follows. Frames of nothing but `mask_value`
    are left out.

    Parameters
    ----------
    filters : tuple of int, default=(16, 32, 64)
        Number of filters of each convolution of the encoder of frames, each followed by a pooling
        that halves height and width.
    units : int, default=64
        Number of values that a frame is encoded to.
    n_blocks : int, default=2
        Number of blocks of the Transformer.
    n_heads : int, default=4
        Number of heads of its attention.
    attention_units : int, default=32
        Size of the hidden layer of the attention that pools.
    dropout : float, default=0.3
        Dropout rate, in [0, 1).
    mask_value : float, default=0.0
        Value of all pixels of padded frames.
    **training
        Parameters of training, by keyword: see :class:`NeuralClassifier`. With ``augment=True``
        clips vary as :class:`ImageAugmenter` does, all frames of one alike.

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
    input_shape_ : tuple
        None, for any number of frames, or 1 for single frames; height, width, number of channels.

    See Also
    --------
    ReadVideo : Reads videos into clips.
    FaceTrack : Cuts the face out of clips.
    PadClips : Brings clips of different lengths to one, with padding.
    VideoTCNClassifier : Convolutions over time in place of the Transformer.

    Notes
    -----
    `X` holds pixels from 0 to 255, of shape (n_samples, n_frames, height, width[, n_channels]);
    leave `Rescale` out. The number of frames at prediction may differ from that at training, and
    padding does not change a prediction. Flat rows are taken as clips of one frame.

    For grey frames of 48 x 48 pixels and 7 classes it has 241,367 parameters.

    References
    ----------
    .. [1] A. Vaswani et al., "Attention Is All You Need", NIPS 2017.
       https://arxiv.org/abs/1706.03762
    .. [2] K. Okabe, T. Koshinaka, K. Shinoda, "Attentive Statistics Pooling for Deep Speaker
       Embedding", Interspeech 2018.
    .. [3] Z. Zhao, Q. Liu, "Former-DFER: Dynamic Facial Expression Recognition Transformer", ACM
       Multimedia 2021: convolutions for frames and a Transformer over time, in a larger form.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import VideoTransformerClassifier
    >>> clips = np.full((8, 4, 8, 8), 20, dtype="uint8")
    >>> clips[::2, 2:] = 200  # some grow bright, some dark
    >>> clips[1::2, :2] = 200
    >>> classifier = VideoTransformerClassifier(
    ...     (4,), units=8, n_blocks=1, learning_rate=0.01, epochs=30, random_state=0
    ... )
    >>> classifier.fit(clips, ["happy", "sad"] * 4).predict(clips[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **ClipClassifier._parameter_constraints,
        "n_blocks": [Interval(Integral, 1, None, closed="left")],
        "n_heads": [Interval(Integral, 1, None, closed="left")],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    n_blocks: int = 2
    n_heads: int = 4
    attention_units: int = 32

    def build(self, input_shape, n_classes):
        """Build the network, not compiled.

        Parameters
        ----------
        input_shape : tuple
            Number of frames, or None, height, width and number of channels.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model
            Maps clips to probabilities.
        """
        clips, x, mask = self._encode_frames(input_shape)
        x = _sequences.hide(_sequences.add_positions(x), mask)
        for _ in range(self.n_blocks):
            x = self._relate(x, mask)
        x = _sequences.hide(import_keras().layers.LayerNormalization()(x), mask)
        x = _sequences.attend(x, mask, self.attention_units)
        return _sequences.finish(clips, x, n_classes, self.dropout)

    def _relate(self, x, mask):
        """Return `x` after attention to all frames, and after a dense part on each."""
        layers = import_keras().layers
        size = max(1, self.units // self.n_heads)
        attention = layers.MultiHeadAttention(self.n_heads, size, dropout=self.dropout)
        y = layers.LayerNormalization()(x)
        y = attention(y, y, attention_mask=_sequences.attention_mask(mask))
        x = layers.Add()([x, layers.Dropout(self.dropout)(y)])
        y = layers.Dense(2 * self.units, activation="gelu")(layers.LayerNormalization()(x))
        y = layers.Dropout(self.dropout)(layers.Dense(self.units)(y))
        return layers.Add()([x, y])
