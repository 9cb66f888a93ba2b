"""Search spaces: checked, suggested from, and converted for scikit-learn's own searches."""

from difflib import get_close_matches

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)


def check_space(space, estimator):
    """Refuse a search space that is empty, holds no distributions or names no parameters.

    Parameters
    ----------
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        Parameter -> distribution.
    estimator : estimator
        Whose parameters they must be.

    Raises
    ------
    ValueError
        If there is nothing to search, or a parameter does not exist.
    TypeError
        If a value is no distribution.
    """
    if not isinstance(space, dict) or not space:
        raise ValueError(
            f"Expected a search space to be a dict of parameter -> distribution, got {space!r}. "
            "For instance {'svc__C': optuna.distributions.FloatDistribution(0.1, 100, log=True)}."
        )
    known = estimator.get_params()
    for name, distribution in space.items():
        if name not in known:
            close = get_close_matches(str(name), known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else "See its get_params()."
            raise ValueError(
                f"Expected the search space to name parameters of the estimator, got {name!r}. "
                f"{hint}"
            )
        if not isinstance(distribution, BaseDistribution):
            raise TypeError(
                f"Expected {name!r} to have a distribution of optuna.distributions, got "
                f"{distribution!r}. Choices are CategoricalDistribution([...])."
            )


def suggest(trial, space):
    """Let a trial choose a value for each parameter.

    Parameters
    ----------
    trial : optuna.trial.Trial
        The trial.
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        Parameter -> distribution.

    Returns
    -------
    dict
        Parameter -> value.
    """
    return {name: _suggest(trial, name, values) for name, values in space.items()}


def _suggest(trial, name, values):
    if isinstance(values, CategoricalDistribution):
        return trial.suggest_categorical(name, values.choices)
    suggest_number = (
        trial.suggest_int if isinstance(values, IntDistribution) else trial.suggest_float
    )
    return suggest_number(name, values.low, values.high, step=values.step, log=values.log)


def to_scipy(space):
    """Convert a search space for :class:`~sklearn.model_selection.RandomizedSearchCV`.

    Parameters
    ----------
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        Parameter -> distribution, such as :meth:`Model.search_space` returns.

    Returns
    -------
    dict
        Parameter -> distribution of :mod:`scipy.stats`, or list where the values are counted:
        choices, and numbers with a step.

    Raises
    ------
    TypeError
        If a distribution is of an unknown kind.

    See Also
    --------
    to_grid : The same for searches over grids.

    Examples
    --------
    >>> from optuna.distributions import CategoricalDistribution, FloatDistribution
    >>> from skemotion.tuning import to_scipy
    >>> space = {"C": FloatDistribution(0.1, 100, log=True), "kernel":
    ...          CategoricalDistribution(["rbf", "linear"])}
    >>> to_scipy(space)["kernel"]
    ['rbf', 'linear']
    >>> to_scipy(space)["C"].support()
    (np.float64(0.1), np.float64(100.0))
    """
    return {name: _to_scipy(name, values) for name, values in space.items()}


def to_grid(space, n=3):
    """Convert a search space for :class:`~sklearn.model_selection.GridSearchCV` and its kin.

    Parameters
    ----------
    space : dict of str to :class:`optuna.distributions.BaseDistribution`
        Parameter -> distribution, such as :meth:`Model.search_space` returns.
    n : int, default=3
        Number of values of a range, from end to end: evenly, or evenly on a logarithmic scale
        where the distribution is logarithmic. Fewer where a range of whole numbers or steps has
        fewer. All choices are kept.

    Returns
    -------
    dict of str to list
        Parameter -> values.

    Raises
    ------
    TypeError
        If a distribution is of an unknown kind.
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> from optuna.distributions import FloatDistribution, IntDistribution
    >>> from skemotion.tuning import to_grid
    >>> to_grid({"C": FloatDistribution(0.1, 10, log=True), "degree": IntDistribution(1, 2)})
    {'C': [0.1, 1.0, 10.0], 'degree': [1, 2]}
    """
    if n < 1:
        raise ValueError(f"Expected n to be 1 or more, got {n!r}. 3 is a start.")
    return {name: _to_values(name, values, n) for name, values in space.items()}


def _to_scipy(name, values):
    from scipy import stats

    counted = _counted(name, values)
    if counted is not None:
        return counted
    if isinstance(values, IntDistribution):
        if values.log:
            return stats.randint(values.low, values.high + 1) if values.low < 1 else _LogInt(values)
        return stats.randint(values.low, values.high + 1)
    if values.log:
        return stats.loguniform(values.low, values.high)
    return stats.uniform(values.low, values.high - values.low)


class _LogInt:
    """Whole numbers, evenly on a logarithmic scale, as scikit-learn's samplers ask for them."""

    def __init__(self, values):
        self.low, self.high = values.low, values.high

    def rvs(self, size=None, random_state=None):
        from scipy import stats

        drawn = stats.loguniform.rvs(
            self.low - 0.5, self.high + 0.5, size=size, random_state=random_state
        )
        drawn = np.clip(np.rint(drawn).astype(int), self.low, self.high)
        return drawn if size is not None else int(drawn)


def _counted(name, values):
    """Return the values of a distribution that has so many and no more; None of a range."""
    if isinstance(values, CategoricalDistribution):
        return list(values.choices)
    if not isinstance(values, FloatDistribution | IntDistribution):
        raise TypeError(
            f"Expected {name!r} to have a float, int or categorical distribution of "
            f"optuna.distributions, got {values!r}. Use one of the three."
        )
    if values.step is None or (values.step == 1 and isinstance(values, IntDistribution)):
        return None
    n_steps = int(np.floor((values.high - values.low) / values.step + 1e-9))
    return [values.low + k * values.step for k in range(n_steps + 1)]


def _to_values(name, values, n):
    counted = _counted(name, values)
    if isinstance(values, CategoricalDistribution):
        return counted
    if counted is not None:
        places = np.unique(np.rint(np.linspace(0, len(counted) - 1, min(n, len(counted)))))
        return [counted[int(place)] for place in places]
    spaced = np.geomspace if values.log else np.linspace
    if n == 1:
        middle = (
            np.sqrt(values.low * values.high) if values.log else np.mean([values.low, values.high])
        )
        points = np.array([middle])
    else:
        points = spaced(values.low, values.high, n)
    if isinstance(values, IntDistribution):
        return np.unique(np.rint(points).astype(int)).tolist()
    return points.tolist()
