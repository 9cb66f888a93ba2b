"""Declare a network's parameters once: what a constructor takes is what the class lists."""

from dataclasses import dataclass, field
from numbers import Integral
from typing import dataclass_transform

from skemotion._compat import Options


class Sizes(Options):
    """Constraint of a parameter that lists the sizes of layers.

    Parameters
    ----------
    at_least : int, default=0
        Number of layers that a network needs.

    Examples
    --------
    >>> Sizes().is_satisfied_by((64, 32)), Sizes().is_satisfied_by((64, 0.5))
    (True, False)
    """

    def __init__(self, at_least=0):
        super().__init__(object, set())
        self._at_least = at_least

    def is_satisfied_by(self, val):
        """Return whether `val` is a tuple or list of positive integers that is long enough."""
        return (
            isinstance(val, (tuple, list))
            and len(val) >= self._at_least
            and all(isinstance(size, Integral) and size > 0 for size in val)
        )

    def __str__(self):
        sizes = "one positive int a layer"
        return f"a tuple or list of {sizes}{', not empty' if self._at_least else ''}"


def positional(default):
    """Return the default of a parameter that may be given without its name.

    Parameters
    ----------
    default : object
        An immutable value.

    Returns
    -------
    dataclasses.Field
    """
    return field(default=default, kw_only=False)


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(positional,))
def network(cls):
    """Give a class a constructor that takes its annotated parameters and its parent's.

    The constructor only assigns, and its signature is explicit, as scikit-learn wants it.

    Parameters
    ----------
    cls : type
        A sub-class of :class:`~skemotion.NeuralClassifier`.

    Returns
    -------
    type
        The same class.

    Examples
    --------
    >>> import inspect
    >>> from skemotion.models import CNNClassifier
    >>> next(iter(inspect.signature(CNNClassifier).parameters))
    'filters'
    """
    return dataclass(kw_only=True, eq=False, repr=False)(cls)
