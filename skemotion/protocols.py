"""Protocols: who is trained on, who is validated on, who is tested on.

A protocol is a function from the table of a dataset to folds, with a name and facts. A dataset
declares its own in ``Dataset.protocols``; those in :data:`GENERIC` work on any dataset.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from skemotion._holdout import group_holdout
from skemotion._splits import (
    Fold,
    both_out_sizes,
    every_nth,
    fixed_folds,
    group_kfold,
    leave_both_out,
    leave_one_out,
    official_split,
    random_kfold,
    rotated,
)

__all__ = [
    "GENERIC",
    "Fold",
    "Protocol",
    "both_out_sizes",
    "every_nth",
    "fixed_folds",
    "get_protocol",
    "group_holdout",
    "group_kfold",
    "leave_both_out",
    "leave_one_out",
    "official_split",
    "random_kfold",
    "rotated",
]


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
    disjoint : tuple of str, default=("subject",)
        Columns of which no value may stand both in the test part and elsewhere, which is then
        checked; nor may one of the first stand both in train and validation. Empty, or without
        `subject`, only for published splits that do not keep to it.
    leaky : bool, default=False
        Whether it divides without regard to subjects. Results are marked so.
    joins_validation : bool, default=True
        Whether a model that does not ask for the validation part learns from train and validation
        together. False where the validation part was published as such.
    scheme : str, default=None
        Name of the scheme under which it divides the dataset; its `counts` hold under it. None
        means any, with counts of the dataset as published.

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
    disjoint: tuple[str, ...] = ("subject",)
    leaky: bool = False
    joins_validation: bool = True
    scheme: str | None = None

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
                f"got {sizes}. Run skemotion data check on the dataset; a part of it can be chosen "
                "with where=, or divided by 'loso' or 'subject-5fold'."
            )
        return folds

    def cv(self, frame):
        """Return the folds as scikit-learn takes them, for instance ``GridSearchCV(cv=...)``.

        Parameters
        ----------
        frame : DataFrame with columns `emotion` and `subject`
            One row a recording, in the order of `X` and `y`.

        Returns
        -------
        list of (ndarray of int, ndarray of int)
            Rows to learn from, the validation part among them unless it was published as such, and
            rows to test.

        Examples
        --------
        >>> from sklearn.dummy import DummyClassifier
        >>> from sklearn.model_selection import cross_val_score
        >>> from skemotion import load_dataset
        >>> from skemotion.protocols import get_protocol
        >>> data = load_dataset("synthetic-voices", scheme="common4")
        >>> cv = get_protocol("subject-3fold").cv(data.frame)
        >>> len(cross_val_score(DummyClassifier(), data.X, data.y, cv=cv))
        3
        """
        return [
            (np.union1d(f.train, f.validation) if self.joins_validation else f.train, f.test)
            for f in self(frame)
        ]

    def _check(self, frame, fold):
        for part in ("train", "test"):
            if len(getattr(fold, part)) == 0:
                raise ValueError(
                    f"Protocol {self.name!r} gives an empty {part} part in fold {fold.facts}. "
                    "Use another protocol, or load more of the dataset."
                )
        rows = np.concatenate([fold.train, fold.validation, fold.test])
        if len(np.unique(rows)) < len(rows):
            raise ValueError(
                f"Protocol {self.name!r} gives a recording twice in fold {fold.facts}. "
                "Each may stand in one part, once."
            )
        if self.leaky:
            return
        for number, column in enumerate(self.disjoint):
            train, validation, test = (set(frame[column].to_numpy()[part]) for part in fold[1:])
            shared = ((train | validation) & test) | (train & validation if number == 0 else set())
            if shared:
                raise ValueError(
                    f"Protocol {self.name!r} puts {len(shared)} {column}s into two parts of fold "
                    f"{fold.facts}, for instance {min(shared)!r}. Divide by whole {column}s, or "
                    "declare disjoint=() if that is how it was published."
                )


def _subject_kfold(n):
    return Protocol(f"subject-{n}fold", group_kfold(n), f"{n} folds of whole subjects", n)


def _random_kfold(n):
    return Protocol(f"random-{n}fold", random_kfold(n), f"LEAKY: {n} random folds", n, leaky=True)


GENERIC = {
    protocol.name: protocol
    for protocol in (
        Protocol("loso", leave_one_out(), "leave one subject out"),
        *map(_subject_kfold, (3, 5, 10)),
        Protocol("holdout-622", group_holdout(), "60 : 20 : 20 % by whole subjects", 1),
        Protocol(
            "subject+statement",
            leave_both_out("subject", "statement", 5),
            "neither the subject nor the sentence of the test part is in training",
            disjoint=("subject", "statement"),
        ),
        Protocol("leave-one-dataset-out", leave_one_out("dataset"), "of several, joined"),
        *map(_random_kfold, (5, 10)),
    )
}
"""Protocols that need nothing but subjects; other numbers of folds than these work too."""

_NUMBERED = {"subject": _subject_kfold, "random": _random_kfold}


def get_protocol(name, dataset=None):
    """Return a protocol by name.

    Parameters
    ----------
    name : str or Protocol
        One of the dataset's own (``"emodb/loso"``), which asserts its counts, a generic name
        (``"loso"``), or one of its own without the prefix (``"loto"``).
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
    for key, known in ((name, own), (name, GENERIC), (prefixed, own)):
        if key in known:
            return known[key]
    numbered = re.fullmatch(r"(subject|random)-([1-9]\d{0,3})fold", str(name))
    if numbered and int(numbered[2]) > 1:
        return _NUMBERED[numbered[1]](int(numbered[2]))
    elsewhere = {} if dataset is None else dataset.other_protocols
    for key in (name, prefixed):
        if key in elsewhere:
            raise ValueError(
                f"Protocol {key!r} does not fit this form of {dataset.name!r}: {elsewhere[key]}."
            )
    names = [*own, *GENERIC]
    close = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"Unknown protocol {name!r}.{hint} Available: {', '.join(names)}.")
