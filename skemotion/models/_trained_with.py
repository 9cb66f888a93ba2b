"""What the networks of an estimator are trained with: back end, precision and device."""

import json
import os
import sys
from pathlib import Path

from skemotion.models import _backend

_DEFAULT = "tensorflow"


def backend_for_key(estimator):
    """Return the back end that an estimator's networks will be trained with, as a part of a key.

    The same seed gives other numbers on another back end, and who chooses one wants its results.
    The default is left out, so that keys of results that were kept before this was noted hold.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    dict of str to str
        ``{"backend": "jax"}``; empty with TensorFlow, and where there is no network.
    """
    if not _find_networks(estimator):
        return {}
    backend = _chosen_backend()
    return {} if backend == _DEFAULT else {"backend": backend}


def describe_training(estimator):
    """Return what the networks of an estimator were trained with in this process.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Returns
    -------
    dict of str to str
        `backend` with its version, `precision` and `device`; empty strings where there is no
        network.
    """
    networks = _find_networks(estimator)
    if not networks:
        return {"backend": "", "precision": "", "device": ""}
    backend = _backend.name_backend()
    module = _backend.import_quietly(backend)
    asked = {getattr(network, "precision", "float32") for network in networks}
    return {
        "backend": f"{backend} {module.__version__}",
        "precision": ", ".join(sorted(map(_backend.name_precision, asked))),
        "device": "gpu" if _backend.has_gpu(backend) else "cpu",
    }


def _find_networks(estimator):
    """Return the classifiers that train with Keras: an estimator itself and those inside it."""
    inner = estimator.get_params().values() if hasattr(estimator, "get_params") else ()
    return [one for one in (estimator, *inner) if _trains_with_keras(type(one))]


def _trains_with_keras(kind):
    ours, theirs = "skemotion.models._neural", "scikeras.wrappers"
    return any(base.__module__.startswith((ours, theirs)) for base in kind.__mro__)


def _chosen_backend():
    """Return the back end that Keras runs on, or will: importing it takes seconds."""
    if "keras" in sys.modules:
        return _backend.name_backend()
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        return chosen
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    try:
        return json.loads((home / "keras.json").read_text()).get("backend", _DEFAULT)
    except (OSError, ValueError):
        return _DEFAULT
