"""The small residual network, and predictions averaged over mirror images."""

import pickle

import numpy as np
import pytest

from skemotion import ResNetClassifier


@pytest.fixture(scope="module")
def faces():
    """Return 16 grey faces, every second one lit from above."""
    X = np.random.default_rng(0).random((16, 12, 12))
    X[::2, :6] += 1
    return X, np.array(["happy", "sad"] * 8)


def _tiny(**params):
    return ResNetClassifier(
        (8,), **{"epochs": 20, "learning_rate": 0.01, "random_state": 0, **params}
    )


@pytest.fixture(scope="module")
def fitted(faces):
    return _tiny().fit(*faces)


def test_default_is_the_network_that_is_promised():
    model = ResNetClassifier().build((48, 48, 1), 7)
    assert model.count_params() == 1_211_815
    sizes = [layer.output.shape[1:] for layer in model.layers if layer.name.startswith("add")]
    assert sizes == [(24, 24, 64), (12, 12, 128), (6, 6, 256)]


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 3), (10, 1, 1)])
def test_any_size_goes(shape):
    model = ResNetClassifier((2, 4), units=2).build(shape, 3)
    assert model.output_shape == (None, 3)


def test_learns(fitted, faces):
    assert fitted.score(*faces) == 1.0


def test_mirror_image_gives_the_same(fitted, faces):
    X, y = faces
    once = _tiny(average_flip=False).fit(X, y)
    here, there = once.predict_proba(X), once.predict_proba(X[:, :, ::-1])
    assert abs(here - there).max() > 1e-3
    # training is the same: only predictions are averaged
    np.testing.assert_allclose(fitted.predict_proba(X), (here + there) / 2, atol=1e-5)


def test_exported_network_averages_too(fitted, faces):
    copy = pickle.loads(pickle.dumps(fitted))
    for classifier in (fitted, copy):
        X = classifier._to_samples(faces[0]).astype("float32")
        np.testing.assert_allclose(
            np.array(classifier.model_(X)), fitted.predict_proba(faces[0]), atol=1e-5
        )
    more = copy.partial_fit(*faces)
    assert more.n_epochs_ == 21
    assert (more.predict_proba(faces[0]) != fitted.predict_proba(faces[0])).any()
