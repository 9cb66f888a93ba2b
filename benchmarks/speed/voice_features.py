"""26 voice features against the usual librosa code: same numbers, how much faster.

Both sides run interleaved in one process on one thread; times are processor time. Real recordings
are read from the folder that SKEMOTION_DATA names; without it, noise of three seconds is written to
a temporary folder. The compiled loops are those that a process loads once it has seen minutes of
speech (numba imported, as librosa does) or an hour (not imported); until then, NumPy's run.

    python benchmarks/speed/voice_features.py
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported

# ruff: noqa: E402
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import librosa
import numpy as np
import soundfile
from _common import race

from skemotion import AcousticFeatures
from skemotion.audio import _compiled, _kernels

_FOLDERS = ("emodb-originals", "banglaser-originals", "emodb", "banglaser")
_MOST = 40  # recordings a folder


def naive(path):
    waveform, sampling_rate = librosa.load(path, sr=16000)
    mfcc = librosa.feature.mfcc(y=waveform, sr=sampling_rate, n_mfcc=13)
    chroma = librosa.feature.chroma_stft(y=waveform, sr=sampling_rate)
    rms = librosa.feature.rms(y=waveform)
    return np.concatenate([mfcc.mean(axis=1), chroma.mean(axis=1), rms.mean(axis=1)])


def transform(paths, kernels):
    with patch.dict(_compiled._state, kernels=kernels, tried=True):
        return AcousticFeatures(cache=False).transform(paths)


def compare(name, paths):
    expected = np.array([naive(path) for path in paths])
    values = transform(paths, _kernels)
    np.testing.assert_array_equal(transform(paths, None), values)
    equal = np.isclose(values, expected, rtol=1e-3, atol=1e-3).all(axis=1)
    rate = soundfile.info(paths[0]).samplerate
    print(f"\n{name}: {len(paths)} recordings at {rate} Hz, {equal.sum()} rows equal within 1e-3")
    entries = {
        "librosa": lambda: [naive(path) for path in paths],
        "compiled loops": lambda: transform(paths, _kernels),
        "NumPy's loops": lambda: transform(paths, None),
    }
    race(entries, repeats=9, per=len(paths), clock=time.process_time)


def find_recordings():
    root = Path(os.environ.get("SKEMOTION_DATA", ""))
    for name in _FOLDERS if "SKEMOTION_DATA" in os.environ else ():
        paths = sorted(p for p in (root / name).rglob("*") if p.suffix in (".wav", ".flac"))
        if paths:
            step = -(-len(paths) // _MOST)
            yield name, [str(path) for path in paths[::step]]


def write_noise(folder, sampling_rate, n_recordings=20):
    random = np.random.default_rng(0)
    for place in range(n_recordings):
        path = Path(folder, f"{sampling_rate}-{place}.wav")
        soundfile.write(path, 0.1 * random.standard_normal(3 * sampling_rate), sampling_rate)
        yield str(path)


def main():
    found = list(find_recordings())
    for name, paths in found:
        compare(name, paths)
    if not found:
        with tempfile.TemporaryDirectory() as folder:
            for sampling_rate in (16000, 48000):
                compare("noise", list(write_noise(folder, sampling_rate)))


if __name__ == "__main__":
    main()
