"""Turn a fitted network into a fast function, which networks of one architecture share."""

import json
import re
import threading
from collections import OrderedDict
from functools import cache
from importlib import import_module

import numpy as np

from skemotion.models._backend import (
    import_keras,
    import_quietly,
    keras_warnings_ignored,
    name_backend,
    state_variables,
)

_CHUNK = 256  # samples a call: enough to keep the cores busy, little memory
_MOST_KEPT, _MOST_WEIGHTS = 8, 40_000_000  # what was compiled and is kept, and its weights
_SHARED, _LOCK = OrderedDict(), threading.Lock()


def make_forward(model):
    """Return a fast function from a batch to the outputs of `model`.

    It takes batches of any size, and answers one sample some 50 times faster than
    ``model.predict``. Networks of one architecture are run by what was compiled for the first of
    them; with JAX each has its own.

    Parameters
    ----------
    model : keras.Model
        A network with one input and one output.

    Returns
    -------
    callable
        Maps an ndarray of shape (n_samples, ...) to an ndarray of dtype float32, in chunks.
    """
    bound = cache(lambda: _bind(model))

    def forward(X):
        run = bound()
        starts = range(0, len(X), _CHUNK)
        outputs = [run(X[start : start + _CHUNK].astype(np.float32)) for start in starts]
        return np.concatenate(outputs).astype(np.float32, copy=False)

    return forward


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
    text = re.sub(r'"([^"\\]+)"(?!:)|"[^"]*":', lambda found: numbers.get(found[1], found[0]), text)
    return re.sub(r'("seed": )\d+', r"\g<1>0", text)


def _bind(model):
    """Return what maps a batch to outputs by a compiled function and the weights of `model`."""
    if name_backend() == "torch":
        return _bind_torch(model)
    return _bind_jax(model) if name_backend() == "jax" else _bind_tensorflow(model)


def _bind_torch(model):
    torch = import_module("torch")

    def run(batch):
        with torch.inference_mode():
            return model(batch, training=False).cpu().numpy()

    return run


def _bind_jax(model):
    variables = state_variables(model)
    trained = {id(variable) for variable in model.trainable_variables}

    @import_module("jax").jit
    def function(states, batch):
        split = {True: [], False: []}
        for variable, state in zip(variables, states, strict=True):
            split[id(variable) in trained].append(state)
        return model.stateless_call(split[True], split[False], batch, training=False)[0]

    def run(batch):
        states = [variable.value for variable in variables]
        # JAX compiles for each size: few sizes, the rest of a batch is thrown away
        padded = np.zeros((1 << (len(batch) - 1).bit_length(), *batch.shape[1:]), batch.dtype)
        padded[: len(batch)] = batch
        return import_keras().ops.convert_to_numpy(function(states, padded))[: len(batch)]

    return run


def _bind_tensorflow(model):
    tf = import_quietly("tensorflow")
    function, places = _compiled_for(model)
    handles = function.captured_inputs
    if places is not None:
        variables = state_variables(model)
        handles = [variables[place].value.handle for place in places]
    # the bare operation: a function's own call takes apart and checks what is known to be right,
    # which takes as long as a small network
    call, outputs = tf.raw_ops.StatefulPartitionedCall, [function.output_dtypes]

    def run(batch):
        return call(args=[tf.constant(batch), *handles], Tout=outputs, f=function)[0].numpy()

    return run


def _compiled_for(model):
    """Return a function for networks like `model`, and the places of what it takes beside a batch.

    Places are positions among the variables of a network; None where the function is for `model`
    alone.
    """
    key = describe_architecture(model)
    if key is None:
        return _compile(model), None
    with _LOCK:
        if key not in _SHARED:
            function = _compile(model)
            variables = state_variables(model)
            known = {id(variable.value.handle): n for n, variable in enumerate(variables)}
            places = [known.get(id(handle)) for handle in function.captured_inputs]
            if None in places:  # it has taken in more than its description and its variables tell
                return function, None
            _SHARED[key] = function, places, model.count_params()
        _SHARED.move_to_end(key)
        forget_oldest(_SHARED, lambda kept: kept[2])
        function, places, _ = _SHARED[key]
    return function, places


def _compile(model):
    tf = import_quietly("tensorflow")
    signature = [tf.TensorSpec(model.input_shape, tf.float32)]
    function = tf.function(
        lambda batch: model(batch, training=False), input_signature=signature, autograph=False
    )
    return function.get_concrete_function()
