"""From models and datasets to jobs: one fit each, with all that it is scored on."""

import json
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from skemotion import __version__
from skemotion.datasets import load_dataset
from skemotion.emotions import harmonise
from skemotion.evaluation._fit import seeded, take
from skemotion.evaluation.fingerprint import (
    dataset_fingerprint,
    describe_parameters,
    hash_array,
    result_key,
)
from skemotion.evaluation.results import Failure
from skemotion.models.base import Model, load_model

_NONE = np.array([], dtype=int)


@dataclass(frozen=True)
class Candidate:
    """A model to evaluate: its name, its seeded pipeline, and what recordings it takes."""

    name: str
    estimator: object
    modality: str | None  # None: whatever the datasets hold

    @cached_property
    def params(self):
        """Return its parameters as JSON."""
        return describe_parameters(self.estimator)

    def fits(self, source):
        """Return whether it takes the recordings of a dataset."""
        return self.modality in (None, source.modality)


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
        return dataset_fingerprint(self.data.X, self.data.y, self.data.groups)

    @cached_property
    def classes(self):
        """Return its classes, sorted."""
        return tuple(np.unique(self.data.y).tolist())


@dataclass
class Target:
    """What a fit is scored on, and the key of the result."""

    source: Source
    rows: np.ndarray
    key: str = ""


@dataclass
class Job:
    """One fit."""

    candidate: Candidate
    source: Source
    kind: str
    classes: tuple
    facts: dict  # of the fold
    protocol: str
    description: str
    leaky: bool
    train: np.ndarray
    validation: np.ndarray
    random_state: int
    targets: list[Target] = field(default_factory=list)

    def add(self, source, rows):
        """Score on some rows of a dataset, too."""
        train, validation = self.train, self.validation
        key = result_key(
            model=self.candidate.name,
            params=self.candidate.params,
            train=[self.source.name, self.source.fingerprint],
            test=[source.name, source.fingerprint],
            protocol=self.protocol,
            facts=self.facts,
            rows=[hash_array(part) for part in (train, validation, rows)],
            classes=self.classes,
            scheme=source.data.scheme,
            version=__version__,
            random_state=self.random_state,
        )
        self.targets.append(Target(source, rows, key))

    def without(self, keys):
        """Return the job without the targets whose results are there."""
        return replace(self, targets=[item for item in self.targets if item.key not in keys])

    def payload(self):
        """Return what a worker needs: the estimator, the rows to learn from, those to predict."""
        data = self.source.data
        rows = np.sort(np.concatenate([self.train, self.validation]))
        learnt = take(data.X, rows), data.y[rows], data.groups[rows], np.isin(rows, self.validation)
        return (
            self.candidate.estimator,
            learnt,
            [take(t.source.data.X, t.rows) for t in self.targets],
        )

    def failures(self, reason):
        """Return what failed with this job."""
        fold = self.facts["fold"]
        return [
            Failure(
                self.candidate.name, self.source.name, target.source.name, self.kind, fold, reason
            )
            for target in self.targets
        ]


def make_candidate(model, random_state, name=None):
    """Return the candidate for a model name, a Model or an estimator."""
    if isinstance(model, str):
        model = load_model(model)
    if isinstance(model, type) and issubclass(model, Model):
        model = model()
    if isinstance(model, Model):
        estimator = seeded(model.pipeline(), random_state)
        return Candidate(name or model.name, estimator, model.modality)
    if isinstance(model, type) or not (hasattr(model, "fit") and hasattr(model, "get_params")):
        raise TypeError(
            f"Expected a model to be a name, a Model or an estimator, got {model!r}. "
            "skemotion plugins lists the names."
        )
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    name = name or "+".join(type(step).__name__ for step in steps)
    return Candidate(name, seeded(model, random_state), None)


def make_candidates(models, random_state):
    """Return the candidates for a dict of models or a list."""
    if isinstance(models, str) or not hasattr(models, "__iter__"):
        raise TypeError(
            f"Expected models to be a list or a dict of models, got {models!r}. Write [{models!r}]."
        )
    if isinstance(models, dict):
        return [make_candidate(model, random_state, name) for name, model in models.items()]
    candidates = [make_candidate(model, random_state) for model in models]
    _check_unique([candidate.name for candidate in candidates], "models")
    return candidates


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
    _check_unique([source.name for source in sources], "datasets")
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
    frame = data.frame.iloc[rows].reset_index(drop=True)
    left_out = {f"emotion {name!r} is not in scheme {scheme!r}": n for name, n in dropped.items()}
    return type(data)(
        **dict(data)
        | {"X": take(data.X, rows), "y": y, "groups": data.groups[rows], "scheme": scheme}
        | {"frame": frame.assign(emotion=y), "left_out": dict(data.left_out) | left_out}
    )


def _check_unique(names, what):
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        advice = "Pass a dict of name -> model." if what == "models" else "Give each only once."
        raise ValueError(
            f"The {what} {', '.join(map(repr, twice))} are given twice, so that their results "
            f"could not be told apart. {advice}"
        )


def check_modalities(candidates, sources):
    """Refuse a model that takes no dataset, and a dataset that no model takes."""
    for candidate in candidates:
        if not any(candidate.fits(source) for source in sources):
            raise ValueError(_misfit(candidate, sources))
    for source in sources:
        if not any(candidate.fits(source) for candidate in candidates):
            raise ValueError(
                f"No model takes the {source.modality} recordings of dataset {source.name!r}. "
                f"Add a {source.modality} model, or leave the dataset out."
            )


def _misfit(candidate, sources):
    held = ", ".join(f"{source.name} ({source.modality})" for source in sources)
    return (
        f"Model {candidate.name!r} takes {candidate.modality} recordings, got {held}. "
        f"Use a {candidate.modality} dataset, or another model."
    )


def plan_within(candidate, source, protocol, random_state):
    """Return the jobs of one dataset under a protocol."""
    data = source.data
    jobs = []
    for fold in protocol(data.frame, whole=not data.left_out):
        facts = {"fold": len(jobs)} | {name: _plain(value) for name, value in fold.facts.items()}
        learnt = np.concatenate([fold.train, fold.validation])
        shared = np.isin(data.groups[fold.test], data.groups[learnt]).any()
        job = Job(
            candidate,
            source,
            "within",
            source.classes,
            facts,
            protocol.name,
            protocol.description,
            bool(protocol.leaky or shared),
            fold.train,
            fold.validation,
            random_state,
        )
        job.add(source, fold.test)
        jobs.append(job)
    return jobs


def plan_across(candidate, source, targets, random_state):
    """Return the jobs that train on one dataset and test on others, and what cannot be done."""
    jobs, failures = {}, []
    for target in targets:
        classes = tuple(name for name in source.classes if name in target.classes)
        if len(classes) < 2:
            reason = (
                f"the datasets share {len(classes)} classes ({', '.join(source.classes)} and "
                f"{', '.join(target.classes)}); name a scheme that brings them together"
            )
            cell = candidate.name, source.name, target.name, "cross"
            failures.append(Failure(*cell, None, reason))
            continue
        if classes not in jobs:
            jobs[classes] = Job(
                candidate,
                source,
                "cross",
                classes,
                {"fold": 0},
                "cross-dataset",
                "trained on all of one dataset, tested on all of another",
                False,
                np.flatnonzero(np.isin(source.data.y, classes)),
                _NONE,
                random_state,
            )
        jobs[classes].add(target, np.flatnonzero(np.isin(target.data.y, classes)))
    return list(jobs.values()), failures


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


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value
