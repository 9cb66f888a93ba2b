"""Compile each architecture once: what TensorFlow traced for one fit serves the next."""

import random
from collections import OrderedDict
from contextlib import contextmanager

import numpy as np

from skemotion.models._backend import compile_model, state_variables
from skemotion.models._forward import describe_architecture, forget_oldest

_TRAINERS = OrderedDict()  # key -> trainer, the one used last at the end


@contextmanager
def compiled(model, settings, learning_rate, deterministic, optimizer=None):
    """Lend a compiled network that starts with the weights of `model`, which then has the trained.

    Tracing takes seconds and each traced network leaks megabytes in TensorFlow, so that networks of
    one architecture are trained in one copy of it, after one another. The caller holds the lock on
    training.

    Parameters
    ----------
    model : keras.Model
        A new network, not compiled.
    settings : tuple of (str, object) pairs
        Parameters of :func:`~skemotion.models._backend.compile_model`.
    learning_rate : float
        Learning rate at the start.
    deterministic : bool
        Whether TensorFlow is set to be deterministic, which changes what is traced.
    optimizer : keras.Optimizer, default=None
        That of `model`, which is compiled then: it goes on where it was, and has the state of
        afterwards. None starts one anew.

    Yields
    ------
    keras.Model
    """
    key = describe_architecture(model), repr(settings), deterministic
    trainer = _TRAINERS.pop(key, None) or _Trainer.make(model, settings, learning_rate)
    if trainer is None:  # a network that cannot be copied
        if optimizer is None:
            compile_model(model, learning_rate=learning_rate, **dict(settings))
        yield model
        return
    trainer.start(model, learning_rate)
    if optimizer is not None and not _fit_together(optimizer, trainer.network.optimizer):
        _TRAINERS[key] = trainer
        yield model  # compiled with other parameters than those that are set now
        return
    _assign(optimizer, trainer.network.optimizer)
    try:
        yield trainer.network
    finally:
        _copy(trainer.network, model)
        _assign(trainer.network.optimizer, optimizer)
    # only here after a whole fit: one that was interrupted is not used again
    _TRAINERS[key] = trainer
    forget_oldest(_TRAINERS, lambda trainer: trainer.network.count_params())


class _Trainer:
    def __init__(self, network):
        self.network = network
        self._slots = [_value_or_none(variable) for variable in network.optimizer.variables]

    @classmethod
    def make(cls, model, settings, learning_rate):
        if describe_architecture(model) is None:
            return None
        try:
            with _python_random_kept():  # layers without a seed of their own draw one
                network = type(model).from_config(model.get_config())
        except (RuntimeError, TypeError, ValueError):
            return None
        compile_model(network, learning_rate=learning_rate, **dict(settings))
        return cls(network)

    def start(self, model, learning_rate):
        _copy(model, self.network)
        self.network.stop_training = False
        for variable, value in zip(self.network.optimizer.variables, self._slots, strict=True):
            variable.assign(np.zeros(variable.shape, variable.dtype) if value is None else value)
        self.network.optimizer.learning_rate = learning_rate


@contextmanager
def _python_random_kept():
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def _copy(source, target):
    for ours, theirs in zip(state_variables(target), state_variables(source), strict=True):
        ours.assign(theirs)


def _fit_together(one, other):
    shapes = [[variable.shape for variable in of.variables] for of in (one, other)]
    return type(one) is type(other) and shapes[0] == shapes[1]


def _assign(source, target):
    """Bring an optimizer to where another one is, where there are two."""
    if source is not None and target is not None:
        for theirs, ours in zip(source.variables, target.variables, strict=True):
            ours.assign(theirs)


def _value_or_none(variable):
    value = np.array(variable)
    return value if value.any() else None
