"""The contract of datasets."""

import os

import pandas as pd

from skemotion.datasets.base import Dataset
from skemotion.emotions import CANONICAL
from skemotion.plugins import DATASETS
from skemotion.protocols import get_protocol
from skemotion.testing._common import check_declared, check_facts, ensure, same


def check_dataset(dataset):
    """Check that a dataset keeps the promises of :class:`~skemotion.Dataset`.

    Its facts are filled in; `index` and `load` give the same twice, rows that fit together,
    subjects marked with the dataset's name, and files that exist and are listed once; each of its
    protocols gives disjoint parts; a dataset that an installed package declares bears the declared
    name and imports nothing heavy.

    Parameters
    ----------
    dataset : Dataset
        An instance that finds its files.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from skemotion.datasets.synthetic_faces import SyntheticFaces
    >>> from skemotion.testing import check_dataset
    >>> check_dataset(SyntheticFaces())
    """
    ensure(
        isinstance(dataset, Dataset),
        f"Expected an instance of a sub-class of Dataset, got {dataset!r:.80}.",
    )
    name = type(dataset).__name__
    check_facts(dataset, ("name", "licence", "emotions"))
    ensure(dataset.embedded or dataset.homepage, f"{name}.homepage is empty.")
    strange = sorted(set(dataset.emotions.values()) - set(CANONICAL))
    ensure(not strange, f"{name}.emotions maps to {strange}, which are not canonical emotions.")
    check_declared(type(dataset), DATASETS)
    try:
        data, again = dataset.load(), dataset.load()
    except ValueError as error:
        raise AssertionError(f"{name}.load() fails: {error}") from error
    ensure(data.frame.equals(again.frame), f"{name}.index() gives another table when called again.")
    lengths = {len(part) for part in (data.X, data.y, data.groups, data.frame)}
    ensure(
        len(lengths) == 1 and len(data.y) > 0,
        f"{name}.load() gives X, y, groups and frame of the lengths {sorted(lengths)}.",
    )
    ensure(same(data.X, again.X), f"{name}.load() gives other recordings next time.")
    strange = sorted(set(data.y.tolist()) - set(dataset.emotions.values()))
    ensure(not strange, f"{name}.load() gives {strange} in y, which {name}.emotions lacks.")
    ensure(
        all(group.startswith(f"{dataset.name}/") for group in data.groups),
        f"{name}.load() gives groups that do not start with '{dataset.name}/'.",
    )
    _check_paths(name, data)
    _check_protocols(dataset, data.frame)


def _check_paths(name, data):
    modality = data.dataset.modality
    table = data.X if hasattr(data.X, "columns") else pd.DataFrame({modality: list(data.X)})
    table = table[[kind for kind in table if kind != "text"]]  # texts are no files
    paths = [p for kind in table for p in table[kind] if isinstance(p, str | os.PathLike)]
    lost = [str(path) for path in paths if not os.path.isfile(path)]
    ensure(not lost, f"{name}.load() names {len(lost)} files that do not exist: {lost[:1]}.")
    if len(paths) < table.size or table.empty:
        return
    rows = data.frame[data.frame.columns.intersection(["start", "stop"])]
    rows = rows.assign(path=table.iloc[:, 0].to_numpy())
    twice = rows[rows.astype(str).duplicated()]
    ensure(twice.empty, f"{name}.load() lists {twice['path'].astype(str).tolist()[:1]} twice.")


def _check_protocols(dataset, frame):
    whole = dataset.n_recordings == len(frame)
    for protocol in dataset.protocols or (get_protocol(dataset.protocol, dataset),):
        try:
            folds = protocol(frame, whole=whole)
        except ValueError as error:
            raise AssertionError(f"{type(dataset).__name__}: {error}") from error
        ensure(len(folds) > 0, f"Protocol {protocol.name!r} gives no folds.")
