"""Files: endings of media, and writing so that a reader sees the old one or the whole new one."""

import os
from contextlib import contextmanager

SUFFIXES = {
    "voice": frozenset({".wav", ".flac", ".ogg", ".mp3"}),
    "face": frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}),
    "video": frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".flv"}),
}


def refuse_folder(path, expected):
    """Refuse a folder where a file is meant.

    Parameters
    ----------
    path : path-like
        What was given.
    expected : str
        What was expected, such as "a model file".

    Raises
    ------
    IsADirectoryError
        If it is a folder.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(
            f"Expected {expected}, got the folder {os.fspath(path)!r}. Name a file in it."
        )


@contextmanager
def replaced(path):
    """Give a path to write to that takes the place of `path` in the end, if nothing fails.

    Parameters
    ----------
    path : Path
        The file; its folder is made if it is not there.

    Yields
    ------
    Path
        Beside it, with the same suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
