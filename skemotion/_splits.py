"""Ways to divide a table of recordings: functions that make the splits of protocols."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Fold(NamedTuple):
    """One fold of a protocol.

    Parameters
    ----------
    facts : dict
        What tells this fold from the others, such as ``{"fold": 3, "test": "emodb/03"}``.
    train, validation, test : ndarray of int
        Row positions. `validation` is empty where there are too few subjects for one: a model that
        stops early then takes its own part of `train`, by subject.
    """

    facts: dict
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


_NONE = np.array([], dtype=int)


def _rotate(fold_of, names=None):
    """Yield a fold for each number in `fold_of`; of 3 or more the next number's rows validate."""
    n_folds = int(fold_of.max()) + 1
    for number in range(n_folds):
        held = fold_of == number
        validation = fold_of == (number + 1) % n_folds if n_folds > 2 else np.zeros_like(held)
        facts = {"fold": number} | ({} if names is None else {"held_out": names[number]})
        parts = (~held & ~validation, validation, held)
        yield Fold(facts, *map(np.flatnonzero, parts))


def rotated(sizes):
    """Return what the splits of this module give for groups of these sizes, one a fold.

    Parameters
    ----------
    sizes : sequence of int
        Number of recordings held out in each fold, in order.

    Returns
    -------
    tuple of (int, int, int)
        Sizes of train, validation and test in each fold: the validation part of a fold is the
        test part of the next one.

    Examples
    --------
    >>> from skemotion.protocols import rotated
    >>> rotated([5, 6, 7])
    ((7, 6, 5), (5, 7, 6), (6, 5, 7))
    """
    total = sum(sizes)
    following = [*sizes[1:], sizes[0]]
    return tuple((total - t - v, v, t) for t, v in zip(sizes, following, strict=True))


def leave_one_out(column="subject"):
    """Make a split that holds out each value of a column in turn, and validates on the next.

    Parameters
    ----------
    column : str, default="subject"
        Column of the table, for instance ``"session"`` or ``"statement"``.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        names, values = np.unique(column_of(frame, column), return_inverse=True)
        if len(names) < 2:
            raise ValueError(
                f"Leaving one {column} out needs at least 2 of them, got {len(names)} "
                f"({', '.join(names)}). Use a dataset with more, or the protocol 'random-5fold', "
                "which is marked as leaky."
            )
        yield from _rotate(values, names)

    return split


def leave_both_out(column="subject", other="statement", n_other=5):
    """Make a split whose training part shares neither of two columns with its test part.

    Each value of `column` is held out in turn, and of it in turn each of `n_other` parts of the
    values of `other`, so that every recording is tested once. Training takes what bears neither.
    The recordings of the next value of `column` validate, as far as their `other` is not tested.

    Parameters
    ----------
    column : str, default="subject"
        Column held out one by one.
    other : str, default="statement"
        Column held out in parts.
    n_other : int, default=5
        Number of parts; every `n_other`-th value in sorted order makes one.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        names, values = np.unique(column_of(frame, column), return_inverse=True)
        others, codes = np.unique(column_of(frame, other), return_inverse=True)
        if len(names) < 3 or len(others) < n_other:
            raise ValueError(
                f"Leaving {column} and {other} out needs at least 3 of the one and {n_other} of "
                f"the other, got {len(names)} and {len(others)}. Use 'loso'."
            )
        number = 0
        for value, name in enumerate(names):
            for part in range(n_other):
                tested = codes % n_other == part
                held, following = values == value, values == (value + 1) % len(names)
                if (held & tested).any():
                    facts = {
                        "fold": number,
                        "held_out": f"{name} {' '.join(others[part::n_other])}",
                    }
                    train = ~held & ~following & ~tested
                    parts = (train, following & ~tested, held & tested)
                    yield Fold(facts, *map(np.flatnonzero, parts))
                    number += 1

    return split


def both_out_sizes(table, n_other=5):
    """Return the sizes that :func:`leave_both_out` gives for a table of counts.

    Parameters
    ----------
    table : array-like of int of shape (n_values, n_other_values)
        Recordings of each value of the one column, by each value of the other, both sorted.
    n_other : int, default=5
        Number of parts of the other.

    Returns
    -------
    tuple of (int, int, int)
        Sizes of train, validation and test in each fold.

    Examples
    --------
    >>> from skemotion.protocols import both_out_sizes
    >>> both_out_sizes([[1, 2], [3, 4], [5, 6]], n_other=2)[:2]
    ((6, 4, 1), (5, 3, 2))
    """
    table = np.asarray(table)
    sizes = []
    for value in range(len(table)):
        following = (value + 1) % len(table)
        for part in range(n_other):
            tested = table[:, part::n_other].sum(axis=1)
            left = table.sum(axis=1) - tested
            train = left.sum() - left[value] - left[following]
            if tested[value]:
                sizes.append((int(train), int(left[following]), int(tested[value])))
    return tuple(sizes)


