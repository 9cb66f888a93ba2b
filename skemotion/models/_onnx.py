"""Load a network from an ONNX file, and feed it one recording."""

import os
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from skemotion._optional import import_extra

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
_FLOATS = ("tensor(float)", "tensor(float16)", "tensor(double)")
_FATAL = 4  # the only messages that ONNX Runtime writes to standard error: it raises the others
_CODES = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
_NOWHERE = os.devnull  # where weights outside the file would be looked for


def file_hash(path):
    """Return the SHA-256 of a file, computed anew only where the file changed.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected model to be an ONNX file, got {str(path)!r}, which is no file. Check the "
            "path."
        )
    facts = path.stat()
    return _hash(str(path.absolute()), facts.st_size, facts.st_mtime_ns, facts.st_ino)


@lru_cache(maxsize=64)
def _hash(path, size, changed, inode):
    return sha256(Path(path).read_bytes()).hexdigest()


class Network:
    """A network that takes one recording at a time.

    What is pickled is how to load it. In each process it is loaded once, on first use.

    Parameters
    ----------
    path : str
        The ONNX file.
    digest : str
        Its SHA-256; another file at the same place is refused.
    n_threads : int
        Threads inside the network.
    """

    def __init__(self, path, digest, n_threads):
        self.path = path
        self.digest = digest
        self.n_threads = n_threads

    @property
    def session(self):
        """Return ONNX Runtime's session."""
        return _load(self.path, self.digest, self.n_threads, os.getpid())

    def find_input(self, name):
        """Return the input that takes the recordings.

        Parameters
        ----------
        name : str or None
            Its name; None means the first.

        Returns
        -------
        :class:`onnxruntime.NodeArg`
        """
        inputs = self.session.get_inputs()
        found = inputs[0] if name is None else _find(inputs, name, "input_name", self.path)
        if found.type not in _FLOATS:
            raise ValueError(
                f"Expected the input {found.name!r} of {self.path} to take floating point numbers, "
                f"got {found.type}. Export a network that takes waveforms or pictures."
            )
        for one in inputs:
            if one.name != found.name and not _is_mask(one) and not _is_length(one):
                names = ", ".join(repr(each.name) for each in inputs)
                raise ValueError(
                    f"Expected {self.path} to take recordings, masks and lengths only, got the "
                    f"inputs {names}. Export the network without {one.name!r}, or set input_name."
                )
        return found

    def find_outputs(self, name):
        """Return the names of the outputs to read.

        Parameters
        ----------
        name : str, list of str or None
            None means the first.

        Returns
        -------
        list of str
        """
        outputs = self.session.get_outputs()
        if name is None:
            return [outputs[0].name]
        names = [name] if isinstance(name, str) else list(name)
        return [_find(outputs, one, "output_name", self.path).name for one in names]

    def run(self, batch, name, output_names):
        """Run the network.

        Parameters
        ----------
        batch : ndarray
            What the input takes.
        name : str
            Name of the input. Others are fed where their name tells what they are: masks that leave
            nothing out, and lengths.
        output_names : list of str
            Outputs to return.

        Returns
        -------
        list of ndarray

        Raises
        ------
        ValueError
            If the network cannot take it, or answers NaN.
        """
        fed = {}
        for one in self.session.get_inputs():
            numbers = batch
            if one.name != name:
                numbers = np.ones(batch.shape[:2]) if _is_mask(one) else batch.shape[-1:]
            fed[one.name] = np.asarray(numbers, TYPES.get(one.type))
        try:
            outputs = self.session.run(output_names, fed)
        except Exception as error:
            raise ValueError(
                f"the network cannot take an input of shape {batch.shape} ({find_reason(error)}). "
                "Check the parameters against its inputs"
            ) from error
        if not all(np.isfinite(output).all() for output in outputs):
            raise ValueError("the network answers NaN or infinite values")
        return outputs


def _is_mask(node):
    return "mask" in node.name.lower()


def _is_length(node):
    return "len" in node.name.lower()


def _find(nodes, name, parameter, path):
    for node in nodes:
        if node.name == name:
            return node
    names = ", ".join(repr(node.name) for node in nodes)
    raise ValueError(
        f"Expected {parameter} to be one of {names}, which {path} has, got {name!r}. Choose one of "
        "them."
    )


@lru_cache(maxsize=4)
def _load(path, digest, n_threads, process):
    content = Path(path).read_bytes()  # what is run is what was hashed
    if sha256(content).hexdigest() != digest:
        raise ValueError(f"The file {path} changed while it was in use. Fit again.")
    return open_session(content, n_threads, f"the network {path}")


def import_runtime():
    """Import ONNX Runtime, and keep it to itself.

    From 1.29 on, its official builds for Linux report the names and hashes of networks to their
    maker, and keep a database for that in the user's home, unless told otherwise [1]_.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If the extra ``onnx`` is not installed.

    References
    ----------
    .. [1] https://github.com/kibae/onnxruntime-server/releases/tag/v1.29.0
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    runtime = import_extra("onnxruntime", extra="onnx")
    runtime.disable_telemetry_events()  # where someone imported it before
    return runtime


def open_session(content, n_threads, name):
    """Open a network from its bytes; nothing outside of them is read.

    Parameters
    ----------
    content : bytes
        An ONNX file.
    n_threads : int
        Threads inside the network. Between calls they sleep.
    name : str
        What an error calls it.

    Returns
    -------
    onnxruntime.InferenceSession

    Raises
    ------
    ValueError
        If it is no network, or keeps its weights in other files.
    """
    runtime = import_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", _NOWHERE
    )
    try:
        session = runtime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
        if not session.get_inputs() or not session.get_outputs():
            raise ValueError("it has no input or no output")
        return session
    except Exception as error:
        raise ValueError(
            f"Cannot load {name}: {find_reason(error)}. Export it again as ONNX, with its "
            "weights in the same file."
        ) from error


def find_reason(error):
    """Return what ONNX Runtime says, without its codes.

    Parameters
    ----------
    error : Exception
        What it raised.

    Returns
    -------
    str
    """
    first = f"{error}".partition("\n")[0]
    return _CODES.sub("", first).rstrip(".") or type(error).__name__
