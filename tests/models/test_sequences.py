"""What all networks for sequences of frames have in common."""

import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone

from skemotion import (
    BiLSTMClassifier,
    CNN1DClassifier,
    ConformerClassifier,
    CRNNClassifier,
    ResCNNClassifier,
)
from skemotion.models._backend import precision

# much dropout: what it does in training must not be what a prediction lacks
TRAINING = {"epochs": 30, "learning_rate": 0.02, "dropout": 0.5, "random_state": 0}
NETWORKS = [
    BiLSTMClassifier((6,), attention_units=4, **TRAINING),
    CNN1DClassifier((6, 8), kernel_size=3, attention_units=4, **TRAINING),
    CRNNClassifier((4, 4), units=6, attention_units=4, **TRAINING),
    ConformerClassifier(8, n_blocks=1, n_heads=2, kernel_size=5, attention_units=4, **TRAINING),
    ResCNNClassifier((4, 6), attention_units=4, **TRAINING),
]
N_PARAMETERS = [
    (BiLSTMClassifier, 79_431),
    (CNN1DClassifier, 119_751),
    (CRNNClassifier, 189_719),
    (ConformerClassifier, 218_055),
    (ResCNNClassifier, 101_399),
]
Y = np.array(["surprise", "sad"] * 12)


def make_sequences():
    """Make sequences of 13 frames, or 9 and padding, whose last feature rises or falls."""
    X = np.random.default_rng(0).normal(size=(24, 13, 8)).astype("float32")
    slope = np.linspace(-3, 3, 9, dtype="float32")
    X[::2, :9, -3:] += slope[:, np.newaxis]
    X[1::2, :9, -3:] -= slope[:, np.newaxis]
    X[::3, 9:] = 0
    return X


def name_of(network):
    return type(network).__name__


@pytest.fixture(scope="module", params=NETWORKS, ids=name_of)
def fitted(request):
    return request.param.fit(make_sequences(), Y)


def test_learns_what_changes_in_time(fitted):
    assert fitted.score(make_sequences(), Y) > 0.9


@pytest.mark.parametrize("n_frames", [1, 2, 7])
def test_padding_does_not_change_a_prediction(fitted, n_frames):
    X = make_sequences()
    padded = np.pad(X, [(0, 0), (0, n_frames), (0, 0)])
    np.testing.assert_allclose(fitted.predict_proba(padded), fitted.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS[1:2] + NETWORKS[-1:], ids=name_of)
def test_padding_does_not_change_what_is_normalised(network):
    X = make_sequences()
    padded = np.pad(X, [(0, 0), (0, 5), (0, 0)])
    model = clone(network).set_params(dropout=0.0).build((None, 8), 2)
    outputs = [np.array(model(Z, training=True)) for Z in (X, padded)]
    np.testing.assert_allclose(*outputs, atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS, ids=name_of)
def test_frames_equal_to_another_mask_value_are_padding(network):
    X = np.where(make_sequences() == 0, np.float32(-9), make_sequences())
    model = clone(network).set_params(mask_value=-9.0).build((None, 8), 2)
    expected = np.array(model(X))
    padded = np.pad(X, [(0, 0), (0, 4), (0, 0)], constant_values=-9)
    np.testing.assert_allclose(model(padded), expected, atol=1e-5)
    assert np.abs(np.array(model(np.pad(X, [(0, 0), (0, 4), (0, 0)]))) - expected).max() > 1e-5


def test_any_number_of_frames(fitted):
    assert fitted.input_shape_ == (None, 8)
    assert fitted.predict_proba(make_sequences()[:, :2]).shape == (24, 2)


def test_silence_gives_probabilities(fitted):
    probabilities = fitted.predict_proba(np.zeros((2, 9, 8)))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("network", NETWORKS, ids=name_of)
def test_mixed_precision_keeps_probabilities_exact(network):
    with precision("mixed_bfloat16"):
        probabilities = np.array(network.build((None, 8), 2)(make_sequences()))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("network", "n_parameters"), N_PARAMETERS)
def test_size_is_what_is_promised(network, n_parameters):
    assert network().build((None, 64), 7).count_params() == n_parameters
    assert f"{n_parameters:,}" in network.__doc__


def test_images_are_refused():
    message = (
        "Expected sequences of shape (n_samples, n_frames, n_features), got an array of shape "
        "(2, 4, 4, 1). AcousticFeatures(summary=None) makes such sequences."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        CRNNClassifier().fit(np.zeros((2, 4, 4, 1)), ["sad", "calm"])


@pytest.mark.slow
def test_another_process_reads_its_own_layers(tmp_path):
    X = make_sequences()
    fitted = ConformerClassifier(8, n_blocks=1, epochs=1, random_state=0).fit(X, Y)
    (tmp_path / "fitted.pickle").write_bytes(pickle.dumps(fitted))
    np.save(tmp_path / "X.npy", X)
    program = (
        "import pickle, numpy as np\n"
        "fitted = pickle.load(open('fitted.pickle', 'rb'))\n"
        "np.save('predicted.npy', fitted.predict_proba(np.load('X.npy')))\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    predicted = np.load(tmp_path / "predicted.npy")
    np.testing.assert_allclose(predicted, fitted.predict_proba(X), atol=1e-6)
