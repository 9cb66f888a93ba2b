"""Spectral features against librosa: same numbers, how much faster.

Both sides get the same decoded waveforms, run interleaved in one process on one thread; times are
processor time. Real recordings are read from ``emodb/wav`` in the folder that SKEMOTION_DATA names;
without it, three seconds of noise are used. The last two rows are ours alone: what more functionals
cost.

    python benchmarks/speed/spectral_features.py
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported

# ruff: noqa: E402
import time
from pathlib import Path

import librosa
import numpy as np
from _common import race

from skemotion import (
    MFCC,
    PCEN,
    AcousticFeatures,
    LogMel,
    ReadAudio,
    SpectralBandwidth,
    SpectralCentroid,
    SpectralContrast,
    SpectralFlatness,
    SpectralRolloff,
    ZeroCrossings,
)
from skemotion.audio._functionals import FUNCTIONALS

FEATURES = [
    *(LogMel(), PCEN(), MFCC(deltas=2), ZeroCrossings(), SpectralCentroid(), SpectralBandwidth()),
    *(SpectralRolloff(), SpectralFlatness(), SpectralContrast()),
]


def naive(y, rate=16000):
    feature = librosa.feature
    mel = feature.melspectrogram(y=y, sr=rate)
    mfcc = feature.mfcc(y=y, sr=rate, n_mfcc=13)
    frames = [
        librosa.power_to_db(mel),
        librosa.pcen(feature.melspectrogram(y=y, sr=rate, power=1) * 2**31, sr=rate),
        *(mfcc, feature.delta(mfcc), feature.delta(mfcc, order=2)),
        feature.zero_crossing_rate(y),
        feature.spectral_centroid(y=y, sr=rate),
        feature.spectral_bandwidth(y=y, sr=rate),
        feature.spectral_rolloff(y=y, sr=rate),
        feature.spectral_flatness(y=y),
        feature.spectral_contrast(y=y, sr=rate),
    ]
    return np.concatenate([part.mean(axis=1) for part in frames])


def find_waveforms():
    root = Path(os.environ.get("SKEMOTION_DATA", ""), "emodb", "wav")
    paths = sorted(root.glob("*.wav"))[::20] if "SKEMOTION_DATA" in os.environ else []
    if paths:
        return list(ReadAudio().transform(paths))
    random = np.random.default_rng(0)
    return [np.float32(0.1 * random.standard_normal(48000)) for _ in range(20)]


def main():
    waveforms = find_waveforms()
    means = AcousticFeatures(FEATURES)
    every = AcousticFeatures(FEATURES, summary=tuple(FUNCTIONALS))
    twice = AcousticFeatures(
        FEATURES, summary=tuple(prefix + name for name in FUNCTIONALS for prefix in ("", "delta_"))
    )
    expected = np.array([naive(y) for y in waveforms])
    equal = np.isclose(means.transform(waveforms), expected, rtol=1e-2, atol=1e-2)
    print(f"{len(waveforms)} recordings, {equal.mean():.2%} of the values equal within 1 %")
    n_values = [len(features.get_feature_names_out()) for features in (means, every, twice)]
    entries = {
        f"librosa, {n_values[0]} values": lambda: [naive(y) for y in waveforms],
        f"skemotion, {n_values[0]} values": lambda: means.transform(waveforms),
        f"skemotion, {n_values[1]} values": lambda: every.transform(waveforms),
        f"skemotion, {n_values[2]} values": lambda: twice.transform(waveforms),
    }
    race(entries, repeats=5, per=len(waveforms), clock=time.process_time)


if __name__ == "__main__":
    main()
