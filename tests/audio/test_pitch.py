"""Pitch against voices of known pitch, and against librosa.pyin on real ones."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voices import RATE, add_noise, harmonics

from skemotion import AcousticFeatures, Pitch
from skemotion.audio._io import decode_audio
from skemotion.audio._pitch import best_path
from skemotion.audio._spectrum import Spectrum

TIME = np.arange(24000) / RATE
CURVES = {
    "65 Hz": np.full(24000, 65.0),
    "120 Hz": np.full(24000, 120.0),
    "350 Hz": np.full(24000, 350.0),
    "500 Hz": np.full(24000, 500.0),
    "rising": 80 * 5 ** (TIME / 1.5),
    "falling": 400 * 5 ** (-TIME / 1.5),
    "vibrato": 220 * 2 ** (np.sin(2 * np.pi * 5.5 * TIME) / 12),
}


def track(waveform, **params):
    frames = Pitch("hertz", **params).compute(
        Spectrum(np.asarray(waveform, np.float32), RATE, 1024, 160, 800)
    )
    return frames[:, 0], frames[:, 1]


def errors(waveform, curve):
    """Return the errors in cents of all frames but those at the edges."""
    f0, _ = track(waveform)
    truth = np.interp(np.arange(len(f0)) * 160, np.arange(len(curve)), curve)
    return (1200 * np.log2(f0 / truth))[4:-4]


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("formants", [((600, 80), (1200, 90), (2500, 120)), None])
@pytest.mark.parametrize(("snr", "precision"), [(None, 8), (20, 8), (10, 12)])
def test_known_pitch_is_found(name, formants, snr, precision):
    waveform = harmonics(CURVES[name], formants)
    found = errors(waveform if snr is None else add_noise(waveform, snr), CURVES[name])
    assert not np.isnan(found).any()
    assert np.abs(found).max() < 100
    assert np.median(np.abs(found)) < precision


@pytest.mark.parametrize("missing", [1, 2])
def test_octave_traps(missing):
    """A voice without its lowest harmonics, or with one that is far stronger, keeps its pitch."""
    phase = 2 * np.pi * 150 * TIME
    without = sum(np.cos(h * phase) for h in range(missing + 1, 12))
    strong = sum((8 if h == missing + 1 else 1) * np.cos(h * phase) for h in range(1, 12))
    for waveform in (without, strong):
        assert np.abs(errors(0.05 * waveform, np.full(24000, 150.0))).max() < 10


@settings(deadline=None, max_examples=25)
@given(st.floats(70, 550), st.floats(1e-3, 1), st.integers(0, 3))
def test_level_does_not_matter(f0, level, seed):
    curve = np.full(16000, f0)
    waveform = level * add_noise(harmonics(curve), 15, seed)
    found = errors(waveform, curve)
    assert np.isnan(found).mean() < 0.05
    assert np.nanmedian(np.abs(found)) < 10


@pytest.mark.parametrize(
    "waveform",
    [
        np.random.default_rng(0).standard_normal(16000),
        np.zeros(16000),
        np.zeros(1),
        np.ones(40),
        np.full(16000, 0.5),
    ],
    ids=["noise", "silence", "one", "short", "constant"],
)
def test_no_voice_no_pitch(waveform):
    f0, strength = track(waveform)
    assert np.isnan(f0).mean() > 0.9
    assert ((strength >= 0) & (strength <= 1)).all()
    assert np.isfinite(Pitch(summary=("mean", "coverage")).fit_transform([waveform])).all()


def test_pauses_are_unvoiced():
    waveform = harmonics(np.full(24000, 180.0))
    waveform[8000:16000] = add_noise(np.full(8000, 1e-3), 0)
    voiced = ~np.isnan(track(waveform)[0])
    assert voiced[3:47].all()
    assert not voiced[54:97].any()
    assert voiced[104:-3].all()
    coverage = Pitch(summary=("coverage", "segment_rate")).fit_transform([waveform])
    np.testing.assert_allclose(coverage[0, [0, 2]], [2 / 3, 2 / 1.51], atol=0.03)


def test_semitones_count_from_27_5_hz():
    waveform = harmonics(np.full(16000, 110.0))
    hertz, semitones = (Pitch(unit).fit_transform([waveform])[0] for unit in ("hertz", "semitones"))
    np.testing.assert_allclose([hertz[0], semitones[0]], [110, 24], atol=0.05)
    assert Pitch().names() == ["pitch", "voicing"]


def test_other_rates_and_windows():
    curve = np.full(16000, 200.0)
    waveform = librosa.resample(harmonics(curve), orig_sr=RATE, target_sr=8000)
    pitch = Pitch("hertz", sampling_rate=8000, n_fft=512, win_length=None, hop_length=80)
    assert pitch.fit_transform([waveform])[0, 0] == pytest.approx(200, abs=0.5)
    long = AcousticFeatures([Pitch("hertz")], n_fft=2048, win_length=2000)
    assert long.fit_transform([harmonics(curve)])[0, 0] == pytest.approx(200, abs=0.5)


def slow_path(scores, costs):
    """Viterbi, frame by frame."""
    best, sources = scores[0], []
    for score, cost in zip(scores[1:], costs, strict=True):
        ways = best[:, None] - cost
        sources.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + score
    path = [best.argmax()]
    for source in sources[::-1]:
        path.append(source[path[-1]])
    return np.array(path[::-1])


@given(st.integers(1, 90), st.integers(1, 7), st.integers(0, 9))
def test_path_is_that_of_viterbi(n_frames, n_states, seed):
    random = np.random.default_rng(seed)
    scores = random.random((n_frames, n_states)).astype(np.float32)
    costs = random.random((n_frames - 1, n_states, n_states)).astype(np.float32)
    np.testing.assert_array_equal(best_path(scores, costs), slow_path(scores, costs))


@pytest.mark.real_data
def test_real_voices_agree_with_pyin(data_folder):
    gross = both = agree = total = 0
    for path in sorted((data_folder / "emodb-originals").glob("*.wav"))[:4]:
        waveform = decode_audio(path, RATE)
        expected, voiced, _ = librosa.pyin(
            waveform, fmin=60, fmax=600, sr=RATE, frame_length=1024, hop_length=160
        )
        f0, _ = track(waveform)
        here = ~np.isnan(f0) & voiced
        gross += (np.abs(np.log2(f0[here] / expected[here])) > np.log2(1.2)).sum()
        both += here.sum()
        agree += (~np.isnan(f0) == voiced).sum()
        total += len(f0)
    assert gross / both < 0.03
    assert agree / total > 0.8


@pytest.mark.parametrize(
    ("pitch", "message"),
    [
        (
            Pitch(fmin=300.0, fmax=200.0),
            r"Expected fmin < fmax <= sampling_rate / 4 = 4000, got fmin=300 and fmax=200\. "
            r"Correct them or raise sampling_rate\.",
        ),
        (
            Pitch(n_fft=512, win_length=512),
            r"Expected frames of three periods of fmin=60 Hz, 800 time points, got 512\. Raise "
            r"win_length and n_fft, or fmin\.",
        ),
    ],
)
def test_parameters_that_do_not_go_together(pitch, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        pitch.fit_transform([np.zeros(100)])
