"""Declare a network's parameters once: what a constructor takes is what the class lists."""

from dataclasses import dataclass, field
from typing import dataclass_transform


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
