"""How fast fer2013.csv is read, against the usual split-and-append loop, and at what memory.

    python benchmarks/speed/fer2013_csv.py

Reads ``$SKEMOTION_DATA/fer2013/fer2013.csv.gz`` where it exists, unpacked into a temporary folder,
else 35,887 made-up rows. All sides run in turn in this process: the loop, the reader with the
compiled parser (two threads) and with NumPy's, and the second load from a cache folder, of the
images and with ``load_dataset`` in total. Times are on the clock and on the processor. A child
process each measures the peak memory and the first read of a new process.
"""

import gzip
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from skemotion import load_dataset
from skemotion.datasets import _fer2013_csv

N_ROWS = 35_887
ROUNDS = 5


def split_and_append(path):
    """Parse as tutorials do."""
    images, codes = [], []
    with open(path) as file:
        next(file)
        for line in file:
            emotion, pixels, _ = line.split(",")
            images.append(np.array([int(value) for value in pixels.split(" ")], dtype=np.uint8))
            codes.append(int(emotion))
    return np.array(images).reshape(-1, 48, 48), np.array(codes)


def compiled(path):
    """Parse as the reader does."""
    faces = _fer2013_csv.read_faces(path)
    return faces.images, faces.codes


def plain(path):
    """Parse as the reader does without numba."""
    large = _fer2013_csv._LARGE
    _fer2013_csv._LARGE = np.inf
    try:
        return compiled(path)
    finally:
        _fer2013_csv._LARGE = large


def cached(path, read=compiled):
    """Read what is kept of the table."""
    os.environ["SKEMOTION_CACHE"] = str(path.parent / "cache")
    try:
        return read(path)
    finally:
        del os.environ["SKEMOTION_CACHE"]


def load(path):
    """Load the dataset with labels, subjects and checks."""
    data = load_dataset("fer2013", path)
    return data.X, np.array([*map(list(data.dataset.emotions.values()).index, data.y)])


SIDES = {
    "loop": split_and_append,
    "compiled": compiled,
    "numpy": plain,
    "cached": cached,
    "load_dataset": load,
    "load_dataset, cached": lambda path: cached(path, load),
}


def write_table(path):
    """Unpack the real table, or make one up."""
    packed = Path(os.environ.get("SKEMOTION_DATA", ""), "fer2013", "fer2013.csv.gz")
    if packed.is_file():
        with gzip.open(packed) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return "real"
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(7), [4953, 547, 5121, 8989, 6077, 4002, 6198])
    with path.open("w") as file:
        file.write("emotion,pixels,Usage\n")
        for code in codes:
            pixels = " ".join(map(str, rng.integers(0, 256, 48 * 48).tolist()))
            file.write(f"{code},{pixels},Training\n")
    return "made up"


def in_new_process(side, path):
    """Return the growth of the peak memory of a new process, in bytes, and its seconds."""
    done = subprocess.run(
        [sys.executable, __file__, side, str(path)], capture_output=True, text=True, check=True
    )
    peak, seconds = done.stdout.split()
    return int(peak), float(seconds)


def measure(side, path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    kept = SIDES[side](Path(path))
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print((after - before) * (1 if sys.platform == "darwin" else 1024) if kept else 0, seconds)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fer2013.csv")
        kind = write_table(path)
        time.sleep(3)  # a younger table is not kept
        # first, for a child starts with its parent's peak; and this compiles and keeps
        in_new_process("cached", path)
        new = {side: in_new_process(side, path) for side in SIDES}
        clocks = {"clock": time.perf_counter, "processor": time.process_time}
        times, results = {(side, clock): [] for side in SIDES for clock in clocks}, {}
        for _ in range(ROUNDS):
            for side, read in SIDES.items():
                starts = {name: clock() for name, clock in clocks.items()}
                results[side] = read(path)
                for name, clock in clocks.items():
                    times[side, name].append(clock() - starts[name])
        for side, found in results.items():
            for got, expected in zip(found, results["loop"], strict=True):
                np.testing.assert_array_equal(got, expected, err_msg=side)
        medians = {key: statistics.median(values) for key, values in times.items()}
        size = results["loop"][0].nbytes
        print(f"{len(results['loop'][0])} rows, {kind}, {path.stat().st_size / 1e6:.0f} MB of text")
        for side in SIDES:
            columns = [
                f"{clock} {medians[side, clock]:.3f} s"
                f" ({medians['loop', clock] / medians[side, clock]:.1f} x)"
                for clock in clocks
            ]
            peak, first = new[side]
            columns.append(f"new process {first:.2f} s, {peak / size:.2f} x the result")
            print(f"{side:20} {'; '.join(columns)}")


if __name__ == "__main__":
    measure(*sys.argv[1:]) if len(sys.argv) > 1 else main()
