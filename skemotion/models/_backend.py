"""Import Keras without noise; compile networks, write them down and read them."""

import logging
import os
import sys
import tempfile
import warnings
from contextlib import contextmanager
from importlib import import_module


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
    with stderr_held():
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
    keras.config.set_dtype_policy(name_precision(name))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def name_precision(name):
    """Return the policy of Keras that is meant, also where "auto" leaves it to the device.

    Parameters
    ----------
    name : {"float32", "mixed_bfloat16", "mixed_float16", "auto"}
        As for :func:`precision`.

    Returns
    -------
    str
    """
    if name != "auto":
        return name
    return "mixed_bfloat16" if has_gpu(name_backend()) else "float32"


def has_gpu(backend):
    """Return whether a back end of Keras sees a GPU.

    Parameters
    ----------
    backend : {"tensorflow", "jax", "torch"}
        What :func:`name_backend` returned.

    Returns
    -------
    bool
    """
    if backend == "tensorflow":
        return bool(import_quietly("tensorflow").config.list_physical_devices("GPU"))
    if backend == "torch":
        return import_module("torch").cuda.is_available()
    return import_module("jax").default_backend() == "gpu"


def name_backend():
    """Return the name of the back end that Keras runs on.

    Returns
    -------
    {"tensorflow", "jax", "torch"}
    """
    return import_keras().backend.backend()


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
def stderr_held():
    """Hold back what is written to standard error, and show it if something fails.

    C++ code of TensorFlow writes to the descriptor before it reads any log level.
    """
    if sys.stderr is None:
        yield
        return
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
