"""Recordings as people name them on the command line: files, folders and lists of files."""

import os
import stat
import sys
from collections import Counter
from pathlib import Path

from skemotion._files import SUFFIXES


def find_files(paths, modality, left_out=None):
    """Yield the files that paths stand for.

    Parameters
    ----------
    paths : iterable of path-like
        Files, which are taken whatever their names, and folders, which are searched with all
        below them. Hidden files are passed over, and links to folders are not followed.
    modality : {"voice", "face", "video"} or None
        By whose suffixes files of a folder are taken; None means those of all three.
    left_out : Counter, default=None
        Gets the number of files that are left out of folders, by reason.

    Yields
    ------
    str
        Path, as it was given or joined to the folder that was; those of a folder sorted.

    Raises
    ------
    OSError
        If a folder cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("b.wav", "a.wav", "notes.txt"):
    ...         _ = (Path(folder) / name).write_bytes(b"")
    ...     [Path(path).name for path in find_files([folder], "voice")]
    ['a.wav', 'b.wav']
    """
    suffixes = SUFFIXES[modality] if modality in SUFFIXES else frozenset().union(*SUFFIXES.values())
    left_out = Counter() if left_out is None else left_out
    for path in paths:
        if os.path.isdir(path):
            yield from _below(os.fspath(path), suffixes, left_out)
        else:
            yield os.fspath(path)


def nothing_found(paths, modality, left_out):
    """Return the error that says that paths stand for no file.

    Parameters
    ----------
    paths : list of path-like
        Folders.
    modality : {"voice", "face", "video"} or None
        What was looked for.
    left_out : Counter
        Number of files that were left out, by reason.

    Returns
    -------
    ValueError
    """
    told = "; ".join(f"{count} {why}" for why, count in left_out.items())
    return ValueError(
        f"Expected {' and '.join(map(str, paths))} to hold {modality or 'media'} files, found "
        f"none{f' (left out: {told})' if told else ''}. Check the folder."
    )


def read_list(source):
    """Return the paths that a list names, one a line.

    Parameters
    ----------
    source : path-like
        A text file; "-" is standard input. Empty lines are passed over.

    Returns
    -------
    list of str

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    if str(source) == "-":
        data = sys.stdin.buffer.read()
    else:
        if not Path(source).is_file():
            raise FileNotFoundError(f"Expected a list of files at {source}, found none. Check it.")
        data = Path(source).read_bytes()
    return [os.fsdecode(line) for line in data.splitlines() if line.strip()]


def readable(text):
    r"""Return a path, or text with paths in it, as text that can be written.

    Parameters
    ----------
    text : str
        Names of files may hold bytes that are no text.

    Returns
    -------
    str

    Examples
    --------
    >>> readable("\udcff.wav")
    '\\xff.wav'
    """
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def state_of(path):
    """Return what changes with the content of a file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    size : int or None
        In bytes; None where there is no such file.
    mtime_ns : int or None
        When it was last changed, in nanoseconds since 1970.

    Raises
    ------
    OSError
        If it is something else than a file, such as a folder or a pipe.
    """
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return None, None
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(f"Expected a file at {path}, got something else. Leave it out.")
    return facts.st_size, facts.st_mtime_ns


def listed_state(path):
    """Return :func:`state_of`, and None twice where it raises.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    tuple of (int or None)
    """
    try:
        return state_of(path)
    except OSError:
        return None, None


def _below(folder, suffixes, left_out):
    for root, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            suffix = os.path.splitext(name)[1].lower()
            if name.startswith("."):
                left_out["hidden"] += 1
            elif suffix not in suffixes:
                left_out[f"not {', '.join(sorted(suffixes))} ({suffix or 'no suffix'})"] += 1
            else:
                yield os.path.join(root, name)


def _refuse(error):
    raise OSError(
        f"Cannot read the folder {error.filename}: {error.strerror}. Correct its permissions, or "
        "name the folders that can be read."
    ) from error
