"""Whistled tones posing as emotions, and a nearest-neighbour model."""

import re

import pandas as pd

from skemotion import Dataset, Model
from skemotion.protocols import Protocol, leave_one_out


class Tones(Dataset):
    """Whistled tones posing as emotions: a high one is happy, a low one is sad.

    Files are named ``hi_p01_3.wav``: tone, person, take.
    """

    name = "tones"
    modality = "voice"
    language = "zxx"
    licence = "CC0-1.0"
    homepage = "https://example.org/tones"
    citation = "None; the tones are made up."
    emotions = {"hi": "happy", "lo": "sad"}
    protocols = (Protocol("tones/loso", leave_one_out(), "leave one whistler out"),)

    def index(self):
        """Read names such as ``hi_p01_3.wav``; others are left out and counted."""
        rows = []
        for path in sorted(self.root.glob("*.wav")):
            match = re.fullmatch(r"(hi|lo)_(p\d+)_\d+\.wav", path.name)
            if match is None:
                self.left_out["the name is not tone_person_take"] += 1
                continue
            rows.append((path.name, self.emotions[match[1]], match[2]))
        return pd.DataFrame(rows, columns=["path", "emotion", "subject"])


class ToneKNN(Model):
    """Nearest neighbours on mean voice features."""

    name = "tone-knn"
    modality = "voice"
    description = "mean voice features, standardised, 3 nearest neighbours"
    source = "made up for this package"

    def pipeline(self):
        """Return the unfitted pipeline."""
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        from skemotion import AcousticFeatures

        return make_pipeline(AcousticFeatures(), StandardScaler(), KNeighborsClassifier(3))

    def search_space(self):
        """Return the number of neighbours."""
        from optuna.distributions import IntDistribution

        return {"kneighborsclassifier__n_neighbors": IntDistribution(1, 9)}