def every_nth(n_splits, column="subject"):
    """Make a split into folds of every n-th subject in the order of their names.

    Parameters
    ----------
    n_splits : int
        Number of folds.
    column : str, default="subject"
        Column whose values stay together.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        names, groups = np.unique(column_of(frame, column), return_inverse=True)
        _check_enough(names, n_splits, column)
        yield from _rotate(groups % n_splits)

    return split


def group_kfold(n_splits, column="subject", random_state=0):
    """Make a split into folds of whole subjects, even in classes and size.

    Subjects are dealt out, those that bring the largest shares first, each to the fold that has
    least of what it brings. The next fold validates.

    Parameters
    ----------
    n_splits : int
        Number of folds.
    column : str, default="subject"
        Column whose values stay together.
    random_state : int, default=0
        Seed of the order of the subjects.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        names, groups = np.unique(column_of(frame, column), return_inverse=True)
        _check_enough(names, n_splits, column)
        table = pd.crosstab(groups, frame["emotion"].to_numpy()).to_numpy(float)
        table = np.column_stack([table, table.sum(axis=1)])
        weights = table / table.sum(axis=0) ** 2
        order = np.random.default_rng(random_state).permutation(len(names))
        dealt = np.zeros((n_splits, table.shape[1]))
        fold_of = np.empty(len(names), dtype=int)
        share = (table * weights).sum(axis=1)
        for group in order[np.argsort(-share[order], kind="stable")]:
            fold = np.argmin(dealt @ weights[group])
            fold_of[group] = fold
            dealt[fold] += table[group]
        yield from _rotate(fold_of[groups])

    return split


def fixed_folds(folds, column="subject"):
    """Make a split from published lists of subjects; the next fold validates.

    Parameters
    ----------
    folds : sequence of collections of str
        Values of `column` in the test part of each fold.
    column : str, default="subject"
        Column they are looked up in; of ``dataset/subject`` the last part counts.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        values = np.array([value.rsplit("/", 1)[-1] for value in column_of(frame, column)])
        fold_of = {name: number for number, names in enumerate(folds) for name in names}
        missing = sorted(set(fold_of) - set(values))
        if missing:
            raise ValueError(
                f"The published folds name {column}s that the data lack: {', '.join(missing)}. "
                "Load the whole dataset, or use 'loso'."
            )
        strange = sorted(set(values) - set(fold_of))
        if strange:
            raise ValueError(
                f"The published folds do not name the {column}s {', '.join(strange)}. "
                "Leave them out with where=, or use 'loso'."
            )
        names = [" ".join(sorted(names)) for names in folds]
        yield from _rotate(np.array([fold_of[value] for value in values]), names)

    return split


def official_split(train, validation, test, column="split"):
    """Make the single fold that a column of the dataset states.

    Parameters
    ----------
    train, validation, test : str or None
        Values of `column`; None for a part that does not exist.
    column : str, default="split"
        The column.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        values = column_of(frame, column)
        parts = (train, validation, test)
        absent = {part for part in parts if part is not None} - set(values)
        if absent:
            raise ValueError(
                f"Expected the column {column!r} to hold {', '.join(map(repr, sorted(absent)))}, "
                f"got {', '.join(map(repr, sorted(set(values))))}. "
                "This protocol does not fit this form of the dataset, or this selection of it."
            )
        yield Fold({"fold": 0}, *(np.flatnonzero(values == part) for part in parts))

    return split


def random_kfold(n_splits, random_state=0):
    """Make a split that knows nothing of subjects, for showing what leakage does.

    Parameters
    ----------
    n_splits : int
        Number of folds.
    random_state : int, default=0
        Seed of the shuffle.

    Returns
    -------
    callable
        From a table to folds.
    """

    def split(frame):
        if len(frame) < n_splits:
            raise ValueError(
                f"{n_splits} random folds need at least {n_splits} recordings, got {len(frame)}. "
                "Use fewer folds."
            )
        order = np.random.default_rng(random_state).permutation(len(frame))
        fold_of = np.empty(len(frame), dtype=int)
        fold_of[order] = np.arange(len(frame)) % n_splits
        yield from _rotate(fold_of)

    return split


def _check_enough(names, n_splits, column):
    if len(names) < n_splits:
        raise ValueError(
            f"{n_splits} folds by {column} need at least {n_splits} of them, got {len(names)}. "
            "Use fewer folds, or 'loso'."
        )


def column_of(frame, column):
    """Return a column of the table as text, or say that it is not there."""
    if column not in frame:
        raise ValueError(
            f"Expected a column {column!r} in the table, got {', '.join(map(str, frame.columns))}. "
            "This protocol does not fit this dataset."
        )
    return frame[column].astype(str).to_numpy()
