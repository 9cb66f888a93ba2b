"""The multilayer perceptron."""

import re

import numpy as np
import pytest

from skemotion import MLPClassifier


def make_rows():
    X = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
    return X, np.where(X[:, 0] * X[:, 1] > 0, "happy", "sad")


def test_hidden_layer_learns_what_no_line_divides():
    X, y = make_rows()
    settings = {"dropout": 0.0, "input_dropout": 0.0, "learning_rate": 0.03, "random_state": 0}
    assert MLPClassifier((16,), epochs=60, **settings).fit(X, y).score(X, y) > 0.95
    assert MLPClassifier((), epochs=60, **settings).fit(X, y).score(X, y) < 0.9


def test_frames_are_laid_side_by_side():
    X, y = make_rows()
    frames = X.reshape(40, 2, 3)
    flat, deep = (MLPClassifier((4,), epochs=1, random_state=0).fit(Z, y) for Z in (X, frames))
    assert deep.input_shape_ == (6,)
    np.testing.assert_array_equal(deep.predict_proba(frames), flat.predict_proba(X))


def test_size_is_what_is_promised():
    assert MLPClassifier().build((3904,), 7).count_params() == 250_375
    assert "250,375" in MLPClassifier.__doc__


def test_augment_asks_for_an_augmenter():
    message = (
        "Expected augment to be an augmenter, got True, and MLPClassifier has none of its own. "
        "Pass one, such as ImageAugmenter() for images."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        MLPClassifier(augment=True).fit(*make_rows())
