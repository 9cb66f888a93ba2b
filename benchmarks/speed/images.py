"""Reading, equalising and resizing faces: our fused pipeline against the plain OpenCV loop.

Run: ``python benchmarks/speed/images.py``. Times are per picture; what counts are the ratios. One
thread is timed on the processor. Two threads are timed on the wall against one of the loop, which
tells nothing while other work keeps the cores busy; so the loop in two processes, which share
nothing to wait for, runs beside them and tells what two cores were worth.

OpenCV's reader is not safe on files of unknown origin. Ours goes through Pillow; with
``decoder="opencv"``, which makes a difference to small files only, through OpenCV once the
container was checked.
"""

import time
from multiprocessing import Pool
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from _common import race
from PIL import Image

from skemotion import EqualizeHist, ReadImages, Resize, make_recording_pipeline

KINDS = {  # name -> height, width, number of files
    "png 48x48": ("png", 48, 48, 1000),
    "jpg 48x48": ("jpg", 48, 48, 1000),
    "jpg 640x480": ("jpg", 480, 640, 256),
    "png 640x480": ("png", 480, 640, 64),
    "jpg 2048x1536": ("jpg", 1536, 2048, 16),
}
SIZE = (48, 48)


def write(folder, suffix, height, width, n_files):
    """Write pictures with smooth shapes and a little noise, as photographs have."""
    rng = np.random.default_rng(0)
    paths = []
    for row in range(n_files):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        photo = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        photo = np.clip(photo + rng.normal(0, 3, photo.shape), 0, 255).astype(np.uint8)
        if width == 48:
            photo = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
        paths.append(str(Path(folder, f"{row}.{suffix}")))
        cv2.imwrite(paths[-1], photo)
    return paths


def loop(paths):
    """Do what a tutorial does."""
    faces = []
    for path in paths:
        grey = cv2.equalizeHist(cv2.imread(path, cv2.IMREAD_GRAYSCALE))
        faces.append(cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA))
    return np.array(faces)


def pipeline(**options):
    return make_recording_pipeline(ReadImages(**options), EqualizeHist(), Resize(*SIZE))


def areas(paths):
    """Average areas before anything else: what pictures decoded at reduced scale come close to."""
    faces = []
    for path in paths:
        with Image.open(path) as photo:
            grey = np.asarray(photo.convert("L").resize(SIZE, Image.Resampling.BOX))
        faces.append(cv2.equalizeHist(grey))
    return np.array(faces)


def differ(name, got, expected):
    difference = np.abs(got.astype(int) - expected)
    print(f"{name}: differs by {difference.max()} at most, {difference.mean():.3f} in the mean")


def main(pool):
    exact, reduced, opencv = pipeline(), pipeline(reduce_to=SIZE), pipeline(decoder="opencv")
    exact_2, reduced_2 = pipeline(n_jobs=2), pipeline(reduce_to=SIZE, n_jobs=2)
    for name, (suffix, height, width, n_files) in KINDS.items():
        with TemporaryDirectory() as folder:
            paths = write(folder, suffix, height, width, n_files)
            print(f"\n{name}")
            differ("exact from the loop", exact.transform(paths), loop(paths))
            one = {
                "OpenCV loop": lambda paths=paths: loop(paths),
                "exact": lambda paths=paths: exact.transform(paths),
            }
            two = {
                "OpenCV loop": one["OpenCV loop"],
                "loop, 2 processes": lambda halves=(paths[::2], paths[1::2]): pool.map(
                    loop, halves
                ),
                "exact, 2 threads": lambda paths=paths: exact_2.transform(paths),
            }
            if suffix == "jpg" and width > 2 * SIZE[1]:
                differ("reduced from areas", reduced.transform(paths), areas(paths))
                one["reduced"] = lambda paths=paths: reduced.transform(paths)
                two["reduced, 2 threads"] = lambda paths=paths: reduced_2.transform(paths)
            if width == SIZE[1]:
                differ("decoder='opencv' from the loop", opencv.transform(paths), loop(paths))
                one["decoder='opencv'"] = lambda paths=paths: opencv.transform(paths)
            race(one, per=n_files, clock=time.process_time)
            race(two, per=n_files)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    with Pool(2) as pool:
        main(pool)
