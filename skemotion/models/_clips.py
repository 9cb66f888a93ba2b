"""The base of the networks for clips: every frame through one encoder, padding hidden."""

from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion.image import ImageAugmenter
from skemotion.models import _sequences
from skemotion.models._backend import import_keras
from skemotion.models._declare import Sizes, network, positional
from skemotion.models._images import batch_norm, to_images
from skemotion.models._neural import NeuralClassifier


@network
class ClipClassifier(NeuralClassifier):
    """Base of the networks for clips.

    Parameters
    ----------
    filters : tuple of int, default=(16, 32, 64)
        Number of filters of each convolution of the encoder of frames.
    units : int, default=64
        Number of values that a frame is encoded to.
    dropout : float, default=0.3
        Dropout rate, in [0, 1).
    mask_value : float, default=0.0
        Value of all pixels of padded frames.
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "filters": [Sizes()],
        "units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "mask_value": [Real],
    }

    filters: tuple = positional((16, 32, 64))
    units: int = 64
    dropout: float = 0.3
    mask_value: float = 0.0

    def default_augmenter(self):
        """Return what ``augment=True`` varies clips with, all frames of a clip alike.

        Returns
        -------
        ImageAugmenter
        """
        return ImageAugmenter(value_range=(0.0, 255.0))

    def _encode_frames(self, input_shape):
        """Return a network's input, its encoded frames, and their mask.

        The convolutions look at one frame at a time.
        """
        keras = import_keras()
        layers = keras.layers
        clips = keras.Input(input_shape)
        flat = layers.Reshape((-1, int(np.prod(input_shape[1:]))))(clips)
        mask = _sequences.make_mask(flat, self.mask_value)
        seen = layers.Reshape((-1, 1, 1))(mask)
        x = layers.Rescaling(1 / 255)(clips)
        for n_filters in self.filters:
            x = layers.Conv3D(n_filters, (1, 3, 3), padding="same", use_bias=False)(x)
            x = layers.MaxPooling3D((1, 2, 2), padding="same")(x)
            x = _sequences.hide(layers.ReLU()(batch_norm()(x, mask=seen)), mask)
        x = layers.Reshape((-1, int(np.prod(x.shape[2:]))))(x)
        x = layers.Dense(self.units)(_sequences.drop(x, self.dropout))
        return clips, _sequences.hide(layers.LayerNormalization()(x), mask), mask

    def _to_samples(self, X):
        if X.ndim == 2:
            return to_images(X)[:, np.newaxis]
        if X.ndim == 4:
            X = X[..., np.newaxis]
        if X.ndim != 5:
            raise ValueError(
                "Expected clips of shape (n_samples, n_frames, height, width[, n_channels]), got "
                f"an array of shape {X.shape}. ReadVideo makes such clips."
            )
        return X

    def _shape_of(self, samples):
        n_frames, *frame = samples.shape[1:]
        return (1 if n_frames == 1 else None, *frame)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # on tables of small numbers, which are no pixels
        return tags
