"""From models and datasets to jobs: one fit each, with all that it is scored on."""

import sys
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from skemotion import __version__
from skemotion._describe import describe_parameters, hash_array
from skemotion.evaluation._fit import seeded, take
from skemotion.evaluation._sources import Source, check_unique, datasets_of, share_people
from skemotion.evaluation.fingerprint import result_key
from skemotion.evaluation.results import Failure
from skemotion.models._trained_with import backend_for_key
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


@dataclass
class Target:
    """What a fit is scored on, and the key of the result."""

    source: Source
    rows: np.ndarray
    key: str = ""
    leaky: bool = False


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
    joins_validation: bool = True
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
            joins_validation=self.joins_validation,
            classes=self.classes,
            scheme=source.data.scheme,
            version=__version__,
            random_state=self.random_state,
            **backend_for_key(self.candidate.estimator),
        )
        leaky = self.leaky or share_people([self.source.data.dataset], [source.data.dataset])
        self.targets.append(Target(source, rows, key, leaky))

    def without(self, keys):
        """Return the job without the targets whose results are there."""
        return replace(self, targets=[item for item in self.targets if item.key not in keys])

    def payload(self):
        """Return what a worker needs: the estimator, what to learn from, what to predict."""
        data = self.source.data
        rows = np.sort(np.concatenate([self.train, self.validation]))
        learnt = {
            "X": take(data.X, rows),
            "y": data.y[rows],
            "groups": data.groups[rows],
            "validation": np.isin(rows, self.validation),
            "soft_labels": self.soft_labels(self.source, rows),
            "joins_validation": self.joins_validation,
        }
        tests = [
            (
                take(item.source.data.X, item.rows),
                item.source.data.groups[item.rows],
                item.source.soft_labels is not None,
            )
            for item in self.targets
        ]
        return self.candidate.estimator, learnt, tests

    def soft_labels(self, source, rows):
        """Return the soft labels of some rows, across datasets those of the shared classes."""
        if source.soft_labels is None:
            return None
        soft = take(source.soft_labels, rows)
        return soft if self.kind == "within" else _share_out(soft, self.classes)

    def failures(self, reason):
        """Return what failed with this job."""
        fold = self.facts["fold"]
        return [
            Failure(
                self.candidate.name, self.source.name, target.source.name, self.kind, fold, reason
            )
            for target in self.targets
        ]


def _share_out(soft, classes):
    shares = soft.reindex(columns=list(classes), fill_value=0.0)
    return shares.div(shares.sum(axis=1), axis=0)


def make_candidate(model, random_state, name=None):
    """Return the candidate for a model name, a Model or an estimator."""
    if isinstance(model, str):
        model = load_model(model)
    if isinstance(model, type) and issubclass(model, Model):
        model = model()
    if isinstance(model, Model):
        estimator = seeded(model.pipeline(), random_state)
        return Candidate(name or model.name, _carry_metadata(estimator), model.modality)
    if isinstance(model, type) or not (hasattr(model, "fit") and hasattr(model, "get_params")):
        raise TypeError(
            f"Expected a model to be a name, a Model or an estimator, got {model!r}. "
            "skemotion plugins lists the names."
        )
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    name = name or "+".join(type(step).__name__ for step in steps)
    return Candidate(name, _carry_metadata(seeded(model, random_state)), None)


def _carry_metadata(estimator):
    if "imblearn.pipeline" not in sys.modules:  # slow to import, and then no model holds one
        return estimator
    from skemotion.models.resampled import carry_metadata

    return carry_metadata(estimator)


def make_candidates(models, random_state):
    """Return the candidates for a dict of models or a list."""
    if isinstance(models, str) or not hasattr(models, "__iter__"):
        raise TypeError(
            f"Expected models to be a list or a dict of models, got {models!r}. Write [{models!r}]."
        )
    if isinstance(models, dict):
        return [make_candidate(model, random_state, name) for name, model in models.items()]
    candidates = [make_candidate(model, random_state) for model in models]
    check_unique([candidate.name for candidate in candidates], "models")
    return candidates


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
    for fold in protocol(data.frame, whole=_is_whole(data, protocol)):
        facts = {"fold": len(jobs)} | {name: _plain(value) for name, value in fold.facts.items()}
        learnt = np.concatenate([fold.train, fold.validation])
        shared = np.isin(data.groups[fold.test], data.groups[learnt]).any()
        shared |= getattr(data.dataset, "splits_leak", False) or share_people(
            datasets_of(data, learnt), datasets_of(data, fold.test)
        )
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
            protocol.joins_validation,
        )
        job.add(source, fold.test)
        jobs.append(job)
    return jobs


def _is_whole(data, protocol):
    """Return whether the counts of a protocol must hold: nothing was chosen or damaged."""
    return data.get("complete", False) and data.scheme == protocol.scheme


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
                _rows_of(source, classes),
                _NONE,
                random_state,
            )
        jobs[classes].add(target, _rows_of(target, classes))
    return list(jobs.values()), failures


def _rows_of(source, classes):
    """Return the rows of some classes; where raters voted, one must have named one of them."""
    chosen = np.isin(source.data.y, classes)
    if source.soft_labels is not None:
        shares = source.soft_labels.reindex(columns=list(classes), fill_value=0.0)
        chosen &= shares.sum(axis=1).to_numpy() > 0
    return np.flatnonzero(chosen)


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value
