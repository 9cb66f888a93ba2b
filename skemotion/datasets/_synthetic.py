"""What the synthetic datasets have in common."""

from collections import Counter
from numbers import Integral
from pathlib import Path
from typing import ClassVar

import numpy as np

from skemotion.datasets.base import Dataset


class SyntheticDataset(Dataset):
    """Base of the datasets that are made on the spot."""

    licence: ClassVar[str] = "CC0-1.0"
    homepage: ClassVar[str] = "docs/synthetic.md"
    citation: ClassVar[str] = "Part of skemotion."
    embedded: ClassVar[bool] = True

    def __init__(self, root, n_subjects, n_repetitions, random_state):
        if root is not None:
            raise ValueError(
                f"Dataset {self.name!r} is made on the spot and has no files, got root={root!r}. "
                "Leave root out, or use 'folder' or 'manifest' for recordings of your own."
            )
        for name, value, least in (
            ("n_subjects", n_subjects, 1),
            ("n_repetitions", n_repetitions, 1),
            ("random_state", random_state, 0),
        ):
            if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
                raise ValueError(
                    f"Expected {name} to be an integer of at least {least}, got {value!r}. "
                    f"Pass for instance {name}=3."
                )
        self.root = Path()
        self.left_out = Counter()
        self.n_subjects = n_subjects
        self.n_repetitions = n_repetitions
        self.random_state = random_state

    def __repr__(self):
        return (
            f"{type(self).__name__}(n_subjects={self.n_subjects}, "
            f"n_repetitions={self.n_repetitions}, random_state={self.random_state})"
        )


def generator(random_state, *key):
    """Return the source of chance of one subject or recording, whatever else is made."""
    return np.random.default_rng(np.random.SeedSequence(random_state, spawn_key=key))
