"""Convert a network in a process of its own: converters are loud, and some crash."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from skemotion.export.errors import ConversionError

_MINUTES = 20


def convert_network(model, target, *, step, precision="float32", representative=None):
    """Convert a network.

    Parameters
    ----------
    model : keras.Model
        Not changed.
    target : {"onnx", "litert"}
        What to.
    step : str
        What errors call it.
    precision : {"float32", "float16", "dynamic", "int8"}, default="float32"
        Numbers of a LiteRT network.
    representative : ndarray of float32, default=None
        Samples for "int8".

    Returns
    -------
    bytes

    Raises
    ------
    ConversionError
        If it cannot be converted.
    """
    from skemotion.models._backend import model_to_bytes

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "network.keras").write_bytes(model_to_bytes(model))
        if representative is not None:
            np.save(folder / "representative.npy", representative)
        (folder / "job.json").write_text(json.dumps({"target": target, "precision": precision}))
        reason = _run(folder)
        if reason is None:
            return (folder / "converted").read_bytes()
    advice = "to_litert" if target == "onnx" else "another precision, or to_onnx"
    raise ConversionError(
        f"Expected the network of {step} to be one that can be converted to {target} in "
        f"{precision}, but the conversion failed: {reason}. Use {advice}."
    )


def _run(folder):
    """Return why the conversion failed, None if it did not."""
    # keras files are the same for all back ends, converters are TensorFlow's
    environment = os.environ | {
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONPATH": os.pathsep.join(place or os.getcwd() for place in sys.path),
    }
    command = [sys.executable, "-m", "skemotion.export._convert", str(folder)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60 * _MINUTES
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {_MINUTES} minutes"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"the converter crashed ({signal.Signals(-done.returncode).name})"
    reason = folder / "reason.txt"
    if reason.exists():
        return reason.read_text()
    return (done.stderr.strip().splitlines() or ["its process ended without a word"])[-1][:300]
