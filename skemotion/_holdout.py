"""The split into train, validation and test by whole subjects, even in classes and size."""

import numpy as np
import pandas as pd

from skemotion._splits import Fold, column_of

_FEW = 1000  # subjects: the shares of more come out even by themselves


def group_holdout(shares=(0.6, 0.2, 0.2), column="subject", random_state=0, n_tries=50):
    """Make one fold of train, validation and test by whole subjects.

    Of `n_tries` seeded assignments of subjects, each improved subject by subject as long as that
    helps, the one is taken whose sizes and class shares come closest to the target.

    Parameters
    ----------
    shares : (float, float, float), default=(0.6, 0.2, 0.2)
        Shares of the recordings for train, validation and test.
    column : str, default="subject"
        Column whose values stay together.
    random_state : int, default=0
        Seed of the search.
    n_tries : int, default=50
        Number of assignments to start from.

    Returns
    -------
    callable
        From a table to folds.
    """
    shares = np.asarray(shares)

    def split(frame):
        names, groups = np.unique(column_of(frame, column), return_inverse=True)
        if len(names) < 3:
            raise ValueError(
                f"A hold-out by {column} needs at least 3 of them, got {len(names)}. Use 'loso'."
            )
        emotions = frame["emotion"].to_numpy()
        table = pd.crosstab(groups, emotions).to_numpy(float)
        table = np.column_stack([table, table.sum(axis=1)])  # the sizes count as a class does
        table /= np.maximum(table.sum(axis=0), 1)
        rng = np.random.default_rng(random_state)
        starts = (_start_parts(table[:, -1], shares, rng) for _ in range(n_tries))
        found = [_improve_parts(part_of, table, shares) for part_of in starts]
        best = min(found, key=lambda item: item[0])[1]
        yield Fold({"fold": 0}, *(np.flatnonzero(best[groups] == part) for part in range(3)))

    return split


def _start_parts(sizes, shares, rng):
    """Return the part of each subject: in a random order, cut where the sizes ask for it."""
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order] / 2
    part_of = np.empty(len(sizes), dtype=int)
    part_of[order] = np.searchsorted(np.cumsum(shares)[:2], before)
    for part in range(3):  # none may be empty
        if not (part_of == part).any():
            part_of[rng.choice(np.flatnonzero(np.bincount(part_of, minlength=3)[part_of] > 1))] = (
                part
            )
    return part_of


def _improve_parts(part_of, table, shares):
    """Move single subjects to other parts while that brings sizes and classes nearer."""
    got = np.array([table[part_of == part].sum(axis=0) for part in range(3)])
    cost = np.abs(got - shares[:, None]).sum()
    while len(part_of) <= _FEW:
        movable = np.bincount(part_of, minlength=3)[part_of] > 1
        costs = np.full((len(part_of), 3), np.inf)
        for part in range(3):
            subjects = np.flatnonzero(movable & (part_of != part))
            moved = np.repeat(got[None], len(subjects), axis=0)
            moved[np.arange(len(subjects)), part_of[subjects]] -= table[subjects]
            moved[:, part] += table[subjects]
            costs[subjects, part] = np.abs(moved - shares[:, None]).sum(axis=(1, 2))
        subject, part = np.unravel_index(costs.argmin(), costs.shape)
        if costs[subject, part] > cost - 1e-9:
            break
        got[part_of[subject]] -= table[subject]
        got[part] += table[subject]
        cost, part_of[subject] = costs[subject, part], part
    return cost, part_of
