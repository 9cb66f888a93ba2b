"""Jitter, shimmer and the harmonics-to-noise ratio against voices where they are known."""

import numpy as np
import pytest
from voices import RATE, add_noise, harmonics, pulses

from skemotion import HNR, AcousticFeatures, Jitter, Pitch, Shimmer
from skemotion.audio import _pitch


def value(feature, waveform):
    return feature.fit_transform([waveform])[0, 0]


@pytest.mark.parametrize("f0", [90, 130, 220])
@pytest.mark.parametrize("snr", [None, 20])
def test_jitter_is_that_of_the_pulses(f0, snr):
    for jitter in (0.0, 0.005, 0.01, 0.02):
        waveform, expected, _ = pulses(f0, jitter)
        waveform = waveform if snr is None else add_noise(waveform, snr)
        assert value(Jitter(), waveform) == pytest.approx(expected, rel=0.2, abs=0.002)


@pytest.mark.parametrize("f0", [90, 130])
def test_shimmer_is_that_of_the_pulses(f0):
    for shimmer in (0.0, 0.3, 0.6):
        waveform, _, expected = pulses(f0, shimmer=shimmer)
        assert value(Shimmer(), waveform) == pytest.approx(expected, rel=0.25, abs=0.05)


@pytest.mark.parametrize("f0", [90.0, 200.0, 400.0])
@pytest.mark.parametrize("snr", [0, 5, 10, 20, 30])
def test_hnr_is_the_noise_that_was_added(f0, snr):
    waveform = add_noise(harmonics(np.full(16000, f0)), snr)
    assert value(HNR(summary=("median",)), waveform) == pytest.approx(snr, abs=1)


def test_upside_down_makes_no_difference():
    waveform, *_ = pulses(130, 0.01, 0.3)
    for feature in (Jitter(), Shimmer(), HNR()):
        np.testing.assert_allclose(value(feature, waveform), value(feature, -waveform), rtol=1e-5)


@pytest.mark.parametrize(
    "waveform",
    [np.zeros(1), np.ones(40), np.zeros(16000), np.random.default_rng(0).normal(size=16000)],
    ids=["one", "short", "silence", "noise"],
)
@pytest.mark.parametrize("feature", [Jitter(), Shimmer(), HNR()], ids=lambda f: type(f).__name__)
def test_unvoiced_recordings_give_0(feature, waveform):
    assert value(feature, waveform) == 0


def test_unvoiced_frames_are_left_out():
    voice = harmonics(np.full(16000, 180.0))
    quiet = np.concatenate([voice, 1e-4 * np.random.default_rng(0).standard_normal(16000)])
    for feature in (Jitter(), HNR(summary=("median",))):
        assert value(feature, quiet) == pytest.approx(value(feature, voice), abs=1e-3, rel=0.02)


def test_one_pitch_analysis_for_all(monkeypatch):
    calls = []
    candidates = _pitch.find_candidates
    monkeypatch.setattr(
        _pitch, "find_candidates", lambda *args: calls.append(1) or candidates(*args)
    )
    features = AcousticFeatures([Pitch(), Jitter(), Shimmer(), HNR()])
    values = features.fit_transform([harmonics(np.full(RATE, 180.0))])
    assert len(calls) == 1
    assert list(features.get_feature_names_out()) == [
        *("pitch_mean", "voicing_mean", "jitter_mean", "shimmer_mean", "hnr_mean")
    ]
    assert np.isfinite(values).all()
