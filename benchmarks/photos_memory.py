"""Peak memory of preparing many photos of 12 megapixels, and the time a photo takes.

    python benchmarks/photos_memory.py [N_PHOTOS] [N_JOBS]

One JPEG of 4000 x 3000 pixels is made and linked under N_PHOTOS names, 1,000 by default; the cache
is off, so that each is decoded. A process reads, equalises and resizes them to
48 x 48, once in full and once at reduced scale. Memory should not grow with N_PHOTOS beyond the
results.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def make_photos(folder, n_photos):
    from PIL import Image

    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (75, 100, 3), dtype=np.uint8)
    photo = Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC)
    first = Path(folder, "0.jpg")
    photo.save(first, quality=90)
    for number in range(1, n_photos):
        os.link(first, Path(folder, f"{number}.jpg"))
    return first.stat().st_size


def measure(folder, n_jobs, reduced):
    """Prepare the photos of a folder and print photos, seconds and peak memory in MB."""
    from skemotion import EqualizeHist, ReadImages, Resize, make_recording_pipeline

    paths = sorted(map(str, Path(folder).glob("*.jpg")))
    read = ReadImages(reduce_to=(48, 48) if reduced else None, cache=False, n_jobs=n_jobs)
    steps = make_recording_pipeline(read, EqualizeHist(), Resize(48, 48, cache=False))
    start = time.perf_counter()
    images = steps.fit_transform(paths)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(images)} {seconds:.1f} {peak:.0f}")


def main(n_photos=1000, n_jobs=2):
    with tempfile.TemporaryDirectory() as folder:
        size = make_photos(folder, n_photos)
        print(f"{n_photos} photos of 4000 x 3000 pixels, {size / 1e6:.1f} MB each, n_jobs={n_jobs}")
        for name, reduced in (("reduced", "1"), ("full", "")):
            command = [sys.executable, __file__, "child", folder, str(n_jobs), reduced]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            count, seconds, peak = done.stdout.split()
            each = float(seconds) / int(count) * 1e3
            print(f"{name}: {seconds} s, {each:.1f} ms a photo, peak {peak} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        measure(sys.argv[2], int(sys.argv[3]), bool(sys.argv[4]))
    else:
        main(*map(int, sys.argv[1:]))
