"""Search for the parameters of models: nested, without leaks, pruned, resumable."""

from importlib import import_module

_WHERE = {
    "OptunaSearchCV": "skemotion.tuning.search",
    "Tuning": "skemotion.tuning.results",
    "HyperModelClassifier": "skemotion.tuning.hypermodel",
    "from_hypermodel": "skemotion.tuning.hypermodel",
    "plot_history": "skemotion.tuning.displays",
    "plot_importance": "skemotion.tuning.displays",
    "plot_slice": "skemotion.tuning.displays",
    "to_grid": "skemotion.tuning.spaces",
    "to_scipy": "skemotion.tuning.spaces",
    "tune": "skemotion.tuning.nested",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.tuning' has no attribute {name!r}")
