"""What the readers share: parsing the names of files, leaving files out."""

import os

import pandas as pd

from skemotion.datasets._tree import size_of

SUFFIXES = {
    "voice": frozenset({".wav", ".flac", ".ogg", ".mp3"}),
    "face": frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}),
    "video": frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".flv"}),
}
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
        Whose files are read. Files whose name has another form are faults. Further files that say
        the same, since some distributions nest a second copy, are left out; unless they have the
        same suffix and another size, which is a fault.
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
    rows, seen = [], {}
    for path in dataset.files.paths:
        stem, suffix = split_suffix(path)
        if suffix not in suffixes:
            continue
        text = path.removesuffix(path[-len(suffix) :]) if whole_path else stem
        match = pattern.search(text) if whole_path else pattern.fullmatch(text)
        if match is None:
            dataset.fault(path, f"the name is not of the form of {dataset.name}")
            continue
        if is_first(dataset, seen, tuple(word and word.lower() for word in match.groups()), path):
            rows.append({"path": path, **match.groupdict()})
    return pd.DataFrame(rows, columns=["path", *pattern.groupindex], dtype=str)


def is_first(dataset, seen, facts, path):
    """Tell whether a file is the first that says something; a further one is not forgotten.

    Parameters
    ----------
    dataset : Dataset
        Where a further file is counted as left out; or noted as a fault, if it has the same suffix
        and another size.
    seen : dict
        Facts -> the first file that says them; it grows.
    facts : hashable
        What the file says.
    path : str
        The file.

    Returns
    -------
    bool
    """
    first = seen.setdefault(facts, path)
    if first is path:
        return True
    if split_suffix(first)[1] == split_suffix(path)[1] and _sizes_differ(dataset, first, path):
        dataset.fault(path, "another file of the same name has another size")
    else:
        dataset.left_out["a second file of the same name"] += 1
    return False


def _sizes_differ(dataset, *paths):
    return len({size_of(dataset.locate(path)) for path in paths}) > 1


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
