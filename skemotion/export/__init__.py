"""Keep fitted models in files that run no code when they are read, and export them."""

from importlib import import_module

_WHERE = {
    "ConversionError": "skemotion.export.errors",
    "DamagedModelFile": "skemotion.export.errors",
    "IncompatibleModelFile": "skemotion.export.errors",
    "ModelFileError": "skemotion.export.errors",
    "UntrustedModelFile": "skemotion.export.errors",
    "load": "skemotion.export.saving",
    "parity_report": "skemotion.export.parity",
    "read_manifest": "skemotion.export.reading",
    "save": "skemotion.export.saving",
    "to_litert": "skemotion.export.converting",
    "to_onnx": "skemotion.export.converting",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.export' has no attribute {name!r}")


def __dir__():
    return __all__
