"""What a file of a model says of itself."""

import json
import re
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from skemotion.export.errors import DamagedModelFile, IncompatibleModelFile

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_LIBRARIES = ("scikit-learn", "imbalanced-learn", "numpy", "skops")
_OLDER_MINORS = 3  # of scikit-learn, whose fitted attributes change
_AGAIN = "Get the file again from where it was made."
_MODALITIES = {"audio": "voice", "image": "face", "video": "video"}  # by package of the first step
RUNTIMES = {".onnx": "onnxruntime", ".tflite": "ai-edge-litert"}  # of parts, by ending
_FORMS = {
    "input": dict,
    "data": dict,
    "parity": dict,
    "classes": list,
    "runtimes": list,
    "needs_trust": list,
}
_FACTS = ("sampling_rate", "duration", "height", "width", "n_frames", "n_features_in_")


def make_manifest(estimator, parts, *, data, metrics, card, needs_trust):
    """Describe a model.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    parts : dict of str to dict
        Name of each part -> `sha256` and `size`.
    data : dict or None
        What it was fitted on.
    metrics, card : dict, str or None
        What is known of it.
    needs_trust : list of str
        Types that a reader has to trust.

    Returns
    -------
    dict
    """
    runtimes = sorted({RUNTIMES[kind] for kind in map(_ending, parts) if kind in RUNTIMES})
    keras = ["keras"] if ".keras" in map(_ending, parts) else []
    names = ["skemotion", *_LIBRARIES, *keras, *runtimes]
    kind = type(estimator)
    return {
        "format": "skemotion",
        "format_version": FORMAT_VERSION,
        "versions": {name: installed_version(name) for name in names},
        "estimator": f"{kind.__module__}.{kind.__name__}",
        "classes": _plain(getattr(estimator, "classes_", None)),
        "input": describe_input(estimator),
        "runtimes": keras + runtimes,
        "parity": _plain(_find_parity(estimator)),
        "data": data,
        "metrics": _plain(metrics),
        "card": _plain(card),
        "needs_trust": needs_trust,
        "parts": parts,
    }


def encode(manifest):
    """Return a manifest as JSON.

    Parameters
    ----------
    manifest : dict

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        If metrics or card hold something else than text, numbers, lists and dicts.
    """
    try:
        return json.dumps(manifest, indent=1, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected metrics and card to be text, finite numbers, lists and dicts, got {error}. "
            "Convert the rest, for instance with str or float."
        ) from error


