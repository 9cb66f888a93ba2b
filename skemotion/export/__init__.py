"""Keep fitted models in files that run no code when they are read."""

from skemotion.export.errors import (
    DamagedModelFile,
    IncompatibleModelFile,
    ModelFileError,
    UntrustedModelFile,
)
from skemotion.export.saving import load, read_manifest, save

__all__ = [
    "DamagedModelFile",
    "IncompatibleModelFile",
    "ModelFileError",
    "UntrustedModelFile",
    "load",
    "read_manifest",
    "save",
]
