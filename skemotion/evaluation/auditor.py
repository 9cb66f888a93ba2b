"""The auditor: what training and test share that they should not."""

import warnings

import numpy as np
import pandas as pd

from skemotion.evaluation._findings import AuditReport, Finding
from skemotion.evaluation._fitted import (
    find_fitted_on_test,
    find_resampled_before,
    find_scaled_before,
)
from skemotion.evaluation._keys import (
    content_keys,
    guess_modality,
    same_rows,
    sampler_keys,
    table_keys,
)
from skemotion.evaluation._sources import choose_protocol, make_source
from skemotion.protocols import Fold

_EXAMPLES = 3
_CONSEQUENCES = {
    "subject": "the model is tested on people it knows; the score is too good",
    "duplicate": "the model is tested on recordings it was trained on; the score is too good",
    "near-duplicate": "the model is tested on copies of what it was trained on",
    "parent": "the model is tested on recordings whose augmented children it was trained on",
    "twin": "the same performance stands on both sides in another modality",
    "text": "the model may know the sentence instead of the emotion; a protocol that keeps "
    "sentences apart, such as 'subject+statement', shows how much",
    "session": "the model may know the room and the partner; a protocol by session avoids it",
    "validation": "the model is chosen by what it was trained on or is tested on",
    "fitted on test rows": "a step has learnt from the test part; fit it inside each fold",
    "resampled before the split": "rows of training and test may be made of the same rows; put the "
    "sampler into the pipeline",
    "scaled before the split": "scaling has learnt from the test part; put the scaler into the "
    "pipeline",
}
_NOTES = {"text", "session"}  # shared by design in most protocols


def audit(
    X,
    y=None,
    groups=None,
    folds=None,
    *,
    frame=None,
    modality=None,
    fitted=None,
    near=True,
    stated=(),
    name="the folds",
    n_jobs=None,
    progress=None,
):
    """Look for what training, validation and test share that they should not.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...) or DataFrame
        Recordings, or features.
    y : array-like of str of shape (n_samples,), default=None
        Emotions.
    groups : array-like of str of shape (n_samples,), default=None
        Subjects; None where nobody knows them.
    folds : iterable or splitter
        Of :class:`~skemotion.protocols.Fold`, ``(train, test)`` or ``(train, validation, test)``
        with row numbers; or a scikit-learn splitter, whose `split` is called.
    frame : DataFrame of shape (n_samples, n_columns), default=None
        Table of the recordings: `statement` (or `text`), `session`, `parent` (path or row number
        of what a row was augmented from, missing where it was not) and `twin` (the same
        performance in another modality) are used, and `path` for examples.
    modality : {"voice", "face", "video", "text"}, default=None
        What the recordings are. None means what the suffixes of paths say; of anything else, such
        as features, only rows that are exactly the same are found.
    fitted : transformer, Pipeline or imbalanced-learn sampler, default=None
        Fitted already: is what it learnt what it would have learnt from all rows, and not from the
        training rows of a fold? Of a sampler `X` is what its `fit_resample` returned: do rows and
        those they were made of stand in two parts?
    near : bool, default=True
        Whether to look for copies that differ in a few bits, too.
    stated : collection of str, default=()
        Kinds of findings that are known and stated, and so no news.
    name : str, default="the folds"
        What to call it in the report.
    n_jobs : int, default=None
        Number of processes that read recordings.
    progress : callable, default=None
        Called as ``progress(n_done, n_samples)``.

    Returns
    -------
    AuditReport

    Raises
    ------
    TypeError, ValueError
        If there are no folds, or lengths differ.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> from skemotion import audit, load_dataset
    >>> data = load_dataset("synthetic-voices")
    >>> report = audit(data.X, data.y, data.groups, KFold(5, shuffle=True, random_state=0))
    >>> report.ok, report.findings[0].kind, report.findings[0].n_folds
    (False, 'subject', 5)
    """
    folds = _as_folds(folds, X, y, groups)
    n_samples = len(X)
    for what, values in (("y", y), ("groups", groups), ("frame", frame)):
        if values is not None and len(values) != n_samples:
            raise ValueError(
                f"Expected {what} to have one row a recording, {n_samples}, got {len(values)}. "
                "Pass the rows that X has."
            )
    frame = pd.DataFrame(index=range(n_samples)) if frame is None else frame
    keys = table_keys(frame, groups)
    kind = modality or guess_modality(X)
    if kind is not None:
        keys |= content_keys(X, kind, near=near, n_jobs=n_jobs, progress=progress)
    else:
        keys |= same_rows(X)
    samples = hasattr(fitted, "fit_resample")
    keys |= sampler_keys(fitted, n_samples) if samples else {}
    report = report_shared(name, keys, folds, frame, stated)
    report.subjects_known = groups is not None or "subject" in frame
    learnt = [np.concatenate([fold.train, fold.validation]) for fold in folds]
    if samples:
        parts = [(rows, fold.test) for rows, fold in zip(learnt, folds, strict=True)]
        found = find_resampled_before(fitted, n_samples, parts)
        _add_steps(report, "resampled before the split", found)
    elif fitted is not None:
        _add_steps(report, "fitted on test rows", find_fitted_on_test(fitted, X, y, learnt))
    if modality is None:
        _add_steps(report, "scaled before the split", find_scaled_before(X, learnt))
    return report


