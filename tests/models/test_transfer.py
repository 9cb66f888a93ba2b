"""VGG16, MobileNetV3-small and EfficientNet-B0: pretrained weights, frozen and fine-tuned."""

import re

import numpy as np
import pytest

from skemotion import EfficientNetClassifier, MobileNetClassifier, VGG16Classifier

CUT = {  # classifier -> last layer kept, first layer that is fine-tuned, the base's name in Keras
    VGG16Classifier: ("block1_pool", "block1_conv2", "VGG16"),
    MobileNetClassifier: ("expanded_conv_project_bn", "expanded_conv_project", "MobileNetV3Small"),
    EfficientNetClassifier: ("block1a_project_bn", "block1a_project_conv", "EfficientNetB0"),
}
_saves = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
each = pytest.mark.parametrize("kind", CUT, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def faces():
    """Return 12 grey faces, every second one lit from the left."""
    X = np.random.default_rng(0).integers(0, 100, (12, 36, 36), dtype="uint8")
    X[::2, :, :18] += 150
    return X, np.array(["happy", "sad"] * 6)


@pytest.fixture
def tiny(base_weights):
    """Return what makes small classifiers, with a base whose weights come from a file."""

    def make(kind=VGG16Classifier, **params):
        last, first, name = CUT[kind]
        base = {"last_layer": last, "fine_tune_from": first, "weights": base_weights(name)}
        defaults = {"dense_units": 8, "epochs": 2, "dropout": 0.0, "random_state": 0}
        return kind(**{**base, **defaults, **params})

    return make


def _base(classifier):
    return classifier.model_.get_layer("base")


@pytest.mark.parametrize(
    ("kind", "n_parameters"),
    [
        (VGG16Classifier, 14_847_815),
        (MobileNetClassifier, 1_088_631),
        (EfficientNetClassifier, 4_379_299),
    ],
)
def test_number_of_parameters(kind, n_parameters):
    model = kind().build((48, 48, 1), 7)
    assert model.count_params() == n_parameters


@each
def test_a_base_that_starts_at_random_is_trained(kind, faces, tiny):
    new = {"weights": None, "learning_rate": 0.01}
    first, second = (
        _base(tiny(kind, epochs=1, fine_tune_epochs=more, **new).fit(*faces)) for more in (0, 1)
    )
    for weight, before, after in zip(
        first.weights, first.get_weights(), second.get_weights(), strict=True
    ):
        assert (before != after).any(), weight.path
    assert tiny(kind, epochs=30, **new).fit(*faces).score(*faces) > 0.9


@_saves
@pytest.mark.parametrize("kind", [VGG16Classifier, MobileNetClassifier])
def test_features_equal_those_of_keras(kind, tmp_path):
    import keras

    make, path = getattr(keras.applications, CUT[kind][2]), tmp_path / "base.weights.h5"
    original = make(include_top=False, weights=None, input_shape=(48, 48, 3))
    original.save_weights(path)
    grey = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 1), dtype="uint8")
    for X in (grey, np.concatenate([grey, grey // 2, grey // 3], axis=-1)):
        model = kind(path).build(X.shape[1:], 3)
        colour = np.broadcast_to(X, (*X.shape[:3], 3)).astype("float32")
        if kind is VGG16Classifier:
            colour = keras.applications.vgg16.preprocess_input(colour.copy())
        _check_maps(model, X, original(colour))


@_saves
@pytest.mark.parametrize("of_imagenet", [True, False])
def test_efficientnet_scales_as_its_weights_want(of_imagenet, tmp_path):
    import keras

    path = tmp_path / "base.weights.h5"
    original = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(48, 48, 3)
    )
    mean = np.array([0.485, 0.456, 0.406])
    # in Keras' file for ImageNet the variances are deviations
    variance = np.array([0.229, 0.224, 0.225] if of_imagenet else [0.04, 0.09, 0.16])
    spread = variance if of_imagenet else np.sqrt(variance)
    normalisation = next(x for x in original.layers if isinstance(x, keras.layers.Normalization))
    normalisation.set_weights([mean, variance, np.array(0)])
    original.save_weights(path)
    X = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), dtype="uint8")
    rest = keras.Model(original.get_layer("stem_conv_pad").input, original.output)
    model = EfficientNetClassifier(str(path)).build((48, 48, 3), 3)
    _check_maps(model, X, rest(((X / 255 - mean) / spread).astype("float32")))


def _check_maps(model, X, expected):
    import keras

    maps = keras.Model(model.input, model.get_layer("features").input)(X.astype("float32"))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(np.array(maps), expected, rtol=1e-3, atol=1e-4 * scale)


