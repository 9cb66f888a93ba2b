"""Weigh the rows that a network is trained on, and choose those it is validated on."""

import warnings

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_sample_weight

from skemotion._compat import _check_sample_weight

SAMPLE_TYPES = np.float32, np.uint8  # what samples are converted to: the first, or left as they are
_DRAWS = 100  # random orders of the subjects to choose from


def split_rows(codes, classes, *, groups, mask, fraction, rng):
    """Return the rows to train on and the rows to validate on.

    Parameters
    ----------
    codes : ndarray of int of shape (n_samples,)
        Classes, as positions in `classes`.
    classes : ndarray of shape (n_classes,)
        Classes, for their number and for warnings.
    groups : array-like of shape (n_samples,) or None
        Subjects; those validated on are not trained on.
    mask : array-like of bool of shape (n_samples,) or None
        Rows to validate on; wins over `groups` and `fraction`.
    fraction : float
        Share of the rows to validate on.
    rng : RandomState
        Where the choice comes from.

    Returns
    -------
    train, validation : ndarray of int
        Row numbers, sorted.
    """
    if mask is not None:
        chosen = check_mask(mask, len(codes))
    elif groups is not None:
        chosen = _choose_groups(codes, len(classes), np.asarray(groups), fraction, rng)
    else:
        chosen = _choose_rows(codes, len(classes), fraction, rng)
    lost = np.setdiff1d(codes, codes[~chosen])
    if len(lost) and mask is None:
        warnings.warn(
            f"All rows of {', '.join(repr(each) for each in classes[lost].tolist())} are among "
            "those validated on, so that the network never learns to predict that. Give more "
            "subjects, or set early_stopping=False.",
            UserWarning,
            stacklevel=3,
        )
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def weigh_rows(samples, y, classes, class_weight, sample_weight):
    """Multiply the weights of the rows with those of their classes.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, ...)
        Samples.
    y : ndarray of shape (n_samples,)
        Classes of the samples.
    classes : ndarray of shape (n_classes,)
        All classes.
    class_weight : "balanced", dict or None
        Weight of each class.
    sample_weight : array-like of shape (n_samples,) or None
        Weight of each row; not changed.

    Returns
    -------
    ndarray of shape (n_samples,), dtype float32 or None
        None where all rows count the same.
    """
    if isinstance(class_weight, dict):
        unknown = sorted(set(class_weight) - set(classes.tolist()), key=str)
        if unknown:
            raise ValueError(
                f"Expected class_weight to name classes of y, got {unknown[0]!r}. "
                f"Use some of {classes.tolist()}."
            )
    if sample_weight is None and class_weight is None:
        return None
    weight = _check_sample_weight(sample_weight, samples, dtype=np.float32, copy=True)
    if isinstance(class_weight, dict):
        class_weight = {name: class_weight.get(name, 1.0) for name in classes.tolist()}
    return weight * compute_sample_weight(class_weight, y).astype(np.float32)


def make_targets(y, classes, soft_labels):
    """Return what a network is to answer for each row, and the classes that it knows.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Classes.
    classes : ndarray of shape (n_classes,)
        Classes of `y`, sorted.
    soft_labels : DataFrame or array-like of shape (n_samples, n_classes) or None
        Shares of the classes. A DataFrame has one column a class, and may have more than `y`;
        columns of an array are those of `classes`.

    Returns
    -------
    targets : ndarray of shape (n_samples, n_classes), dtype float32
        Shares; without soft labels 1 for the class of each row.
    classes : ndarray of shape (n_classes,)
        Sorted: those of `y`, and those that have a share.
    """
    if soft_labels is None:
        return np.eye(len(classes), dtype=np.float32)[np.searchsorted(classes, y)], classes
    named = hasattr(soft_labels, "columns")
    shares = np.asarray(soft_labels, dtype=np.float32)
    if shares.ndim != 2 or len(shares) != len(y) or not (named or shares.shape[1] == len(classes)):
        raise ValueError(
            f"Expected soft_labels of shape ({len(y)}, {len(classes)}), got {shares.shape}. "
            "Pass one share a row and class, or a DataFrame with a column a class."
        )
    wrong = ~(np.isclose(shares.sum(axis=1), 1, atol=1e-3) & (shares >= 0).all(axis=1))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"Expected soft_labels to be shares that sum to 1 in each row, got "
            f"{shares[row].tolist()} in row {row}. Divide votes by their sum."
        )
    table = pd.DataFrame(shares, columns=soft_labels.columns if named else classes)
    table = table.loc[:, (table > 0).any(axis=0)]
    classes = np.unique([*classes.tolist(), *table.columns])
    return table.reindex(columns=classes, fill_value=0).to_numpy(), classes


def check_classes(y):
    """Refuse to train on fewer than two classes.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Classes of the rows to train on.
    """
    names = np.unique(y).tolist()
    if len(names) < 2:
        found = f"1 class ({names[0]!r})" if names else "no row of any class"
        raise ValueError(
            f"Expected at least 2 classes to train on, got {found}. "
            "Give recordings of another class too; rows of weight 0 or set apart do not count."
        )


