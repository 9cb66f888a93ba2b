"""Dilated convolutions over the frames of a clip."""

from numbers import Integral

from skemotion._compat import Interval
from skemotion.models import _sequences
from skemotion.models._backend import import_keras
from skemotion.models._clips import ClipClassifier
from skemotion.models._declare import network
from skemotion.models._images import batch_norm


@network
class VideoTCNClassifier(ClipClassifier):
    """Convolutions over the frames of a clip, such as those of a face.

    A small convolutional network encodes each frame; residual convolutions over time, each looking
    twice as far as the one before [1]_, relate neighbouring frames; attention pools them [2]_; a
    softmax follows. Frames of nothing but `mask_value` are left out.

    Parameters
    ----------
    filters : tuple of int, default=(16, 32, 64)
        Number of filters of each convolution of the encoder of frames, each followed by a pooling
        that halves height and width.
    units : int, default=64
        Number of values that a frame is encoded to.
    n_blocks : int, default=3
        Number of residual convolutions over time.
    kernel_size : int, default=3
        Number of frames that each convolution looks at.
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
    VideoTransformerClassifier : Relates all frames to one another.

    Notes
    -----
    `X` holds pixels from 0 to 255, of shape (n_samples, n_frames, height, width[, n_channels]);
    leave `Rescale` out. The number of frames at prediction may differ from that at training, and
    padding does not change a prediction. Flat rows are taken as clips of one frame.

    For grey frames of 48 x 48 pixels and 7 classes it has 211,927 parameters.

    References
    ----------
    .. [1] S. Bai, J. Z. Kolter, V. Koltun, "An Empirical Evaluation of Generic Convolutional and
       Recurrent Networks for Sequence Modeling", 2018. https://arxiv.org/abs/1803.01271. Here each
       convolution also sees the frames to come.
    .. [2] K. Okabe, T. Koshinaka, K. Shinoda, "Attentive Statistics Pooling for Deep Speaker
       Embedding", Interspeech 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import VideoTCNClassifier
    >>> clips = np.full((8, 4, 8, 8), 20, dtype="uint8")
    >>> clips[::2, 2:] = 200  # some grow bright, some dark
    >>> clips[1::2, :2] = 200
    >>> classifier = VideoTCNClassifier(
    ...     (4,), units=8, n_blocks=1, learning_rate=0.01, epochs=30, random_state=0
    ... )
    >>> classifier.fit(clips, ["happy", "sad"] * 4).predict(clips[:2])
    array(['happy', 'sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **ClipClassifier._parameter_constraints,
        "n_blocks": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "attention_units": [Interval(Integral, 1, None, closed="left")],
    }

    n_blocks: int = 3
    kernel_size: int = 3
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
        for number in range(self.n_blocks):
            x = self._look_around(x, mask, 2**number)
        x = _sequences.attend(x, mask, self.attention_units)
        return _sequences.finish(clips, x, n_classes, self.dropout)

    def _look_around(self, x, mask, distance):
        """Return `x` after a convolution over frames at multiples of `distance`."""
        layers = import_keras().layers
        convolution = layers.Conv1D(
            self.units, self.kernel_size, dilation_rate=distance, padding="same", use_bias=False
        )
        y = layers.ReLU()(batch_norm()(convolution(x), mask=mask))
        y = _sequences.drop(y, self.dropout)
        return _sequences.hide(layers.Add()([x, y]), mask)
