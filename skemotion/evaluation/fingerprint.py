"""Fingerprints: what a result depends on, as a short hash."""

import inspect
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b, file_digest

import joblib
import numpy as np
from sklearn.utils.validation import check_consistent_length

from skemotion._recordings import RecordingError

_SIZE = 16  # bytes: two results in 10**19 would collide
_WITHOUT_EFFECT = {"n_jobs", "verbose"}  # parameters that change no result


def dataset_fingerprint(X, y, groups, soft_labels=None, modality=None):
    """Return a hash of the content of a dataset.

    What counts is the content and order of the recordings, their emotions and subjects; where the
    files lie does not.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...) or DataFrame
        Recordings: paths, bytes, binary file objects or arrays.
    y : array-like of str of shape (n_samples,)
        Emotions.
    groups : array-like of str of shape (n_samples,)
        Subjects.
    soft_labels : DataFrame of shape (n_samples, n_classes) or None, default=None
        Shares of the classes; they count if they are there.
    modality : str, default=None
        Strings are paths of files, except with ``"text"`` and in a column of that name: these are
        what the recordings say.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    RecordingError
        If a file cannot be read.

    Examples
    --------
    >>> from skemotion.evaluation import dataset_fingerprint
    >>> len(dataset_fingerprint([b"RIFF", b"fLaC"], ["sad", "happy"], ["a", "b"]))
    32
    """
    check_consistent_length(X, y, groups)
    digest = blake2b(digest_size=_SIZE)
    parts = {name: X[name].to_numpy() for name in X} if hasattr(X, "columns") else {modality: X}
    for name, part in parts.items():
        _add_recordings(digest, part, is_text="text" in (name, modality))
    for labels in (y, groups):
        digest.update(json.dumps(np.asarray(labels).astype(str).tolist()).encode())
    if soft_labels is not None:
        digest.update(json.dumps([str(name) for name in soft_labels]).encode())
        digest.update(_digest_array(soft_labels.to_numpy(dtype=float)))
    return digest.hexdigest()


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
    >>> from skemotion.evaluation.fingerprint import hash_array
    >>> hash_array([1, 2]) == hash_array([1, 2]), hash_array([1, 2]) == hash_array([[1, 2]])
    (True, False)
    """
    return _digest_array(np.asarray(array)).hex()


def describe_parameters(estimator):
    """Return the parameters of an estimator as text that is the same in every process.

    Estimators and other objects stand with their class and their own parameters, functions with
    their qualified name, arrays with their hash. `n_jobs` and `verbose`, which change no result,
    are left out, and so is the `memory` of a pipeline.

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
    >>> from skemotion.evaluation.fingerprint import describe_parameters
    >>> describe_parameters(GaussianNB())
    '{"class": "sklearn.naive_bayes.GaussianNB", "priors": null, "var_smoothing": 1e-09}'
    """
    return json.dumps(_describe(estimator), sort_keys=True)


def result_key(**facts):
    """Return the key of a result from all that it depends on.

    Parameters
    ----------
    **facts : str, int, list or dict
        What the result depends on.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> from skemotion.evaluation.fingerprint import result_key
    >>> result_key(model="a", seed=0) == result_key(seed=0, model="a")
    True
    """
    text = json.dumps(facts, sort_keys=True, default=_describe)
    return blake2b(text.encode(), digest_size=_SIZE).hexdigest()


def _add_recordings(digest, X, is_text):
    array = X if isinstance(X, np.ndarray) else None
    if array is not None and array.dtype.kind not in "OUS":
        digest.update(_digest_array(array))
        return
    recordings = list(X) if array is None else array.tolist()
    if is_text:
        recordings = [item.encode() if isinstance(item, str) else item for item in recordings]
    with ThreadPoolExecutor() as threads:  # hashing and reading release the interpreter lock
        for part in threads.map(_digest_recording, recordings, range(len(recordings))):
            digest.update(part)


def _digest_recording(recording, row):
    if isinstance(recording, str | os.PathLike):
        try:
            with open(recording, "rb") as file:
                return file_digest(file, _new).digest()
        except OSError as error:
            raise RecordingError(
                f"Cannot read {recording} (recording {row}): {error.strerror or error}. "
                "Check that the file is there and that you may read it.",
                str(recording),
                row,
            ) from error
    if hasattr(recording, "read"):
        start = recording.tell()
        content = recording.read()
        recording.seek(start)
        return _new(content).digest()
    if isinstance(recording, bytes | bytearray | memoryview):
        return _new(recording).digest()
    return _digest_array(np.asarray(recording))


def _digest_array(array):
    digest = _new(f"{array.dtype.str}{array.shape}".encode())
    if array.dtype == object:
        digest.update(json.dumps(_describe(array.tolist()), sort_keys=True).encode())
    else:
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    return digest.digest()


def _new(data=b""):
    return blake2b(data, digest_size=_SIZE)


def _describe(value, depth=0):
    """Return `value` as what JSON can hold, without anything that differs between processes."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    deeper = partial(_describe, depth=depth + 1)
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
    return f"{name}#{_new(text.encode()).hexdigest()[:8]}"


def _describe_object(value, deeper, depth):
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if hasattr(value, "get_params") and not isinstance(value, type):
        parameters = value.get_params(deep=False)
    elif depth < 8 and hasattr(value, "__dict__"):
        parameters = vars(value)
    else:
        return {"class": name, "content": joblib.hash(value)}
    return {"class": name} | {
        key: deeper(item)
        for key, item in parameters.items()
        if key not in _WITHOUT_EFFECT and not (key == "memory" and hasattr(value, "steps"))
    }
