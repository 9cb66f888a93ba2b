"""What the contracts share."""

import subprocess
import sys

import numpy as np

_MODALITIES = ("voice", "face", "video", "text")
_HEAVY = ("tensorflow", "keras", "scikeras", "torch", "cv2", "PIL", "librosa", "soundfile")


def same(got, expected, exact=True):
    """Return whether two results are equal; NaN equals NaN, and objects are compared one by one."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    if got.dtype == object or expected.dtype == object:
        pairs = zip(got.ravel().tolist(), expected.ravel().tolist(), strict=True)
        return all(_same_item(a, b, exact) for a, b in pairs)
    if exact or got.dtype.kind not in "fc":
        return np.array_equal(got, expected, equal_nan=got.dtype.kind in "fc")
    return np.allclose(got, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


def _same_item(a, b, exact):
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return same(a, b, exact)
    return type(a) is type(b) and a == b


def ensure(condition, sentence):
    """Raise AssertionError with `sentence` unless `condition` holds, under ``python -O`` too."""
    if not condition:
        raise AssertionError(sentence)


def check_parameters(estimator):
    """Check that an estimator stores its parameters as they come."""
    parameters = estimator.get_params(deep=False)
    stored = type(estimator)(**parameters).get_params(deep=False)
    for key, value in parameters.items():
        ensure(
            stored[key] is value,
            f"{type(estimator).__name__} does not store the parameter {key!r} untouched.",
        )


def check_facts(owner, facts):
    """Check that the class attributes named in `facts` are filled in, and the modality is known."""
    name = type(owner).__name__
    for fact in facts:
        ensure(getattr(owner, fact), f"{name}.{fact} is empty.")
    ensure(
        set(owner.modality.split("+")) <= set(_MODALITIES),
        f"{name}.modality is {owner.modality!r}, expected one of {', '.join(_MODALITIES)}, or "
        "several joined by +.",
    )


def check_declared(cls, registry):
    """Check what an installed package declares: the same name, and a light import."""
    where = f"{cls.__module__}:{cls.__qualname__}"
    for plugin in registry.plugins():
        if plugin.value != where:
            continue
        ensure(
            plugin.name == cls.name,
            f"{cls.__name__}.name is {cls.name!r}, but {plugin.package} declares {plugin.name!r}.",
        )
        code = f"import sys, {cls.__module__}; print(*(set({_HEAVY!r}) & set(sys.modules)))"
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        ensure(found.returncode == 0, f"{cls.__module__} cannot be imported: {found.stderr}")
        heavy = found.stdout.split()
        ensure(not heavy, f"Importing {cls.__module__} imports {', '.join(heavy)}.")
