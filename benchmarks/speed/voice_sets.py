"""Sets of voice features against those of openSMILE: time for the same recordings.

The features differ, and so does what they are good for: see benchmarks/emodb_features.py. Both
sides run interleaved in one process on one thread, from file to vector; times are processor time.
Real recordings are read from the folder that SKEMOTION_DATA names; without it, synthetic voices.

    python benchmarks/speed/voice_sets.py
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy is imported

# ruff: noqa: E402
import time
from importlib.util import find_spec
from pathlib import Path

import librosa
from _common import race

from skemotion import AcousticFeatures, Formants, Jitter, Pitch, ReadAudio, load_dataset
from skemotion.audio import OpenSmile

_PAIRS = {"voice88": "eGeMAPSv02", "voice-large": "ComParE_2016"}
_MOST = 20  # recordings


def find_recordings():
    folder = Path(os.environ.get("SKEMOTION_DATA", ""), "emodb-originals")
    paths = sorted(map(str, folder.glob("*.wav"))) if "SKEMOTION_DATA" in os.environ else []
    return paths[:_MOST] or list(load_dataset("synthetic-voices").X[:_MOST])


def compare(ours, theirs, recordings):
    print(f"\n{ours} and {theirs}, a recording:")
    entries = {ours: partial_transform(AcousticFeatures(preset=ours), recordings)}
    if find_spec("opensmile") is None:
        print("openSMILE is left out: run pip install 'skemotion[opensmile]'")
    else:
        entries = {theirs: partial_transform(OpenSmile(theirs), recordings), **entries}
    race(entries, repeats=9, per=len(recordings), clock=time.process_time)


def compare_pitch(recordings):
    print("\nPitch of waveforms at 16 kHz, a recording:")
    waveforms = ReadAudio().transform(recordings)
    params = {"fmin": 60, "fmax": 600, "sr": 16000, "frame_length": 1024, "hop_length": 160}
    entries = {
        "librosa.pyin": lambda: [librosa.pyin(y, **params) for y in waveforms],
        "librosa.yin": lambda: [librosa.yin(y, **params) for y in waveforms],
        "Pitch": partial_transform(Pitch(), waveforms),
    }
    race(entries, repeats=3, per=len(waveforms), clock=time.process_time)


def partial_transform(transformer, recordings):
    return lambda: transformer.transform(recordings)


def main():
    recordings = find_recordings()
    print(f"{len(recordings)} recordings")
    for ours, theirs in _PAIRS.items():
        compare(ours, theirs, recordings)
    compare_pitch(recordings[:4])
    print("\nParts:")
    parts = [[Pitch()], [Pitch(), Jitter()], [Pitch(), Formants()]]
    entries = {
        " + ".join(type(feature).__name__ for feature in part): partial_transform(
            AcousticFeatures(part), recordings
        )
        for part in parts
    }
    race(entries, repeats=9, per=len(recordings), clock=time.process_time)


if __name__ == "__main__":
    main()
