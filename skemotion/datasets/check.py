"""Compare a dataset's files with what was published, and look for what spoils results."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from skemotion.datasets._faults import LFS_START

_SHOWN = 3  # names in a line of the report


@dataclass
class CheckReport:
    """What :func:`check_files` found.

    Parameters
    ----------
    name : str
        Name of the dataset.
    root : str
        Where its files lie.
    n_recordings : int
        Number of recordings found.
    table : DataFrame of shape (n_emotions + 1, 2)
        Recordings `found` and `published` of each emotion and in total; `published` is ``"-"``
        where nothing is published.
    problems : list of str
        What makes the copy other than the published one, or unusable: wrong totals, recordings
        that are missing, empty, Git-LFS pointers or cannot be decoded.
    notes : list of str
        What to know about the recordings: left out, repeated, under two emotions, in two parts of
        the split, blank.
    findings : dict of str to list
        Kind of finding -> the recordings concerned, or groups of equal ones.

    Examples
    --------
    >>> from skemotion.datasets import get_dataset
    >>> from skemotion.datasets.check import check_files
    >>> report = check_files(get_dataset("synthetic-voices", n_subjects=2))
    >>> report.ok, report.problems
    (False, ['48 of 240 published recordings are here'])
    """

    name: str
    root: str
    n_recordings: int
    table: pd.DataFrame
    problems: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    findings: dict = field(default_factory=dict)

    @property
    def ok(self):
        """Whether there are no problems; notes do not count."""
        return not self.problems

    def to_dict(self):
        """Return the report as a dictionary of plain values, for JSON.

        Returns
        -------
        dict
        """
        return {
            "name": self.name,
            "root": self.root,
            "ok": self.ok,
            "n_recordings": self.n_recordings,
            "table": self.table.to_dict("index"),
            "problems": list(self.problems),
            "notes": list(self.notes),
            "findings": self.findings,
        }


def check_files(dataset, decode=None, *, n_jobs=None, progress=None):
    """Read every recording of a dataset and report what is wrong with it.

    Parameters
    ----------
    dataset : Dataset
        The dataset; its index must be readable.
    decode : callable, default=None
        Turns a recording into an array and raises ValueError or OSError if it cannot, for instance
        a function of the audio or image readers. None means that nothing is decoded.
    n_jobs : int, default=None
        Number of threads. None means 1.
    progress : callable, default=None
        Called as ``progress(n_done, n_samples)`` after each recording.

    Returns
    -------
    CheckReport

    Raises
    ------
    FileNotFoundError, ValueError
        If the dataset cannot be indexed at all; see :meth:`skemotion.Dataset.load`.
    """
    data = dataset.load()
    names = data.frame["path"].tolist()
    files = _examine_all(data.X, decode, n_jobs or 1, progress)
    report = CheckReport(data.dataset.name, str(dataset.root), len(names), _table(dataset, data.y))
    _compare_totals(report, dataset)
    for reason, count in data.left_out.items():
        report.notes.append(f"{count} left out: {reason}")
    for kind, (what, is_problem) in _FAULTS.items():
        found = [
            name if file.reason is None else f"{name}: {file.reason}"
            for name, file in zip(names, files, strict=True)
            if file.fault == kind
        ]
        _add(report, kind, found, f"{len(found)} {what}", is_problem)
    contents = [file.content for file in files]
    _compare_contents(report, data.frame, contents, dataset.subjects_known)
    return report


class _File(NamedTuple):
    content: bytes | None = None
    fault: str | None = None
    reason: str | None = None


_FAULTS = {
    "missing": ("recordings are missing", True),
    "empty": ("recordings are empty", True),
    "lfs": ("recordings are Git-LFS pointers, run 'git lfs pull'", True),
    "unreadable": ("recordings cannot be read", True),
    "blank": ("recordings are blank (black or silent)", False),
}


def _examine_all(recordings, decode, n_jobs, progress):
    files = []
    with ThreadPoolExecutor(n_jobs) as pool:
        for file in pool.map(lambda recording: _examine(recording, decode), recordings):
            files.append(file)
            if progress is not None:
                progress(len(files), len(recordings))
    return files


def _examine(recording, decode):
    if isinstance(recording, np.ndarray):
        return _File(_digest(recording.tobytes()), None if recording.any() else "blank")
    if isinstance(recording, bytes):
        content = recording
    else:
        try:
            content = Path(recording).read_bytes()
        except FileNotFoundError:
            return _File(fault="missing")
        except OSError as error:
            return _File(fault="unreadable", reason=str(error))
    if not content:
        return _File(fault="empty")
    if content.startswith(LFS_START):
        return _File(fault="lfs")
    if decode is None:
        return _File(_digest(content))
    try:
        decoded = decode(recording)
    except (ValueError, OSError) as error:
        return _File(_digest(content), "unreadable", str(error))
    return _File(_digest(content), None if np.any(decoded) else "blank")


def _digest(content):
    return blake2b(content, digest_size=16).digest()


def _table(dataset, emotions):
    found = pd.Series(emotions).value_counts()
    names = list(dict.fromkeys([*dataset.counts, *sorted(found.index)]))
    rows = {name: (int(found.get(name, 0)), dataset.counts.get(name, "-")) for name in names}
    total = "-" if dataset.n_recordings is None else dataset.n_recordings
    rows["total"] = (len(emotions), total)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["found", "published"])


def _compare_totals(report, dataset):
    published = dataset.n_recordings
    if published is None:
        return
    if report.n_recordings != published:
        report.problems.append(
            f"{report.n_recordings} of {published} published recordings are here"
            if report.n_recordings < published
            else f"{report.n_recordings} recordings are here, {published} are published"
        )
    elif dataset.counts:
        emotions = report.table.drop(index="total")
        for name, row in emotions[emotions["found"] != emotions["published"]].iterrows():
            report.problems.append(f"{row['found']} {name} are here, {row['published']} published")


def _compare_contents(report, frame, contents, subjects_known):
    rows_of = defaultdict(list)
    for row, content in enumerate(contents):
        if content is not None:
            rows_of[content].append(row)
    repeated = [rows for rows in rows_of.values() if len(rows) > 1]
    paths = frame["path"].tolist()
    groups = [[paths[row] for row in rows] for rows in repeated]
    extra = sum(map(len, repeated)) - len(repeated)
    _add(report, "repeated", groups, f"{extra} recordings repeat another one")
    for column, kind, text in (
        ("emotion", "conflicting", "recordings stand under more than one emotion"),
        ("subject", "two subjects", "recordings stand under more than one subject"),
        ("split", "two parts", "recordings stand in more than one part of the split"),
    ):
        if column not in frame or (column == "subject" and not subjects_known):
            continue
        values = frame[column].tolist()
        found = [
            names
            for names, rows in zip(groups, repeated, strict=True)
            if len({values[row] for row in rows}) > 1
        ]
        _add(report, kind, found, f"{len(found)} {text}")


def _add(report, kind, found, text, is_problem=False):
    if not found:
        return
    report.findings[kind] = found
    shown = [" = ".join(item) if isinstance(item, list) else item for item in found[:_SHOWN]]
    more = ", ..." if len(found) > _SHOWN else ""
    line = f"{text}: {', '.join(shown)}{more}"
    (report.problems if is_problem else report.notes).append(line)
