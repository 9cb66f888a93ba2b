"""How much a second core brings to the 26 voice features: wall time with one process and with two.

Real recordings are read from the folder that SKEMOTION_DATA names, again and again; without it,
noise of three seconds. The processes are started before the clock runs.

    python benchmarks/speed/two_cores.py
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported

# ruff: noqa: E402
import tempfile

import numpy as np
from _common import race
from voice_features import find_recordings, write_noise

from skemotion import AcousticFeatures

N_RECORDINGS = 2000


def compare(name, paths):
    paths = (paths * (N_RECORDINGS // len(paths) + 1))[:N_RECORDINGS]
    one, two = AcousticFeatures(cache=False), AcousticFeatures(cache=False, n_jobs=2)
    np.testing.assert_array_equal(one.transform(paths[:200]), two.transform(paths[:200]))
    print(f"\n{name}: {len(paths)} recordings")
    entries = {"one process": lambda: one.transform(paths), "two": lambda: two.transform(paths)}
    race(entries, repeats=5, per=len(paths))


def main():
    found = list(find_recordings())
    for name, paths in found:
        compare(name, paths)
    if not found:
        with tempfile.TemporaryDirectory() as folder:
            compare("noise", list(write_noise(folder, 16000)))


if __name__ == "__main__":
    main()
