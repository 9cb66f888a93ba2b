"""Open files of models, and look at what they say of themselves: without scikit-learn."""

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

from skemotion._files import refuse_folder
from skemotion.export import _manifest
from skemotion.export._manifest import MANIFEST
from skemotion.export._stored import open_stored, read_member
from skemotion.export.errors import DamagedModelFile, ModelFileError, UntrustedModelFile

STEPS = "steps.skops"
PLAN = "plan.json"  # of what was exported: how to predict without the steps
_MOST_PARTS = 300
_MOST_MANIFEST = 4 * 2**20
_AGAIN = "Get the file again from where it was made."


def read_manifest(path, *, max_size=2 * 2**30):
    """Read what a file of a model says of itself.

    Parameters
    ----------
    path : path-like
        What :func:`~skemotion.save` wrote. Its parts are not read, and nothing is checked but the
        form of the manifest: it says what its maker wrote.
    max_size : int, default=2 GiB
        Size in bytes above which a file is refused.

    Returns
    -------
    dict
        `versions` of the libraries, `estimator`, `classes`, `input` (what it takes), `data` (what
        it was fitted on), `metrics`, `card`, `needs_trust` (types that :func:`~skemotion.load` has
        to be told to trust) and `parts` with their `sha256` and `size`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    IsADirectoryError
        If it is a folder.
    DamagedModelFile
        If it is something else, or cut.
    IncompatibleModelFile
        If a later version wrote it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion import save
    >>> from skemotion.export import read_manifest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "calm.skemotion"
    ...     _ = save(DummyClassifier().fit([[0]], ["calm"]), path, card="Says calm.")
    ...     read_manifest(path)["card"]
    'Says calm.'
    """
    with opened(path, max_size) as (_, manifest):
        return manifest


@contextmanager
def opened(path, max_size):
    """Give the members of a file and its manifest, which names exactly them.

    Parameters
    ----------
    path : path-like
        The file.
    max_size : int
        Size in bytes above which it is refused.

    Yields
    ------
    archive : zipfile.ZipFile
    manifest : dict
    """
    path = Path(path)
    refuse_folder(path, "a model file")
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a model file at {path}, found none. Make one with skemotion fit or save."
        )
    with open(path, "rb") as file, told(path):
        size = os.fstat(file.fileno()).st_size  # of what was opened: another may take its place
        if size > max_size:
            raise DamagedModelFile(
                f"Expected at most {max_size} bytes, got {size}. Raise max_size if you expect a "
                "model of this size."
            )
        archive = open_stored(file, size, most_members=_MOST_PARTS)
        names = set(archive.namelist())
        if MANIFEST not in names:
            raise ValueError(f"its part {MANIFEST!r} is missing")
        if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
            raise ValueError("its manifest is too long")
        manifest = _manifest.decode(read_member(archive, MANIFEST))
        for name in sorted(names ^ {MANIFEST, *manifest["parts"]}):
            missing = "is missing" if name not in names else "is not in its manifest"
            raise ValueError(f"its part {name!r} {missing}")
        yield archive, manifest


@contextmanager
def told(path):
    """Say in errors which file they are about.

    Parameters
    ----------
    path : path-like
        The file.
    """
    try:
        yield
    except ModelFileError as error:
        message = f"Cannot read {path} as a model. {error}"
        if isinstance(error, UntrustedModelFile):
            raise UntrustedModelFile(message, error.names) from error
        raise type(error)(message) from error
    except ValueError as error:
        raise DamagedModelFile(
            f"Expected {path} to be a model that skemotion saved, but {error}. {_AGAIN}"
        ) from error


def read_part(archive, name, facts):
    """Return the bytes of a part once they are those that the manifest tells of.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The open file.
    name : str
        Name of the part.
    facts : dict
        Its `sha256` and `size` in the manifest.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        With the reason, if it is of no known kind, or another one.
    """
    if name not in (STEPS, PLAN) and not name.endswith((".keras", *_manifest.RUNTIMES)):
        raise ValueError(f"its part {name!r} is of no known kind")
    if archive.getinfo(name).file_size != facts["size"]:
        raise ValueError(f"its part {name!r} is not as long as its manifest says")
    content = read_member(archive, name)
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise ValueError(f"its part {name!r} is not the one that its manifest tells of")
    return content
