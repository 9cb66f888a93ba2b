"""How fast fer2013.csv is parsed, against the usual split-and-append loop, and at what memory.

    python benchmarks/speed/fer2013_csv.py

Reads ``$SKEMOTION_DATA/fer2013/fer2013.csv.gz`` where it exists, unpacked into a temporary folder,
else 35,887 made-up rows. Both sides run in turn in this process; a child process each measures
the peak memory.
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

from skemotion.datasets._fer2013_csv import read_faces

N_ROWS = 35_887
ROUNDS = 3


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


def ours(path):
    """Parse as the reader does."""
    faces = read_faces(path)
    return faces.images, faces.codes


SIDES = {"loop": split_and_append, "ours": ours}


def write_table(path):
    """Unpack the real table, or make one up."""
    packed = Path(os.environ.get("SKEMOTION_DATA", ""), "fer2013", "fer2013.csv.gz")
    if packed.is_file():
        with gzip.open(packed) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return "real"
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write("emotion,pixels,Usage\n")
        for _ in range(N_ROWS):
            pixels = " ".join(map(str, rng.integers(0, 256, 48 * 48).tolist()))
            file.write(f"{rng.integers(7)},{pixels},Training\n")
    return "made up"


def peak(side, path):
    """Return the growth of the peak memory of a fresh process, in bytes."""
    done = subprocess.run(
        [sys.executable, __file__, side, str(path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def measure(side, path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = SIDES[side](path)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print((after - before) * (1 if sys.platform == "darwin" else 1024) if kept else 0)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fer2013.csv")
        kind = write_table(path)
        # first, for a child starts with its parent's peak
        peaks = {side: peak(side, path) for side in SIDES}
        times, results = {side: [] for side in SIDES}, {}
        for _ in range(ROUNDS):
            for side, parse in SIDES.items():
                start = time.process_time()
                results[side] = parse(path)
                times[side].append(time.process_time() - start)
        for got, expected in zip(results["ours"], results["loop"], strict=True):
            np.testing.assert_array_equal(got, expected)
        size = results["ours"][0].nbytes
        ratio = statistics.median(times["loop"]) / statistics.median(times["ours"])
        print(f"{len(results['ours'][0])} rows, {kind}, {path.stat().st_size / 1e6:.0f} MB of text")
        for side in SIDES:
            seconds = statistics.median(times[side])
            print(f"{side}: {seconds:.2f} s CPU, peak {peaks[side] / size:.2f} x the result")
        print(f"ratio: {ratio:.1f}")


if __name__ == "__main__":
    measure(*sys.argv[1:]) if len(sys.argv) > 1 else main()
