"""Name what rows have in common: content, subjects, sentences, sessions, parents, twins."""

import os

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from skemotion._describe import digest_recording
from skemotion.datasets._names import SUFFIXES, split_suffix
from skemotion.evaluation.inspection import exact_duplicates, inspect_recordings, near_duplicates


def content_keys(X, modality, *, near=True, n_jobs=None, progress=None):
    """Read recordings once, and name what is the same.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...) or DataFrame
        Recordings; a DataFrame has one column a modality.
    modality : str
        What they are.
    near : bool, default=True
        Whether to look for copies that differ in a few bits, too.
    n_jobs : int, default=None
        Number of processes.
    progress : callable, default=None
        Called as ``progress(n_done, n_samples)``.

    Returns
    -------
    dict of str to ndarray of object of shape (n_samples,)
        ``"duplicate"`` and ``"near-duplicate"`` -> the same key for rows that are the same, None
        for rows that are like no other.
    """
    columns = [(name, X[name].to_numpy()) for name in X] if hasattr(X, "columns") else None
    keys = {}
    for kind, values in columns or [(modality, X)]:
        if kind == "text":
            continue  # the same words are no copy
        seen = inspect_recordings(values, kind, n_jobs=n_jobs, progress=progress)
        mark = "" if columns is None else f" {kind}"
        found = keys_of_inspections(seen, near=near and kind != "video")
        keys |= {name + mark: values for name, values in found.items()}
    return keys


def keys_of_inspections(seen, near=True):
    """Name what is the same among recordings that were looked at.

    Parameters
    ----------
    seen : list of Inspection
        What was seen.
    near : bool, default=True
        Whether copies that differ in a few bits count, too.

    Returns
    -------
    dict of str to ndarray of object of shape (n_samples,)
        As :func:`content_keys`.
    """
    keys = {"duplicate": _group_keys(exact_duplicates(seen), len(seen))}
    if near:
        contents = [item.content for item in seen]
        groups = [g for g in near_duplicates(seen) if len({contents[row] for row in g}) > 1]
        keys["near-duplicate"] = _group_keys(groups, len(seen))
    return keys


def table_keys(frame, groups=None):
    """Name what rows of a table have in common: subjects, sentences, sessions, parents, twins.

    Parameters
    ----------
    frame : DataFrame of shape (n_samples, n_columns)
        The table.
    groups : array-like of str of shape (n_samples,), default=None
        Subjects; None where nobody knows them.

    Returns
    -------
    dict of str to ndarray of object of shape (n_samples,)
        Kind -> keys, None where there is none.
    """
    keys = {} if groups is None else {"subject": np.asarray(groups, dtype=object)}
    text = "statement" if "statement" in frame else "text"
    for kind, column in (("twin", "twin"), ("text", text), ("session", "session")):
        if column in frame:
            values = frame[column].astype(object)
            keys[kind] = values.where(values.notna(), None).to_numpy()
    if "parent" in frame and frame["parent"].notna().any():
        keys["parent"] = _oldest(frame)
    return keys


def sampler_keys(sampler, n_samples):
    """Name the rows that a fitted sampler made each row of.

    Parameters
    ----------
    sampler : imbalanced-learn sampler
        Fitted; one that notes `sample_indices_`, and `parents_` where rows have two.
    n_samples : int
        Number of rows that it made.

    Returns
    -------
    dict of str to ndarray of object of shape (n_samples,)
        ``"parent"`` -> the row, ``"parent (other)"`` -> the other row of interpolated ones; empty
        if the sampler noted nothing.
    """
    if not hasattr(sampler, "sample_indices_"):
        return {}
    first = np.asarray(sampler.sample_indices_)
    if len(first) != n_samples:
        raise ValueError(
            f"Expected X to be the {len(first)} rows that {type(sampler).__name__} made, got "
            f"{n_samples}. Pass what its fit_resample returned."
        )
    keys = {"parent": first.astype(object)}
    other = getattr(sampler, "parents_", first[:, None])[:, -1]
    if (other != first).any():
        keys["parent (other)"] = other.astype(object)
    return keys


def guess_modality(X):
    """Return what the suffixes of paths say of recordings; None if they say nothing.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...) or DataFrame
        Recordings, or anything else.

    Returns
    -------
    {"voice", "face", "video"} or None
    """
    if hasattr(X, "columns") or (isinstance(X, np.ndarray) and X.dtype.kind not in "OUS"):
        return None
    items = [item for item in X if item is not None]
    if not items or not all(isinstance(item, str | os.PathLike) for item in items):
        return None
    suffixes = {split_suffix(os.fspath(item))[1] for item in items}
    fitting = [kind for kind, known in SUFFIXES.items() if suffixes <= known]
    return fitting[0] if fitting else None


def same_rows(X):
    """Name the rows that are exactly the same.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...) or DataFrame
        Features, decoded recordings, bytes or open files; the same words are no copy.

    Returns
    -------
    dict of str to ndarray of object of shape (n_samples,)
        ``"duplicate"`` -> keys; empty for texts.
    """
    rows = X.to_numpy() if hasattr(X, "to_numpy") else X
    if any(isinstance(row, str | os.PathLike) for row in rows):
        return {}
    first = {}
    for number, row in enumerate(rows):
        first.setdefault(digest_recording(row), []).append(number)
    groups = [group for group in first.values() if len(group) > 1]
    return {"duplicate": _group_keys(groups, len(rows))}


def _oldest(frame):
    """Return for each row the parent of its parents that has none itself."""
    parents = frame["parent"].astype(object)
    named = not is_numeric_dtype(parents.dropna().infer_objects())
    own = frame["path"] if named and "path" in frame else pd.Series(range(len(frame)), frame.index)
    parent_of = dict(zip(own[parents.notna()], parents.dropna(), strict=True))
    keys = np.empty(len(frame), dtype=object)
    for number, key in enumerate(own):
        seen = set()
        while key in parent_of and key not in seen:
            seen.add(key)
            key = parent_of[key]
        keys[number] = key
    return keys


def _group_keys(groups, n_rows):
    keys = np.full(n_rows, None, dtype=object)
    for group in groups:
        keys[group] = group[0]
    return keys
