"""Peak memory of preparing many photos of 12 megapixels, and the time a photo takes.

    python benchmarks/photos_memory.py [N_PHOTOS] [N_JOBS] [SCALE]

Eight JPEG files of 4000 x 3000 pixels are made and linked under N_PHOTOS names, 1,000 by default;
the cache is off, so that each is decoded. A process reads, equalises and resizes them to 48 x 48,
at reduced scale and in full, or at the SCALE given: "reduced" or "full". Memory should not grow
with N_PHOTOS beyond the results.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

DISTINCT = 8
SCALES = ("reduced", "full")


def make_photos(folder, n_photos):
    from PIL import Image

    rng = np.random.default_rng(0)
    for number in range(n_photos):
        path = Path(folder, f"{number}.jpg")
        if number < DISTINCT:
            small = rng.integers(0, 256, (75, 100, 3), dtype=np.uint8)
            photo = Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC)
            photo.save(path, quality=90)
        else:
            os.link(Path(folder, f"{number % DISTINCT}.jpg"), path)
    return Path(folder, "0.jpg").stat().st_size


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


def main(n_photos=1000, n_jobs=2, scales=SCALES):
    with tempfile.TemporaryDirectory() as folder:
        size = make_photos(folder, n_photos)
        print(f"{n_photos} photos of 4000 x 3000 pixels, {size / 1e6:.1f} MB each, n_jobs={n_jobs}")
        for name in scales:
            command = [sys.executable, __file__, "child", folder, str(n_jobs), name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            count, seconds, peak = done.stdout.split()
            each = float(seconds) / int(count) * 1e3
            print(f"{name}: {seconds} s, {each:.1f} ms a photo, peak {peak} MB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        measure(sys.argv[2], int(sys.argv[3]), sys.argv[4] == "reduced")
    else:
        main(*map(int, sys.argv[1:3]), *[(scale,) for scale in sys.argv[3:]])
