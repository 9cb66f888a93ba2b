"""Compiled inner loops: the same bits as their definitions, and only where they are worth it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import AcousticFeatures
from skemotion.audio import _chroma, _compiled, _kernels, _spectrum, mean_vector
from skemotion.audio._spectrum import Spectrum


def voice(seed, n_times):
    """A gliding tone, noise and digital silence."""
    random = np.random.default_rng(seed)
    wave = np.sin(np.cumsum(random.uniform(0.02, 0.3) * np.linspace(1, 2, n_times)))
    wave += random.choice([0, 0.01]) * random.standard_normal(n_times)
    wave[random.integers(n_times) :] *= random.choice([0, 1])
    return (10.0 ** random.uniform(-6, 0) * wave).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_times=st.integers(1, 9000),
    n_fft=st.sampled_from([16, 513, 1024, 2048]),
    hop_length=st.integers(40, 700),
)
def test_they_give_the_bits_of_their_definitions(seed, n_times, n_fft, hop_length):
    spectrum = Spectrum(voice(seed, n_times), 16000, n_fft, hop_length)
    window = _spectrum.hann_window(n_fft, n_fft, np.float32)
    first = len(spectrum.frames) // 2
    loops = _spectrum, _kernels
    framed = np.full((2, len(spectrum.frames) - first, n_fft), np.nan, np.float32)
    for module, out in zip(loops, framed, strict=True):
        module.window_frames(spectrum._padded, hop_length, first, window, out)
    np.testing.assert_array_equal(framed[0], spectrum.frames[first:] * window)
    np.testing.assert_array_equal(framed[1], framed[0])

    parts = np.fft.rfft(framed[0]).astype(np.complex64)
    squared = np.full((2, *parts.shape), np.nan, np.float32)
    for module, out in zip(loops, squared, strict=True):
        module.square_magnitude(parts.view(np.float32), out)
    np.testing.assert_allclose(squared[0], np.abs(parts) ** 2, rtol=1e-6)
    np.testing.assert_array_equal(squared[1], squared[0])

    check_tuning(spectrum.power)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_bins=st.sampled_from([9, 257, 1025]))
def test_they_agree_on_ties(seed, n_bins):
    check_tuning(np.random.default_rng(seed).integers(0, 5, (4, n_bins)).astype(np.float32))


def check_tuning(power):
    loops = _chroma, _kernels
    inside = _chroma._tuned_bins(2 * (power.shape[1] - 1), 16000)
    found = [module.find_peaks(power, *inside) for module in loops]
    np.testing.assert_array_equal(found[1][0], found[0][0], strict=True)
    np.testing.assert_array_equal(found[1][1], found[0][1], strict=True)
    random = np.random.default_rng(len(found[0][0]))
    for steps in (4, 100, 1e6):  # on edges, next to them, anywhere
        pitches = (random.integers(-10 * steps, 99 * steps, 60) / steps).astype(np.float32)
        counts = random.random(60) < 0.5
        places = {module.commonest_detuning(pitches, counts, _chroma._EDGES) for module in loops}
        assert len(places) == 1


def use(monkeypatch, kernels):
    monkeypatch.setattr(_compiled, "_state", {"seen": 0, "kernels": kernels, "tried": True})


def test_features_do_not_depend_on_them(monkeypatch):
    click = np.zeros(5000)
    click[2500] = 0.5
    recordings = [voice(seed, 6000 + 999 * seed) for seed in range(8)]
    recordings += [click, np.zeros(3000), np.ones(1), np.sin(0.1 * np.arange(30000))]
    use(monkeypatch, None)
    expected = AcousticFeatures().transform(recordings)
    use(monkeypatch, _kernels)
    np.testing.assert_array_equal(AcousticFeatures().transform(recordings), expected)
    np.testing.assert_array_equal(mean_vector(recordings[0]), expected[0])


def test_they_come_with_many_frames(monkeypatch):
    monkeypatch.setattr(_compiled, "_state", {"seen": 0, "kernels": None, "tried": False})
    assert _compiled.find_kernels(_compiled._WORTH_LOADING - 1) is None
    assert _compiled.find_kernels() is None
    assert _compiled.find_kernels(1) is _kernels  # the tests import numba
    monkeypatch.setattr(_compiled, "_state", {"seen": 0, "kernels": None, "tried": False})
    monkeypatch.delitem(sys.modules, "numba")
    assert _compiled.find_kernels(_compiled._WORTH_NUMBA - 1) is None


@pytest.mark.parametrize(
    ("trouble", "loaded"),
    [
        ("pass", True),
        ("os.environ['NUMBA_DISABLE_JIT'] = '1'", False),
        ("sys.modules['numba'] = None", False),
        ("import numba.core.caching as c; c.CacheImpl._locator_classes = []", False),
    ],
    ids=["none", "switched off", "missing", "no folder to write to"],
)
def test_numpy_serves_where_numba_cannot(trouble, loaded):
    code = (
        "import os, sys, numpy as np\n"
        "from skemotion.audio import _compiled, mean_vector\n"
        "before = mean_vector(np.sin(0.1 * np.arange(9000)))\n"
        "assert 'numba' not in sys.modules\n"
        f"{trouble}\n"
        "_compiled._WORTH_NUMBA = _compiled._WORTH_LOADING = 9\n"
        "after = mean_vector(np.sin(0.1 * np.arange(9000)))\n"
        "assert (before == after).all()\n"
        "print(_compiled.find_kernels() is not None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{loaded}\n", "")
