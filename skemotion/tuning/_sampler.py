"""A sampler that is seeded anew for each trial, so that a resumed search goes on the same."""

import numpy as np
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import TrialState

from skemotion.tuning._trials import is_lost


class SeededSampler(BaseSampler):
    """Sample with a fresh sampler a trial, seeded by the number of the trial.

    Samplers of Optuna keep the state of their generator in memory: one that is made anew after an
    interruption repeats what it drew at the start. Here trial 7 draws the same whether or not the
    search was interrupted before it, and in whichever process.

    Parameters
    ----------
    make : callable, default=TPESampler
        Takes ``seed=`` and returns a sampler; a class of :mod:`optuna.samplers`, for instance.
    random_state : int, default=0
        What the seeds are made of, together with the number of the trial.
    """

    def __init__(self, make=TPESampler, random_state=0):
        self.make = make
        self.random_state = random_state
        self._sampler = make(seed=random_state)

    def before_trial(self, study, trial):
        """Make the sampler of this trial; trials that were lost and tried again do not count."""
        failed = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
        number = trial.number - sum(is_lost(other) for other in failed)
        seed = np.random.SeedSequence([self.random_state, max(number, 0)]).generate_state(1)
        self._sampler = self.make(seed=int(seed[0]))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study, trial):
        """Ask the sampler of this trial."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(self, study, trial, search_space):
        """Ask the sampler of this trial."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(self, study, trial, param_name, param_distribution):
        """Ask the sampler of this trial."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study, trial, state, values):
        """Tell the sampler of this trial."""
        self._sampler.after_trial(study, trial, state, values)


def make_sampler(sampler, random_state):
    """Return the sampler for what a user gave.

    Parameters
    ----------
    sampler : BaseSampler, callable or None
        A sampler is taken as it is; a class or a function that takes ``seed=`` is called for each
        trial; None means :class:`~optuna.samplers.TPESampler`.
    random_state : int
        For those that are made here.

    Returns
    -------
    BaseSampler
    """
    if isinstance(sampler, BaseSampler):
        return sampler
    if sampler is not None and not callable(sampler):
        raise TypeError(
            f"Expected a sampler of optuna.samplers, or its class, got {sampler!r}. "
            "For instance optuna.samplers.TPESampler."
        )
    return SeededSampler(TPESampler if sampler is None else sampler, random_state)
