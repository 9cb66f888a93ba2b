"""Read 16 frames of a video, brought to 112 x 112: ours, OpenCV, and PyAV decoding everything.

The video is drawn and encoded here: 8 s of 1280 x 720 at 30 frames a second, H.264 with a key frame
every 12 frames (dense) or every 250 (x264's default), the figures of one thread in processor time.

Run: python benchmarks/speed/video.py
"""

import io
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np
from _common import race

from skemotion import ReadVideo

N_FRAMES, SIZE, FPS, SECONDS = 16, (112, 112), 30, 8


def draw(gop):
    """Return the bytes of a video of a head that moves before a wall."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:720, :1280].astype(np.float32)
    wall = 90 + 30 * np.sin(0.01 * columns) + 5 * rng.normal(size=rows.shape)
    skin = 170 + 30 * np.sin(0.15 * rows) * np.cos(0.1 * columns)
    file = io.BytesIO()
    with av.open(file, "w", "mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.gop_size = gop
        for number in range(FPS * SECONDS):
            x, y = 640 + 60 * np.sin(0.05 * number), 330 + 20 * np.sin(0.08 * number)
            head = (columns - x) ** 2 / 130**2 + (rows - y) ** 2 / 180**2 < 1
            picture = np.where(head, skin, wall) + 2 * rng.normal(size=rows.shape)
            picture = np.clip(picture, 0, 255)
            frame = av.VideoFrame.from_ndarray(picture.astype(np.uint8), "gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def wanted(n_shown):
    return ((np.arange(N_FRAMES) + 0.5) / N_FRAMES * n_shown).astype(int)


def read_opencv(path):
    """Decode frame after frame, and convert those that are wanted: the usual tutorial."""
    capture = cv2.VideoCapture(str(path))
    numbers = set(wanted(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))).tolist())
    clip, number = [], 0
    while capture.grab():
        if number in numbers:
            grey = cv2.cvtColor(capture.retrieve()[1], cv2.COLOR_BGR2GRAY)
            clip.append(cv2.resize(grey, SIZE[::-1], interpolation=cv2.INTER_AREA))
        number += 1
    capture.release()
    return np.stack(clip)


def read_pyav(path):
    """Decode everything with PyAV in one thread, and convert what is wanted."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        numbers = set(wanted(stream.frames).tolist())
        frames = enumerate(container.decode(stream))
        clip = [frame.to_ndarray(format="gray") for number, frame in frames if number in numbers]
    return np.stack([cv2.resize(one, SIZE, interpolation=cv2.INTER_AREA) for one in clip])


def main():
    """Print the table."""
    cv2.setNumThreads(1)
    reader = ReadVideo(N_FRAMES, size=SIZE)
    for name, gop in (("dense key frames", 12), ("x264's default", 250)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            path.write_bytes(draw(gop))
            ours, theirs = reader.transform([path])[0], read_pyav(path)
            apart = np.abs(ours.astype(int) - theirs).mean()
            print(f"\n{name}: {path.stat().st_size:,} bytes; {apart:.2f} grey levels apart")
            race(
                {
                    "OpenCV, frame after frame": lambda path=path: read_opencv(path),
                    "PyAV, all frames": lambda path=path: read_pyav(path),
                    "ReadVideo": lambda path=path: reader.transform([path]),
                },
                repeats=5,
                clock=time.process_time,
            )


if __name__ == "__main__":
    main()
