"""The recurrent network."""

import re

import numpy as np
import pytest

from skemotion import LSTMClassifier


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(24, 6, 3))
    X[::2] += 2 * np.linspace(-1, 1, 6)[:, np.newaxis]  # rising against falling
    X[1::2] -= 2 * np.linspace(-1, 1, 6)[:, np.newaxis]
    classifier = LSTMClassifier(
        (8, 4), dense_units=8, dropout=0.1, epochs=40, learning_rate=0.02, random_state=0
    )
    return classifier.fit(X, ["surprise", "sad"] * 12), X


def test_learns_the_order_of_frames(fitted):
    classifier, X = fitted
    y = np.array(["surprise", "sad"] * 12)
    assert classifier.score(X, y) > 0.9
    assert classifier.score(X[:, ::-1], y) < 0.2


def test_padding_does_not_change_a_prediction(fitted):
    classifier, X = fitted
    padded = np.pad(X, [(0, 0), (0, 9), (0, 0)])
    np.testing.assert_allclose(
        classifier.predict_proba(padded), classifier.predict_proba(X), atol=1e-6
    )


def test_any_number_of_frames(fitted):
    classifier, X = fitted
    assert classifier.input_shape_ == (None, 3)
    assert classifier.predict_proba(X[:, :2]).shape == (24, 2)
    trained = LSTMClassifier((2, 2), epochs=1, random_state=0).fit(X, ["sad", "calm"] * 12)
    assert trained.partial_fit(X[:, :4], ["sad", "calm"] * 12).n_epochs_ == 2


def test_silence_gives_probabilities(fitted):
    classifier, X = fitted
    probabilities = classifier.predict_proba(np.zeros_like(X))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    trained = LSTMClassifier((2, 2), epochs=1, random_state=0).fit(0 * X, ["sad", "calm"] * 12)
    assert np.isfinite(trained.history_["loss"]).all()


def test_default_is_the_network_that_is_promised():
    model = LSTMClassifier().build((None, 26), 7)
    kinds = [(type(layer).__name__, layer.output.shape[1:]) for layer in model.layers]
    assert kinds == [
        ("Masking", (None, 26)),
        ("LSTM", (None, 64)),
        ("Dropout", (None, 64)),
        ("LSTM", (32,)),
        ("Dropout", (32,)),
        ("Dense", (16,)),
        ("Dense", (7,)),
    ]


def test_other_features_are_refused(fitted):
    message = (
        "Expected samples like those seen during fit, of shape (any, 3), got X of shape "
        "(2, 6, 4). Prepare X as for fit."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fitted[0].predict(np.zeros((2, 6, 4)))


def test_images_are_refused():
    message = (
        "Expected sequences of shape (n_samples, n_frames, n_features), got an array of shape "
        "(2, 4, 4, 1). AcousticFeatures(summary=None) makes such sequences."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LSTMClassifier().fit(np.zeros((2, 4, 4, 1)), ["sad", "calm"])
