"""Protocols: who is trained on, who is validated on, who is tested on.

A protocol is a function from the table of a dataset to folds, with a name and facts. A dataset
declares its own in ``Dataset.protocols``; those in :data:`GENERIC` work on any dataset.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedGroupKFold


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


@dataclass(frozen=True)
class Protocol:
    """A named way to divide a dataset.

    Parameters
    ----------
    name : str
        For instance ``"emodb/loso"``.
    split : callable
        Takes the table (DataFrame with `emotion`, `subject`, ...) and yields :class:`Fold`.
    description : str
        One line for lists and reports.
    n_folds : int, default=None
        Number of folds it must give.
    counts : tuple of (int, int, int), default=None
        Sizes of train, validation and test of each fold on the whole dataset.
    disjoint : bool, default=True
        Whether no subject may stand in two parts, which is then checked. False only for published
        splits that do not keep to it.
    leaky : bool, default=False
        Whether it divides without regard to subjects. Results are marked so.

    Examples
    --------
    >>> import pandas as pd
    >>> from skemotion.protocols import GENERIC
    >>> frame = pd.DataFrame({"emotion": ["sad", "happy"] * 3, "subject": list("aabbcc")})
    >>> for fold in GENERIC["loso"](frame):
    ...     print(fold.facts, fold.test)
    {'fold': 0, 'held_out': 'a'} [0 1]
    {'fold': 1, 'held_out': 'b'} [2 3]
    {'fold': 2, 'held_out': 'c'} [4 5]
    """

    name: str
    split: Callable[[pd.DataFrame], Iterator[Fold]]
    description: str = ""
    n_folds: int | None = None
    counts: tuple[tuple[int, int, int], ...] | None = None
    disjoint: bool = True
    leaky: bool = False

    def __call__(self, frame, whole=False):
        """Return the folds, checked.

        Parameters
        ----------
        frame : DataFrame with columns `emotion` and `subject`
            One row a recording.
        whole : bool, default=False
            Whether `frame` is the whole dataset, so that `counts` must hold.

        Returns
        -------
        list of Fold

        Raises
        ------
        ValueError
            If the number of folds or their sizes are not what the protocol states, a part is
            empty, or a subject stands on both sides.
        """
        frame = frame.reset_index(drop=True)
        folds = list(self.split(frame))
        if self.n_folds is not None and len(folds) != self.n_folds:
            raise ValueError(
                f"Protocol {self.name!r} expected {self.n_folds} folds, got {len(folds)}. "
                "Is the dataset complete? On a part of it use 'loso' or 'subject-5fold'."
            )
        for fold in folds:
            self._check(frame, fold)
        sizes = tuple((len(f.train), len(f.validation), len(f.test)) for f in folds)
        if whole and self.counts is not None and sizes != self.counts:
            raise ValueError(
                f"Protocol {self.name!r} expected (train, validation, test) = {self.counts}, "
                f"got {sizes}. Run skemotion data check on the dataset."
            )
        return folds

    def _check(self, frame, fold):
        for part in ("train", "test"):
            if len(getattr(fold, part)) == 0:
                raise ValueError(
                    f"Protocol {self.name!r} gives an empty {part} part in fold {fold.facts}. "
                    "Use another protocol, or load more of the dataset."
                )
        if self.leaky or not self.disjoint:
            return
        subjects = frame["subject"].to_numpy()
        parts = [
            set(subjects[fold.train]),
            set(subjects[fold.validation]),
            set(subjects[fold.test]),
        ]
        shared = (parts[0] & parts[1]) | (parts[0] & parts[2]) | (parts[1] & parts[2])
        if shared:
            raise ValueError(
                f"Protocol {self.name!r} puts {len(shared)} subjects into two parts of fold "
                f"{fold.facts}, for instance {min(shared)!r}. Divide by whole subjects, or declare "
                "disjoint=False if that is how it was published."
            )


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
    """Make a split into folds of whole subjects with classes as even as possible.

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
        groups = _column(frame, column)
        n_groups = len(np.unique(groups))
        if n_groups < n_splits:
            raise ValueError(
                f"{n_splits} folds by {column} need at least {n_splits} of them, got {n_groups}. "
                "Use fewer folds, or 'loso'."
            )
        folds = StratifiedGroupKFold(n_splits, shuffle=True, random_state=random_state)
        for number, (train, test) in enumerate(
            folds.split(groups, _classes(frame, n_splits), groups)
        ):
            yield Fold({"fold": number}, train, _NONE, test)

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
        yield Fold(
            {"fold": 0}, *(np.flatnonzero(values == part) for part in (train, validation, test))
        )

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


GENERIC = {
    protocol.name: protocol
    for protocol in (
        Protocol("loso", leave_one_out(), "leave one subject out"),
        Protocol("subject-3fold", group_kfold(3), "3 folds of whole subjects", 3),
        Protocol("subject-5fold", group_kfold(5), "5 folds of whole subjects", 5),
        Protocol("subject-10fold", group_kfold(10), "10 folds of whole subjects", 10),
        Protocol("holdout-622", holdout_622(), "60 : 20 : 20 % by whole subjects", 1),
        Protocol("random-5fold", random_kfold(5), "LEAKY: 5 random folds", 5, leaky=True),
    )
}
"""Protocols that need nothing but subjects."""


def get_protocol(name, dataset=None):
    """Return a protocol by name.

    Parameters
    ----------
    name : str or Protocol
        A generic name (``"loso"``), or one of the dataset's own with or without its prefix
        (``"emodb/loso"``).
    dataset : Dataset, default=None
        Where to look for protocols beside the generic ones.

    Returns
    -------
    Protocol

    Raises
    ------
    ValueError
        If there is no such protocol.

    Examples
    --------
    >>> from skemotion.protocols import get_protocol
    >>> get_protocol("loso").description
    'leave one subject out'
    """
    if isinstance(name, Protocol):
        return name
    own = {} if dataset is None else {protocol.name: protocol for protocol in dataset.protocols}
    prefixed = name if dataset is None else f"{dataset.name}/{name}"
    for key, known in ((name, own), (prefixed, own), (name, GENERIC)):
        if key in known:
            return known[key]
    names = [*own, *GENERIC]
    close = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"Unknown protocol {name!r}.{hint} Available: {', '.join(names)}.")


def _column(frame, column):
    if column not in frame:
        raise ValueError(
            f"Expected a column {column!r} in the table, got {', '.join(map(str, frame.columns))}. "
            "This protocol does not fit this dataset."
        )
    return frame[column].astype(str).to_numpy()


def _classes(frame, n_splits):
    """Return the emotions, rare ones merged, so that the splitter does not warn about them."""
    emotions = frame["emotion"].astype(str)
    counts = emotions.map(emotions.value_counts())
    return emotions.where(counts >= n_splits, "rare").to_numpy()
