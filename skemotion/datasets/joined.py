"""Several loaded datasets as one."""

from collections import Counter

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skemotion.datasets.base import Dataset
from skemotion.protocols import GENERIC


class Joined(Dataset):
    """What :func:`join_datasets` gives as `dataset`: the facts of several, put together.

    Parameters
    ----------
    datasets : list of Dataset
        The datasets.
    """

    def __init__(self, datasets):
        self.name = "+".join(dataset.name for dataset in datasets)
        super().__init__()
        self.datasets = datasets
        self.modality = datasets[0].modality
        for fact in ("language", "licence", "homepage", "citation"):
            values = dict.fromkeys(str(getattr(dataset, fact)) for dataset in datasets)
            setattr(self, fact, "; ".join(value for value in values if value))
        self.emotions = {name: name for d in datasets for name in d.emotions.values()}
        self.subjects_known = all(dataset.subjects_known for dataset in datasets)
        self.protocols = (GENERIC["leave-one-dataset-out"],)

    def index(self):
        """Refuse: what is joined is loaded already."""
        raise TypeError(f"The joined dataset {self.name!r} is made by join_datasets, not loaded.")


def join_datasets(loaded):
    """Put several loaded datasets together, to train on some and test on others.

    Parameters
    ----------
    loaded : list of :class:`~sklearn.utils.Bunch`
        What :func:`~skemotion.load_dataset` returned; of one modality and under one scheme.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        As :func:`~skemotion.load_dataset` gives it; the column `dataset` of `frame` says where a
        row comes from. Its default protocol is ``leave-one-dataset-out``.

    Raises
    ------
    ValueError
        If there are fewer than two, or they differ in modality, form of recordings or scheme, or
        one is given twice.

    Examples
    --------
    >>> from skemotion import join_datasets, load_dataset
    >>> names = ["synthetic-voices", "synthetic-voices-phone"]
    >>> data = join_datasets([load_dataset(name, scheme="common4") for name in names])
    >>> data.dataset.protocol, data.frame["dataset"].nunique()
    ('leave-one-dataset-out', 2)
    """
    loaded = list(loaded)
    names = [data.dataset.name for data in loaded]
    if len(loaded) < 2 or len(set(names)) < len(names):
        raise ValueError(
            f"Expected two or more different datasets to join, got {', '.join(names) or 'none'}. "
            "Load each once."
        )
    for what, values in (
        ("modality", [data.dataset.modality for data in loaded]),
        ("scheme", [data.scheme for data in loaded]),
        ("form of recordings", [_form(data.X) for data in loaded]),
    ):
        if len(set(values)) > 1:
            told = ", ".join(f"{n}: {value}" for n, value in zip(names, values, strict=True))
            raise ValueError(
                f"Expected datasets of one {what} to join, got {told}. "
                + ("Load all with the same scheme=." if what == "scheme" else "Join others.")
            )
    left_out = Counter()
    for data in loaded:
        left_out.update({f"{data.dataset.name}: {k}": n for k, n in data.left_out.items()})
    parts = [data.X for data in loaded]
    is_table = hasattr(parts[0], "iloc")
    return Bunch(
        X=pd.concat(parts, ignore_index=True) if is_table else np.concatenate(parts),
        y=np.concatenate([data.y for data in loaded]),
        groups=np.concatenate([data.groups for data in loaded]),
        frame=pd.concat([data.frame for data in loaded], ignore_index=True),
        soft_labels=_join_soft([data.get("soft_labels") for data in loaded]),
        scheme=loaded[0].scheme,
        left_out=dict(left_out),
        faults=[fault for data in loaded for fault in data.get("faults", ())],
        dataset=Joined([data.dataset for data in loaded]),
    )


def _form(X):
    return tuple(X.columns) if hasattr(X, "columns") else np.shape(X)[1:]


def _join_soft(tables):
    """Return one table of shares, if all have one."""
    if any(table is None for table in tables):
        return None
    joined = pd.concat(tables, ignore_index=True).fillna(0.0)
    return joined[sorted(joined.columns)]
