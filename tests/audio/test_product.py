"""Products in parts: the same numbers, and none that BLAS would share among threads."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion.audio import _product
from skemotion.audio._product import multiply

SIZES = st.integers(1, 700)


@given(n_frames=SIZES, n_bins=SIZES, n_columns=SIZES, dtype=st.sampled_from("fd"))
@settings(max_examples=30, deadline=None)
def test_parts_are_those_of_the_whole(n_frames, n_bins, n_columns, dtype):
    rng = np.random.default_rng(0)
    frames, matrix = rng.random((n_frames, n_bins)), rng.random((n_bins, n_columns))
    frames, matrix = frames.astype(dtype), matrix.astype(dtype)
    expected = frames @ matrix
    product = multiply(frames, matrix)
    assert product.dtype == expected.dtype
    np.testing.assert_allclose(product, expected, rtol=1e-5)
    wider = np.zeros((n_frames, n_columns + 3), dtype)
    multiply(frames, matrix, out=wider[:, 2:-1])
    np.testing.assert_array_equal(wider[:, 2:-1], product)


@pytest.mark.parametrize("shape", [(513, 12), (193, 245), (257, 3), (40, 13)])
def test_parts_are_small(shape, monkeypatch):
    sizes, matmul = [], np.matmul

    def spy(left, right, out=None):
        sizes.append(left.size * right.shape[1])
        return matmul(left, right, out=out)

    monkeypatch.setattr(_product.np, "matmul", spy)
    multiply(np.ones((1000, shape[0])), np.ones(shape))
    assert max(sizes) <= 200_000
    assert min(sizes) >= 200  # and not so small that calls take longer than products


_USE = """
import time
import numpy as np
from skemotion import AcousticFeatures

features = AcousticFeatures(preset="voice-large", cache=False)
voice = np.cumsum(np.random.default_rng(0).normal(size=(1, 48000)), axis=1) % 0.2 - 0.1
features.transform(voice)
time.sleep(0.5)  # threads of imports come to rest
before = time.process_time(), time.thread_time()
for _ in range(10):
    features.transform(voice)
print((time.process_time() - before[0]) / (time.thread_time() - before[1]))
"""


def test_the_largest_set_stays_on_one_thread():
    run = subprocess.run([sys.executable, "-c", _USE], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 1.2
