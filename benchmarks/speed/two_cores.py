"""How much a second core brings to the 26 voice features: wall time with one process and with two.

Real recordings are read from the folder that SKEMOTION_DATA names, again and again; without it,
noise of three seconds. The processes are started before the clock runs. Beside them, what the cores
can give at most just then: two processes that each take half of the files and hand nothing back.

    python benchmarks/speed/two_cores.py [name of a folder ...]
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported

# ruff: noqa: E402
import sys
import tempfile
from contextlib import contextmanager
from multiprocessing import get_context

import numpy as np
from _common import race
from voice_features import find_recordings, write_noise

from skemotion import AcousticFeatures

N_RECORDINGS = 2000


def work(connection):
    """Extract features of the files that come, and hand none back."""
    step = AcousticFeatures(cache=False)
    while paths := connection.recv():
        step.transform(paths)
        connection.send(len(paths))


@contextmanager
def two_apart():
    """Yield a function that has two processes take half of the files each."""
    context, ends = get_context("spawn"), []
    for _ in range(2):
        here, there = context.Pipe()
        context.Process(target=work, args=(there,), daemon=True).start()
        ends.append(here)

    def run(paths):
        for number, end in enumerate(ends):
            end.send(paths[number::2])
        return sum(end.recv() for end in ends)

    yield run
    for end in ends:
        end.send([])


def compare(name, paths, apart):
    paths = (paths * (N_RECORDINGS // len(paths) + 1))[:N_RECORDINGS]
    one, two = AcousticFeatures(cache=False), AcousticFeatures(cache=False, n_jobs=2)
    np.testing.assert_array_equal(one.transform(paths[:200]), two.transform(paths[:200]))
    print(f"\n{name}: {len(paths)} recordings")
    entries = {
        "one process": lambda: one.transform(paths),
        "two": lambda: two.transform(paths),
        "two apart": lambda: apart(paths),
    }
    race(entries, repeats=5, per=len(paths))


def main():
    found = list(find_recordings())
    with two_apart() as apart, tempfile.TemporaryDirectory() as folder:
        for name, paths in found:
            if not sys.argv[1:] or name in sys.argv[1:]:
                compare(name, paths, apart)
        if not found:
            compare("noise", list(write_noise(folder, 16000)), apart)


if __name__ == "__main__":
    main()
