"""Steps that change waveforms before features are computed."""

import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import (
    RMS,
    AcousticFeatures,
    NormalizeLoudness,
    PreEmphasis,
    ReadAudio,
    TrimSilence,
    VoiceActivity,
    make_recording_pipeline,
)
from skemotion.audio._loudness import integrated_loudness, k_weighting

RATE = 16000
STEPS = [TrimSilence(), PreEmphasis(), NormalizeLoudness(), VoiceActivity()]


def tone(frequency=997, amplitude=1.0, duration=3.0, rate=48000):
    return amplitude * np.sin(2 * np.pi * frequency / rate * np.arange(int(duration * rate)))


def vowel(duration, pitch=120, seed=0):
    """Harmonics that fall by 6 dB an octave, the pitch gliding."""
    time = np.arange(int(duration * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.1 * np.sin(3 * time + seed))) / RATE
    return 0.1 * sum(np.sin(k * phase) / k for k in range(1, 20))


def noise(duration, level=0.001, seed=0):
    return level * np.random.default_rng(seed).standard_normal(int(duration * RATE))


def apply(step, waveform):
    return step.transform([waveform])[0]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 999),
    top_db=st.sampled_from([10.0, 30.0, 60.0]),
    frame_length=st.sampled_from([400, 2048]),
    hop_length=st.sampled_from([100, 512]),
    n_times=st.integers(1, 9000),
)
def test_trimming_is_that_of_librosa(seed, top_db, frame_length, hop_length, n_times):
    random = np.random.default_rng(seed)
    levels = np.repeat(10.0 ** random.uniform(-5, 0, 10), -(-n_times // 10))[:n_times]
    y = (levels * random.uniform(-1, 1, n_times)).astype(np.float32)
    frames = {"frame_length": frame_length, "hop_length": hop_length}
    expected = librosa.effects.trim(y, top_db=top_db, **frames)[0]
    np.testing.assert_array_equal(apply(TrimSilence(top_db, **frames), y), expected)


@given(st.integers(0, 99), st.integers(2, 50), st.sampled_from([0.0, 0.9, 0.97, 1.0]))
def test_pre_emphasis_is_that_of_librosa(seed, n_times, coef):
    y = np.random.default_rng(seed).uniform(-1, 1, n_times).astype(np.float32)
    expected = librosa.effects.preemphasis(y, coef=coef)
    np.testing.assert_allclose(apply(PreEmphasis(coef), y), expected, atol=1e-6)


# coefficients that BS.1770-4 gives for 48 kHz: b0, b1, b2, 1, a1, a2
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285]
SHELF += [1, -1.69065929318241, 0.73248077421585]
HIGH_PASS = [1, -2, 1, 1, -1.99004745483398, 0.99007225036621]


def test_k_weighting_has_the_coefficients_of_the_recommendation():
    np.testing.assert_allclose(k_weighting(48000), [SHELF, HIGH_PASS], atol=1e-8)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000, 96000])
def test_full_scale_tone_of_997_hz_is_at_minus_3_01(rate):
    loudness = integrated_loudness(tone(rate=rate), rate)
    assert loudness == pytest.approx(-3.01, abs=0.01 if rate == 48000 else 0.1)


@pytest.mark.parametrize("level", [-23.0, -33.0, -3.01])
def test_level_of_a_tone_is_its_loudness(level):
    # as EBU Tech 3341, cases 1 and 2, but in one channel
    amplitude = 10 ** ((level + 3.01) / 20)
    assert integrated_loudness(tone(1000, amplitude), 48000) == pytest.approx(level, abs=0.1)


def test_soft_parts_do_not_count():
    # as EBU Tech 3341, case 3: 10 s at -36, 60 s at -23 and 10 s at -36 are at -23
    parts = [(-36, 2), (-23, 12), (-36, 2)]
    wave = [tone(1000, 10 ** ((level + 3.01) / 20), duration) for level, duration in parts]
    assert integrated_loudness(np.concatenate(wave), 48000) == pytest.approx(-23, abs=0.1)
    silent = np.concatenate([tone(duration=3), np.zeros(480000)])
    assert integrated_loudness(silent, 48000) == pytest.approx(-3.01, abs=0.3)


