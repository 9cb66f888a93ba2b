"""Ways to divide a table of recordings: functions that make the splits of protocols."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold


class Fold(NamedTuple):
    """One fold of a protocol.

    Parameters
    ----------
    facts : dict
        What tells this fold from the others, such as ``{"fold": 3, "test": "emodb/03"}``.
    train, validation, test : ndarray of int
        Row positions. `validation` may be empty: a model that stops early then takes its own
        part of `train`, by subject.
    """

    facts: dict
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


_NONE = np.array([], dtype=int)


def leave_one_out(column="subject"):
    """Make a split that holds out each value of a column in turn.

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
        values = _column(frame, column)
        names = np.unique(values)
        if len(names) < 2:
            raise ValueError(
                f"Leaving one {column} out needs at least 2 of them, got {len(names)} "
                f"({', '.join(names)}). Use a dataset with more, or the protocol 'random-5fold', "
                "which is marked as leaky."
            )
        for number, name in enumerate(names):
            held = values == name
            facts = {"fold": number, "held_out": name}
            yield Fold(facts, np.flatnonzero(~held), _NONE, np.flatnonzero(held))

    return split


def group_kfold(n_splits, column="subject", random_state=0):
    """Make a split into folds of whole subjects, even in classes and size.

    Subjects are dealt out, those that bring the largest shares first, each to the fold that has
    least of what it brings.

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
        names, groups = np.unique(_column(frame, column), return_inverse=True)
        if len(names) < n_splits:
            raise ValueError(
                f"{n_splits} folds by {column} need at least {n_splits} of them, got {len(names)}. "
                "Use fewer folds, or 'loso'."
            )
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
        for number in range(n_splits):
            held = fold_of[groups] == number
            yield Fold({"fold": number}, np.flatnonzero(~held), _NONE, np.flatnonzero(held))

    return split


def fixed_folds(folds, column="subject"):
    """Make a split from published lists of subjects.

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
        values = np.array([value.rsplit("/", 1)[-1] for value in _column(frame, column)])
        missing = sorted({name for names in folds for name in names} - set(values))
        if missing:
            raise ValueError(
                f"The published folds name {column}s that the data lack: {', '.join(missing)}. "
                "Load the whole dataset, or use 'loso'."
            )
        for number, names in enumerate(folds):
            held = np.isin(values, list(names))
            facts = {"fold": number, "held_out": " ".join(sorted(names))}
            yield Fold(facts, np.flatnonzero(~held), _NONE, np.flatnonzero(held))

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
        values = _column(frame, column)
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


def holdout_622(column="subject", random_state=0, n_tries=200):
    """Make one fold of train : validation : test = 6 : 2 : 2 by whole subjects.

    Of `n_tries` seeded assignments of subjects the one is taken whose sizes and class shares come
    closest to the target.

    Parameters
    ----------
    column : str, default="subject"
        Column whose values stay together.
    random_state : int, default=0
        Seed of the search.
    n_tries : int, default=200
        Number of assignments tried.

    Returns
    -------
    callable
        From a table to folds.
    """
    shares = np.array([0.6, 0.2, 0.2])

    def split(frame):
        names, groups = np.unique(_column(frame, column), return_inverse=True)
        if len(names) < 3:
            raise ValueError(
                f"A 6:2:2 hold-out by {column} needs at least 3 of them, got {len(names)}. "
                "Use 'loso'."
            )
        table = pd.crosstab(groups, frame["emotion"].to_numpy()).to_numpy(float)
        target = shares[:, None] * table.sum(axis=0)
        rng = np.random.default_rng(random_state)
        cuts = np.clip(np.round(np.cumsum(shares)[:2] * len(names)).astype(int), 1, len(names) - 1)
        cuts[0] = min(cuts[0], cuts[1] - 1) or 1
        best, best_cost = None, np.inf
        for _ in range(n_tries):
            order = rng.permutation(len(names))
            parts = np.split(order, cuts)
            got = np.array([table[part].sum(axis=0) for part in parts])
            cost = (np.abs(got - target) / np.maximum(table.sum(axis=0), 1)).sum()
            if cost < best_cost:
                best, best_cost = parts, cost
        yield Fold({"fold": 0}, *(np.flatnonzero(np.isin(groups, part)) for part in best))

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
        folds = KFold(n_splits, shuffle=True, random_state=random_state)
        for number, (train, test) in enumerate(folds.split(np.arange(len(frame)))):
            yield Fold({"fold": number}, train, _NONE, test)

    return split


def _column(frame, column):
    if column not in frame:
        raise ValueError(
            f"Expected a column {column!r} in the table, got {', '.join(map(str, frame.columns))}. "
            "This protocol does not fit this dataset."
        )
    return frame[column].astype(str).to_numpy()
