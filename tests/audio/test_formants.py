"""Formants against vowels whose formants are known."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import freqz, lfilter
from voices import RATE, add_noise, harmonics, pulses

from skemotion import AcousticFeatures, Formants, HarmonicDifference
from skemotion.audio import _formants
from skemotion.audio._formants import find_roots, predict_linearly
from skemotion.audio._spectrum import Spectrum

UPPER = ((3400, 250), (4500, 300))
VOWELS = {  # frequencies and bandwidths in Hz, after Peterson and Barney (1952)
    "a": ((730, 90), (1090, 110), (2440, 170)),
    "e": ((530, 70), (1840, 100), (2480, 120)),
    "i": ((270, 60), (2290, 100), (3010, 120)),
    "o": ((570, 80), (840, 90), (2410, 120)),
    "u": ((300, 60), (870, 80), (2240, 120)),
}


def formants(waveform, **params):
    values = Formants(summary=("median",), **params).fit_transform([waveform])[0]
    return values.reshape(-1, 3)


@pytest.mark.parametrize("vowel", VOWELS)
@pytest.mark.parametrize("f0", [100, 130, 200])
def test_formants_are_those_of_the_vowel(vowel, f0):
    waveform, *_ = pulses(f0, formants=VOWELS[vowel] + UPPER)
    found = formants(waveform)
    expected = np.array(VOWELS[vowel])
    assert np.abs(found[:, 0] - expected[:, 0]).max() < max(0.4 * f0, 40)
    np.testing.assert_allclose(found[1:, 0], expected[1:, 0], rtol=0.06)


def test_bandwidths_are_about_those_of_the_vowel():
    narrow, *_ = pulses(100, formants=((600, 50), (1500, 60), (2500, 70), *UPPER))
    wide, *_ = pulses(100, formants=((600, 150), (1500, 200), (2500, 300), *UPPER))
    np.testing.assert_allclose(formants(narrow)[:, 1], [50, 60, 70], rtol=0.5)
    np.testing.assert_allclose(formants(wide)[:, 1], [150, 200, 300], rtol=0.5)


def test_noise_moves_formants_little():
    waveform, *_ = pulses(110, formants=VOWELS["e"] + UPPER)
    np.testing.assert_allclose(
        formants(add_noise(waveform, 30))[:, 0], formants(waveform)[:, 0], rtol=0.03
    )


def test_level_does_not_matter():
    waveform, *_ = pulses(110, formants=VOWELS["a"] + UPPER)
    np.testing.assert_allclose(formants(1e-3 * waveform), formants(waveform), rtol=1e-3, atol=1e-3)


def test_amplitude_is_that_of_the_nearest_harmonic():
    time = 2 * np.pi * np.arange(RATE) / RATE
    levels = {200: 1.0, 400: 0.5, 600: 2.0, 2000: 0.25, 3000: 0.1}
    tone = sum(level * np.cos(f * time) for f, level in levels.items())
    spectrum = Spectrum(tone[: 89 * 160].astype(np.float32), RATE, 1024, 160, 800)
    found = _formants.harmonic_levels(
        spectrum, np.tile([1.0, 2, 3, 10, 15], (90, 1)), *Formants().pitch()
    )
    expected = 20 * np.log10(list(levels.values()))
    np.testing.assert_allclose((found - found[:, :1])[5:-5].T - expected[:, None], 0, atol=0.6)


def test_breathy_voices_fall_more_steeply():
    pressed = harmonics(np.full(RATE, 200.0))
    breathy = lfilter([1], [1, -0.9], pressed)
    response = 20 * np.log10(np.abs(freqz([1], [1, -0.9], [200, 400, 2600], fs=RATE)[1]))
    found = HarmonicDifference(summary=("median",)).fit_transform([pressed, breathy])
    expected = response[0] - response[1:]
    np.testing.assert_allclose(found[1] - found[0], expected, atol=1)


@given(st.integers(1, 12), st.integers(0, 20))
def test_linear_prediction_solves_the_normal_equations(order, seed):
    random = np.random.default_rng(seed)
    waves = random.standard_normal((4, 60))
    full = [np.correlate(wave, wave, "full")[59 : 60 + order] for wave in waves]
    for row, correlation in zip(predict_linearly(np.array(full)), full, strict=True):
        expected = scipy.linalg.solve_toeplitz(correlation[:-1], -correlation[1:])
        np.testing.assert_allclose(row, [1, *expected], rtol=1e-5, atol=1e-6)


@given(st.integers(1, 11), st.integers(0, 20))
def test_roots_are_those_of_numpy(degree, seed):
    polynomials = np.random.default_rng(seed).standard_normal((3, degree + 1))
    polynomials[:, 0] = 1
    for found, polynomial in zip(find_roots(polynomials), polynomials, strict=True):
        expected = np.roots(polynomial)
        expected = np.sort(expected[expected.imag > 0])
        np.testing.assert_allclose(np.sort(found[found != 0]), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "waveform",
    [np.zeros(1), np.ones(40), np.zeros(16000), np.random.default_rng(0).normal(size=16000)],
    ids=["one", "short", "silence", "noise"],
)
def test_unvoiced_recordings_give_numbers(waveform):
    features = AcousticFeatures([Formants(4), HarmonicDifference()], summary=("mean", "coverage"))
    values = features.fit_transform([waveform])
    assert values.shape == (1, 28)
    assert np.isfinite(values).all()


def test_pure_tones_give_numbers():
    tone = np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE)
    assert np.isfinite(Formants().fit_transform([tone])).all()


def test_one_analysis_for_all(monkeypatch):
    calls = []
    solve = _formants.predict_linearly
    monkeypatch.setattr(
        _formants, "predict_linearly", lambda *args: calls.append(1) or solve(*args)
    )
    voice = harmonics(np.full(RATE, 180.0))
    AcousticFeatures([Formants(), HarmonicDifference(), Formants(2)]).fit_transform([voice])
    assert len(calls) == 1


def test_ceiling_must_be_below_half_the_sampling_rate():
    message = (
        r"^Expected ceiling to be at most sampling_rate / 2 = 4000, got 5500\. Lower it or raise "
        r"sampling_rate\.$"
    )
    with pytest.raises(ValueError, match=message):
        Formants(sampling_rate=8000).fit_transform([np.zeros(100)])
