"""Time and memory of one prediction in a new process, from the bytes of a recording.

Processes start in turn: Keras with the usual code around it, the exported model loaded with
scikit-learn, and the same file opened by the runtime. Networks are those of the recipes face-cnn
and voice-cnn1d, fitted for one epoch on synthetic recordings: what they answer is of no interest
here, but that all three answer the same is checked. Byte-compile the environment first; the first
round is not counted.

    python benchmarks/speed/cold_start.py
"""

import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from skemotion import load_dataset, load_model, save, to_onnx

ROUNDS = 3
FACES = """
import cv2, keras, numpy as np
model = keras.models.load_model({keras!r})
data = np.frombuffer(open({recording!r}, "rb").read(), np.uint8)
face = cv2.resize(cv2.equalizeHist(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)), (48, 48))
answer = model.predict(face[None, ..., None].astype("float32") / 255, verbose=0)
"""
VOICES = """
import keras, librosa, numpy as np
import skemotion.models._keras_layers  # the network has a layer of its own
model = keras.models.load_model({keras!r})
y, rate = librosa.load({recording!r}, sr=16000)
mel = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=1024, n_mels=64)
frames = (librosa.power_to_db(mel).T - np.load({mean!r})) / np.load({scale!r})
answer = model.predict(frames[None].astype("float32"), verbose=0)
"""
FULL = """
from skemotion import load
answer = load({exported!r}).predict_proba([open({recording!r}, "rb").read()])
"""
LIGHT = """
from skemotion.runtime import open_predictor
answer = open_predictor({exported!r}).predict_proba([open({recording!r}, "rb").read()])
"""
TELL = """
import sys
print(answer[0].tolist())
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])
"""


def make(folder, recipe, params, data, X):
    """Fit, export and save one recipe; return where its files are."""
    model = load_model(recipe).pipeline()
    model[-1].set_params(epochs=1, **params)
    model.fit(X, data.y[: len(X)])
    paths = {name: str(folder / f"{recipe}.{name}") for name in ("keras", "mean", "scale")}
    paths["exported"] = str(folder / f"{recipe}.skemotion")
    save(to_onnx(model), paths["exported"])
    model[-1].model_.save(paths["keras"])
    for name in ("mean", "scale"):
        paths[name] += ".npy"
        np.save(paths[name], getattr(model[-2], f"{name}_", 0))
    return paths


def run(code):
    """Return seconds on the wall and the processor, peak memory in MB, and the answer."""
    start, used = time.perf_counter(), processor_time()
    done = subprocess.run(
        [sys.executable, "-c", code + TELL],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    seconds = time.perf_counter() - start, processor_time() - used
    answer, peak = done.stdout.strip().splitlines()[-2:]
    return *seconds, int(peak) / 1024, np.array(eval(answer))


def processor_time():
    """Return the seconds that ended processes spent."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(name, codes):
    """Run the sides in turn and print medians."""
    rounds = [{side: run(code) for side, code in codes.items()} for _ in range(ROUNDS + 1)][1:]
    medians = {
        side: [statistics.median(one[side][place] for one in rounds) for place in range(2)]
        for side in codes
    }
    for side, (wall, used) in medians.items():
        ratios = [first / own for first, own in zip(medians["Keras"], (wall, used), strict=True)]
        peak = max(one[side][2] for one in rounds)
        apart = max(np.abs(one[side][3] - one["Keras"][3]).max() for one in rounds)
        print(
            f"{name:6} {side:22} {wall:6.2f} s {ratios[0]:6.1f}x, processor {used:6.2f} s "
            f"{ratios[1]:6.1f}x, {peak:4.0f} MB, probabilities apart by {apart:.0e}",
            flush=True,
        )


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        voices = load_dataset("synthetic-voices", scheme="common4")
        faces = load_dataset("synthetic-faces")
        files = []
        for face in faces.X[:100]:
            file = io.BytesIO()
            Image.fromarray(face).save(file, "PNG")
            files.append(file.getvalue())
        jobs = (
            ("face", "face-cnn", {"average_flip": False}, faces, files, FACES, "a.png"),
            ("voice", "voice-cnn1d", {}, voices, list(voices.X[:80]), VOICES, "a.wav"),
        )
        for name, recipe, params, data, X, naive, recording in jobs:
            paths = make(folder, recipe, params, data, X)
            paths["recording"] = str(folder / recording)
            Path(paths["recording"]).write_bytes(X[0])
            sides = {"Keras": naive, "exported, scikit-learn": FULL, "exported, runtime": LIGHT}
            compare(name, {side: code.format(**paths) for side, code in sides.items()})


if __name__ == "__main__":
    main()
