"""Tell labelled from unlabelled rows, and keep both away from what a network is validated on."""

import numpy as np
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import column_or_1d

from skemotion.models._rows import check_mask, split_rows
from skemotion.models.resampled import find_network


def find_labelled(y):
    """Return which rows have a label, and the labels.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Classes; -1, or "-1" among strings, where there is none.

    Returns
    -------
    labelled : ndarray of bool of shape (n_samples,)
        Whether a row has a label.
    names : ndarray of shape (n_labelled,)
        Classes of those rows, strings as strings and not as objects.

    Raises
    ------
    ValueError
        If no row has a label.

    Examples
    --------
    >>> import numpy as np
    >>> labelled, names = find_labelled(np.array(["happy", -1, "sad"], dtype=object))
    >>> labelled, names
    (array([ True, False,  True]), array(['happy', 'sad'], dtype='<U5'))
    """
    y = column_or_1d(y, warn=True)
    labelled = np.ones(len(y), dtype=bool)
    for unlabelled in (-1, "-1"):
        if y.dtype.kind == "O" or (y.dtype.kind in "US") == isinstance(unlabelled, str):
            labelled &= np.asarray(y != unlabelled, dtype=bool)
    if len(y) and not labelled.any():
        raise ValueError(
            f"Expected some of the {len(y)} rows to have a label, got -1 for all of them. "
            "Give the classes of some."
        )
    names = y[labelled]
    return labelled, np.asarray(names.tolist()) if y.dtype.kind == "O" else names


def hold_out(estimator, labelled, names, params):
    """Decide on the validation rows before anything is learnt.

    Parameters
    ----------
    estimator : estimator
        What is fitted in the end; a network in it may stop early.
    labelled : ndarray of bool of shape (n_samples,)
        Whether a row has a label.
    names : ndarray of shape (n_labelled,)
        Classes of those rows.
    params : dict
        Metadata that the estimator asks for in `fit`.

    Returns
    -------
    params : dict
        With the mask `validation`, where a network stops early or the caller marked rows.
    free : ndarray of bool of shape (n_samples,)
        Rows that may be learnt from: neither validated on, nor unlabelled and of a subject that is
        validated on.
    """
    mask, groups = params.get("validation"), params.get("groups")
    check_consistent_length(labelled, groups)
    network = find_network(estimator) if mask is None else None
    if network is not None:
        classes, codes = np.unique(names, return_inverse=True)
        _, rows = split_rows(
            codes,
            classes,
            groups=None if groups is None else np.asarray(groups)[labelled],
            mask=None,
            fraction=network.validation_fraction,
            rng=check_random_state(network.random_state),
        )
        mask = np.isin(np.arange(len(labelled)), np.flatnonzero(labelled)[rows])
    if mask is None:
        return params, np.ones(len(labelled), dtype=bool)
    mask = check_mask(mask, len(labelled))
    free = ~mask
    if groups is not None:
        free &= labelled | ~np.isin(groups, np.unique(np.asarray(groups)[mask]))
    return params | {"validation": mask}, free
