"""The sets voice88 and voice-large."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from voices import add_noise, harmonics, pulses

from skemotion import MFCC, AcousticFeatures, Loudness, Pitch
from skemotion.audio._presets import get_preset
from skemotion.testing import check_recording_transformer

SIZES = {"voice88": 88, "voice-large": 3904}
DOCUMENT = Path(__file__).parents[2] / "docs" / "voice_features.md"


@pytest.fixture(scope="module")
def voices():
    rising = harmonics(120 * 2 ** (np.arange(24000) / 24000))
    pauses = rising.copy()
    pauses[9000:15000] = 0
    return [rising, add_noise(pauses, 30), pulses(210, 0.02, 0.5)[0]]


@pytest.mark.parametrize("preset", SIZES)
def test_sizes_and_names(preset, voices):
    features = AcousticFeatures(preset=preset)
    frame = features.set_output(transform="pandas").fit_transform(voices)
    assert frame.shape == (3, SIZES[preset])
    assert frame.columns.is_unique
    assert list(frame.columns) == list(features.get_feature_names_out())
    assert (frame.dtypes == np.float32).all()


@pytest.mark.parametrize("preset", SIZES)
def test_contract(preset, voices):
    check_recording_transformer(AcousticFeatures(preset=preset), voices)


@pytest.mark.parametrize("preset", SIZES)
@pytest.mark.parametrize(
    "waveform",
    [
        np.zeros(1),
        np.ones(1),
        np.zeros(16000),
        np.full(16000, 0.5),
        np.ones(40),
        np.random.default_rng(0).normal(size=16000),
        np.sign(np.sin(np.arange(16000.0))),
        np.eye(1, 16000, 8000)[0],
        1e-12 * np.random.default_rng(0).normal(size=16000),
    ],
    ids=["zero", "one", "silence", "constant", "short", "noise", "clipped", "click", "faint"],
)
def test_everything_gives_numbers(preset, waveform):
    assert np.isfinite(AcousticFeatures(preset=preset).fit_transform([waveform])).all()


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 9000), st.floats(0, 1), st.integers(0, 99))
def test_anything_gives_numbers(n_times, share, seed):
    random = np.random.default_rng(seed)
    waveform = (
        harmonics(np.full(n_times, 80 + 4 * seed), None) if share > 0.5 else np.zeros(n_times)
    )
    waveform = np.where(random.random(n_times) < share, random.normal(size=n_times), waveform)
    assert np.isfinite(AcousticFeatures(preset="voice88").fit_transform([waveform])).all()


def test_values_are_those_of_the_features(voices):
    front_end = {"n_fft": 1024, "hop_length": 160, "win_length": 800}
    frame = AcousticFeatures(preset="voice88").set_output(transform="pandas").fit_transform(voices)
    for feature, names in [
        (Pitch(summary=("mean", "p20", "segment_rate")), ["pitch_mean", "pitch_p20"]),
        (Loudness(summary=("mean", "cv"), **front_end), ["loudness_mean", "loudness_cv"]),
        (MFCC(15, n_mels=40, summary=("std",), **front_end), ["mfcc_2_std", "mfcc_13_std"]),
    ]:
        alone = feature.set_output(transform="pandas").fit_transform(voices)
        np.testing.assert_allclose(frame[names], alone[names], rtol=2e-3, atol=1e-4)


def test_voiced_and_unvoiced_frames_are_told_apart():
    voice = 0.3 * harmonics(np.full(16000, 150.0))
    hiss = 0.05 * np.diff(np.random.default_rng(0).standard_normal(16001))
    mixed = np.concatenate([voice, hiss, np.zeros(8000)])
    frame = AcousticFeatures(preset="voice88").set_output(transform="pandas")
    both, alone = (frame.fit_transform([waveform]).iloc[0] for waveform in (mixed, voice))
    assert both["spectral_centroid_unvoiced_mean"] > 3 * both["spectral_centroid_voiced_mean"]
    assert both["alpha_ratio_voiced_mean"] == pytest.approx(alone["alpha_ratio_voiced_mean"], abs=1)
    assert alone["alpha_ratio_unvoiced_mean"] == pytest.approx(0, abs=20)
    assert both["pitch_segment_rate"] == pytest.approx(1 / 2.5, abs=0.01)
    assert both["pitch_segment_length_mean"] == pytest.approx(1, abs=0.05)
    assert both["pitch_gap_length_mean"] == pytest.approx(1.5, abs=0.05)


def test_equivalent_level_is_that_of_the_mean_energy():
    waveform = np.concatenate([np.full(16000, 0.5), np.full(16000, 0.05)])
    frame = AcousticFeatures(preset="voice88").set_output(transform="pandas")
    level = frame.fit_transform([waveform]).iloc[0]["log_energy_equivalent_level"]
    assert level == pytest.approx(10 * np.log10((0.25 + 0.0025) / 2), abs=0.1)


def test_louder_voices_differ_in_loudness_only(voices):
    frame = AcousticFeatures(preset="voice88").set_output(transform="pandas")
    soft, loud = frame.fit_transform([0.1 * voices[0], voices[0]]).to_numpy()
    names = np.array(frame.get_feature_names_out())
    differ = names[~np.isclose(soft, loud, rtol=0.02, atol=0.02)]
    loudness = ("loudness", "log_energy")
    assert all(name.startswith(loudness) for name in differ)
    level = list(names).index("log_energy_equivalent_level")
    assert loud[level] - soft[level] == pytest.approx(20, abs=0.01)


def test_files_of_other_rates(voices, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.repeat(voices[0], 3) * 0.5, 48000)
    assert AcousticFeatures(preset="voice88").fit_transform([str(path)]).shape == (1, 88)


@pytest.mark.parametrize("preset", SIZES)
def test_frames(preset, voices):
    frames = AcousticFeatures(preset=preset, summary=None).fit_transform(voices)
    n_columns = sum(len(feature.names()) for feature in get_preset(preset).features)
    assert frames.shape == (3, 201, n_columns)
    assert np.isfinite(frames).all()


def test_parameters_are_within_reach():
    features = AcousticFeatures(preset="voice88")
    assert features.get_params()["preset"] == "voice88"
    assert not any("__" in name for name in features.get_params())
    assert len(clone(features).set_params(preset="voice-large").get_feature_names_out()) == 3904
    features.set_params(preset=None, mfcc__n_mfcc=20)
    assert len(features.get_feature_names_out()) == 33


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"features": [Pitch()]}, r"features to be .* got features=\[Pitch\(\)\]"),
        ({"summary": ("mean", "std")}, r"summary to be .* got summary=\('mean', 'std'\)"),
        ({"n_fft": 512}, r"n_fft to be .* got n_fft=512"),
    ],
)
def test_a_preset_has_its_own_parameters(params, what):
    message = (
        "^Expected " + what.replace(".*", "left alone with preset='voice88', which has its own,")
    ) + r"\. Leave one of the two out\.$"
    with pytest.raises(ValueError, match=message):
        AcousticFeatures(preset="voice88", **params).fit_transform([np.zeros(100)])


def test_unknown_preset():
    with pytest.raises(ValueError, match="The 'preset' parameter of AcousticFeatures must be"):
        AcousticFeatures(preset="voice89").fit_transform([np.zeros(100)])


def test_every_feature_is_documented():
    text = DOCUMENT.read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z0-9_]+)` \|", text, re.MULTILINE)
    assert documented == get_preset("voice88").names()
    for functional in {name for group in get_preset("voice-large").groups for name in group[1]}:
        assert f"`{functional.removeprefix('delta_')}`" in text
