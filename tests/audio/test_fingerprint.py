"""Fingerprints: copies agree, other recordings do not."""

import io

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import load_dataset
from skemotion.audio.fingerprint import fingerprint
from skemotion.evaluation.inspection import inspect_recordings, near_duplicates

RATE = 16000


def coded(waveform, rate, form, subtype=None):
    file = io.BytesIO()
    soundfile.write(file, waveform, rate, format=form, subtype=subtype)
    return file.getvalue()


def copies(waveform, rate=RATE):
    """Return copies of a recording as people make them."""
    waveform = np.asarray(waveform, dtype=float)
    noise = np.random.default_rng(0).normal(size=len(waveform)) * waveform.std() / 100
    return [
        coded(waveform, rate, "WAV", "PCM_16"),
        coded(waveform, rate, "OGG", "VORBIS"),
        coded(waveform, rate, "MP3"),
        coded(soxr.resample(waveform, rate, 8000), 8000, "FLAC"),
        coded(soxr.resample(waveform, rate, 44100), 44100, "WAV", "PCM_16"),
        coded(waveform / 4, rate, "WAV", "PCM_16"),
        coded(waveform[rate // 7 : -rate // 10], rate, "WAV", "PCM_16"),
        coded(waveform + noise, rate, "WAV", "PCM_16"),
    ]


def speech(data, row):
    return soundfile.read(io.BytesIO(data.X[row]))[0]


def test_copies_of_a_voice_are_one_group():
    data = load_dataset("synthetic-voices")
    others = list(data.X[5:15])
    made = copies(speech(data, 0)) + others
    groups = near_duplicates(inspect_recordings(made, "voice"))
    assert groups == [list(range(8))]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.02, 1), st.integers(0, RATE // 6))
def test_louder_or_cut_is_the_same(seed, gain, cut):
    waveform = np.random.default_rng(seed).standard_normal(RATE * 2).astype("float32") / 8
    changed = (waveform[cut:] * gain).astype("float32")
    seen = inspect_recordings([waveform, changed], "voice")
    assert near_duplicates(seen) == [[0, 1]]
    other = np.random.default_rng(seed + 1).standard_normal(RATE * 2).astype("float32") / 8
    assert near_duplicates(inspect_recordings([waveform, other], "voice")) == []


def test_short_and_silent_recordings_are_alike_to_nothing():
    assert fingerprint(np.zeros(100, "float32"), RATE).shape == (0,)
    assert not fingerprint(np.zeros(RATE, "float32"), RATE).any()
    silent = [np.zeros(RATE, "float32"), np.zeros(RATE + 1, "float32")]
    assert near_duplicates(inspect_recordings(silent, "voice")) == []


@pytest.mark.real_data
def test_real_voices(data_folder):
    emodb = load_dataset("emodb", data_folder / "emodb")
    originals = sorted((data_folder / "emodb-originals").glob("*.wav"))
    seen = inspect_recordings([*emodb.X, *map(str, originals)], "voice", n_jobs=2)
    groups = near_duplicates(seen)  # ten people say the same ten sentences: no other pairs
    stems = emodb.frame["path"].str.extract(r"(\w+)\.wav")[0].tolist() + [p.stem for p in originals]
    assert sorted(stems[group[0]] for group in groups) == sorted(p.stem for p in originals)
    for group in groups:
        assert len({stems[row] for row in group}) == 1


@pytest.mark.real_data
def test_banglaser_repeats_some_takes(data_folder):
    data = load_dataset("banglaser", data_folder / "banglaser")
    groups = near_duplicates(inspect_recordings(data.X, "voice", n_jobs=2))
    paths = data.frame["path"].to_numpy()
    assert ["Actor_03/03-01-05-01-02-01-03.flac", "Actor_03/03-01-05-01-02-02-03.flac"] in [
        paths[group].tolist() for group in groups
    ]
    assert len(groups) == 8
    for group in groups:  # the same person says the same sentence in the same emotion
        assert data.frame.iloc[group][["subject", "emotion", "statement"]].nunique().eq(1).all()
