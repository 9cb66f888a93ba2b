"""Run exported classifiers: only NumPy and the runtime of the file are imported."""

import threading
from contextlib import nullcontext

import numpy as np

from skemotion._optional import import_extra
from skemotion.models._backend import stderr_held
from skemotion.models._onnx import TYPES, find_reason, open_session

PROBABILITIES, LABELS = "probabilities", "labels"  # names of the outputs of our graphs
_CHUNK = 256  # samples a call


class OnnxGraph:
    """A classifier as an ONNX file, opened.

    Its output `probabilities`, or else the first output of floating point numbers with two axes,
    has one column a class; its output `labels` holds the numbers of the classes, where they do not
    follow from the probabilities. Calls from several threads at once are fine.

    Parameters
    ----------
    content : bytes
        The file, with its weights in it.
    n_threads : int, default=1
        Threads inside the network.

    Attributes
    ----------
    input_shape : tuple of (int or None)
        Shape of one sample; None where any length goes.
    n_classes : int or None
        Number of columns of the probabilities; None until it has answered where the file does not
        say it.
    has_probabilities : bool
        Whether it has them; False where there are only labels.
    decides : bool
        Whether it has labels.
    """

    def __init__(self, content, n_threads=1):
        self._session = open_session(content, n_threads, "the network")
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or inputs[0].type not in TYPES:
            raise ValueError(
                f"Expected a network with one input of numbers, got "
                f"{', '.join(f'{one.name!r} of {one.type}' for one in inputs)}. "
                "Export a classifier that takes one array."
            )
        self._name, self._dtype = inputs[0].name, TYPES[inputs[0].type]
        self.input_shape = _free(inputs[0].shape[1:])
        self._size = 1 if inputs[0].shape[:1] == [1] else _CHUNK
        found = [one for one in outputs if one.name == PROBABILITIES] or [
            one for one in outputs if "float" in one.type and len(one.shape) == 2
        ]
        self._probabilities = found[0].name if found else None
        self.decides = any(one.name == LABELS for one in outputs)
        if not (found or self.decides):
            names = ", ".join(f"{one.name!r} of shape {one.shape}" for one in outputs)
            raise ValueError(
                f"Expected a network with one column of probabilities a class, got {names}. "
                "Export a classifier."
            )
        self.has_probabilities = bool(found)
        self.n_classes = next(iter(_free(found[0].shape[1:])), None) if found else None

    def predict_proba(self, samples):
        """Compute the probability of each class.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, ...)
            Samples.

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_classes)
        """
        return self._keep(*self._run([self._probabilities], samples))

    def decide(self, samples):
        """Return the number of the class of each sample.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, ...)
            Samples.

        Returns
        -------
        ndarray of int of shape (n_samples,)
        """
        if not self.decides:
            return self.predict_proba(samples).argmax(axis=1)
        return self._run([LABELS], samples)[0]

    def answer(self, samples):
        """Return what :meth:`decide` and :meth:`predict_proba` do, computed together.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, ...)
            Samples.

        Returns
        -------
        decided : ndarray of int of shape (n_samples,)
            Numbers of the classes.
        shares : ndarray of float32 of shape (n_samples, n_classes) or None
            Probabilities, where the network has them.
        """
        if not self.decides:
            shares = self.predict_proba(samples)
            return shares.argmax(axis=1), shares
        if not self.has_probabilities:
            return self.decide(samples), None
        decided, shares = self._run([LABELS, self._probabilities], samples)
        return decided, self._keep(shares)

    def _keep(self, shares):
        self.n_classes = shares.shape[1]
        return shares.astype(np.float32, copy=False)

    def _run(self, outputs, samples):
        samples = samples.astype(self._dtype, copy=False)
        try:
            answers = [
                self._session.run(outputs, {self._name: samples[start : start + self._size]})
                for start in range(0, len(samples), self._size)
            ]
            if len(answers) == 1:
                return answers[0]
            return [np.concatenate(parts) for parts in zip(*answers, strict=True)]
        except Exception as error:  # ONNX Runtime raises a class for each of its codes
            raise ValueError(
                f"The network cannot take samples of shape {samples.shape[1:]}: "
                f"{find_reason(error)}. Give it what it was exported for."
            ) from error


