"""Evaluation: within and across datasets, results that are kept, reports."""

from importlib import import_module

_WHERE = {
    "AuditReport": "skemotion.evaluation.auditor",
    "BenchmarkError": "skemotion.evaluation.results",
    "CheckReport": "skemotion.evaluation.check",
    "LeakGap": "skemotion.evaluation.gap",
    "ResultStore": "skemotion.evaluation.store",
    "Results": "skemotion.evaluation.results",
    "StoreError": "skemotion.evaluation.store",
    "audit": "skemotion.evaluation.auditor",
    "audit_protocol": "skemotion.evaluation.auditor",
    "check_files": "skemotion.evaluation.check",
    "cross_dataset": "skemotion.evaluation.run",
    "dataset_fingerprint": "skemotion.evaluation.fingerprint",
    "evaluate": "skemotion.evaluation.run",
    "fit_model": "skemotion.evaluation.run",
    "leak_gap": "skemotion.evaluation.gap",
    "plot_confusion": "skemotion.evaluation.displays",
    "plot_histories": "skemotion.evaluation.displays",
    "plot_matrix": "skemotion.evaluation.displays",
    "print_report": "skemotion.evaluation.report",
    "write_report": "skemotion.evaluation.report",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.evaluation' has no attribute {name!r}")
