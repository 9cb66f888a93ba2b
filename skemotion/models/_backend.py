"""Import Keras without noise, and turn a fitted network into a fast function."""

import json
import logging
import os
import re
import sys
import tempfile
import threading
import warnings
from collections import OrderedDict
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import count

import numpy as np

_CHUNK = 256  # samples a call: enough to keep the cores busy, little memory
_SHARED_CALLS = 4  # calls of a network before a function is compiled for it alone
_MOST_SHARED, _MOST_WEIGHTS = 8, 40_000_000  # functions that are kept, weights of their networks
_SHARED, _LOCK = OrderedDict(), threading.Lock()


def import_quietly(module):
    """Import `module`, Keras or what imports it, without TensorFlow's start-up messages.

    Parameters
    ----------
    module : str
        Name of the module.

    Returns
    -------
    module
    """
    logging.getLogger("tensorflow").addFilter(_is_not_about_retracing)
    if "tensorflow" in sys.modules or sys.stderr is None:
        return import_module(module)
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "1") == "1":  # JAX sets it to 1 when it is imported
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if "OMP_NUM_THREADS" in os.environ:  # joblib's share of the cores for this process
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", os.environ["OMP_NUM_THREADS"])
    with _stderr_held():
        return import_module(module)


def import_keras():
    """Import Keras without TensorFlow's start-up messages.

    Returns
    -------
    module
    """
    return import_quietly("keras")


def compile_model(
    model,
    *,
    optimizer,
    optimizer_params,
    learning_rate,
    gradient_accumulation,
    loss,
    focal_gamma,
    label_smoothing,
):
    """Compile `model`, and create at once all the variables that training needs.

    Keras creates them inside the compiled training step, which is then traced twice.

    Parameters
    ----------
    model : keras.Model
        A network with class probabilities as its output, or with what `loss` takes.
    optimizer : str
        Name of a Keras optimizer.
    optimizer_params : dict or None
        Further parameters of it.
    learning_rate : float
        Its learning rate.
    gradient_accumulation : int
        Number of batches a step.
    loss : {"crossentropy", "focal"} or callable
        What is minimised. A callable maps targets and outputs to one number a row; the accuracy is
        then not measured.
    focal_gamma : float
        Focusing parameter of the focal loss.
    label_smoothing : float
        Share of the targets that is spread evenly over the classes.
    """
    keras = import_keras()
    config = {"learning_rate": learning_rate, **(optimizer_params or {})}
    if gradient_accumulation > 1:
        config["gradient_accumulation_steps"] = gradient_accumulation
    try:
        chosen = keras.optimizers.get({"class_name": optimizer, "config": config})
    except (ValueError, TypeError) as error:
        raise ValueError(
            "Expected optimizer to name a Keras optimizer and optimizer_params to be parameters of "
            f"it, got {optimizer!r} and {optimizer_params!r}. Use for instance 'adam', or 'sgd' "
            "with {'momentum': 0.9, 'nesterov': True}."
        ) from error
    if callable(loss):
        minimised = loss
    elif loss == "focal":
        minimised = keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=focal_gamma, label_smoothing=label_smoothing
        )
    else:
        minimised = keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)
    model.compile(chosen, minimised, metrics=None if callable(loss) else ["accuracy"])
    model.optimizer.build(model.trainable_variables)
    blank = keras.ops.ones((1, model.output_shape[-1]))
    model.compute_loss(None, blank, blank, None)
    model.compute_metrics(None, blank, blank, None)
    model.reset_metrics()


def state_variables(model):
    """Return all that a network has learned and drawn: weights and random states.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    list of keras.Variable
        The same order for copies of one network, compiled or not.
    """
    measured = {id(variable) for metric in model.metrics for variable in metric.variables}
    return [variable for variable in model.variables if id(variable) not in measured]


@contextmanager
def precision(name):
    """Build networks that compute in less than 32 bits.

    Parameters
    ----------
    name : {"float32", "mixed_bfloat16", "mixed_float16", "auto"}
        Policy of Keras; "auto" is mixed_bfloat16 where a GPU is there, float32 elsewhere.
    """
    keras = import_keras()
    before = keras.config.dtype_policy()
    if name == "auto":
        name = "mixed_bfloat16" if _has_gpu(name_backend()) else "float32"
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _has_gpu(backend):
    if backend == "tensorflow":
        return bool(import_quietly("tensorflow").config.list_physical_devices("GPU"))
    if backend == "torch":
        return import_module("torch").cuda.is_available()
    return import_module("jax").default_backend() == "gpu"


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
        while len(_SHARED) > 1 and (
            len(_SHARED) > _MOST_SHARED
            or sum(n_weights for _, n_weights in _SHARED.values()) > _MOST_WEIGHTS
        ):
            _SHARED.popitem(last=False)
        function, _ = _SHARED[key]
    return _bind(function, model)


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


def name_backend():
    """Return the name of the back end that Keras runs on.

    Returns
    -------
    {"tensorflow", "jax", "torch"}
    """
    return import_keras().backend.backend()


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


def model_to_bytes(model):
    """Write a Keras model in the ``.keras`` format.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    bytes
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with keras_warnings_ignored():
            model.save(path)
        with open(path, "rb") as file:
            return file.read()


def model_from_bytes(data):
    """Read a Keras model from the ``.keras`` format.

    Parameters
    ----------
    data : bytes
        What :func:`model_to_bytes` returned.

    Returns
    -------
    keras.Model
    """
    keras = import_keras()
    import_module("skemotion.models._keras_layers")  # makes our layers known to Keras
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(data)
        with keras_warnings_ignored():
            return keras.saving.load_model(path)


@contextmanager
def keras_warnings_ignored():
    """Ignore the warning that Keras' way of converting variables will end with a later NumPy."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        yield


def _is_not_about_retracing(record):
    # each fit builds and compiles its own network, which TensorFlow takes for a mistake
    return "triggered tf.function retracing" not in record.getMessage()


@contextmanager
def _stderr_held():
    # TensorFlow's C++ code writes to the descriptor before it reads any log level
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
