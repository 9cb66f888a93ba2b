"""Tiny models, pictures and recordings for tests of the service."""

import io

import numpy as np
from PIL import Image
from skimage.data import astronaut
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import HOG, AcousticFeatures, ReadImages, Resize, make_recording_pipeline
from skemotion.serving.media import as_wav

CLASSES = ["angry", "happy", "sad"]
FACE = (178, 67, 94, 94)  # of the astronaut: x, y, width, height


def encode(pixels, kind="PNG"):
    """Return a picture as a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def picture(seed=0, size=(48, 48), kind="PNG"):
    """Return a picture of noise."""
    return encode(np.random.default_rng(seed).integers(0, 256, size, np.uint8), kind)


def group_photo():
    """Return a photo with one face twice, 512 pixels apart."""
    return encode(np.hstack([astronaut(), astronaut()]), "JPEG")


def sound(duration=1.0, frequency=220.0, sampling_rate=16000):
    """Return a recording of a few harmonics."""
    n_times = round(duration * sampling_rate)
    phase = 2 * np.pi * frequency * np.arange(n_times) / sampling_rate
    waveform = sum(np.sin(k * phase) / k for k in range(1, 6))
    waveform += 0.01 * np.random.default_rng(0).normal(size=n_times)
    return as_wav((6000 * waveform).astype(np.int16), sampling_rate)


def fit_faces(C=0.01):
    """Return a classifier of pictures that learned noise: each gets other probabilities."""
    front = make_recording_pipeline(ReadImages(), Resize(32, 32), HOG())
    X = [picture(number) for number in range(12)]
    return make_pipeline(front, StandardScaler(), LogisticRegression(C=C)).fit(X, CLASSES * 4)


def fit_voices():
    """Return a classifier of recordings by their pitch."""
    X = [sound(0.5, frequency) for frequency in (110, 220, 440, 120, 230, 450)]
    pipeline = make_pipeline(AcousticFeatures(), StandardScaler(), LogisticRegression())
    return pipeline.fit(X, CLASSES * 2)
