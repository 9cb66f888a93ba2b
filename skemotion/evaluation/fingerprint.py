"""Fingerprints: what a result depends on, as a short hash."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import numpy as np
from sklearn.utils.validation import check_consistent_length

from skemotion._describe import (
    describe,
    digest_array,
    digest_recording,
)
from skemotion._recordings import RecordingError
from skemotion._validation import describe_recording

_SIZE = 16  # bytes: two results in 10**19 would collide


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
        digest.update(digest_array(soft_labels.to_numpy(dtype=float)))
    return digest.hexdigest()


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
    text = json.dumps(facts, sort_keys=True, default=describe)
    return blake2b(text.encode(), digest_size=_SIZE).hexdigest()


def _add_recordings(digest, X, is_text):
    array = X if isinstance(X, np.ndarray) else None
    if array is not None and array.dtype.kind not in "OUS":
        digest.update(digest_array(array))
        return
    recordings = list(X) if array is None else array.tolist()
    if is_text:
        recordings = [item.encode() if isinstance(item, str) else item for item in recordings]
    with ThreadPoolExecutor() as threads:  # hashing and reading release the interpreter lock
        for part in threads.map(_digest, recordings, range(len(recordings))):
            digest.update(part)


def _digest(recording, row):
    try:
        return digest_recording(recording)
    except OSError as error:
        raise RecordingError(
            f"Cannot read {describe_recording(recording)} (recording {row}): "
            f"{error.strerror or error}. Check that the file is there and that you may read it.",
            describe_recording(recording),
            row,
        ) from error
