"""Files of a dataset that something is wrong with."""

from collections import Counter
from typing import NamedTuple

from skemotion.datasets._tree import size_of, start_of

LFS_START = b"version https://git-lfs"
_LONGEST_POINTER = 200  # bytes; the format allows 1024, but real ones have about 130
_SHOWN = 3
_REASONS_SHOWN = 5


class Fault(NamedTuple):
    """A file that is damaged or cannot be understood.

    Parameters
    ----------
    path : str
        The file, relative to the root of its dataset.
    reason : str
        What is wrong with it.
    """

    path: str
    reason: str


def file_faults(locate, columns):
    """Find the files of an index that are missing, empty or Git-LFS pointers.

    Parameters
    ----------
    locate : callable
        From a path of the index to the file, None where there is none.
    columns : DataFrame
        One column of paths a modality; None where a recording lacks it.

    Yields
    ------
    row : int
        Row of the index.
    fault : Fault
        What is wrong with it.
    """
    for column in columns:
        for row, path in enumerate(columns[column]):
            recording = None if path is None else locate(path)
            reason = None if recording is None else _reason(recording)
            if reason is not None:
                yield row, Fault(path, reason)


def _reason(recording):
    try:
        size = size_of(recording)
        if size == 0:
            return "the file is empty"
        if size <= _LONGEST_POINTER and start_of(recording, len(LFS_START)) == LFS_START:
            return "it is a Git-LFS pointer (run 'git lfs pull' in its repository)"
    except FileNotFoundError:
        return "the file is missing"
    except OSError as error:
        return f"the file cannot be read ({error.strerror or error})"
    return None


def describe_faults(faults):
    """Return the first files with what is wrong with them, and how many there are of each kind.

    Parameters
    ----------
    faults : list of Fault
        At least one.

    Returns
    -------
    str

    Examples
    --------
    >>> from skemotion.datasets._faults import Fault, describe_faults
    >>> describe_faults([Fault(f"{n}.wav", "the file is empty") for n in range(5)])
    '0.wav, 1.wav, 2.wav, ... (the file is empty: 5)'
    """
    shown = ", ".join(fault.path for fault in faults[:_SHOWN])
    more = ", ..." if len(faults) > _SHOWN else ""
    kinds = Counter(fault.reason for fault in faults)
    counts = [f"{reason}: {count}" for reason, count in kinds.most_common(_REASONS_SHOWN)]
    if len(kinds) > len(counts):
        counts.append(f"and {len(kinds) - len(counts)} other reasons")
    return f"{shown}{more} ({'; '.join(counts)})"
