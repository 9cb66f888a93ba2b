"""Seed what Keras draws from a generator of the process: PyTorch's, on that back end alone.

On the others, dropout draws from variables of the network, whose seeds come from Python's
generator when the network is built.
"""

from contextlib import contextmanager
from importlib import import_module

import numpy as np

from skemotion.models._backend import name_backend


@contextmanager
def generators_kept():
    """Leave the generators of PyTorch as they were, where Keras runs on it."""
    if name_backend() != "torch":
        yield
        return
    with import_module("torch").random.fork_rng():
        yield


def seed_epoch(seed, epoch):
    """Seed what is drawn in an epoch: a fit that goes on there draws what it would have drawn.

    Parameters
    ----------
    seed : int
        Seed of the fit.
    epoch : int
        Number of the epoch, from 0.
    """
    if name_backend() == "torch":
        (state,) = np.random.SeedSequence((seed, epoch)).generate_state(1)
        import_module("torch").manual_seed(int(state))
