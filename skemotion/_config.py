"""Where data lies: argument, then environment variable, then the platform's default."""

import os
from pathlib import Path


def data_folder():
    """Return the folder that holds one sub-folder a dataset.

    It is ``$SKEMOTION_DATA`` where set, else the platform's folder for user data.

    Returns
    -------
    Path
        The folder; it need not exist.
    """
    value = os.environ.get("SKEMOTION_DATA")
    if value:
        return Path(value).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("skemotion"))


def dataset_root(name, root=None):
    """Return where dataset `name` lies: `root` if given, else ``data_folder() / name``.

    Parameters
    ----------
    name : str
        Name of the dataset.
    root : path-like, default=None
        The answer, if given.

    Returns
    -------
    Path
        The folder or file; it need not exist.
    """
    return data_folder() / name if root is None else Path(root).expanduser()


def cache_folder():
    """Return the folder of the cache of recordings that is in force by default.

    Returns
    -------
    Path or None
        ``$SKEMOTION_CACHE``, None where it is not set: nothing is kept then.
    """
    value = os.environ.get("SKEMOTION_CACHE")
    return Path(value).expanduser() if value else None
