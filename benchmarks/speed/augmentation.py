"""Random variation for training: images against Keras, pitch against librosa, voices on their own.

Run ``python benchmarks/speed/augmentation.py``. Batches of 32 pictures of 48 x 48 in float32 are
rotated by up to 10 degrees, shifted and zoomed by up to a tenth and flipped by all: Keras' layers
inside a compiled function, as in a network; Keras' old ImageDataGenerator, a scipy.ndimage call
for each picture; and ImageAugmenter. Times are those on the processor, all threads together.
"""

import os
from time import process_time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from _common import race

from skemotion import FrameAugmenter, ImageAugmenter, WaveformAugmenter

STILL = {"snr": None, "gain": 0, "speed": 0}


def race_images(n_channels):
    import keras
    import tensorflow as tf

    rng = np.random.default_rng(0)
    faces = rng.random((32, 48, 48, n_channels), dtype=np.float32)
    layers = keras.Sequential(
        [
            keras.layers.RandomRotation(10 / 360, fill_mode="nearest"),
            keras.layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
            keras.layers.RandomZoom(0.1, 0.1, fill_mode="nearest"),
            keras.layers.RandomFlip("horizontal"),
        ]
    )
    compiled = tf.function(lambda batch: layers(batch, training=True))
    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        rotation_range=10,
        width_shift_range=0.1,
        height_shift_range=0.1,
        zoom_range=0.1,
        horizontal_flip=True,
    )
    ours = ImageAugmenter()
    bright = ImageAugmenter(brightness=0.2, contrast=0.2, cutout=0.3)
    everything = ImageAugmenter(shear=10, brightness=0.2, contrast=0.2, cutout=0.3, noise=0.05)
    as_bytes = (faces * 255).astype(np.uint8)
    print(f"\nan image of 48 x 48 x {n_channels}")
    race(
        {
            "Keras layers": lambda: compiled(faces).numpy(),
            "ImageDataGenerator": lambda: [generator.random_transform(face) for face in faces],
            "ImageAugmenter": lambda: ours.augment_batch(faces, rng),
            "the same, uint8": lambda: ours.augment_batch(as_bytes, rng),
            "+ light and cutout": lambda: bright.augment_batch(faces, rng),
            "+ shear and noise": lambda: everything.augment_batch(faces, rng),
        },
        repeats=30,
        per=len(faces),
        clock=process_time,
    )


def race_voices():
    import librosa

    rng = np.random.default_rng(0)
    voices = rng.normal(scale=0.1, size=(4, 32000)).astype(np.float32)
    frames = rng.normal(size=(32, 94, 26)).astype(np.float32)
    pitch = WaveformAugmenter(**STILL, pitch=2)

    def with_librosa():
        for voice in voices:
            librosa.effects.pitch_shift(voice, sr=16000, n_steps=rng.uniform(-2, 2), n_fft=1024)

    print("\npitch of a waveform of 2 s at 16 kHz")
    race(
        {"librosa": with_librosa, "WaveformAugmenter": lambda: pitch.augment_batch(voices, rng)},
        repeats=15,
        per=len(voices),
        clock=process_time,
    )
    parts = {
        "noise at an SNR": WaveformAugmenter(**STILL | {"snr": (10, 30)}),
        "pink noise": WaveformAugmenter(**STILL | {"snr": (10, 30), "noise": "pink"}),
        "speed": WaveformAugmenter(**STILL | {"speed": 0.1}),
        "gain, shift": WaveformAugmenter(**STILL | {"gain": 6, "shift": 0.1}),
    }
    print("\nother changes of the waveform")
    race(
        {name: lambda a=part: a.augment_batch(voices, rng) for name, part in parts.items()},
        repeats=15,
        per=len(voices),
        clock=process_time,
    )
    masks = FrameAugmenter()
    full = FrameAugmenter(noise=0.1, crop=0.1, speed=0.1, shift=0.1)
    print("\na sequence of 94 frames of 26 features")
    race(
        {
            "FrameAugmenter, masks": lambda: masks.augment_batch(frames, rng),
            "+ noise and time": lambda: full.augment_batch(frames, rng),
        },
        repeats=30,
        per=len(frames),
        clock=process_time,
    )


def main():
    race_images(1)
    race_images(3)
    race_voices()


if __name__ == "__main__":
    main()
