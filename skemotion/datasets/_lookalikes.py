"""Tell what a tree of files seems to be."""

from skemotion.plugins import DATASETS

_ENOUGH = 0.6  # share of the files whose path must bear a dataset's signature
_LOOKED_AT = 2000


def recognise(paths, not_this=None):
    """Return the name of the dataset whose files these seem to be.

    Parameters
    ----------
    paths : list of str
        Paths of files, relative to their folder.
    not_this : str, default=None
        A dataset that is out of the question.

    Returns
    -------
    str or None
        None if they look like no dataset that is known.

    Examples
    --------
    >>> from skemotion.datasets._lookalikes import recognise
    >>> recognise(["wav/03a01Fa.wav", "wav/03a01Nc.wav", "readme.txt"])
    'emodb'
    """
    return next(iter(candidates(paths, not_this)), None)


def candidates(paths, not_this=None):
    """Return the names of the datasets that these files look like most; see :func:`recognise`.

    Several where nothing tells them apart.
    """
    step = max(1, len(paths) // _LOOKED_AT)
    paths = paths[::step]
    shares = {}
    for name in DATASETS.names() if paths else ():
        try:
            dataset = DATASETS.load(name)
        except (ImportError, ValueError):  # a broken plugin is no reason to say nothing
            continue
        pattern = getattr(dataset, "signature", None)
        if pattern is None or name == not_this:
            continue
        found = [path for path in paths if pattern.search(path)]
        if len(found) >= _ENOUGH * len(paths) and getattr(dataset, "recognises", bool)(found):
            shares[name] = len(found)
    best = max(shares.values(), default=0)
    return [name for name, share in shares.items() if share == best]
