"""Time and memory of the first vector of 26 voice features in a new process, against librosa.

Both sides start a Python process each, in turn. Byte-compile the environment first; the first round
is not counted. The recording is the first in the folder ``emodb-originals`` of SKEMOTION_DATA;
without it, noise of three seconds.

    python benchmarks/speed/first_vector.py
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

ROUNDS = 7
LIBROSA = """
import librosa, numpy as np
y, sr = librosa.load({path!r}, sr=16000)
mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=13).mean(axis=1)
chroma = librosa.feature.chroma_stft(y=y, sr=sr).mean(axis=1)
print(np.concatenate([mfcc, chroma, librosa.feature.rms(y=y).mean(axis=1)]).tolist())
"""
FUNCTION = """
from skemotion.audio import mean_vector
print(mean_vector({path!r}).tolist())
"""
TRANSFORMER = """
from skemotion import AcousticFeatures
print(AcousticFeatures().transform([{path!r}])[0].tolist())
"""
SIDES = {"librosa": LIBROSA, "mean_vector": FUNCTION, "AcousticFeatures": TRANSFORMER}


def run(code):
    """Return seconds on the wall and the vector."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, np.array(eval(done.stdout))


def peak(code):
    """Return the peak memory of a process, in MB."""
    measured = f"{code}\nimport resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", measured], capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[-1]) / 1024


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(os.environ.get("SKEMOTION_DATA", ""), "emodb-originals")
        found = sorted(root.glob("*.wav")) if "SKEMOTION_DATA" in os.environ else []
        path = str(found[0] if found else Path(folder, "noise.wav"))
        if not found:
            soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(48000), 16000)
        codes = {name: code.format(path=path) for name, code in SIDES.items()}
        times, vectors = {name: [] for name in codes}, {}
        for _ in range(ROUNDS + 1):
            for name, code in codes.items():
                seconds, vectors[name] = run(code)
                times[name].append(seconds)
        first = statistics.median(times["librosa"][1:])
        for name, code in codes.items():
            seconds = statistics.median(times[name][1:])
            apart = np.abs(vectors[name] - vectors["librosa"]).max()
            print(
                f"{name:17} {seconds:6.2f} s {first / seconds:6.1f}x  {peak(code):4.0f} MB, "
                f"largest difference {apart:.1e}"
            )


if __name__ == "__main__":
    main()