@pytest.mark.parametrize("rate", [16000, 48000])
@pytest.mark.parametrize("frequency", [25, 100, 2000, 4000])
def test_low_and_high_tones_are_weighted(rate, frequency):
    _, response = scipy.signal.sosfreqz([SHELF, HIGH_PASS], [997, frequency], fs=48000)
    reference, gain = 20 * np.log10(np.abs(response))
    assert reference == pytest.approx(0.691, abs=0.001)
    loudness = integrated_loudness(tone(frequency, rate=rate), rate)
    assert loudness == pytest.approx(-3.01 + gain - reference, abs=0.2)


@pytest.mark.parametrize("amplitude", [0.5, 0.01])
@pytest.mark.parametrize("target", [-23.0, -30.0])
def test_normalised_recordings_have_the_loudness(amplitude, target):
    y = amplitude * np.concatenate([vowel(1.0), np.zeros(RATE)])
    got = apply(NormalizeLoudness(target), y)
    assert got.dtype == np.float32
    assert integrated_loudness(got, RATE) == pytest.approx(target, abs=0.01)
    got = apply(NormalizeLoudness(target, measure="rms"), y)
    assert 10 * np.log10(np.mean(got**2)) == pytest.approx(target, abs=0.01)


def test_normalised_recordings_do_not_clip():
    click = 0.01 * vowel(1.0)
    click[800] = 0.9
    limited = apply(NormalizeLoudness(-12), click)
    assert np.abs(limited).max() == pytest.approx(1)
    free = apply(NormalizeLoudness(-12, max_peak=None), click)
    assert np.abs(free).max() > 2
    np.testing.assert_allclose(free / free[800], limited / limited[800], atol=1e-6)


def test_silence_is_left_alone():
    for step in (NormalizeLoudness(), NormalizeLoudness(measure="rms"), TrimSilence()):
        np.testing.assert_array_equal(apply(step, np.zeros(900)), np.zeros(900))


def where_speech_is(n_times, stretches):
    truth = np.zeros(n_times, bool)
    for start, stop in stretches:
        truth[int(start * RATE) : int(stop * RATE)] = True
    return truth


@pytest.mark.parametrize("level", [0.0, 0.001, 0.02])
@pytest.mark.parametrize("pitch", [90, 220])
def test_speech_is_found_in_silence_and_noise(level, pitch):
    stretches = [(1.0, 1.8), (3.0, 3.5)]
    y = noise(5.0, level)
    for start, stop in stretches:
        part = vowel(stop - start, pitch)
        y[int(start * RATE) :][: len(part)] += part
    truth = where_speech_is(len(y), stretches)
    found = VoiceActivity(pad=0.0).is_speech(y.astype(np.float32))
    assert (found != truth).mean() < 0.03
    padded = VoiceActivity().is_speech(y.astype(np.float32))
    assert padded[truth].all()
    assert padded.sum() / RATE == pytest.approx(1.3 + 0.4, abs=0.15)


def test_speech_is_kept_or_the_rest_masked():
    y = np.concatenate([noise(1.0), vowel(1.0), noise(1.0)]).astype(np.float32)
    active = VoiceActivity().is_speech(y)
    np.testing.assert_array_equal(apply(VoiceActivity(), y), y[active])
    np.testing.assert_array_equal(apply(VoiceActivity("mask"), y), np.where(active, y, 0))


def test_loud_noise_is_no_speech():
    y = np.concatenate([noise(1.0, 0.3), vowel(1.0), noise(1.0, 0.3)]).astype(np.float32)
    active = VoiceActivity().is_speech(y)
    assert active[RATE : 2 * RATE].all()
    assert active.sum() / RATE == pytest.approx(1.2, abs=0.1)


