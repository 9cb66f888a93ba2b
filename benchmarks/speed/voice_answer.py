"""Time from the bytes of an utterance of three seconds to its probabilities, in one process.

Each recipe is fitted on synthetic voices (networks for one epoch: figures are of speed alone),
exported, saved and opened by the runtime, with one thread. It races against the usual code, librosa
and ``Model.predict`` with the same features and network, for voice-cnn1d, and against the pipeline
that was exported for the others. With SKEMOTION_DATA the utterance is cut out of an EMO-DB
original.

    python benchmarks/speed/voice_answer.py [recipe ...]
"""

import io
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import soundfile
from _common import race

from skemotion import load_dataset, load_model, save, to_onnx
from skemotion.runtime import open_predictor

RECIPES = ("voice-svm", "voice-cnn1d", "voice-mlp", "voice-lstm", "voice-crnn")
SECONDS = 3


def utterance():
    """Return a WAV file of three seconds."""
    found = sorted(
        Path(os.environ.get("SKEMOTION_DATA", "nowhere"), "emodb-originals").glob("*.wav")
    )
    waveform = 0.1 * np.random.default_rng(0).standard_normal(SECONDS * 16_000)
    if found:
        voices = [soundfile.read(path)[0] for path in found]
        waveform = np.concatenate(voices)[: SECONDS * 16_000]
    file = io.BytesIO()
    soundfile.write(file, waveform, 16_000, format="WAV")
    return file.getvalue()


def by_hand(data, network, scaler):
    """Answer as tutorials do."""
    y, rate = librosa.load(io.BytesIO(data), sr=16_000)
    mel = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=1024, n_mels=64)
    frames = (librosa.power_to_db(mel).T - scaler.mean_) / scaler.scale_
    return network.predict(frames[None].astype("float32"), verbose=0)


def main():
    voices = load_dataset("synthetic-voices", scheme="common4")
    data = utterance()
    for name in sys.argv[1:] or RECIPES:
        model = load_model(name).pipeline()
        if hasattr(model[-1], "epochs"):
            model[-1].set_params(epochs=1, early_stopping=False)
        model.fit(voices.X[:80], voices.y[:80])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.skemotion"
            save(to_onnx(model), path)
            predictor = open_predictor(path)
        predict = getattr(model, "predict_proba", model.predict)
        sides = {"pipeline": partial(predict, [data])}
        if name == "voice-cnn1d":
            naive = partial(by_hand, data, model[-1].model_, model[-2])
            sides = {"librosa, Keras": naive, **sides}
        sides["exported"] = partial(predictor.predict_proba, [data])
        print(f"{name} ({'light' if predictor.light else 'not light'})", flush=True)
        race(sides, repeats=31)


if __name__ == "__main__":
    main()
