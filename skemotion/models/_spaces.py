"""What is worth searching in any network of a recipe."""


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
