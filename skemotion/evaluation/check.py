"""Compare a dataset's files with what was published, and look for what spoils results."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import pandas as pd

from skemotion.evaluation.inspection import exact_duplicates, inspect_recordings, near_duplicates

_SHOWN = 3  # names in a line of the report
_FAULTS = {
    "missing": "recordings are missing",
    "empty": "recordings are empty",
    "lfs": "recordings are Git-LFS pointers, run 'git lfs pull'",
    "unreadable": "recordings cannot be read",
}
_REMARKS = {
    "silent": "recordings are silent (below -60 dB of full scale)",
    "clipped": "recordings are clipped (more than 0.1 % of the samples at full scale)",
    "black": "pictures are black",
    "wordless": "texts have no words",
    "unopened": "videos were not opened, only compared: install skemotion[video] and check again",
}
_DOUBTFUL = ("silent", "black", "wordless", "unopened")
_CONFLICTS = (
    ("emotion", "under more than one emotion"),
    ("subject", "under more than one subject"),
    ("split", "in more than one part of the split"),
)


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
    subjects : DataFrame of shape (n_subjects, 2)
        The same of each subject; empty where nobody knows the subjects.
    forms : DataFrame of shape (n_forms, 2 or 3)
        How many recordings there are of each `form`: of voices the sampling rate in Hz and the
        channels, of pictures the height and width, of videos those and the frames in a second,
        with the shortest and longest `duration` in seconds.
    problems : list of str
        What makes the copy other than the published one, or unusable: wrong totals, files that are
        missing, empty, Git-LFS pointers, not understood or cannot be decoded.
    notes : list of str
        What to know about the recordings: left out, repeated, nearly so, under two emotions, in two
        parts of the split, resampled, silent, clipped, black, without words; videos that were not
        opened.
    findings : dict of str to list
        Kind of finding -> the recordings concerned, or groups of equal ones.
    doubts : list of str
        Those of the notes that speak against using the recordings as they are: one content under
        two emotions, two subjects or in two parts of the split; silent, black, without words, not
        opened.
    strict : bool
        Whether doubts count as problems.

    Examples
    --------
    >>> from skemotion.datasets import get_dataset
    >>> from skemotion.evaluation import check_files
    >>> report = check_files(get_dataset("synthetic-voices", n_subjects=2))
    >>> report.ok, report.problems
    (False, ['48 of 240 published recordings are here'])
    """

    name: str
    root: str
    n_recordings: int
    table: pd.DataFrame
    subjects: pd.DataFrame = field(default_factory=pd.DataFrame)
    forms: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    findings: dict = field(default_factory=dict)
    doubts: list = field(default_factory=list)
    strict: bool = False

    @property
    def ok(self):
        """Whether there are no problems, and if strict no doubts; other notes do not count."""
        return not self.problems and not (self.strict and self.doubts)

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
            "subjects": self.subjects.to_dict("index"),
            "forms": self.forms.to_dict("records"),
            "problems": list(self.problems),
            "notes": list(self.notes),
            "findings": self.findings,
            "doubts": list(self.doubts),
            "strict": self.strict,
        }


def check_files(dataset, *, near=True, strict=False, n_jobs=None, progress=None):
    """Read every recording of a dataset and report what is wrong with it.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    near : bool, default=True
        Whether to look for copies that differ in a few bits, too.
    strict : bool, default=False
        Whether doubts count as problems: one content under two emotions, two subjects or in two
        parts of the split, near copies too; silent, black or empty recordings; videos that could
        not be opened. Where nothing is published to compare with, as of a folder, the same content
        under two emotions is a problem anyway.
    n_jobs : int, default=None
        Number of processes. None means 1.
    progress : callable, default=None
        Called as ``progress(n_done, n_samples)``.

    Returns
    -------
    CheckReport

    Raises
    ------
    FileNotFoundError, ValueError
        If the dataset cannot be indexed at all; see :meth:`skemotion.Dataset.load`.
    """
    data = dataset.load(on_error="skip")
    frame = data.frame
    report = CheckReport(
        data.dataset.name,
        str(dataset.root),
        len(frame),
        _counts(frame["emotion"], dataset.counts, total=dataset.n_recordings),
        strict=strict,
    )
    _compare_totals(report, dataset)
    _compare_subjects(report, dataset, frame)
    reasons = {fault.reason for fault in data.faults}
    for reason in sorted(reasons):
        found = [fault.path for fault in data.faults if fault.reason == reason]
        _add(report, reason, found, f"{len(found)} files: {reason}", is_problem=True)
    for reason, count in data.left_out.items():
        if reason not in reasons:
            report.notes.append(f"{count} left out: {reason}")
    for modality, X in _columns(data):
        column = "path" if modality == "text" else dataset.media.get(modality, "path")
        seen = inspect_recordings(X, modality, n_jobs=n_jobs, progress=progress)
        _report_modality(report, dataset, frame, frame[column].tolist(), seen, modality, near)
    return report


def _columns(data):
    if hasattr(data.X, "columns"):
        return [(name, data.X[name].to_numpy()) for name in data.X]
    return [(data.dataset.modality, data.X)]