class LiteRTGraph:
    """A classifier as a LiteRT file, opened.

    Calls from several threads wait for each other.

    Parameters
    ----------
    content : bytes
        The file.
    n_threads : int, default=1
        Threads inside the network.

    Attributes
    ----------
    input_shape : tuple of (int or None)
        Shape of one sample; None where any length goes.
    n_classes : int
        Number of columns of the probabilities.
    has_probabilities : bool
        True.
    decides : bool
        False: the class is the most probable one.
    """

    has_probabilities, decides = True, False
    _greeted = False  # whether this process has heard which delegate LiteRT uses

    def __init__(self, content, n_threads=1):
        self._runtime = import_extra("ai_edge_litert.interpreter", extra="litert")
        self._content, self._n_threads = content, n_threads
        self._lock = threading.Lock()
        self._single = self._open()
        self._many = None
        taken, made = self._single.get_input_details(), self._single.get_output_details()
        if len(taken) != 1 or len(made) != 1 or len(made[0]["shape"]) != 2:
            raise ValueError(
                f"Expected a network with one input and one column of probabilities a class, got "
                f"{len(taken)} inputs and outputs of shape "
                f"{[one['shape'].tolist() for one in made]}. Export a classifier."
            )
        if any(end["quantization"][0] for end in (*taken, *made)):
            raise ValueError(
                f"Expected a network that takes and answers plain numbers, got scaled ones of "
                f"{taken[0]['dtype'].__name__} and {made[0]['dtype'].__name__}. Convert it with "
                "float32 as the types of its input and output; inside it may compute in 8 bits."
            )
        signature = taken[0]["shape_signature"].tolist()
        self._one_by_one = signature[0] == 1
        self._dtype = taken[0]["dtype"]
        self._taken, self._made = taken[0]["index"], made[0]["index"]
        self.input_shape = _free(signature[1:])
        self.n_classes = int(made[0]["shape"][1])

    def predict_proba(self, samples):
        """Compute the probability of each class.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, ...)
            Samples.

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_classes)
        """
        samples = samples.astype(self._dtype, copy=False)
        size = 1 if self._one_by_one else min(len(samples), _CHUNK)
        quiet = nullcontext() if LiteRTGraph._greeted else stderr_held()
        with self._lock, quiet:
            LiteRTGraph._greeted = True
            if len(samples) == 1 or self._one_by_one:
                network = self._single
            else:  # another interpreter, for single samples not to change shapes back and forth
                network = self._many = self._many or self._open()
            outputs = [
                self._invoke(network, samples[start : start + size])
                for start in range(0, len(samples), size)
            ]
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def decide(self, samples):
        """Return the number of the most probable class of each sample.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, ...)
            Samples.

        Returns
        -------
        ndarray of int of shape (n_samples,)
        """
        return self.predict_proba(samples).argmax(axis=1)

    def answer(self, samples):
        """Return what :meth:`decide` and :meth:`predict_proba` do, computed once.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, ...)
            Samples.

        Returns
        -------
        decided : ndarray of int of shape (n_samples,)
            Numbers of the classes.
        shares : ndarray of float32 of shape (n_samples, n_classes)
            Probabilities.
        """
        shares = self.predict_proba(samples)
        return shares.argmax(axis=1), shares

    def _open(self):
        try:
            return self._runtime.Interpreter(
                model_content=self._content, num_threads=self._n_threads
            )
        except (ValueError, RuntimeError) as error:
            raise ValueError(
                f"Cannot load the network: {str(error).rstrip('.')}. Export it again for LiteRT."
            ) from error

    def _invoke(self, network, samples):
        try:
            if getattr(network, "_taken_shape", None) != samples.shape:
                network._taken_shape = None
                network.resize_tensor_input(self._taken, samples.shape)
                network.allocate_tensors()
                network._taken_shape = samples.shape
            network.set_tensor(self._taken, samples)
            network.invoke()
            return network.get_tensor(self._made)
        except (ValueError, RuntimeError) as error:
            raise ValueError(
                f"The network cannot take samples of shape {samples.shape[1:]}: "
                f"{str(error).rstrip('.')}. Give it what it was exported for."
            ) from error


def add_axes(X, expected):
    """Return `X` with the axes that networks for pictures and sequences add themselves.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        Samples.
    expected : tuple of (int or None)
        Shape of one sample as a network takes it.

    Returns
    -------
    ndarray
        `X` itself where nothing is missing, or something else is wrong with it.
    """
    missing = len(expected) + 1 - X.ndim
    if missing < 1:
        return X
    if missing == 1 and expected[-1] == 1:
        return X[..., np.newaxis]
    if X.ndim == 2:
        shape = tuple(size or 1 for size in expected)
        if np.prod(shape) == X.shape[1]:
            return X.reshape(len(X), *shape)
    return X


def _free(shape):
    """Return a shape with None for what has a name or is -1."""
    return tuple(size if isinstance(size, int) and size > 0 else None for size in shape)
