"""What results depend on, as text and hashes that are the same in every process."""

import inspect
import json
import os
import sys
from contextlib import suppress
from functools import cache, partial
from hashlib import blake2b, file_digest
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import joblib
import numpy as np

_SIZE = 16  # bytes: two results in 10**19 would collide
_LIBRARIES = ("numpy", "scipy", "soxr", "soundfile", "opencv-python-headless", "pillow", "av",
              "onnxruntime")  # fmt: skip
_WITHOUT_EFFECT = {"cache", "n_jobs", "verbose", "checkpoint"}  # parameters that change no result


def hash_array(array):
    """Return a hash of the values, shape and type of an array.

    Parameters
    ----------
    array : array-like
        Of any shape.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> from skemotion._describe import hash_array
    >>> hash_array([1, 2]) == hash_array([1, 2]), hash_array([1, 2]) == hash_array([[1, 2]])
    (True, False)
    """
    return digest_array(np.asarray(array)).hex()


def describe_parameters(estimator):
    """Return the parameters of an estimator as text that is the same in every process.

    Estimators and other objects stand with their class and their own parameters, and recording
    steps with what else they depend on; functions with their qualified name, arrays with their
    hash. `n_jobs`, `verbose` and `checkpoint`, which change no result, are left out, and so is the
    `memory` of a pipeline.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    str
        JSON with sorted keys.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skemotion._describe import describe_parameters
    >>> describe_parameters(GaussianNB())
    '{"class": "sklearn.naive_bayes.GaussianNB", "priors": null, "var_smoothing": 1e-09}'
    """
    return json.dumps(describe(estimator), sort_keys=True)


def digest_recording(recording):
    """Return a hash of the content of one recording.

    Parameters
    ----------
    recording : path-like, bytes, binary file object or ndarray
        Files are read; file objects are left at the position they had.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    if isinstance(recording, str | os.PathLike):
        with open(recording, "rb") as file:
            return file_digest(file, new_digest).digest()
    if hasattr(recording, "read"):
        start = recording.tell()
        content = recording.read()
        recording.seek(start)
        return new_digest(content).digest()
    if isinstance(recording, bytes | bytearray | memoryview):
        return new_digest(recording).digest()
    return digest_array(np.asarray(recording))


def digest_array(array):
    """Return a hash of the values, shape and type of an array, as bytes."""
    digest = new_digest(f"{array.dtype.str}{array.shape}".encode())
    if array.dtype == object:
        digest.update(json.dumps(describe(array.tolist()), sort_keys=True).encode())
    else:
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    return digest.digest()


def new_digest(data=b""):
    """Return the hash object that all hashes are made with."""
    return blake2b(data, digest_size=_SIZE)


def describe(value, depth=0):
    """Return `value` as what JSON can hold, without anything that differs between processes."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    deeper = partial(describe, depth=depth + 1)
    if isinstance(value, np.ndarray):
        return {"array": hash_array(value), "shape": list(value.shape)}
    if isinstance(value, dict):
        return {str(name): deeper(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple | range):
        return [deeper(item) for item in value]
    if isinstance(value, partial):
        return {"call": [deeper(part) for part in (value.func, value.args, value.keywords)]}
    if inspect.isroutine(value) or isinstance(value, type):
        return _describe_callable(value)
    if isinstance(value, os.PathLike | bytes):
        return str(value)
    return _describe_object(value, deeper, depth)


def _describe_callable(value):
    name = f"{value.__module__}.{value.__qualname__}"
    code = getattr(value, "__code__", None)
    if code is None or "<" not in name:
        return name
    # all lambdas of a function share one name
    constants = [item for item in code.co_consts if not inspect.iscode(item)]
    text = f"{code.co_code.hex()}{code.co_names}{constants}"
    return f"{name}#{new_digest(text.encode()).hexdigest()[:8]}"


def _describe_object(value, deeper, depth):
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if hasattr(value, "get_params") and not isinstance(value, type):
        parameters = value.get_params(deep=False)
        beside = value.depends_on() if hasattr(value, "depends_on") else None
        parameters |= {} if beside is None else {"depends_on": beside}
    elif depth < 8 and hasattr(value, "__dict__"):
        parameters = vars(value)
    else:
        return {"class": name, "content": joblib.hash(value)}
    return {"class": name} | {
        key: deeper(item)
        for key, item in parameters.items()
        if key not in _WITHOUT_EFFECT and not (key == "memory" and hasattr(value, "steps"))
    }


@cache
def code_version(cls):
    """Return a hash of the code that a class and its bases come from.

    It takes in all modules in the folders of theirs, so that a change of a function beside the
    class counts, and the versions of the libraries that decode and compute.

    Parameters
    ----------
    cls : type
        A class.

    Returns
    -------
    str or None
        None where there are no files, as for a class that was typed into an interpreter.
    """
    folders = set()
    for base in cls.__mro__:
        package = base.__module__.partition(".")[0]
        if package in ("builtins", "abc", "sklearn"):
            continue
        file = getattr(sys.modules.get(base.__module__), "__file__", None)
        if file is None:
            return None
        folders.add(Path(file).parent if "." in base.__module__ else Path(file))
    digest = new_digest()
    for folder in sorted(folders):
        for path in sorted(folder.glob("*.py")) if folder.is_dir() else [folder]:
            digest.update(path.name.encode() + path.read_bytes())
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()
