"""The base of the networks that were trained on other pictures."""

from difflib import get_close_matches
from functools import partial
from numbers import Integral, Real
from pathlib import Path

from skemotion._compat import Interval
from skemotion.image import ImageAugmenter
from skemotion.models._backend import import_keras
from skemotion.models._declare import network, positional
from skemotion.models._images import ImageClassifier, follow_soon, without_flip
from skemotion.models._training import Phase

_SMALLEST = 32  # pixels a side: five times halved, one is left
_BASE, _FEATURES = "base", "features"  # names of layers


@network
class TransferClassifier(ImageClassifier):
    """Base of the networks that Keras brings along, with a new head.

    Parameters
    ----------
    weights : str, path-like or None, default=None
        ``"imagenet"``, a file of weights, or None for random ones, with which both phases train
        all of the base, its batch normalisation too.
    last_layer : str or None, default=None
        Name of the last layer of the base that is kept; None means all.
    fine_tune_epochs : int, default=0
        Number of epochs of a second phase, in which a part of the base is trained too.
    fine_tune_from : str or None, default=None
        Name of the first layer of that part; None means all of the base.
    fine_tune_learning_rate : float, default=1e-5
        Learning rate of the second phase.
    dense_units : int, default=256
        Size of the dense layer.
    dropout : float, default=0.5
        Dropout rate after the dense layer, in [0, 1).
    """

    _parameter_constraints = {
        **ImageClassifier._parameter_constraints,
        "weights": [str, Path, None],
        "last_layer": [str, None],
        "fine_tune_epochs": [Interval(Integral, 0, None, closed="left")],
        "fine_tune_from": [str, None],
        "fine_tune_learning_rate": [Interval(Real, 0, None, closed="neither")],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    weights: str | Path | None = positional(None)
    last_layer: str | None = None
    fine_tune_epochs: int = 0
    fine_tune_from: str | None = None
    fine_tune_learning_rate: float = 1e-5
    dense_units: int = 256
    dropout: float = 0.5

    _application = ""  # name in keras.applications

    def _prepare(self, base, pixels):
        """Return pixels in RGB as the base takes them, and where in the base they go in."""
        return pixels, base.input

    def _pool(self, maps):
        """Return the features of an image, made of the maps that the base gives."""
        return import_keras().layers.GlobalAveragePooling2D(name=_FEATURES)(maps)

    def build(self, input_shape, n_classes):
        """Build the network, not compiled, its base frozen unless it starts at random.

        Parameters
        ----------
        input_shape : tuple of int
            Height, width and number of channels.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model
            Maps pixels to probabilities.
        """
        keras = import_keras()
        layers = keras.layers
        pixels = keras.Input(input_shape)
        height, width = (max(side, _SMALLEST) for side in input_shape[:2])
        outputs = pixels
        if (height, width) != tuple(input_shape[:2]):
            outputs = layers.Resizing(height, width)(outputs)
        if input_shape[2] == 1:
            outputs = layers.Concatenate()([outputs] * 3)
        base = self._load_base((height, width, 3))
        outputs, start = self._prepare(base, outputs)
        end = base.output if self.last_layer is None else self._find(base, "last_layer").output
        base = keras.Model(start, end, name=_BASE)
        if self.fine_tune_epochs and self.fine_tune_from is not None:
            self._find(base, "fine_tune_from")
        base.trainable = self.weights is None
        outputs = self._pool(base(outputs))
        outputs = layers.Dense(self.dense_units, activation="relu")(outputs)
        outputs = layers.Dropout(self.dropout)(outputs)
        outputs = layers.Dense(n_classes, activation="softmax", dtype="float32")(outputs)
        return keras.Model(pixels, outputs)

    def _find(self, base, parameter):
        name = getattr(self, parameter)
        names = [layer.name for layer in base.layers if type(layer).__name__ != "InputLayer"]
        if name not in names:
            near = get_close_matches(name, names, n=5, cutoff=0)
            raise ValueError(
                f"Expected {parameter} to name one of the {len(names)} layers of the base, got "
                f"{name!r}. Write for instance {' or '.join(map(repr, near))}."
            )
        return base.get_layer(name)

    def _load_base(self, input_shape):
        make = getattr(import_keras().applications, self._application)
        make = partial(make, include_top=False, input_shape=input_shape)
        if self.weights is None:
            base = make(weights=None)
            follow_soon(base)
            return base
        if self.weights == "imagenet":
            return make(weights="imagenet")
        path = str(self.weights)
        if not Path(path).is_file():
            raise FileNotFoundError(
                f"Expected weights to be 'imagenet', None or a file, got {path!r}, "
                "which is not a file. Check the path."
            )
        try:
            return make(weights=path)
        except (ValueError, OSError) as error:
            name = self._application
            raise ValueError(
                f"Expected {path!r} to hold the weights of Keras' {name} without top, it does "
                f"not: {str(error).rstrip('.')}. Save them with "
                f"keras.applications.{name}(include_top=False).save_weights(...)."
            ) from error

    def _phases(self, model):
        yield Phase(self.epochs, self.learning_rate)
        if self.fine_tune_epochs:
            if self.weights is not None:
                self._unfreeze(without_flip(model).get_layer(_BASE))
            yield Phase(self.fine_tune_epochs, self.fine_tune_learning_rate)

    def _unfreeze(self, base):
        """Make the base trainable from one layer on, but for its batch normalisation.

        A few small batches would spoil the averages that it was trained with.
        """
        fixed = import_keras().layers.BatchNormalization
        names = [layer.name for layer in base.layers]
        first = 0 if self.fine_tune_from is None else names.index(self.fine_tune_from)
        base.trainable = True
        for number, layer in enumerate(base.layers):
            layer.trainable = number >= first and not isinstance(layer, fixed)

    def _split_frozen(self, model):
        model = without_flip(model)
        if self.augment or model.get_layer(_BASE).trainable_weights:
            return None, model
        keras = import_keras()
        features = model.get_layer(_FEATURES)
        head = model.layers[model.layers.index(features) + 1 :]
        frozen = keras.Model(model.input, features.output)
        return frozen, keras.Sequential([keras.Input(features.output.shape[1:]), *head])

    def default_augmenter(self):
        """Return what ``augment=True`` varies images with.

        Returns
        -------
        ImageAugmenter
        """
        return ImageAugmenter(value_range=(0.0, 255.0))

    def _to_samples(self, X):
        images = super()._to_samples(X)
        if images.shape[3] not in (1, 3):
            raise ValueError(
                f"Expected grey or RGB images with 1 or 3 channels, got an array of shape "
                f"{X.shape}. Choose channels first."
            )
        return images

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # on tables of small numbers, which are no pixels
        return tags
