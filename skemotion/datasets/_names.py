"""What the readers share: parsing the names of files, leaving files out."""

import os

import pandas as pd

from skemotion._files import SUFFIXES
from skemotion.datasets._tree import size_of

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def split_suffix(path):
    """Return the stem and the lower-case suffix of a path's last part."""
    stem, suffix = os.path.splitext(path.rsplit("/", 1)[-1])
    return stem, suffix.lower()


def read_names(dataset, pattern, suffixes=SUFFIXES["voice"], *, whole_path=False):
    """Read what the names of a corpus' files say.

    Parameters
    ----------
    dataset : Dataset
        Whose files are read. Files whose name has another form are faults. Of several that say the
        same the first is read: see :func:`first_of_each`.
    pattern : re.Pattern
        With named groups; it must match the whole stem.
    suffixes : collection of str, default=those of voices
        Lower-case endings of the files that count; others are passed over.
    whole_path : bool, default=False
        Whether the pattern is searched in the whole path without its suffix instead.

    Returns
    -------
    DataFrame with the column `path` and one a group of `pattern`
        One row a file, sorted by path.
    """
    found = []
    for path in dataset.files.paths:
        stem, suffix = split_suffix(path)
        if suffix not in suffixes:
            continue
        text = path.removesuffix(path[-len(suffix) :]) if whole_path else stem
        match = pattern.search(text) if whole_path else pattern.fullmatch(text)
        if match is None:
            dataset.fault(path, f"the name is not of the form of {dataset.name}")
            continue
        facts = tuple(word and word.lower() for word in match.groups())
        found.append((facts, {"path": path, **match.groupdict()}))
    rows = first_of_each(dataset, found)
    return pd.DataFrame(rows, columns=["path", *pattern.groupindex], dtype=str)


def first_of_each(dataset, found):
    """Return the files that stay when several say the same, as some distributions nest copies.

    Parameters
    ----------
    dataset : Dataset
        Where further files are counted as left out. If one of them has the suffix of the first and
        another size, all that say the same are faults: nobody knows which of them is right.
    found : list of (hashable, dict)
        What a file says, in any order, and its row with `path`.

    Returns
    -------
    list of dict
        The rows that stay, in their order.
    """
    groups = {}
    for facts, row in found:
        groups.setdefault(facts, []).append(row)
    for rows in groups.values():
        if len(rows) > 1 and _differ(dataset, [row["path"] for row in rows]):
            for row in rows:
                dataset.fault(row["path"], "another file of the same name has another size")
            rows.clear()
        elif len(rows) > 1:
            dataset.left_out["a second file of the same name"] += len(rows) - 1
    return [rows[0] for rows in groups.values() if rows]


def _differ(dataset, paths):
    suffix = split_suffix(paths[0])[1]
    alike = (path for path in paths if split_suffix(path)[1] == suffix)
    return len({_size(dataset, path) for path in alike}) > 1


def _size(dataset, path):
    try:
        return size_of(dataset.locate(path))
    except OSError:  # of a link that leads nowhere
        return None


def leave_out(dataset, frame, unwanted, reason):
    """Return `frame` without the unwanted rows, which are counted in ``dataset.left_out``."""
    if unwanted.any():
        dataset.left_out[reason] += int(unwanted.sum())
    return frame[~unwanted].reset_index(drop=True)


def refuse(dataset, frame, unwanted, reason):
    """Return `frame` without the unwanted rows, which are faults of the dataset."""
    for path in frame.loc[unwanted, "path"]:
        dataset.fault(path, reason)
    return frame[~unwanted].reset_index(drop=True)
