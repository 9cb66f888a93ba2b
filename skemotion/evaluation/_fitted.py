"""Find steps that have learnt from test rows, and rows that were made before the split."""

import numpy as np
from sklearn.base import clone

_RTOL = 1e-7


def find_fitted_on_test(fitted, X, y, learnt):
    """Find the steps that learnt what all rows teach, and not what training rows teach.

    Parameters
    ----------
    fitted : transformer or Pipeline
        Fitted already.
    X : array-like of shape (n_samples, ...)
        What it is applied to.
    y : array-like of shape (n_samples,) or None
        Emotions.
    learnt : list of ndarray of int
        Rows of train and validation of each fold.

    Returns
    -------
    (list of str, int) or None
        Names of the steps, and in how many folds one did; None if there are none.
    """
    steps, bad_folds = [], set()
    for name, step in getattr(fitted, "steps", [(type(fitted).__name__, fitted)]):
        if step is None or step == "passthrough" or not hasattr(step, "transform"):
            continue
        whole = _learnt_by(clone(step), X, y)
        own = _attributes(step)
        bad = [
            number
            for number, rows in enumerate(learnt)
            if _sees_more(step, len(rows))
            or (own and _same(own, whole) and not _same(own, _learnt_by(clone(step), X, y, rows)))
        ]
        if bad:
            steps.append(name)
            bad_folds.update(bad)
        X = step.transform(X)
    return (steps, len(bad_folds)) if steps else None


def find_scaled_before(X, learnt):
    """Find signs in features that they were scaled before the split.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Features; anything else shows no signs.
    learnt : list of ndarray of int
        Rows of train and validation of each fold.

    Returns
    -------
    (list of str, int) or None
        What the columns are like over all rows, and in how many folds the training part is not;
        None if there are no signs.
    """
    X = X.to_numpy() if hasattr(X, "to_numpy") else X
    if not isinstance(X, np.ndarray) or X.ndim != 2 or X.dtype.kind != "f" or len(X) < 3:
        return None
    varied = X[:, np.ptp(X, axis=0) > 0]
    if not varied.shape[1] or not np.isfinite(varied).all():
        return None
    for sign, told in ((_standardised, "mean 0 and deviation 1"), (_in_range, "from 0 to 1")):
        if sign(varied):
            n_folds = sum(not sign(varied[rows]) for rows in learnt)
            if n_folds:
                return [f"each feature has {told} over training and test rows together"], n_folds
    return None


def find_resampled_before(sampler, n_samples, parts):
    """Find rows that a sampler made before the split, where it did not note of which ones.

    Parameters
    ----------
    sampler : imbalanced-learn sampler
        Fitted.
    n_samples : int
        Number of rows that it returned; those it made come last.
    parts : list of (ndarray of int, ndarray of int)
        Rows to learn from, and rows to test on, of each fold.

    Returns
    -------
    (list of str, int) or None
        What it made, and in how many folds it is learnt from or tested on; None if it made
        nothing or noted of what.
    """
    adds = getattr(sampler, "_sampling_type", None) == "over-sampling"
    if hasattr(sampler, "sample_indices_") or not adds:
        return None
    n_made = sum(sampler.sampling_strategy_.values())
    n_folds = sum(max(learnt.max(), test.max()) >= n_samples - n_made for learnt, test in parts)
    made = f"{n_made} rows that {type(sampler).__name__} made of others"
    return ([made], n_folds) if n_made and n_folds else None


def _standardised(X):
    tolerance = 1e-5 if X.dtype == np.float32 else 1e-8
    return bool(
        (np.abs(X.mean(axis=0, dtype=float)) < tolerance).all()
        and (np.abs(X.std(axis=0, dtype=float) - 1) < tolerance).all()
    )


def _in_range(X):
    return bool(
        np.allclose(X.min(axis=0), 0, atol=1e-8) and np.allclose(X.max(axis=0), 1, atol=1e-6)
    )


def _sees_more(step, n_rows):
    seen = getattr(step, "n_samples_seen_", 0)
    return bool(np.max(seen) > n_rows)


def _learnt_by(step, X, y, rows=None):
    if rows is not None:
        X = X.iloc[rows] if hasattr(X, "iloc") else _take(X, rows)
        y = None if y is None else np.asarray(y)[rows]
    return _attributes(step.fit(X, y))


def _take(X, rows):
    return X[rows] if isinstance(X, np.ndarray) else [X[row] for row in rows]


def _attributes(step):
    """Return the numbers that a fitted step holds."""
    found = {}
    for name, value in vars(step).items():
        if name.endswith("_") and not name.startswith("_") and not name.startswith("n_"):
            array = np.asarray(value) if isinstance(value, np.ndarray | float) else None
            if array is not None and array.dtype.kind == "f":
                found[name] = array
    return found


def _same(first, second):
    return first.keys() == second.keys() and all(
        first[name].shape == second[name].shape
        and np.allclose(first[name], second[name], rtol=_RTOL, atol=1e-12, equal_nan=True)
        for name in first
    )
