"""Memory that unpickling a fitted network and training it one epoch more takes, time after time.

``python benchmarks/partial_fit_memory.py [cycles]``
"""

import gc
import pickle
import sys
from pathlib import Path

import numpy as np

from skemotion import MLPClassifier

_WARM = 3  # cycles until everything is compiled


def measure(n_cycles):
    """Return the megabytes that stay after each cycle."""
    X = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    y = np.array(["happy", "sad"])[np.arange(64) % 2]
    kept = pickle.dumps(MLPClassifier(epochs=1, random_state=0).fit(X, y))
    for number in range(n_cycles + _WARM):
        if number == _WARM:
            before = _resident()
        pickle.loads(kept).partial_fit(X, y)
    return (_resident() - before) / n_cycles


def _resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{measure(cycles):.2f} MB a cycle, {cycles} cycles")
