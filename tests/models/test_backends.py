"""Networks also train on the other back ends of Keras, each in a process of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_CHECKS = Path(__file__).with_name("backend_checks.py")
_SOME = [  # all of them: KERAS_BACKEND=jax python tests/models/backend_checks.py
    "no TensorFlow",
    "all networks",
    "CNNClassifier",
    "padding of LSTMClassifier",
    "training on voices",
    "interruption",
    "generators",
]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_networks_train_on_another_back_end(backend):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: pip install 'skemotion[{backend}]'")
    quick = "--xla_backend_optimization_level=0"  # compiling takes most of the time
    environment = os.environ | {"KERAS_BACKEND": backend, "XLA_FLAGS": quick}
    done = subprocess.run(
        [sys.executable, _CHECKS, *_SOME], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in _SOME)
