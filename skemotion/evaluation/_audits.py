"""The audit that goes before a benchmark: every dataset is looked at once."""

import numpy as np
import pandas as pd

from skemotion.evaluation._findings import Finding
from skemotion.evaluation._keys import content_keys, keys_of_inspections
from skemotion.evaluation.auditor import audit_contents, report_shared
from skemotion.evaluation.inspection import inspect_recordings
from skemotion.protocols import Fold

ACROSS = "the model is tested on recordings of the other dataset that it was trained on"


def audit_run(sources, protocols, n_jobs=None):
    """Audit the cells of a benchmark.

    Parameters
    ----------
    sources : list of Source
        The datasets.
    protocols : dict of str to Protocol
        Name of the dataset -> how it is divided.
    n_jobs : int, default=None
        Number of processes that read recordings.

    Returns
    -------
    list of AuditReport
        One for each dataset, and one for each pair that shares recordings.
    """
    reports, seen = [], {}
    for source in sources:
        if hasattr(source.data.X, "columns"):
            contents = content_keys(source.data.X, source.modality, n_jobs=n_jobs)
        else:
            seen[source.name] = inspect_recordings(source.data.X, source.modality, n_jobs=n_jobs)
            contents = keys_of_inspections(seen[source.name])
        try:
            reports.append(audit_contents(source.data, protocols[source.name], contents))
        except ValueError:
            continue  # the protocol does not fit, which the benchmark reports itself
    groups = [
        [source for source in sources if source.modality == modality and source.name in seen]
        for modality in dict.fromkeys(source.modality for source in sources)
    ]
    for group in groups:
        if len(group) > 1:
            reports += _across(group, seen)
    return reports


def _across(sources, seen):
    """Return a report for each pair of datasets that share recordings."""
    keys = keys_of_inspections([item for source in sources for item in seen[source.name]])
    place, rows = 0, {}
    for source in sources:
        n_rows = len(seen[source.name])
        rows[source.name] = range(place, place + n_rows)
        place += n_rows
    reports = []
    for number, source in enumerate(sources):
        for other in sources[number + 1 :]:
            report = _pair(source, other, rows, keys)
            if report.findings:
                reports.append(report)
    return reports


def _pair(source, other, rows, keys):
    names = [name for item in (source, other) for name in _names(item)]
    n_rows = len(rows[source.name])
    both = np.r_[rows[source.name], rows[other.name]]
    fold = Fold(
        {"fold": 0}, np.arange(n_rows), np.array([], dtype=int), np.arange(n_rows, len(both))
    )
    report = report_shared(
        f"{source.name} and {other.name}",
        {kind: values[both] for kind, values in keys.items()},
        [fold],
        pd.DataFrame({"path": names}),
    )
    report.findings = [
        Finding(*finding[:-1], ACROSS)
        for finding in report.findings
        if not finding.kind.endswith("in validation")
    ]
    return report


def _names(source):
    frame = source.data.frame
    paths = frame["path"] if "path" in frame else range(len(frame))
    return [f"{source.name}/{path}" for path in paths]
