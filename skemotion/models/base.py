"""The base of every model: a named pipeline recipe."""

from abc import ABC, abstractmethod
from typing import ClassVar

from skemotion.plugins import MODELS


class Model(ABC):
    """A named recipe: facts as class attributes, a pipeline, and what to search over.

    Attributes
    ----------
    name : str
        Its name in the registry.
    modality : {"voice", "face", "video"}
        What recordings the pipeline takes.
    description : str
        One line for lists and reports.
    source : str
        Where the recipe comes from.
    """

    name: ClassVar[str] = ""
    modality: ClassVar[str] = ""
    description: ClassVar[str] = ""
    source: ClassVar[str] = ""

    @abstractmethod
    def pipeline(self):
        """Return the unfitted pipeline, from recordings to emotions.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """

    def search_space(self):
        """Return what is worth searching.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
            Parameter of the pipeline -> distribution.
        """
        return {}


def load_model(name):
    """Return the model called `name`.

    Parameters
    ----------
    name : str
        A name of :func:`~skemotion.list_models`.

    Returns
    -------
    Model

    Examples
    --------
    >>> from skemotion import load_model
    >>> load_model("voice-svm").modality
    'voice'
    """
    return MODELS.load(name)()
