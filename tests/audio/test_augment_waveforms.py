"""WaveformAugmenter: what is measured in the result."""

import re

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import ReadAudio, WaveformAugmenter
from skemotion.audio._phase_vocoder import shift_pitch, stretch

STILL = {"snr": None, "gain": 0, "speed": 0}
RATE = 16000


def rng(seed=0):
    return np.random.default_rng(seed)


def only(**strengths):
    return WaveformAugmenter(**STILL | strengths)


def tone(frequency=440, n_times=RATE, dtype="float32"):
    return (0.3 * np.sin(2 * np.pi * frequency * np.arange(n_times) / RATE)).astype(dtype)


def ragged(*waveforms):
    X = np.empty(len(waveforms), dtype=object)
    X[:] = waveforms
    return X


def decibels(values):
    return 10 * np.log10(np.mean(np.square(values, dtype=np.float64), axis=-1))


def peak(waveform):
    """Return the strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)), 1 << 18))
    return spectrum.argmax() * RATE / (1 << 18)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 600), min_size=1, max_size=3),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from(["white", "pink", "recordings"]),
    st.integers(0, 99),
)
def test_any_length(lengths, dtype, noise, seed):
    waveforms = [rng(seed).normal(size=n).astype(dtype) for n in lengths]
    before = [waveform.copy() for waveform in waveforms]
    strong = WaveformAugmenter(
        noise=[np.ones(300, np.float32)] if noise == "recordings" else noise,
        speed=0.5,
        pitch=12,
        shift=1,
        polarity=True,
    )
    X = ragged(*waveforms, None)
    varied = strong.augment_batch(X, rng(seed))
    assert varied[-1] is None
    for changed, waveform, kept in zip(varied, waveforms, before, strict=False):
        np.testing.assert_array_equal(waveform, kept)
        assert changed.dtype == waveform.dtype
        assert len(waveform) / 1.5 - 1 <= len(changed) <= 2 * len(waveform) + 1
        assert np.isfinite(changed).all()
    table = np.tile(waveforms[0], (3, 1))
    together = strong.augment_batch(table, rng(seed))
    assert (together.shape, together.dtype) == (table.shape, table.dtype)


def test_nothing_changes_without_strengths():
    X = ragged(tone(), tone(n_times=7, dtype="float64"))
    varied = only().augment_batch(X, rng())
    for changed, waveform in zip(varied, X, strict=True):
        np.testing.assert_array_equal(changed, waveform)
        assert not np.shares_memory(changed, waveform)


@pytest.mark.parametrize("noise", ["white", "pink", "recordings"])
def test_signal_to_noise_ratio(noise, tmp_path):
    if noise == "recordings":
        path = tmp_path / "hall.wav"
        soundfile.write(path, rng().normal(scale=0.1, size=40000), RATE)
        noise = [path, rng().normal(size=700).astype("float32")]
    X = np.tile(tone(), (60, 1)) * np.linspace(0.1, 1, 60, dtype="float32")[:, np.newaxis]
    ratio = decibels(X) - decibels(only(snr=(5, 25), noise=noise).augment_batch(X, rng()) - X)
    assert 4.99 < ratio.min() < 6
    assert 24 < ratio.max() < 25.01


def test_slopes_of_the_noises():
    X = np.tile(tone(n_times=1 << 15), (8, 1))
    for noise, expected in {"white": 0, "pink": -1}.items():
        added = only(snr=(0, 0), noise=noise).augment_batch(X, rng()) - X
        power = (np.abs(np.fft.rfft(added.astype(float), axis=1)) ** 2).mean(axis=0)
        octaves = [power[1 << k : 2 << k].mean() for k in range(4, 13)]
        slope = np.polyfit(np.arange(9), np.log2(octaves), 1)[0]
        assert abs(slope - expected) < 0.1


def test_pieces_of_recorded_noise_differ():
    hall = np.sin(np.arange(5000) ** 1.5 / 500).astype("float32")
    X = np.tile(tone(n_times=1000), (20, 1))
    added = only(snr=(0, 0), noise=[hall]).augment_batch(X, rng()) - X
    best = np.abs([np.correlate(hall, row, "valid") for row in added])
    assert len(set(best.argmax(axis=1))) > 15
    found = [hall[at : at + 1000] for at in best.argmax(axis=1)]
    assert min(np.corrcoef(a, b)[0, 1] for a, b in zip(found, added, strict=True)) > 0.9999


def test_silence_gets_no_noise():
    assert (only(snr=(0, 0)).augment_batch(np.zeros((2, 50)), rng()) == 0).all()
    X = np.tile(tone(n_times=50), (2, 1))
    silent = only(snr=(0, 0), noise=[np.zeros(80, np.float32)])
    np.testing.assert_array_equal(silent.augment_batch(X, rng()), X)


def test_gain_and_polarity():
    X = np.tile(tone(), (200, 1))
    varied = only(gain=6, polarity=True).augment_batch(X, rng())
    gain = decibels(varied) - decibels(X)
    assert -6.001 < gain.min() < -5.8
    assert 5.8 < gain.max() < 6.001
    signs = np.sign((varied * X).sum(axis=1))
    assert 70 < (signs == -1).sum() < 130


def test_shift_rolls():
    X = np.tile(np.arange(1000.0), (100, 1))
    varied = only(shift=0.2).augment_batch(X, rng())
    shifts = (-varied[:, 0] + 500) % 1000 - 500
    assert -200 <= shifts.min() < -180
    assert 180 < shifts.max() <= 200
    for row, moved in zip(varied, shifts.astype(int), strict=True):
        np.testing.assert_array_equal(row, np.roll(X[0], moved))


def test_speed_changes_duration_and_pitch_together():
    varied = only(speed=0.2).augment_batch(ragged(*[tone()] * 40), rng())
    factors = np.array([RATE / len(waveform) for waveform in varied])
    assert 0.8 <= factors.min() < 0.83
    assert 1.17 < factors.max() < 1.201
    np.testing.assert_allclose([peak(w) for w in varied], 440 * factors, rtol=1e-3)
    kept = only(speed=0.2).augment_batch(np.tile(tone(), (40, 1)), rng())
    for whole, cut in zip(varied, kept, strict=True):
        n_times = min(len(whole), RATE)
        np.testing.assert_array_equal(cut[:n_times], whole[:n_times])
        assert (cut[n_times:] == 0).all()


def test_pitch_keeps_the_duration():
    varied = only(pitch=4).augment_batch(np.tile(tone(), (30, 1)), rng())
    semitones = 12 * np.log2([peak(w) / 440 for w in varied])
    assert -4.02 < semitones.min() < -3.5
    assert 3.5 < semitones.max() < 4.02
    level = decibels(varied[:, 2000:-2000]) - decibels(tone())
    assert np.abs(level).max() < 1  # neighbouring bins drift apart a little


@pytest.mark.parametrize("rate", [0.7, 1.0, 1.3])
def test_the_phase_vocoder_is_librosas(rate):
    times = np.arange(RATE) / RATE
    voice = sum(np.sin(2 * np.pi * k * (120 * times + 20 * times**2)) / k for k in range(1, 20))
    spectrum = librosa.stft(voice, n_fft=1024)
    expected = librosa.phase_vocoder(spectrum, rate=rate, hop_length=256)
    expected = librosa.istft(expected, n_fft=1024, length=round(RATE / rate))
    got = stretch(voice, rate, 1024)
    np.testing.assert_allclose(got[:-1024], expected[:-1024], atol=1e-6)


def test_no_semitones_change_little():
    voice = rng().normal(size=RATE).astype("float32")
    np.testing.assert_allclose(shift_pitch(voice, 0, RATE)[:-300], voice[:-300], atol=1e-3)


@pytest.mark.parametrize(
    ("parameters", "X", "error", "sentence"),
    [
        (
            {},
            ragged(tone(), "a.wav"),
            TypeError,
            "Expected a waveform of dtype float32 or float64 in row 1, got 'a.wav'. "
            "Put ReadAudio before this step.",
        ),
        (
            {},
            np.zeros((2, 9), np.int16),
            TypeError,
            "Expected a waveform of dtype float32 or float64 in row 0, got dtype int16. "
            "Put ReadAudio before this step.",
        ),
        (
            {},
            ragged(tone(), np.zeros((5, 2))),
            ValueError,
            "Expected a waveform of shape (n_times,) in row 1, got shape (5, 2). "
            "Mix channels down, and leave out empty recordings.",
        ),
        (
            {},
            ragged(np.full(4, np.nan)),
            ValueError,
            "Expected finite values in row 0, got NaN or infinity. Leave the recording out.",
        ),
        (
            {"snr": (30, 10)},
            ragged(tone()),
            ValueError,
            "Expected snr to be the least and the largest signal-to-noise ratio in dB, got "
            "(30, 10). Write for instance snr=(10, 30).",
        ),
        (
            {"noise": ["hall.wav"]},
            ragged(tone()),
            ValueError,
            "Cannot decode hall.wav (entry 0 of noise): the file does not exist. Check the path.",
        ),
    ],
)
def test_what_is_refused(parameters, X, error, sentence):
    with pytest.raises(error, match=f"^{re.escape(sentence)}$"):
        WaveformAugmenter(**parameters).augment_batch(X, rng())
    with pytest.raises(ValueError, match="'pitch' parameter of WaveformAugmenter must be a float"):
        WaveformAugmenter(pitch=-1).augment_batch(X, rng())


def test_read_audio_gives_what_it_takes(tmp_path):
    for row in range(2):
        soundfile.write(tmp_path / f"{row}.wav", tone(200 + row, 3000 + row), RATE)
    X = ReadAudio().fit_transform(sorted(tmp_path.glob("*.wav")))
    varied = WaveformAugmenter(noise=X).augment_batch(X, rng())
    assert [waveform.dtype for waveform in varied] == [np.float32] * 2
