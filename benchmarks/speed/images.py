"""Reading, equalising and resizing faces: our fused pipeline against the plain OpenCV loop.

Run: ``python benchmarks/speed/images.py``. Times are per picture; what counts are the ratios.
OpenCV's reader is fast and not safe on files of unknown origin; ours goes through Pillow.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from _common import race

from skemotion import EqualizeHist, ReadImages, Resize, make_recording_pipeline

KINDS = {  # name -> height, width, number of files
    "png 48x48": ("png", 48, 48, 2000),
    "jpg 640x480": ("jpg", 480, 640, 60),
    "png 640x480": ("png", 480, 640, 60),
}


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
        faces.append(cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA))
    return np.array(faces)


def main():
    cv2.setNumThreads(1)
    for name, (suffix, height, width, n_files) in KINDS.items():
        with TemporaryDirectory() as folder:
            paths = write(folder, suffix, height, width, n_files)
            steps = make_recording_pipeline(ReadImages(), EqualizeHist(), Resize())
            two = make_recording_pipeline(ReadImages(n_jobs=2), EqualizeHist(), Resize())
            difference = np.abs(loop(paths).astype(int) - steps.transform(paths))
            print(f"\n{name}: differs by {difference.max()} at most, {difference.mean():.4f} mean")
            race(
                {
                    "OpenCV loop": lambda paths=paths: loop(paths),
                    "skemotion": lambda paths=paths, steps=steps: steps.transform(paths),
                    "skemotion, 2 threads": lambda paths=paths, two=two: two.transform(paths),
                },
                per=n_files,
            )


if __name__ == "__main__":
    main()
