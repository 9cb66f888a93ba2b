"""What recipes with networks share: a front end and a network, and what to search in it."""

from abc import abstractmethod

from sklearn.pipeline import make_pipeline

from skemotion.models.base import Model


class NetworkModel(Model):
    """A recipe that ends in a network."""

    def pipeline(self):
        """Return the unfitted pipeline.

        Returns
        -------
        :class:`~sklearn.pipeline.Pipeline`
        """
        return make_pipeline(*self._front(), self._network())

    @abstractmethod
    def _front(self):
        """Return the steps from recordings to what the network takes."""

    @abstractmethod
    def _network(self):
        """Return the network."""

    def search_space(self):
        """Return the learning rate, the dropout rate, the batch size and the augmentation.

        Returns
        -------
        dict of str to :class:`optuna.distributions.BaseDistribution`
        """
        return network_space(type(self._network()).__name__.lower())


def network_space(step):
    """Return the learning rate, the dropout rate, the batch size and the augmentation.

    Parameters
    ----------
    step : str
        Name of the network in its pipeline.

    Returns
    -------
    dict of str to :class:`optuna.distributions.BaseDistribution`
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    return {
        f"{step}__learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
        f"{step}__dropout": FloatDistribution(0.0, 0.6),
        f"{step}__batch_size": CategoricalDistribution([16, 32, 64]),
        f"{step}__augment": CategoricalDistribution([False, True]),
    }
