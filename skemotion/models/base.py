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


class ConfiguredModel(Model):
    """A model with other parameters, under a label of its own.

    Parameters
    ----------
    model : Model
        The recipe.
    label : str
        Name in results.
    params : dict
        Parameters of the recipe's pipeline.

    Examples
    --------
    >>> from skemotion import load_model
    >>> from skemotion.models.base import ConfiguredModel
    >>> soft = ConfiguredModel(load_model("voice-svm"), "voice-svm-soft", {"svc__C": 0.1})
    >>> soft.pipeline().get_params()["svc__C"]
    0.1
    """

    def __init__(self, model, label, params):
        self.name = label
        self.modality = model.modality
        self.description = model.description
        self.source = model.source
        self._model = model
        self._params = params

    def pipeline(self):
        """Return the recipe's pipeline with the parameters set.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`

        Raises
        ------
        ValueError
            If a parameter does not exist.
        """
        return self._model.pipeline().set_params(**self._params)

    def search_space(self):
        """Return the recipe's search space without the parameters that are set.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        space = self._model.search_space()
        return {name: values for name, values in space.items() if name not in self._params}
