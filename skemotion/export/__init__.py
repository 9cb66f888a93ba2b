"""Keep fitted models in files that run no code when they are read."""

from importlib import import_module

_WHERE = {
    "DamagedModelFile": "skemotion.export.errors",
    "IncompatibleModelFile": "skemotion.export.errors",
    "ModelFileError": "skemotion.export.errors",
    "UntrustedModelFile": "skemotion.export.errors",
    "load": "skemotion.export.saving",
    "read_manifest": "skemotion.export.reading",
    "save": "skemotion.export.saving",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.export' has no attribute {name!r}")


def __dir__():
    return __all__
