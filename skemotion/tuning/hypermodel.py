"""Networks written for Keras Tuner, searched by Optuna; Keras Tuner itself is not needed."""

from contextlib import contextmanager

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from skemotion.models import NeuralClassifier
from skemotion.models._backend import import_keras
from skemotion.models._declare import network, positional


class HyperValues:
    """Values of hyperparameters by name, asked for as a Keras Tuner model asks its `hp`.

    What has no value yet takes the default that the model names. It can be set and cloned as an
    estimator can, so that ``hp__units`` is a parameter of the classifier that holds it.

    Parameters
    ----------
    **values
        Hyperparameter -> value.

    Attributes
    ----------
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        What was asked for since it was made.

    Examples
    --------
    >>> from skemotion.tuning.hypermodel import HyperValues
    >>> hp = HyperValues(units=64)
    >>> hp.Int("units", 16, 128, step=16), hp.Boolean("bias")
    (64, False)
    >>> hp.space["units"]
    IntDistribution(high=128, log=False, low=16, step=16)
    """

    def __init__(self, **values):
        self._values = values
        self.space = {}

    def __repr__(self):
        return f"HyperValues({', '.join(f'{k}={v!r}' for k, v in self._values.items())})"

    def get_params(self, deep=True):
        """Return the values by name."""
        return dict(self._values)

    def set_params(self, **params):
        """Set values by name, and return itself."""
        self._values |= params
        return self

    def Int(self, name, min_value, max_value, step=None, sampling="linear", default=None, **_):
        """Return a whole number of a range."""
        log, step = _scale(name, step, sampling)
        values = IntDistribution(min_value, max_value, log=log, step=step or 1)
        return self._ask(name, values, min_value if default is None else default)

    def Float(self, name, min_value, max_value, step=None, sampling="linear", default=None, **_):
        """Return a number of a range."""
        log, step = _scale(name, step, sampling)
        values = FloatDistribution(min_value, max_value, log=log, step=step)
        return self._ask(name, values, float(min_value if default is None else default))

    def Choice(self, name, values, ordered=None, default=None, **_):
        """Return one of some values."""
        first = values[0] if default is None else default
        return self._ask(name, CategoricalDistribution(list(values)), first)

    def Boolean(self, name, default=False, **_):
        """Return True or False."""
        return self._ask(name, CategoricalDistribution([False, True]), default)

    def Fixed(self, name, value, **_):
        """Return the value that is given, which is not searched."""
        return self._values.get(name, value)

    def get(self, name):
        """Return a value that was asked for before."""
        return self._values[name]

    @contextmanager
    def conditional_scope(self, parent_name, parent_values):
        """Take what is asked for inside as any other: it is searched whatever the parent is."""
        yield

    def _ask(self, name, values, default):
        self.space[name] = values
        return self._values.setdefault(name, default)


def _scale(name, step, sampling):
    """Return whether a range is logarithmic, and its step."""
    if sampling not in ("linear", "log") or (sampling == "log" and step not in (None, 1)):
        raise ValueError(
            f"Expected the hyperparameter {name!r} to be sampled linearly, or by logarithm without "
            f"a step, got sampling={sampling!r} and step={step!r}. Change it to one of these."
        )
    return sampling == "log", None if sampling == "log" else step


@network
class HyperModelClassifier(NeuralClassifier):
    """A network written for Keras Tuner, as a neural classifier; made by :func:`from_hypermodel`.

    The network alone is taken: it is trained with this classifier's optimizer, learning rate and
    loss, whatever the hypermodel compiles, so search `learning_rate` here.

    Parameters
    ----------
    hypermodel : callable or object with `build`
        Takes `hp` and returns a Keras model that ends in a softmax. It has its own input shape and
        number of classes, which must be those of the data.
    hp : HyperValues
        Values of its hyperparameters.
    **training
        Parameters of training, by keyword: see :class:`~skemotion.NeuralClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    model_ : keras.Model
        The trained network.
    """

    _parameter_constraints = {
        **NeuralClassifier._parameter_constraints,
        "hypermodel": "no_validation",
        "hp": [HyperValues],
    }

    hypermodel: object = positional(None)
    hp: object = positional(None)

    def build(self, input_shape, n_classes):
        """Build the network, not compiled.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of one sample.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model

        Raises
        ------
        ValueError
            If the hypermodel is made for another shape or another number of classes.
        """
        model = _call(self.hypermodel, HyperValues(**self.hp.get_params()))
        if not model.built:
            model.build((None, *input_shape))
        taken, given = model.input_shape[1:], model.output_shape[1:]
        fits = len(taken) == len(input_shape) and all(
            size in (None, wanted) for size, wanted in zip(taken, input_shape, strict=True)
        )
        if not fits or given != (n_classes,):
            raise ValueError(
                f"Expected a hypermodel from {input_shape} to {n_classes} classes, got one from "
                f"{taken} to {given}. Change its input or its last layer."
            )
        return import_keras().Model(model.inputs, model.outputs)

    def search_space(self, prefix=""):
        """Return what the hypermodel asks for.

        Parameters
        ----------
        prefix : str, default=""
            Where the classifier is in a pipeline, such as ``"hypermodelclassifier__"``.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
            Parameter -> distribution.
        """
        _, space = _ask_all(self.hypermodel)
        return {f"{prefix}hp__{name}": values for name, values in space.items()}


def from_hypermodel(hypermodel, **training):
    """Make a classifier of a hypermodel of Keras Tuner, with its defaults.

    The hypermodel is built with its defaults, and again with all whole numbers at their highest, so
    that what it asks for only then, such as the size of a third layer, is found, too.

    Parameters
    ----------
    hypermodel : callable or object with `build`
        What Keras Tuner takes: a function of `hp`, or a ``HyperModel``.
    **training
        Parameters of :class:`~skemotion.NeuralClassifier`.

    Returns
    -------
    HyperModelClassifier
        Its :meth:`~HyperModelClassifier.search_space` is what the hypermodel asks for.

    Examples
    --------
    >>> from skemotion.tuning import from_hypermodel
    >>> def build(hp):
    ...     from keras import Input, Sequential, layers
    ...     units = hp.Int("units", 4, 16, step=4)
    ...     return Sequential(
    ...         [Input((3,)), layers.Dense(units), layers.Dense(2, activation="softmax")]
    ...     )
    >>> classifier = from_hypermodel(build, epochs=2, random_state=0)
    >>> classifier.search_space()
    {'hp__units': IntDistribution(high=16, log=False, low=4, step=4)}
    >>> classifier.set_params(hp__units=8).hp
    HyperValues(units=8)
    """
    defaults, _ = _ask_all(hypermodel)
    return HyperModelClassifier(hypermodel, HyperValues(**defaults), **training)


def _ask_all(hypermodel):
    """Return the defaults and the distributions of all that a hypermodel asks for."""
    defaults, space, n_known = {}, {}, -1
    while len(space) > n_known:
        n_known = len(space)
        most = {name: d.high for name, d in space.items() if isinstance(d, IntDistribution)}
        asked = HyperValues(**defaults | most)
        _call(hypermodel, asked)
        defaults = asked.get_params() | defaults
        space |= {name: d for name, d in asked.space.items() if name not in space}
    return defaults, space


def _call(hypermodel, hp):
    return hypermodel.build(hp) if hasattr(hypermodel, "build") else hypermodel(hp)
