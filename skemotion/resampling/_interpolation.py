"""Interpolate between rows, and know between which."""

import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

# which parameters of a sampler are neighbours
_NEIGHBORS = {
    SMOTE: ("k_neighbors",),
    BorderlineSMOTE: ("k_neighbors", "m_neighbors"),
    ADASYN: ("n_neighbors",),
}


class _Shared:
    """Holds an array that cloning does not copy."""

    def __init__(self, values):
        self.values = values

    def __deepcopy__(self, memo):
        return self


class _RowNeighbors(NearestNeighbors):
    """Neighbours of rows that are handed over as unit vectors, one a row of a table."""

    def __init__(self, table=None, *, n_neighbors=5, metric="minkowski", p=2, algorithm="auto"):
        super().__init__(n_neighbors=n_neighbors, metric=metric, p=p, algorithm=algorithm)
        self.table = table

    def fit(self, X, y=None):
        return super().fit(self.table.values[X.indices])

    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        rows = None if X is None else self.table.values[X.indices]
        return super().kneighbors(rows, n_neighbors, return_distance)


def names_parents(sampler):
    """Return whether the parents of what a sampler makes can be known by :func:`interpolate`.

    Parameters
    ----------
    sampler : imbalanced-learn sampler
        Any.

    Returns
    -------
    bool
    """
    if type(sampler) not in _NEIGHBORS or getattr(sampler, "kind", None) == "borderline-2":
        return False
    params = [getattr(sampler, name) for name in _NEIGHBORS[type(sampler)]]
    return all(isinstance(n, int | np.integer) or type(n) is NearestNeighbors for n in params)


def interpolate(sampler, values, y):
    """Let a sampler interpolate between the numbers of rows instead of the rows.

    The sampler gets one unit vector a row, and neighbours that are found among the rows
    themselves. What it returns then says which rows were mixed, and in what shares.

    Parameters
    ----------
    sampler : imbalanced-learn sampler
        One of which :func:`names_parents` is true; it is fitted.
    values : ndarray of float of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,)
        Classes.

    Returns
    -------
    shares : sparse matrix of shape (n_resampled, n_samples)
        Share of each row in what came out; rows sum to 1, with one or two entries each.
    y : array-like of shape (n_resampled,)
        Classes.
    """
    own = {name: getattr(sampler, name) for name in _NEIGHBORS[type(sampler)]}
    table = _Shared(values)
    sampler.set_params(**{name: _as_neighbors(value, table) for name, value in own.items()})
    try:
        shares, y = sampler.fit_resample(sparse.eye_array(len(values), format="csr"), y)
    except ValueError as error:
        if "n_neighbors" not in str(error):
            raise
        names, counts = np.unique(y, return_counts=True)
        raise ValueError(
            f"Expected more rows of each class than {type(sampler).__name__} looks for neighbours, "
            f"got {counts.min()} of {names[counts.argmin()].item()!r}. Lower "
            f"{next(iter(own))}, or use RandomOverSampler."
        ) from error
    finally:
        sampler.set_params(**own)
    return sparse.csr_array(shares), y


def read_parents(shares):
    """Return the parents of each row, the one with the larger share first.

    Parameters
    ----------
    shares : sparse matrix of shape (n_resampled, n_samples)
        What :func:`interpolate` returned.

    Returns
    -------
    parents : ndarray of int of shape (n_resampled, 2)
        Row numbers, twice the same where there is one parent.
    parent_shares : ndarray of float of shape (n_resampled, 2)
        Their shares, which sum to 1.
    """
    shares.eliminate_zeros()
    n_rows = shares.shape[0]
    first, last = shares.indptr[:-1], shares.indptr[1:] - 1
    parents = np.stack([shares.indices[first], shares.indices[last]], axis=1).astype(int)
    parent_shares = np.stack([shares.data[first], shares.data[last]], axis=1)
    parent_shares[first == last] = 1.0, 0.0
    order = np.argsort(-parent_shares, axis=1, kind="stable")
    rows = np.arange(n_rows)[:, None]
    return parents[rows, order], parent_shares[rows, order]


def _as_neighbors(value, table):
    if isinstance(value, NearestNeighbors):
        params = value.get_params()
        return _RowNeighbors(
            table, **{name: params[name] for name in ("n_neighbors", "metric", "p", "algorithm")}
        )
    return _RowNeighbors(table, n_neighbors=value + 1)  # a row is its own nearest neighbour