def _report_modality(report, dataset, frame, names, seen, modality, near):
    for kind, what in (_FAULTS | _REMARKS).items():
        found = [
            name if item.reason is None else f"{name}: {item.reason}"
            for name, item in zip(names, seen, strict=True)
            if kind in (item.fault, item.remark)
        ]
        _add(report, kind, found, f"{len(found)} {what}", kind in _FAULTS, kind in _DOUBTFUL)
    report.forms = pd.concat([report.forms, _forms(seen, modality)], ignore_index=True)
    if modality == "voice" and dataset.sampling_rates:
        _compare_rates(report, dataset.sampling_rates, names, seen)
    if modality == "text":
        return  # the same words are no copy
    if dataset.originals.get(modality) and len(seen) == dataset.n_recordings:
        same = _is_original(seen, dataset.originals[modality])
        report.notes.append(
            "the files are the published ones, byte for byte"
            if same
            else "the files are not all byte for byte the published ones (known is one hash over "
            "all of them, which does not tell the changed ones)"
        )
    columns = [
        (column, text)
        for column, text in _CONFLICTS
        if column in frame and (column != "subject" or dataset.subjects_known)
    ]
    exact = exact_duplicates(seen)
    is_own = dataset.n_recordings is None and not dataset.counts
    _compare(report, frame, names, exact, columns, "repeated", "repeat another one", is_own)
    if near:
        contents = [item.content for item in seen]
        groups = [
            group for group in near_duplicates(seen) if len({contents[row] for row in group}) > 1
        ]
        _compare(report, frame, names, groups, columns, "nearly", "are copies that differ a little")


def _compare_rates(report, published, names, seen):
    rates = [None if item.form is None else item.form[0] for item in seen]
    others = {rate for rate in rates if rate is not None} - set(published)
    found = [name for name, rate in zip(names, rates, strict=True) if rate in others]
    have, should = (" or ".join(map(str, sorted(values))) for values in (others, published))
    text = (
        f"{len(found)} of {len(seen)} recordings have {have} Hz, published {should} Hz: resampled "
        "copies; do not compare scores with published ones"
    )
    _add(report, "resampled", found, text)


def _is_original(seen, digest):
    contents = sorted(item.content or b"" for item in seen)
    return sha256(b"".join(contents)).hexdigest() == digest


def _forms(seen, modality):
    rows = Counter(item.form for item in seen if item.form is not None)
    table = []
    for form, count in rows.most_common():
        lengths = [item.duration for item in seen if item.form == form and item.duration]
        row = {"form": _describe_form(form, modality), "found": count}
        if lengths:
            row["duration"] = f"{min(lengths):.1f} to {max(lengths):.1f} s"
        table.append(row)
    return pd.DataFrame(table)


def _describe_form(form, modality):
    if modality == "voice":
        return f"{form[0]} Hz, {form[1]} channel{'s' * (form[1] != 1)}"
    size = " x ".join(map(str, form[:2] if modality == "video" else form))
    return f"{size}, {form[2]:g} frames/s" if modality == "video" and len(form) > 2 else size


def _counts(values, published, total=None):
    found = pd.Series(values).value_counts()
    names = list(dict.fromkeys([*published, *sorted(found.index)]))
    rows = {name: (int(found.get(name, 0)), published.get(name, "-")) for name in names}
    rows["total"] = (len(values), "-" if total is None else total)
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
        _compare_counts(report, report.table.drop(index="total"))


def _compare_subjects(report, dataset, frame):
    if not dataset.subjects_known:
        return
    subjects = frame["subject"].str.split("/", n=1).str[1]
    report.subjects = _counts(subjects, dataset.subject_counts).drop(index="total")
    if dataset.subject_counts:
        _compare_counts(report, report.subjects, "of subject ")


def _compare_counts(report, table, prefix=""):
    for name, row in table[table["found"] != table["published"]].iterrows():
        published = "none" if row["published"] == "-" else row["published"]
        report.problems.append(f"{row['found']} {prefix}{name} are here, {published} published")


def _compare(report, frame, names, groups, columns, kind, text, is_own=False):
    extra = sum(map(len, groups)) - len(groups)
    listed = [[names[row] for row in group] for group in groups]
    _add(report, kind, listed, f"{extra} recordings {text}")
    for column, where in columns:
        values = frame[column].to_numpy()
        found = [
            shown
            for shown, group in zip(listed, groups, strict=True)
            if len(np.unique(values[group].astype(str))) > 1
        ]
        what = "recordings stand" if kind == "repeated" else "recordings and near copies stand"
        text = f"{len(found)} {what} {where}"
        is_problem = is_own and column == "emotion"  # published copies may have been rated twice
        _add(report, f"{kind}: two {column}s", found, text, is_problem, is_doubt=True)


def _add(report, kind, found, text, is_problem=False, is_doubt=False):
    if not found:
        return
    report.findings.setdefault(kind, []).extend(found)
    shown = [" = ".join(item[:_SHOWN]) if isinstance(item, list) else item for item in found]
    more = ", ..." if len(found) > _SHOWN else ""
    line = f"{text}: {', '.join(shown[:_SHOWN])}{more}"
    (report.problems if is_problem else report.notes).append(line)
    if is_doubt and not is_problem:
        report.doubts.append(line)
