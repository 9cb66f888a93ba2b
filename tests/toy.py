"""A small dataset of vectors that needs no files and no decoding."""

import numpy as np
import pandas as pd

from skemotion.datasets import Dataset

EMOTIONS = ("angry", "happy", "neutral", "sad")


class Toy(Dataset):
    """Vectors around one centre an emotion."""

    name = "toy"
    modality = "voice"
    licence = "CC0-1.0"
    homepage = "https://example.org"
    embedded = True
    classes = EMOTIONS
    n_subjects = 6
    seed = 0

    def index(self):
        rows = np.arange(72)
        return pd.DataFrame(
            {
                "path": rows.astype(str),
                "emotion": np.array(self.classes)[rows % len(self.classes)],
                "subject": (rows // 2 % self.n_subjects).astype(str),
            }
        )

    def recordings(self, frame):
        codes = np.array([EMOTIONS.index(emotion) for emotion in frame["emotion"]])
        noise = np.random.default_rng(self.seed).normal(size=(len(frame), 4))
        return noise + 1.5 * np.eye(4)[codes]


def make_toy(name="toy", scheme=None, **facts):
    """Load the toy dataset with other facts."""
    return type("Made", (Toy,), {"name": name, **facts})().load(scheme=scheme)