def check_balancing(class_weight, balanced_batches):
    """Refuse to balance the classes twice.

    Parameters
    ----------
    class_weight : "balanced", dict or None
        Weight of each class.
    balanced_batches : bool
        Whether classes are drawn equally often.
    """
    if balanced_batches and class_weight == "balanced":
        raise ValueError(
            "Expected class_weight='balanced' or balanced_batches=True, got both: rare classes "
            "would count twice. Leave one out."
        )


def check_known(y, classes):
    """Refuse classes that the first call of `partial_fit` did not name.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Classes of a later call.
    classes : ndarray of shape (n_classes,)
        Classes of the first.
    """
    unknown = np.setdiff1d(y, classes).tolist()
    if unknown:
        raise ValueError(
            f"Expected classes of the first partial_fit, {classes.tolist()}, got "
            f"{unknown[0]!r}. Name all classes in the first call: classes=..."
        )


def check_mask(mask, n_samples):
    """Return the mask of the rows to validate on.

    Parameters
    ----------
    mask : array-like of bool of shape (n_samples,)
        What the caller gave.
    n_samples : int
        Number of rows.

    Returns
    -------
    ndarray of bool of shape (n_samples,)
    """
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.shape != (n_samples,):
        raise ValueError(
            f"Expected validation to be a boolean mask of shape ({n_samples},), got shape "
            f"{mask.shape} and dtype {mask.dtype}. Write True for each row to validate on."
        )
    if mask.all() or not mask.any():
        raise ValueError(
            f"Expected validation to mark some of the {n_samples} rows, it marks "
            f"{mask.sum()}. Leave rows to train on and rows to validate on."
        )
    return mask


def check_samples(X, estimator):
    """Return samples as an array of finite numbers.

    What is one already is told apart before scikit-learn looks at it, which takes a good part of
    the time that a small network takes for one sample.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Samples.
    estimator : estimator
        For its name in errors.

    Returns
    -------
    ndarray of float32 or uint8 of shape (n_samples, ...)
    """
    plain = type(X) is np.ndarray and X.dtype in SAMPLE_TYPES and X.ndim > 1 and X.size
    if plain and (X.dtype == np.uint8 or np.isfinite(X).all()):
        return X
    return check_array(X, estimator=estimator, dtype=[*SAMPLE_TYPES], allow_nd=True)


def check_shape(expected, samples, given):
    """Refuse samples of another shape than those seen during `fit`.

    Parameters
    ----------
    expected : tuple of int or None
        Shape of one sample as the network takes it, None where any length goes.
    samples : ndarray of shape (n_samples, ...)
        Samples as the network takes them.
    given : tuple of int
        Shape of `X`, for the message.
    """
    found = samples.shape[1:]
    fits = len(found) == len(expected) and all(
        size is None or size == length for size, length in zip(expected, found, strict=True)
    )
    if not fits:
        sizes = ", ".join("any" if size is None else str(size) for size in expected)
        raise ValueError(
            f"Expected samples like those seen during fit, of shape ({sizes}), got X of "
            f"shape {given}. Prepare X as for fit."
        )


def _choose_groups(codes, n_classes, groups, fraction, rng):
    if groups.shape != codes.shape:
        raise ValueError(
            f"Expected groups of shape {codes.shape}, got shape {groups.shape}. "
            "Pass the subject of each row."
        )
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"Early stopping validates on other subjects and needs at least 2, got 1 subject "
            f"({names.tolist()[0]!r}). Leave out groups or set early_stopping=False."
        )
    counts = np.zeros((len(names), n_classes), dtype=int)
    np.add.at(counts, (members, codes), 1)
    wanted = fraction * len(codes)
    candidates = (_draw(counts, wanted, rng) for _ in range(_DRAWS))
    best = min(candidates, key=lambda chosen: _badness(counts, chosen, wanted))
    return best[members]


def _draw(counts, wanted, rng):
    order = rng.permutation(len(counts))
    sizes = np.cumsum(counts[order].sum(axis=1))
    n_chosen = min(1 + int(np.abs(sizes - wanted).argmin()), len(counts) - 1)
    chosen = np.zeros(len(counts), dtype=bool)
    chosen[order[:n_chosen]] = True
    return chosen


def _badness(counts, chosen, wanted):
    absent_train = (counts[~chosen].sum(axis=0) == 0).sum()
    absent_validation = (counts[chosen].sum(axis=0) == 0).sum()
    return absent_train, absent_validation, abs(counts[chosen].sum() - wanted)


def _choose_rows(codes, n_classes, fraction, rng):
    n_samples = len(codes)
    n_validation = max(1, round(fraction * n_samples))
    sizes = np.bincount(codes, minlength=n_classes)
    if n_samples < 2 * n_classes:
        raise ValueError(
            f"Early stopping needs at least {2 * n_classes} rows to set some of {n_classes} "
            f"classes apart, got {n_samples}. Give more rows or set early_stopping=False."
        )
    stratified = sizes[sizes > 0].min() >= 2
    if stratified:
        n_validation = max(n_validation, n_classes)
    splitter = StratifiedShuffleSplit if stratified else ShuffleSplit
    split = splitter(1, test_size=n_validation, random_state=rng)
    _, validation = next(split.split(codes, codes))
    chosen = np.zeros(n_samples, dtype=bool)
    chosen[validation] = True
    return chosen
