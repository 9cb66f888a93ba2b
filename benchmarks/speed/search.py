"""A grid search over one front end, with and without the cache of recordings, against librosa code.

Eight candidates of an SVM and three folds of whole subjects over 200 recordings, so that each
recording is asked for 56 times. Recordings are read from the folder that SKEMOTION_DATA names;
without it, noise of two seconds is written to a temporary folder. Times are wall time, in turn.

    python benchmarks/speed/search.py
"""

import os
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np
import soundfile
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skemotion import AcousticFeatures

N_RECORDINGS = 200
GRID = {"svc__C": np.logspace(-1, 3, 8)}


class Naive(TransformerMixin, BaseEstimator):
    """What tutorials do, as a transformer."""

    __sklearn_is_fitted__ = staticmethod(lambda: True)

    def fit(self, X, y=None):
        """Learn nothing."""
        return self

    def transform(self, X):
        """Compute the features of each recording."""
        return np.array([_features(path) for path in X])


def _features(path):
    waveform, sampling_rate = librosa.load(path, sr=16000)
    mfcc = librosa.feature.mfcc(y=waveform, sr=sampling_rate, n_mfcc=13)
    chroma = librosa.feature.chroma_stft(y=waveform, sr=sampling_rate)
    rms = librosa.feature.rms(y=waveform)
    return np.concatenate([mfcc.mean(axis=1), chroma.mean(axis=1), rms.mean(axis=1)])


def search(front_end, data):
    paths, y, groups = data
    pipeline = make_pipeline(front_end, StandardScaler(), SVC())
    start = time.perf_counter()
    found = GridSearchCV(pipeline, GRID, cv=GroupKFold(3)).fit(paths, y, groups=groups)
    return time.perf_counter() - start, found.cv_results_["mean_test_score"]


def recordings(folder):
    root = Path(os.environ.get("SKEMOTION_DATA", ""), "banglaser")
    if "SKEMOTION_DATA" in os.environ and root.is_dir():
        paths = sorted(str(path) for path in root.rglob("*.flac"))
        paths = paths[:: len(paths) // N_RECORDINGS][:N_RECORDINGS]
        codes = [Path(path).stem.split("-") for path in paths]
        return paths, [code[2] for code in codes], [code[6] for code in codes]
    rng, paths = np.random.default_rng(0), []
    for number in range(N_RECORDINGS):
        paths.append(str(Path(folder, f"{number}.wav")))
        soundfile.write(paths[-1], 0.1 * rng.standard_normal(32000), 16000)
    return paths, np.arange(N_RECORDINGS) % 4, np.arange(N_RECORDINGS) // 10


def main():
    with tempfile.TemporaryDirectory() as folder:
        data = recordings(folder)
        _features(data[0][0])  # librosa compiles at its first call
        sides = {
            "librosa": Naive(),
            "skemotion": AcousticFeatures(cache=False),
            "skemotion, cache new": AcousticFeatures(cache=Path(folder, "cache")),
            "skemotion, cache there": AcousticFeatures(cache=Path(folder, "cache")),
        }
        first = None
        for name, front_end in sides.items():
            seconds, scores = search(front_end, data)
            first = (seconds, scores) if first is None else first
            same = np.abs(scores - first[1]).max()
            print(
                f"{name:24} {seconds:8.2f} s {first[0] / seconds:8.1f}x  scores differ {same:.3f}"
            )


if __name__ == "__main__":
    main()
