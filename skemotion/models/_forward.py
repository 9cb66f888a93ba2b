"""Turn a fitted network into a fast function, which networks of one architecture share."""

import json
import re
import threading
from collections import OrderedDict
from functools import cache
from importlib import import_module
from itertools import count

import numpy as np

from skemotion.models._backend import (
    import_keras,
    import_quietly,
    keras_warnings_ignored,
    name_backend,
    state_variables,
)

_CHUNK = 256  # samples a call: enough to keep the cores busy, little memory
_SHARED_CALLS = 4  # calls of a network before a function is compiled for it alone
_MOST_KEPT, _MOST_WEIGHTS = 8, 40_000_000  # what was compiled and is kept, and its weights
_SHARED, _LOCK = OrderedDict(), threading.Lock()


def make_forward(model):
    """Return a fast function from a batch to the outputs of `model`.

    It takes batches of any size, and answers one sample some 30 times faster than
    ``model.predict``. A network that is asked a few times only, as in cross-validation, is run by
    what was compiled for another of the same architecture; with JAX each is.

    Parameters
    ----------
    model : keras.Model
        A network with one input and one output.

    Returns
    -------
    callable
        Maps an ndarray of shape (n_samples, ...) to an ndarray of dtype float32, in chunks.
    """
    calls = count(1)
    own = cache(lambda: _compile(model))

    def forward(X):
        run = own() if next(calls) > _SHARED_CALLS else shared_forward(model) or own()
        starts = range(0, len(X), _CHUNK)
        outputs = [run(X[start : start + _CHUNK].astype(np.float32)) for start in starts]
        return np.concatenate(outputs).astype(np.float32, copy=False)

    return forward


def shared_forward(model):
    """Return what runs `model` by a function that networks of one architecture share, or None.

    Parameters
    ----------
    model : keras.Model
        A network with one input and one output.

    Returns
    -------
    callable or None
        Maps a batch to outputs; None where the architecture cannot be described.
    """
    key = describe_architecture(model)
    if key is None or import_keras().backend.backend() != "tensorflow":
        return None
    with _LOCK:
        if key not in _SHARED:
            _SHARED[key] = _compile_stateless(model), model.count_params()
        _SHARED.move_to_end(key)
        forget_oldest(_SHARED, lambda kept: kept[1])
        function, _ = _SHARED[key]
    return _bind(function, model)


def forget_oldest(kept, count_weights):
    """Drop what was used longest ago until few networks with not too many weights are left.

    Parameters
    ----------
    kept : OrderedDict
        Each in the order of its last use; the newest stays in any case.
    count_weights : callable
        Returns the number of weights of a value.
    """
    while len(kept) > 1 and (
        len(kept) > _MOST_KEPT or sum(map(count_weights, kept.values())) > _MOST_WEIGHTS
    ):
        kept.popitem(last=False)


def describe_architecture(model):
    """Return text that is the same for networks of one architecture, whatever their weights.

    Parameters
    ----------
    model : keras.Model
        Any network.

    Returns
    -------
    str or None
        None where the network does not say what it is made of, or of others' layers or functions.
    """
    if type(model).__name__ not in ("Sequential", "Functional"):
        return None
    try:
        with keras_warnings_ignored():
            text = json.dumps(model.get_config(), default=repr, sort_keys=True)
    except (RuntimeError, TypeError):
        return None
    modules = set(re.findall(r'"module": "([^"]*)"', text))
    if not all(module.split(".")[0] in ("keras", "skemotion") for module in modules):
        return None  # what others wrote may compute something else under the same description
    # layers are numbered through the whole process, and seeds are part of the state
    names = dict.fromkeys(re.findall(r'"name": "([^"]+)"', text))
    numbers = {name: f'"name {number}"' for number, name in enumerate(names)}
    text = re.sub(r'"([^"\\]+)"', lambda found: numbers.get(found[1], found[0]), text)
    return re.sub(r'("seed": )\d+', r"\g<1>0", text)


def _compile(model):
    if name_backend() == "torch":
        return _run_torch(model)
    if name_backend() == "jax":
        return shared_forward(model) or _bind(_compile_stateless(model), model)
    tf = import_quietly("tensorflow")
    signature = [tf.TensorSpec(model.input_shape, tf.float32)]
    function = tf.function(
        lambda batch: model(batch, training=False), input_signature=signature, autograph=False
    )
    compiled = function.get_concrete_function()
    return lambda batch: compiled(tf.constant(batch)).numpy()


def _run_torch(model):
    torch = import_module("torch")

    def run(batch):
        with torch.inference_mode():
            return model(batch, training=False).cpu().numpy()

    return run


def _bind(function, model):
    """Return what runs `model` by a compiled function from states and a batch to outputs."""
    keras = import_keras()

    def run(batch):
        states = [variable.value for variable in state_variables(model)]
        if name_backend() == "tensorflow":
            return function(states, batch).numpy()
        # JAX compiles for each size: few sizes, the rest of a batch is thrown away
        padded = np.zeros((1 << (len(batch) - 1).bit_length(), *batch.shape[1:]), batch.dtype)
        padded[: len(batch)] = batch
        return keras.ops.convert_to_numpy(function(states, padded))[: len(batch)]

    return run


def _compile_stateless(model):
    variables = state_variables(model)
    trained = {id(variable) for variable in model.trainable_variables}

    def run(states, batch):
        split = {True: [], False: []}
        for variable, state in zip(variables, states, strict=True):
            split[id(variable) in trained].append(state)
        return model.stateless_call(split[True], split[False], batch, training=False)[0]

    if name_backend() == "jax":
        return import_module("jax").jit(run)
    tf = import_quietly("tensorflow")
    signature = [
        [tf.TensorSpec(variable.shape, variable.dtype) for variable in variables],
        tf.TensorSpec(model.input_shape, tf.float32),
    ]
    return tf.function(run, input_signature=signature, autograph=False)