def decode(data):
    """Return a manifest once it has the shape of one.

    Parameters
    ----------
    data : bytes
        Anybody's.

    Returns
    -------
    dict

    Raises
    ------
    IncompatibleModelFile
        If a later version wrote it.
    DamagedModelFile
        If it is no manifest.
    """
    try:
        manifest = json.loads(data)
        json.dumps(manifest, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise DamagedModelFile(f"Expected a manifest in JSON, got {error}. {_AGAIN}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != "skemotion":
        raise DamagedModelFile(f"Expected a manifest of skemotion, got another file. {_AGAIN}")
    format_version = manifest.get("format_version")
    if not isinstance(format_version, int) or isinstance(format_version, bool):
        raise DamagedModelFile(
            f"Expected a number as format version, got {format_version!r:.100}. {_AGAIN}"
        )
    if format_version > FORMAT_VERSION:
        raise IncompatibleModelFile(
            f"Expected format version {FORMAT_VERSION} or lower, got {format_version}. "
            "Update skemotion."
        )
    parts, versions = manifest.get("parts"), manifest.get("versions")
    if not (
        format_version >= 1
        and isinstance(parts, dict)
        and "steps.skops" in parts
        and all(_is_part(part) for part in parts.values())
        and isinstance(versions, dict)
        and all(isinstance(value, str | None) for value in versions.values())
    ):
        raise DamagedModelFile(f"Expected a manifest with parts and versions, got none. {_AGAIN}")
    for name, kind in _FORMS.items():
        if not isinstance(manifest.get(name), kind | None):
            raise DamagedModelFile(
                f"Expected {name} in the manifest to be a {kind.__name__}, got "
                f"{manifest[name]!r:.100}. {_AGAIN}"
            )
    modality = (manifest.get("input") or {}).get("modality")
    if not isinstance(modality, str | None):
        raise DamagedModelFile(f"Expected a word as modality, got {modality!r:.100}. {_AGAIN}")
    return manifest


def check_versions(versions):
    """Refuse a file that the installed libraries would misread.

    Parameters
    ----------
    versions : dict of str to (str or None)
        What wrote it.

    Raises
    ------
    IncompatibleModelFile
        If a library is newer there, of another major version, or (scikit-learn) much older.
    """
    for name in ("skemotion", "scikit-learn", "imbalanced-learn", "numpy", "keras"):
        written, installed = versions.get(name), installed_version(name)
        if written is None:
            continue
        then, now = _major_minor(written), _major_minor(installed)
        if then is None or now is None:
            raise IncompatibleModelFile(
                f"Expected versions that can be compared, got {name} {written!r:.50} in the file "
                f"and {installed!r} here. Install the version that wrote it."
            )
        if then > now:
            raise IncompatibleModelFile(
                f"Expected {name} {installed} or older, got a file written with {written:.50}. "
                f"Update it: pip install '{name}>={written:.50}'."
            )
        old = name == "scikit-learn" and now[1] - then[1] > _OLDER_MINORS
        if then[0] != now[0] or old:
            raise IncompatibleModelFile(
                f"Expected a file of {name} {installed} or a little older, got one written with "
                f"{written:.50}. Fit and save the model again, or install '{name}=={written:.50}'."
            )


def describe_input(estimator):
    """Return what a fitted model takes, as far as its steps say.

    Parameters
    ----------
    estimator : estimator
        A pipeline, a search, or anything else.

    Returns
    -------
    dict
        `takes` ("recordings" or "arrays"), `modality` of recordings, names of the `steps`, and
        sizes, rates and lengths where a step has them.
    """
    from skemotion._recordings import RecordingTransformer

    steps = list(_leaves(estimator))
    facts = {}
    for step in steps:
        for name in _FACTS:
            value = getattr(step, name, None)
            if isinstance(value, int | float) and not isinstance(value, bool):
                facts.setdefault(name.rstrip("_"), value)
        if hasattr(step, "input_shape_"):
            facts.setdefault("input_shape", step.input_shape_)
    reads = isinstance(steps[0], RecordingTransformer)
    package = type(steps[0]).__module__.split(".")[1:2]
    return {
        "takes": "recordings" if reads else "arrays",
        "modality": _MODALITIES.get(*package) if reads and package else None,
        "steps": [type(step).__name__ for step in steps],
        **_plain(facts),
    }


def installed_version(name):
    """Return the version of an installed package, None without one.

    Parameters
    ----------
    name : str
        Name of the package.

    Returns
    -------
    str or None
    """
    if name == "skemotion":
        from skemotion import __version__

        return __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _leaves(estimator):
    """Yield the steps of the first way through a model, in order."""
    from sklearn.ensemble import BaseEnsemble
    from sklearn.feature_selection import SelectorMixin

    if isinstance(estimator, BaseEnsemble | SelectorMixin):  # whole: forests are no trees
        yield estimator
        return
    for name in ("best_estimator_", "estimator_", "estimator"):
        inner = getattr(estimator, name, None)
        if hasattr(inner, "get_params"):
            yield from _leaves(inner)
            return
    steps = getattr(estimator, "steps", None) or getattr(estimator, "estimators", None)
    if not steps:
        yield estimator
        return
    for _, step, *_ in steps if hasattr(estimator, "steps") else steps[:1]:
        if hasattr(step, "get_params"):
            yield from _leaves(step)


def _find_parity(estimator):
    found = [getattr(step, "parity_", None) for step in _leaves(estimator)]
    return next((one for one in found if one is not None), None)


def _ending(name):
    return f".{name.rpartition('.')[2]}"


def _is_part(part):
    return (
        isinstance(part, dict)
        and isinstance(part.get("sha256"), str)
        and isinstance(part.get("size"), int)
    )


def _major_minor(text):
    found = re.match(r"(\d{1,8})\.(\d{1,8})", str(text))
    return found and (int(found[1]), int(found[2]))


def _plain(value):
    """Return numbers and arrays of NumPy as those of JSON."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
