"""Check what users pass: what was expected, what came, what to do."""

import os
from numbers import Integral

import numpy as np


def check_recordings(X, name="X"):
    """Return `X` as a 1-D array of recordings, or say what is wrong with it.

    Parameters
    ----------
    X : array-like of shape (n_samples,) or (n_samples, 1), or ndarray of shape (n_samples, ...)
        Paths, bytes, binary file objects or decoded arrays, one a recording. The rows of a
        numeric array of two or more dimensions are recordings.
    name : str, default="X"
        What to call it in an error message.

    Returns
    -------
    ndarray of object of shape (n_samples,)

    Raises
    ------
    ValueError
        If `X` is one recording instead of a list of them, is empty, or has the wrong shape.

    Examples
    --------
    >>> from skemotion._validation import check_recordings
    >>> check_recordings(["a.wav", "b.wav"]).shape
    (2,)
    >>> check_recordings("angry.wav")
    Traceback (most recent call last):
    ...
    ValueError: Expected X to be a list of recordings, got the single path 'angry.wav'.
    Write ['angry.wav'].
    """
    if isinstance(X, str | os.PathLike):
        raise ValueError(
            f"Expected {name} to be a list of recordings, got the single path {str(X)!r}. "
            f"Write [{str(X)!r}]."
        )
    if isinstance(X, bytes | bytearray) or hasattr(X, "read"):
        raise ValueError(
            f"Expected {name} to be a list of recordings, got a single {type(X).__name__}. "
            "Put it into a list."
        )
    if hasattr(X, "toarray"):
        raise TypeError(
            f"Expected {name} to be a list of recordings, got a sparse matrix. "
            "Pass a list of paths, bytes or arrays."
        )
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if isinstance(X, np.ndarray):
        recordings = _from_array(X, name)
    else:
        try:
            items = list(X)
        except TypeError:
            raise TypeError(
                f"Expected {name} to be a list of recordings, got {type(X).__name__}. "
                "Pass a list of paths, bytes or arrays."
            ) from None
        if items and all(isinstance(item, list | tuple) and len(item) == 1 for item in items):
            items = [item[0] for item in items]
        recordings = np.empty(len(items), dtype=object)
        recordings[:] = [_as_array(item) for item in items]
    if len(recordings) == 0:
        raise ValueError(
            f"Expected {name} to hold at least one recording, got 0 samples. "
            "Check the folder or the filter that made it."
        )
    return recordings


def _from_array(X, name):
    if X.ndim == 2 and X.shape[1] == 1 and X.dtype.kind in "OUS":
        X = X[:, 0]
    if (
        X.ndim == 0
        or (X.ndim > 1 and X.dtype.kind in "OUS")
        or (X.ndim == 1 and X.dtype.kind not in "OUS")
    ):
        raise ValueError(
            f"Expected {name} to be a list of recordings, got an array of shape {X.shape} and "
            f"dtype {X.dtype}. Pass one path, bytes object or array for each recording."
        )
    if X.ndim == 1 and X.dtype == object:
        return X
    recordings = np.empty(len(X), dtype=object)
    for row, item in enumerate(X):
        recordings[row] = str(item) if X.dtype.kind in "US" else item
    return recordings


def _as_array(item):
    return np.asarray(item) if isinstance(item, list | tuple) else item


def describe_recording(recording):
    """Return a short name of one recording for error messages.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        One recording.

    Returns
    -------
    str

    Examples
    --------
    >>> describe_recording("Actor_03/a.wav"), describe_recording(b"RIFF")
    ('Actor_03/a.wav', '4 bytes')
    """
    if isinstance(recording, str | os.PathLike):
        return str(recording)
    if isinstance(recording, bytes | bytearray | memoryview):
        return f"{len(recording)} bytes"
    if isinstance(recording, np.ndarray):
        return f"an array of shape {recording.shape}"
    name = getattr(recording, "name", None)
    return str(name) if isinstance(name, str) else f"a {type(recording).__name__}"


def check_generator(rng):
    """Return `rng`, or say that it is no generator of random numbers.

    Parameters
    ----------
    rng : numpy.random.Generator
        What the user passed.

    Returns
    -------
    numpy.random.Generator
        The same object.

    Raises
    ------
    TypeError
        If it is something else.

    Examples
    --------
    >>> from skemotion._validation import check_generator
    >>> check_generator(0)
    Traceback (most recent call last):
    ...
    TypeError: Expected rng to be a numpy.random.Generator, got 0.
    Write numpy.random.default_rng(0).
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"Expected rng to be a numpy.random.Generator, got {rng!r}. "
            "Write numpy.random.default_rng(0)."
        )
    return rng


def check_size(size, name, *, of="a height and a width in pixels", such_as=(48, 48)):
    """Raise an error unless `size` is None or two positive integers.

    Parameters
    ----------
    size : tuple, list or None
        What the user passed.
    name : str
        Name of the parameter.
    of : str, default="a height and a width in pixels"
        What the two are.
    such_as : tuple of int, default=(48, 48)
        An example for the error message.

    Raises
    ------
    ValueError
        If it is neither None nor two integers of at least 1.
    """
    if size is not None and (
        len(size) != 2 or not all(isinstance(side, Integral) and side >= 1 for side in size)
    ):
        raise ValueError(
            f"Expected {name} to be {of}, got {size!r}. Write for instance {name}={such_as}."
        )


def check_width(X, *numbers):
    """Raise an error unless there is one number for each feature: NumPy would make more of them.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ..., n_features)
        Features.
    *numbers : ndarray or None
        Of shape (n_features,) each; None for none.

    Raises
    ------
    ValueError
        If there are others.
    """
    for one in numbers:
        if one is not None and one.shape != X.shape[-1:]:
            raise ValueError(
                f"Expected {len(one)} features, as many as were fitted, got X of shape {X.shape}. "
                "Prepare X as for fit."
            )
