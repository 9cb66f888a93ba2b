"""Datasets to evaluate on: loaded, under a scheme, with a protocol."""

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from skemotion.datasets import load_dataset
from skemotion.emotions import harmonise, harmonise_soft
from skemotion.evaluation._fit import take
from skemotion.evaluation.fingerprint import dataset_fingerprint
from skemotion.protocols import get_protocol


@dataclass(frozen=True)
class Source:
    """A loaded dataset."""

    data: object
    name: str
    modality: str
    subjects_known: bool

    @cached_property
    def fingerprint(self):
        """Return the hash of its content, computed once."""
        return dataset_fingerprint(
            self.data.X, self.data.y, self.data.groups, self.soft_labels, self.modality
        )

    @property
    def soft_labels(self):
        """Return the shares of the classes as DataFrame, None if there are none."""
        return self.data.get("soft_labels")

    @cached_property
    def classes(self):
        """Return its classes, sorted."""
        return tuple(np.unique(self.data.y).tolist())


def make_source(data, scheme=None):
    """Return the source for a dataset's name or what load_dataset returned."""
    if isinstance(data, str):
        data = load_dataset(data, scheme=scheme)
    missing = [name for name in ("X", "y", "groups", "frame", "dataset") if name not in dir(data)]
    if missing:
        raise TypeError(
            "Expected a dataset to be a name or what load_dataset returns, got "
            f"{type(data).__name__} without {', '.join(missing)}."
        )
    if scheme is not None and data.scheme != scheme:
        data = _with_scheme(data, scheme)
    source = Source(data, data.dataset.name, data.dataset.modality, data.dataset.subjects_known)
    if len(source.classes) < 2:
        raise ValueError(
            f"Dataset {source.name!r} has the single class {source.classes[0]!r} left "
            f"(scheme {data.scheme!r}), so there is nothing to tell apart. "
            "Use another scheme, or loosen where=."
        )
    return source


def make_sources(datasets, scheme):
    """Return the sources for a list of datasets, all under one scheme."""
    if isinstance(datasets, str) or hasattr(datasets, "groups"):
        raise TypeError(
            f"Expected datasets to be a list, got the single {type(datasets).__name__}. "
            "Put it into a list."
        )
    sources = [make_source(data, scheme) for data in datasets]
    check_unique([source.name for source in sources], "datasets")
    schemes = {str(source.data.scheme) for source in sources}
    if len(schemes) > 1:
        raise ValueError(
            f"The datasets were loaded under different schemes: {', '.join(sorted(schemes))}. "
            "Pass scheme= to bring them under one."
        )
    return sources


def _with_scheme(data, scheme):
    if data.scheme is not None:
        raise ValueError(
            f"Dataset {data.dataset.name!r} was loaded under scheme {data.scheme!r}, which cannot "
            f"be turned into {scheme!r}. Load it without a scheme."
        )
    y, kept, dropped = harmonise(data.y, scheme)
    rows = np.flatnonzero(kept)
    if not len(rows):
        raise ValueError(
            f"Dataset {data.dataset.name!r} has no recording left under scheme {scheme!r}. "
            "Use another scheme."
        )
    left_out = {f"emotion {name!r} is not in scheme {scheme!r}": n for name, n in dropped.items()}
    soft = data.get("soft_labels")
    if soft is not None:
        soft, voted, _ = harmonise_soft(take(soft, rows), scheme)
        if not voted.all():
            left_out[f"no rater named an emotion of scheme {scheme!r}"] = int((~voted).sum())
        rows, y = rows[voted], y[voted]
    frame = data.frame.iloc[rows].reset_index(drop=True)
    return type(data)(
        **dict(data)
        | {"X": take(data.X, rows), "y": y, "groups": data.groups[rows], "scheme": scheme}
        | {"soft_labels": soft}
        | {"frame": frame.assign(emotion=y), "left_out": dict(data.left_out) | left_out}
    )


def choose_protocol(name, source, *, keep_scheme=False):
    """Return the protocol for a dataset, and the dataset under the scheme that it asks for.

    Parameters
    ----------
    name : str, Protocol or None
        None means the dataset's default, or the first of its own that fits its scheme.
    source : Source
        The dataset. Where it has no scheme yet, the protocol's is applied.
    keep_scheme : bool, default=False
        Whether the scheme must stay as it is, since other datasets are under it too.

    Returns
    -------
    protocol : Protocol
    source : Source
    """
    dataset, scheme = source.data.dataset, source.data.scheme
    fixed = keep_scheme or scheme is not None
    if name is None:
        own = [get_protocol(dataset.protocol, dataset), *dataset.protocols]
        fitting = (p for p in own if not fixed or p.scheme in (None, scheme))
        name = next(fitting, "subject-5fold")
    protocol = get_protocol(name, dataset)
    if protocol.scheme in (None, scheme):
        return protocol, source
    if fixed:
        raise ValueError(
            f"Protocol {protocol.name!r} divides dataset {source.name!r} under scheme "
            f"{protocol.scheme!r}, got scheme {scheme!r}. Use scheme={protocol.scheme!r}, or "
            "another protocol."
        )
    return protocol, make_source(source.data, protocol.scheme)


def share_people(datasets, others):
    """Return whether some datasets are known to hold people or pictures of others."""
    return any(
        one.name in getattr(other, "overlaps", ()) or other.name in getattr(one, "overlaps", ())
        for one in datasets
        for other in others
    )


def datasets_of(data, rows):
    """Return the datasets that some rows come from, where several were joined."""
    names = set(data.frame["dataset"].to_numpy()[rows]) if "dataset" in data.frame else ()
    joined = getattr(data.dataset, "datasets", ())
    return [dataset for dataset in joined if dataset.name in names]


def check_unique(names, what):
    """Refuse names of models or datasets that are given twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        advice = "Pass a dict of name -> model." if what == "models" else "Give each only once."
        raise ValueError(
            f"The {what} {', '.join(map(repr, twice))} are given twice, so that their results "
            f"could not be told apart. {advice}"
        )


def describe_sources(sources):
    """Return one row a dataset: what was loaded, what was left out."""
    return pd.DataFrame(
        {
            "dataset": source.name,
            "modality": source.modality,
            "n_recordings": len(source.data.y),
            "n_subjects": len(np.unique(source.data.groups)),
            "subjects_known": source.subjects_known,
            "classes": " ".join(source.classes),
            "fingerprint": source.fingerprint,
            "licence": source.data.dataset.licence,
            "citation": source.data.dataset.citation,
            "left_out": json.dumps(source.data.left_out),
        }
        for source in sources
    )