def test_short_pauses_stay_and_short_stretches_go():
    y = np.concatenate([vowel(0.5), noise(0.2), vowel(0.5), noise(1.0), vowel(0.03), noise(1.0)])
    active = VoiceActivity().is_speech(y.astype(np.float32))
    assert active[: int(1.2 * RATE)].all()
    assert not active[int(1.5 * RATE) :].any()


@pytest.mark.parametrize("y", [noise(1.0, 0.1), np.zeros(8000), np.ones(1)])
def test_recordings_without_speech_are_kept(y):
    np.testing.assert_array_equal(apply(VoiceActivity(), y), y.astype(np.float32))


@pytest.mark.real_data
def test_real_utterances_are_mostly_speech(data_folder):
    paths = sorted((data_folder / "emodb" / "wav").glob("*.wav"))[::40]
    assert paths
    for y in ReadAudio().transform(paths):
        surrounded = np.concatenate([np.zeros(RATE), y, np.zeros(RATE)])
        active = VoiceActivity().is_speech(surrounded.astype(np.float32))
        assert active[RATE:-RATE].mean() > 0.6
        assert not active[: RATE - 3000].any()
        assert not active[3000 - RATE :].any()


@pytest.mark.parametrize("quality", ["QQ", "LQ", "MQ", "HQ", "VHQ"])
def test_resampling_quality_is_that_of_librosa(tmp_path, quality):
    soundfile.write(tmp_path / "a.wav", tone(440, 0.5, 0.3, 44100), 44100)
    y, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    expected = librosa.resample(y, orig_sr=rate, target_sr=RATE, res_type=f"soxr_{quality.lower()}")
    got = ReadAudio(quality=quality).transform([tmp_path / "a.wav"])[0]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    padded = ReadAudio(quality=quality, duration=0.5).transform([tmp_path / "a.wav"])[0]
    np.testing.assert_array_equal(padded[: len(got)], got)


def test_steps_go_before_features():
    y = np.concatenate([noise(1.0), vowel(1.0), noise(1.0)])
    pipeline = make_recording_pipeline(
        TrimSilence(30), VoiceActivity(), NormalizeLoudness(), PreEmphasis(), AcousticFeatures()
    )
    values = pipeline.fit_transform([y, 0.1 * y])
    assert values.shape == (2, 26)
    np.testing.assert_allclose(values[0], values[1], rtol=0.05, atol=0.05)
    one_by_one = [y]
    for step in STEPS:
        one_by_one = step.transform(one_by_one)
    fused = make_recording_pipeline(*STEPS, RMS()).transform([y])
    np.testing.assert_array_equal(RMS().transform(one_by_one), fused)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_any_recording_is_taken(step, tmp_path):
    soundfile.write(tmp_path / "a.wav", vowel(0.5), RATE)
    odd = [
        *(np.ones(1), np.array([0.5, -0.5]), np.zeros(3000), np.full(3000, 0.5)),
        *(np.clip(90 * vowel(0.2), -1, 1), np.tile(vowel(0.2)[:, None], (1, 8))),
        *(1e-30 * vowel(0.2), (vowel(0.2) * 9000).astype(np.int16), tmp_path / "a.wav"),
    ]
    results = step.transform(odd)
    assert results.shape == (len(odd),)
    for result in results:
        assert result.ndim == 1
        assert len(result) > 0
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
    for recording, message in (
        (np.zeros(0), "it holds no samples"),
        (np.full(9, np.nan), "the waveform holds NaN or infinite values"),
    ):
        with pytest.raises(ValueError, match=message):
            step.transform([recording])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            NormalizeLoudness(sampling_rate=2000),
            r"Expected a sampling_rate of at least 4000 Hz for measure='bs1770', got 2000\. Raise "
            r"it or write measure='rms'\.",
        ),
        (
            VoiceActivity(sampling_rate=2000),
            r"Expected a sampling_rate of at least 2400 Hz to track a pitch, got 2000\. Raise it\.",
        ),
    ],
)
def test_too_low_sampling_rates(step, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        step.transform([np.zeros(900)])
