"""Take, join and recognise rows of whatever `X` may be."""

import os

import numpy as np
from sklearn.utils.validation import check_consistent_length, validate_data

from skemotion._validation import check_recordings


def take(X, rows):
    """Return some rows.

    Parameters
    ----------
    X : ndarray, sparse matrix, DataFrame, Series or list
        What to take from.
    rows : ndarray of int
        Which rows, in this order.

    Returns
    -------
    ndarray, sparse matrix, DataFrame, Series or list
        Of the type of `X`; a table gets a new index.
    """
    if hasattr(X, "iloc"):
        return X.iloc[rows].reset_index(drop=True)
    return [X[row] for row in rows] if isinstance(X, list | tuple) else X[rows]


def join(first, second):
    """Return the rows of both.

    Parameters
    ----------
    first, second : ndarray, sparse matrix, DataFrame, Series or list
        Of the same type.

    Returns
    -------
    ndarray, sparse matrix, DataFrame, Series or list
    """
    if hasattr(first, "iloc"):
        import pandas as pd

        return pd.concat([first, second], ignore_index=True)
    if hasattr(first, "toarray"):
        from scipy.sparse import vstack

        return vstack([first, second], format="csr")
    return first + second if isinstance(first, list) else np.concatenate([first, second])


def like(rows, X):
    """Return an array of numbers as what `X` was.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, ...)
        Numbers.
    X : array-like
        What they were made of.

    Returns
    -------
    ndarray, list or DataFrame
    """
    if isinstance(X, list) and rows.dtype != object:
        return rows.tolist()
    if not hasattr(X, "columns"):
        return rows
    import pandas as pd

    return pd.DataFrame(rows, columns=X.columns)


def check_rows(sampler, X, y, *, finite=True):
    """Return rows as a sampler takes them: numbers as an array, recordings as they are.

    Parameters
    ----------
    sampler : estimator
        Where the number of features is noted.
    X : array-like of shape (n_samples, ...), list or DataFrame
        Numbers, or recordings.
    y : array-like of shape (n_samples,)
        Classes.
    finite : bool, default=True
        Whether to refuse NaN and infinity.

    Returns
    -------
    X : ndarray, list or DataFrame
        Rows.
    are_recordings : bool
        Whether they are recordings.
    """
    if is_recordings(X):
        if not hasattr(X, "iloc"):
            X = check_recordings(X)
        check_consistent_length(X, y)
        return X, True
    X = validate_data(
        sampler, X, dtype="numeric", allow_nd=True, ensure_all_finite=finite or "allow-nan"
    )
    check_consistent_length(X, y)
    return X, False


def is_recordings(X):
    """Return whether rows are paths, bytes, files or arrays of any length, and not numbers.

    Parameters
    ----------
    X : array-like
        Rows.

    Returns
    -------
    bool
    """
    if hasattr(X, "dtypes") and hasattr(X, "columns"):
        from pandas.api.types import is_numeric_dtype

        return not all(is_numeric_dtype(kind) for kind in X.dtypes)
    if isinstance(X, np.ndarray) or hasattr(X, "to_numpy"):
        X = np.asarray(X)
        return X.ndim == 1 and X.dtype.kind in "OUS"
    if not isinstance(X, list | tuple) or not len(X):
        return False
    first = X[0]
    if isinstance(first, np.ndarray):
        return len({np.shape(item) for item in X}) > 1
    return isinstance(first, str | bytes | os.PathLike) or hasattr(first, "read")
