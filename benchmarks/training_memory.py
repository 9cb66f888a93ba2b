"""Memory that training leaves behind, time after time, in one process.

``python benchmarks/training_memory.py [cycles]``. A fit trains on rows of its own, 9 MB of them,
which must go with it; the other cycle unpickles a fitted network and trains it one epoch more.
"""

import gc
import pickle
import sys
from pathlib import Path

import numpy as np

from skemotion import CNNClassifier, MLPClassifier

_WARM = 10  # cycles until everything is compiled and allocators have what they need
_LABELS = ["happy", "sad"]


def fitting():
    """Return what fits a network with rows to validate on."""
    rng = np.random.default_rng(0)
    classifier = CNNClassifier((4,), dense_units=8, epochs=2, early_stopping=True, random_state=0)

    def cycle():
        X = rng.random((1000, 48, 48, 1), dtype=np.float32)
        classifier.fit(X, np.resize(_LABELS, len(X)))

    return cycle


def going_on():
    """Return what unpickles a network and trains it on."""
    X = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    y = np.resize(_LABELS, len(X))
    kept = pickle.dumps(MLPClassifier(epochs=1, random_state=0).fit(X, y))
    return lambda: pickle.loads(kept).partial_fit(X, y)


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for name, cycle in (("fit", fitting()), ("unpickle, partial_fit", going_on())):
        for _ in range(_WARM):
            cycle()
        before = _resident()
        for _ in range(cycles):
            cycle()
        print(f"{name}: {_resident() - before:.1f} MB more after {cycles} times", flush=True)


def _resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


if __name__ == "__main__":
    main()
