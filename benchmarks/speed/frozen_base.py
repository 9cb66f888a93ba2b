"""A frozen VGG16: features computed once a fit, against once an epoch.

Run ``python benchmarks/speed/frozen_base.py``. Target: 8 times faster over 10 epochs.
"""

from time import process_time

import numpy as np
from _common import base_weights, race

from skemotion import VGG16Classifier


class EachEpoch(VGG16Classifier):
    """The same network, which runs its frozen base at each epoch."""

    def _split_frozen(self, model):
        return None, model


def main():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (192, 48, 48), dtype="uint8"), np.arange(192) % 7
    with base_weights("VGG16") as path:
        params = {"weights": path, "epochs": 10, "random_state": 0}
        race(
            {
                "base at each epoch": lambda: EachEpoch(**params).fit(X, y),
                "base once": lambda: VGG16Classifier(**params).fit(X, y),
            },
            repeats=3,
            clock=process_time,
        )


if __name__ == "__main__":
    main()