def audit_protocol(data, protocol=None, *, near=True, n_jobs=None, progress=None):
    """Audit a loaded dataset under a protocol.

    Parameters
    ----------
    data : :class:`~sklearn.utils.Bunch`
        What :func:`~skemotion.load_dataset` returned.
    protocol : str or Protocol, default=None
        How to divide it; None means the dataset's own protocol.
    near : bool, default=True
        Whether to look for copies that differ in a few bits, too.
    n_jobs : int, default=None
        Number of processes that read recordings.
    progress : callable, default=None
        Called as ``progress(n_done, n_samples)``.

    Returns
    -------
    AuditReport
        What the protocol says of itself, for instance that its subjects are not kept apart, is
        `stated`.

    Examples
    --------
    >>> from skemotion import load_dataset
    >>> from skemotion.evaluation import audit_protocol
    >>> print(audit_protocol(load_dataset("synthetic-faces"), "subject-3fold"))
    Audit of synthetic-faces, subject-3fold: looked for subject, duplicate, near-duplicate
    - nothing is shared
    """
    protocol, source = choose_protocol(protocol, make_source(data))
    data = source.data
    contents = content_keys(data.X, source.modality, near=near, n_jobs=n_jobs, progress=progress)
    return audit_contents(data, protocol, contents)


def audit_contents(data, protocol, contents):
    """Audit a loaded dataset whose recordings were looked at already.

    Parameters
    ----------
    data : :class:`~sklearn.utils.Bunch`
        What :func:`~skemotion.load_dataset` returned.
    protocol : Protocol
        How to divide it.
    contents : dict
        What :func:`content_keys` returned.

    Returns
    -------
    AuditReport
    """
    folds = protocol(data.frame)
    keys = table_keys(data.frame, data.groups if data.dataset.subjects_known else None) | contents
    states = protocol.leaky or "subject" not in protocol.disjoint
    name = f"{data.dataset.name}, {protocol.name}"
    report = report_shared(name, keys, folds, data.frame, {"subject"} if states else ())
    report.subjects_known = data.dataset.subjects_known
    return report


def report_shared(name, keys, folds, frame, stated=()):
    """Report which keys stand in two parts of a fold.

    Parameters
    ----------
    name : str
        What is audited.
    keys : dict of str to ndarray of object of shape (n_samples,)
        Kind -> keys.
    folds : list of Fold
        The folds.
    frame : DataFrame
        Its column `path` serves for examples.
    stated : collection of str, default=()
        Kinds that are known and stated.

    Returns
    -------
    AuditReport
    """
    names = frame["path"].astype(str).to_numpy() if "path" in frame else None
    findings = []
    for kind, values in keys.items():
        base = kind.partition(" ")[0]
        severity = "stated" if base in stated else "note" if base in _NOTES else "leak"
        codes = pd.factorize(values, use_na_sentinel=True)[0]
        learnt = [(np.concatenate([f.train, f.validation]), f.test) for f in folds]
        chosen = [(f.train, f.validation) for f in folds]
        for parts, suffix, consequence in (
            (learnt, "", _CONSEQUENCES[base]),
            (chosen, " in validation", _CONSEQUENCES["validation"]),
        ):
            if suffix and base in _NOTES:
                continue
            found = _shared(codes, parts)
            if found:
                examples = _examples(kind, values, codes, found, names)
                n_keys, n_rows = (max(count) for count in zip(*[f[:2] for f in found], strict=True))
                findings.append(
                    Finding(
                        kind + suffix, severity, n_keys, n_rows, len(found), examples, consequence
                    )
                )
    findings.sort(key=lambda finding: ("leak", "stated", "note").index(finding.severity))
    return AuditReport(name, len(folds), list(keys), findings)


def _shared(codes, parts):
    """Return for each fold that shares something: number of keys, of second rows, one example."""
    found = []
    for first, second in parts:
        shared = np.intersect1d(codes[first], codes[second])
        shared = shared[shared >= 0]
        if len(shared):
            rows = second[np.isin(codes[second], shared)]
            found.append((len(shared), len(rows), first, second, shared))
    return found


def _examples(kind, values, codes, found, names):
    _, _, first, second, shared = max(found, key=lambda item: item[0])
    examples = []
    for code in shared[:_EXAMPLES]:
        a, b = (part[codes[part] == code][0] for part in (first, second))
        if kind.startswith(("duplicate", "near-duplicate", "parent")):
            pair = (a, b) if names is None else (names[a], names[b])
            examples.append(" = ".join(map(str, pair)))
        else:
            examples.append(str(values[a]))
    return tuple(examples)


def _add_steps(report, kind, found):
    """Add what was found of steps: names of steps and the number of folds, or None."""
    report.looked_for.append(kind)
    if found:
        steps, n_folds = found
        report.findings.insert(
            0, Finding(kind, "leak", len(steps), 0, n_folds, tuple(steps[:_EXAMPLES]),
                       _CONSEQUENCES[kind])
        )  # fmt: skip


def _as_folds(folds, X, y, groups):
    if folds is None:
        raise TypeError(
            "Expected folds, got None. Pass a splitter, pairs of train and test rows, or call "
            "audit_protocol with a loaded dataset."
        )
    if hasattr(folds, "split"):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The groups parameter is ignored")
            folds = list(folds.split(np.zeros(len(X)), y, groups))
    made = []
    for number, fold in enumerate(folds):
        parts = fold[1:] if isinstance(fold, Fold) else fold
        if len(parts) not in (2, 3):
            raise ValueError(
                f"Expected fold {number} to be (train, test) or (train, validation, test), got "
                f"{len(parts)} parts. Pass row numbers of each part."
            )
        parts = [np.flatnonzero(p) if np.asarray(p).dtype == bool else np.asarray(p, int)
                 for p in parts]  # fmt: skip
        train, test = parts[0], parts[-1]
        validation = parts[1] if len(parts) == 3 else np.array([], dtype=int)
        made.append(Fold({"fold": number}, train, validation, test))
    if not made:
        raise ValueError("Expected at least one fold, got none. Check the splitter.")
    return made
