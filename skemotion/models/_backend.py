"""Import Keras without noise, and turn a fitted network into a fast function."""

import logging
import os
import sys
import tempfile
import warnings
from contextlib import contextmanager
from functools import cache
from importlib import import_module

import numpy as np

_CHUNK = 256  # samples a call: enough to keep the cores busy, little memory


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
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_held():
        return import_module(module)


def import_keras():
    """Import Keras without TensorFlow's start-up messages.

    Returns
    -------
    module
    """
    return import_quietly("keras")


def compile_model(model, optimizer, learning_rate, label_smoothing):
    """Compile `model`, and create at once all the variables that training needs.

    Keras creates them inside the compiled training step, which is then traced twice.

    Parameters
    ----------
    model : keras.Model
        A network with class probabilities as its output.
    optimizer : str
        Name of a Keras optimizer.
    learning_rate : float
        Its learning rate.
    label_smoothing : float
        Share of the targets that is spread evenly over the classes.
    """
    keras = import_keras()
    settings = {"class_name": optimizer, "config": {"learning_rate": learning_rate}}
    try:
        chosen = keras.optimizers.get(settings)
    except ValueError as error:
        raise ValueError(
            f"Expected optimizer to name a Keras optimizer, got {optimizer!r}. "
            "Use for instance 'adam' or 'sgd'."
        ) from error
    model.compile(
        chosen,
        keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing),
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    blank = keras.ops.ones((1, model.output_shape[-1]))
    model.compute_loss(None, blank, blank, None)
    model.compute_metrics(None, blank, blank, None)
    model.reset_metrics()


def make_forward(model):
    """Return a compiled function from a batch to the outputs of `model`.

    It takes batches of any size without compiling again, and answers one sample some 30 times
    faster than ``model.predict``.

    Parameters
    ----------
    model : keras.Model
        A network with one input and one output.

    Returns
    -------
    callable
        Maps an ndarray of shape (n_samples, ...) to an ndarray of dtype float32, in chunks.
    """
    compiled = _compile(model)

    def forward(X):
        chunks = (X[start : start + _CHUNK] for start in range(0, len(X), _CHUNK))
        return np.concatenate([compiled(chunk.astype(np.float32)) for chunk in chunks])

    return forward


def _compile(model):
    keras = import_keras()
    if keras.backend.backend() != "tensorflow":
        return lambda batch: keras.ops.convert_to_numpy(model(batch, training=False))
    import tensorflow as tf

    signature = [tf.TensorSpec(model.input_shape, tf.float32)]
    function = tf.function(
        lambda batch: model(batch, training=False), input_signature=signature, autograph=False
    )
    compiled = cache(function.get_concrete_function)  # at the first prediction, not before
    return lambda batch: compiled()(tf.constant(batch)).numpy()


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
