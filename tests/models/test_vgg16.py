"""VGG16."""

import re

import numpy as np
import pytest

from skemotion import VGG16Classifier


@pytest.fixture(scope="module")
def faces():
    """Return 12 grey faces, every second one lit from the left."""
    X = np.random.default_rng(0).integers(0, 100, (12, 36, 36), dtype="uint8")
    X[::2, :, :18] += 150
    return X, np.array(["happy", "sad"] * 6)


_REFUSED = (
    r"^Expected '.+' to hold the weights of Keras' VGG16 without top, it does not: .+\. "
    r"Save them with VGG16\(include_top=False\)\.save_weights\(\.\.\.\)\.$"
)


def _tiny(**params):
    defaults = {"n_blocks": 1, "dense_units": 8, "epochs": 2, "dropout": 0.0, "random_state": 0}
    return VGG16Classifier(**{**defaults, **params})


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saving
def test_network_equals_keras_own(tmp_path):
    import keras

    weights = tmp_path / "vgg16.weights.h5"
    original = keras.applications.VGG16(include_top=False, weights=None, input_shape=(48, 48, 3))
    original.save_weights(weights)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype="uint8")
    for X in (pixels[..., np.newaxis], np.stack([pixels, pixels // 2, pixels // 3], axis=-1)):
        model = VGG16Classifier(weights).build(X.shape[1:], 3)
        base = keras.Model(model.input, model.get_layer("block5_pool").output)
        colour = np.broadcast_to(X, (*X.shape[:3], 3)).astype("float32")
        expected = original(keras.applications.vgg16.preprocess_input(colour.copy()))
        np.testing.assert_allclose(base(X.astype("float32")), expected, rtol=1e-3, atol=1e-5)


def test_frozen_base_is_left_as_it_was(faces, tmp_path):
    frozen = _tiny(epochs=1).fit(*faces)
    longer = _tiny(epochs=4).fit(*faces)
    for kept, also_kept in zip(_blocks(frozen), _blocks(longer), strict=True):
        np.testing.assert_array_equal(kept, also_kept)
    tuned = _tiny(trainable_blocks=1).fit(*faces)
    assert any((a != b).any() for a, b in zip(_blocks(frozen), _blocks(tuned), strict=True))


def _blocks(classifier):
    layers = [layer for layer in classifier.model_.layers if layer.name.startswith("block")]
    return [weight for layer in layers for weight in layer.get_weights()]


def test_features_computed_once_give_the_same_network(faces, monkeypatch):
    once = _tiny(epochs=5).fit(*faces)
    monkeypatch.setattr(VGG16Classifier, "_split_frozen", lambda self, model: (None, model))
    each_time = _tiny(epochs=5).fit(*faces)
    np.testing.assert_allclose(
        once.predict_proba(faces[0]), each_time.predict_proba(faces[0]), rtol=1e-3, atol=1e-5
    )


def test_learns_with_early_stopping(faces):
    classifier = _tiny(epochs=12, early_stopping=True, validation_fraction=0.2)
    assert classifier.fit(*faces).score(*faces) > 0.8
    assert classifier.partial_fit(*faces).n_epochs_ == len(classifier.history_)


@pytest.mark.parametrize("shape", [(8, 8), (40, 20, 3), (33, 33, 1)])
def test_any_size_goes(shape):
    X = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype="uint8")
    assert _tiny(epochs=1).fit(X, [0, 1, 0, 1]).predict(X).shape == (4,)


def test_augmentation_reaches_the_base(faces):
    assert _tiny(epochs=1, augment=True).fit(*faces).predict(faces[0]).shape == (12,)


def test_missing_weights_are_named(faces, tmp_path):
    path = tmp_path / "none.weights.h5"
    message = (
        f"Expected weights to be 'imagenet', None or a file, got {str(path)!r}, which is not a "
        "file. Check the path."
    )
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(message)}$"):
        _tiny(weights=path).fit(*faces)


def test_other_weights_are_refused(faces, tmp_path):
    path = tmp_path / "text.weights.h5"
    path.write_text("These are no weights.")
    with pytest.raises(ValueError, match=_REFUSED):
        _tiny(weights=str(path)).fit(*faces)


def test_two_channels_are_refused():
    message = (
        "Expected grey or RGB images with 1 or 3 channels, got an array of shape (4, 8, 8, 2). "
        "Choose channels first."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _tiny().fit(np.zeros((4, 8, 8, 2)), [0, 1, 0, 1])
