"""Say why a folder is refused, and what its files seem to be."""

from skemotion.datasets._faults import describe_faults
from skemotion.datasets._lookalikes import candidates
from skemotion.datasets._tree import ARCHIVES, Tree

_UNDERSTOOD = 0.1  # share of the files without which a folder is not of the dataset


def is_foreign(dataset, n_understood):
    """Tell whether a folder is of another dataset than the one that reads it.

    Parameters
    ----------
    dataset : Dataset
        With the faults of its index alone: an empty file is understood if its name is.
    n_understood : int
        Number of recordings that the index has or left out for a good reason.

    Returns
    -------
    bool
        True if less than a tenth of the files are understood; or less than half, where most look
        like those of another dataset. A fold or a speaker that is damaged is far from either.
    """
    n_not = len(dataset.faults)
    if n_understood < _UNDERSTOOD * (n_understood + n_not):
        return True
    if n_not <= n_understood:
        return False
    names = candidates(_paths(dataset))
    return bool(names) and dataset.name not in names


def refuse(dataset, n_good, on_error):
    """Raise the error for faults, or for a folder in which nothing was found.

    Parameters
    ----------
    dataset : Dataset
        With its faults.
    n_good : int
        Number of recordings that nothing is wrong with.
    on_error : {"raise", "skip"}
        What was asked for.
    """
    seems = _seems(candidates(_paths(dataset), dataset.name))
    if n_good == 0 and not dataset.faults:
        raise ValueError(
            f"Dataset {dataset.name!r} found no recordings in {dataset.root}.{seems} "
            f"Check the layout against {dataset.homepage or 'its documentation'}."
        )
    n_bad = len(dataset.faults)
    skip = ", or pass on_error='skip' to leave them out and count them."
    raise ValueError(
        f"{n_bad} of the {n_bad + n_good} files of dataset {dataset.name!r} in {dataset.root} "
        f"cannot be used: {describe_faults(dataset.faults)}.{seems} Repair them or take them away"
        f"{skip if on_error == 'raise' else '; they are too many to skip.'}"
    )


def explain(error, dataset):
    """Add to the message of an error of ``index()`` what the files seem to be, or are packed in.

    Parameters
    ----------
    error : ValueError or FileNotFoundError
        With a message alone; others are left as they are.
    dataset : Dataset
        Whose index failed.
    """
    if type(error) not in (ValueError, FileNotFoundError) or len(error.args) != 1:
        return
    names = candidates(_paths(dataset))
    if dataset.name not in names and not any(repr(name) in str(error) for name in names):
        error.args = (f"{error}{_seems(names)}",)
    packed = dataset._tree.packed if dataset._tree is not None else []
    if packed:
        error.args = (f"{error} Unpack {packed[0]}, which is not read.",)


def _seems(names):
    if not names:
        return ""
    return f" The files look like those of {' or '.join(map(repr, names))}: load them as that."


def _paths(dataset):
    if dataset._tree is not None:
        return dataset._tree.paths
    root = dataset.root
    readable = root.is_dir() or (root.is_file() and root.suffix.lower() in ARCHIVES)
    return Tree(root).paths if readable and not dataset.embedded else []