@each
def test_second_phase_trains_from_a_layer_on(kind, faces, tiny):
    frozen = tiny(kind).fit(*faces)
    tuned = tiny(kind, fine_tune_epochs=3, fine_tune_learning_rate=1e-3).fit(*faces)
    assert len(frozen.history_) == 2
    assert list(tuned.history_["epoch"]) == [1, 2, 3, 4, 5]
    names = [layer.name for layer in _base(tuned).layers]
    first = names.index(CUT[kind][1])
    changed = [
        name
        for name, a, b in zip(names, _base(frozen).layers, _base(tuned).layers, strict=True)
        if any((x != y).any() for x, y in zip(a.get_weights(), b.get_weights(), strict=True))
    ]
    # neither what comes before, nor any average of batch normalisation
    assert changed == [
        layer.name
        for layer in _base(tuned).layers[first:]
        if "bn" not in layer.name and layer.weights
    ]


@each
def test_features_computed_once_give_the_same_network(kind, faces, monkeypatch, tiny):
    once = tiny(kind, epochs=4).fit(*faces)
    monkeypatch.setattr(kind, "_split_frozen", lambda self, model: (None, model))
    each_time = tiny(kind, epochs=4).fit(*faces)
    np.testing.assert_allclose(
        once.predict_proba(faces[0]), each_time.predict_proba(faces[0]), rtol=1e-3, atol=1e-5
    )


def test_learns_with_early_stopping(faces, tiny):
    classifier = tiny(
        epochs=20, fine_tune_epochs=4, early_stopping=True, validation_fraction=0.2
    ).fit(*faces)
    assert classifier.score(*faces) > 0.8
    assert classifier.partial_fit(*faces).n_epochs_ == len(classifier.history_)


def test_averages_over_mirror_images(faces, tiny):
    classifier = tiny(average_flip=True, fine_tune_epochs=1).fit(*faces)
    np.testing.assert_allclose(
        classifier.predict_proba(faces[0]),
        classifier.predict_proba(faces[0][:, :, ::-1]),
        atol=1e-5,
    )


@pytest.mark.parametrize("shape", [(8, 8), (40, 20, 3), (33, 33, 1)])
def test_any_size_goes(shape, tiny):
    X = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype="uint8")
    assert tiny(epochs=1).fit(X, [0, 1, 0, 1]).predict(X).shape == (4,)


def test_augmentation_reaches_the_base(faces, tiny):
    assert tiny(epochs=1, augment=True).fit(*faces).predict(faces[0]).shape == (12,)


def test_unknown_layers_are_named(faces, tiny):
    message = (
        "Expected last_layer to name one of the 18 layers of the base, got 'block1_pol'. Write for "
        "instance 'block1_pool' or "
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        tiny(last_layer="block1_pol").fit(*faces)
    message = (
        "Expected fine_tune_from to name one of the 3 layers of the base, got 'block5_conv1'. "
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        tiny(fine_tune_from="block5_conv1", fine_tune_epochs=1).fit(*faces)


def test_missing_weights_are_named(faces, tmp_path, tiny):
    path = tmp_path / "none.weights.h5"
    message = (
        f"Expected weights to be 'imagenet', None or a file, got {str(path)!r}, which is not a "
        "file. Check the path."
    )
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(message)}$"):
        tiny(weights=path).fit(*faces)


@each
def test_other_weights_are_refused(kind, faces, tmp_path, tiny):
    path, name = tmp_path / "text.weights.h5", CUT[kind][2]
    path.write_text("These are no weights.")
    message = (
        rf"^Expected '.+' to hold the weights of Keras' {name} without top, it does not: .+\. "
        rf"Save them with keras\.applications\.{name}\(include_top=False\)\.save_weights\(\.\.\.\)"
        r"\.$"
    )
    with pytest.raises(ValueError, match=message):
        tiny(kind, weights=str(path)).fit(*faces)


def test_two_channels_are_refused(tiny):
    message = (
        "Expected grey or RGB images with 1 or 3 channels, got an array of shape (4, 8, 8, 2). "
        "Choose channels first."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tiny().fit(np.zeros((4, 8, 8, 2)), [0, 1, 0, 1])


def test_partial_fit_goes_on_with_the_optimizer(faces, tiny):
    X, y = faces
    classifier = tiny(average_flip=True)
    for epoch in (1, 2):
        classifier.partial_fit(X, y)
        assert int(classifier._plain(classifier.model_).optimizer.iterations) == epoch
