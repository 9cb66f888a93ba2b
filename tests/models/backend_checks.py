"""What must hold on every back end of Keras; test_backends.py runs this with each in a process.

``KERAS_BACKEND=jax python tests/models/backend_checks.py [name ...]``
"""

import os
import pickle
import random
import sys
import tempfile
import time
import traceback
import warnings
from contextlib import suppress

import numpy as np
from sklearn.base import clone

from skemotion import (
    BiLSTMClassifier,
    CNN1DClassifier,
    CNNClassifier,
    ConformerClassifier,
    CRNNClassifier,
    EfficientNetClassifier,
    FrameAugmenter,
    ImageAugmenter,
    LSTMClassifier,
    MicroCNNClassifier,
    MiniXceptionClassifier,
    MLPClassifier,
    MobileNetClassifier,
    NeuralClassifier,
    ResCNNClassifier,
    ResNetClassifier,
    VGG16Classifier,
    VGGClassifier,
    VideoTCNClassifier,
    VideoTransformerClassifier,
    models,
)
from skemotion.models._scikeras import import_scikeras

BACKEND = os.environ["KERAS_BACKEND"]
_SETTINGS = {"epochs": 2, "batch_size": 6, "random_state": 0}
_FINE = {"fine_tune_epochs": 1, "dense_units": 4}
FEATURES = [MLPClassifier((4,), **_SETTINGS)]
FACES = [
    CNNClassifier((4,), dense_units=4, batch_norm=True, average_flip=True, **_SETTINGS),
    MicroCNNClassifier((4,), **_SETTINGS),
    MiniXceptionClassifier((4,), **_SETTINGS),
    ResNetClassifier((4,), **_SETTINGS),
    VGGClassifier((4,), dense_units=4, **_SETTINGS),
    VGG16Classifier(last_layer="block1_pool", fine_tune_from="block1_conv2", **_FINE, **_SETTINGS),
    MobileNetClassifier(last_layer="conv_bn", fine_tune_from=None, **_FINE, **_SETTINGS),
    EfficientNetClassifier(last_layer="stem_activation", fine_tune_from=None, **_FINE, **_SETTINGS),
]
VOICES = [
    LSTMClassifier((4, 3), dense_units=4, **_SETTINGS),
    BiLSTMClassifier((4,), attention_units=3, **_SETTINGS),
    CNN1DClassifier((4,), kernel_size=3, attention_units=3, **_SETTINGS),
    CRNNClassifier((3,), units=4, attention_units=3, **_SETTINGS),
    ResCNNClassifier((3,), attention_units=3, **_SETTINGS),
    ConformerClassifier(4, n_blocks=1, n_heads=2, kernel_size=3, **_SETTINGS),
]
CLIPS = [
    VideoTCNClassifier((3,), units=4, n_blocks=1, **_SETTINGS),
    VideoTransformerClassifier((3,), units=4, n_blocks=1, n_heads=2, **_SETTINGS),
]
NETWORKS = {type(each).__name__: each for each in [*FEATURES, *FACES, *VOICES, *CLIPS]}
_RNG = np.random.default_rng(0)
_Y = np.array(["angry", "calm"] * 6)
_ROWS = {
    "features": _RNG.random((12, 6)).astype("float32"),
    "faces": _RNG.random((12, 16, 16)).astype("float32"),
    "voices": _RNG.normal(size=(12, 7, 5)).astype("float32"),
    "clips": _RNG.integers(1, 256, (12, 3, 8, 8, 1)).astype("float32"),
}


def check_all_networks_are_here():
    public = {getattr(models, name) for name in models.__all__}
    networks = {
        each.__name__ for each in public if isinstance(each, type) and _is_network(each)
    } - {"NeuralClassifier"}
    assert networks == set(NETWORKS)


def check_scikeras_does_not_import_tensorflow():
    import keras

    assert keras.backend.backend() == BACKEND
    wrappers, _ = import_scikeras()
    assert wrappers.KerasClassifier
    assert "tensorflow" not in sys.modules  # Keras looks for it when it writes a network down


def check_network(name):
    """Fits, answers, survives pickling, and gives the same twice."""
    classifier, X = NETWORKS[name], _ROWS[_kind(name)]
    fitted = clone(classifier).fit(X, _Y)
    expected = fitted.predict_proba(X)
    assert expected.dtype == np.float32
    assert expected.shape == (12, 2)
    np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(fitted.predict_proba(X[:1]), expected[:1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        np.asarray(fitted.model_.predict(fitted._to_samples(X), verbose=0)),
        expected,
        rtol=1e-4,
        atol=1e-6,
    )
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(copy.predict_proba(X), expected, rtol=1e-5, atol=1e-7)
    again = clone(classifier).fit(X, _Y)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    np.testing.assert_array_equal(again.history_, fitted.history_)
    before = fitted.model_.get_weights()
    fitted.partial_fit(X, _Y)
    after = fitted.model_.get_weights()
    assert any((old != new).any() for old, new in zip(before, after, strict=True))


def check_padding(name):
    """Frames of nothing but the mask value change no prediction."""
    X = _ROWS[_kind(name)]
    fitted = clone(NETWORKS[name]).fit(X, _Y)
    padded = np.concatenate([X, np.zeros_like(X[:, :2])], axis=1)
    np.testing.assert_allclose(
        fitted.predict_proba(padded), fitted.predict_proba(X), rtol=0, atol=1e-5
    )


_FULL = {
    "epochs": 4,
    "batch_size": 4,
    "learning_rate": 0.01,
    "optimizer": "sgd",
    "optimizer_params": {"momentum": 0.9},
    "early_stopping": True,
    "validation_fraction": 0.3,
    "schedule": "plateau",
    "loss": "focal",
    "label_smoothing": 0.1,
    "class_weight": "balanced",
    "mixup": 0.3,
    "augment": True,
    "dropout": 0.5,
    "gradient_accumulation": 2,
    "random_state": 0,
}


def check_training(kind):
    """All that training offers at once; an interrupted fit goes on and ends the same."""
    classifier, X, augmenter = {
        "faces": (CNNClassifier((3,), dense_units=4), _ROWS["faces"], ImageAugmenter()),
        "voices": (LSTMClassifier((3, 3), dense_units=4), _ROWS["voices"], FrameAugmenter()),
    }[kind]
    classifier.set_params(**_FULL).set_params(augment=augmenter)
    whole = clone(classifier).fit(X, _Y)
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} < set(whole.history_)
    with tempfile.TemporaryDirectory() as folder:
        cut = clone(classifier).set_params(checkpoint=folder, callbacks=[_interrupt()])
        try:
            cut.fit(X, _Y)
        except KeyboardInterrupt:
            assert cut.n_epochs_ == 2
        else:
            raise AssertionError("not interrupted")
        assert np.isfinite(cut.predict_proba(X)).all()
        again = clone(classifier).set_params(checkpoint=folder).fit(X, _Y)
    np.testing.assert_array_equal(again.predict_proba(X), whole.predict_proba(X))
    np.testing.assert_allclose(again.history_, whole.history_, rtol=1e-6)


def check_a_frozen_base_is_trained_from_a_layer_on():
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "base.weights.h5")
        original = keras.applications.VGG16(
            include_top=False, weights=None, input_shape=(32, 32, 3)
        )
        original.save_weights(path)
        cut = {"last_layer": "block1_pool", "fine_tune_from": "block1_conv2"}
        fine = {"fine_tune_epochs": 1, "fine_tune_learning_rate": 1e-3, "dense_units": 32}
        network = VGG16Classifier(path, **cut, **fine, **_SETTINGS)
        fitted = network.fit(255 * _ROWS["faces"], _Y)
    for name, changes in (("block1_conv1", False), ("block1_conv2", True)):
        before, after = (
            model.get_layer(name).get_weights()
            for model in (original, fitted.model_.get_layer("base"))
        )
        changed = any((a != b).any() for a, b in zip(before, after, strict=True))
        assert changed == changes, name


def check_an_interruption_keeps_what_was_learned():
    X, settings = _ROWS["faces"], {"learning_rate": 0.05, "random_state": 0}
    network = CNNClassifier((3,), dense_units=4, **settings)
    cut = clone(network).set_params(epochs=4, callbacks=[_interrupt()])
    with suppress(KeyboardInterrupt):
        cut.fit(X, _Y)
    kept = clone(network).set_params(epochs=2).fit(X, _Y)
    np.testing.assert_array_equal(cut.predict_proba(X), kept.predict_proba(X))


def check_fits_one_after_the_other_are_as_in_a_new_process():
    from skemotion.models import _pool

    X = _ROWS["faces"]
    network = CNNClassifier((3,), dense_units=4, dropout=0.5, epochs=2, random_state=1)
    _pool._TRAINERS.clear()
    first = clone(network).fit(X, _Y)
    expected = first.predict_proba(X)
    clone(network).set_params(random_state=2, learning_rate=0.1).fit(X[::-1], _Y)
    assert len(_pool._TRAINERS) == 1
    np.testing.assert_array_equal(first.predict_proba(X), expected)
    np.testing.assert_array_equal(clone(network).fit(X, _Y).predict_proba(X), expected)


def check_generators_are_left_alone():
    import keras

    network = CNNClassifier((2,), dense_units=2, dropout=0.5, epochs=1, random_state=0)
    states = []
    for fit in (False, True):
        keras.utils.set_random_seed(1)
        if fit:
            network.fit(_ROWS["faces"], _Y)
        states.append(_draw())
    assert states[0] == states[1], states


def check_unseeded_fits_differ():
    X = _ROWS["faces"]
    first, second = (
        CNNClassifier((2,), dense_units=2, epochs=1).fit(X, _Y).predict_proba(X) for _ in range(2)
    )
    assert (first != second).any()


def check_fewer_bits():
    for name in ("CNNClassifier", "LSTMClassifier", "ConformerClassifier"):
        X = _ROWS[_kind(name)]
        fitted = clone(NETWORKS[name]).set_params(precision="mixed_bfloat16").fit(X, _Y)
        assert fitted.predict_proba(X).dtype == np.float32


def _draw():
    import keras

    drawn = [random.random(), np.random.random(), float(keras.random.uniform(()))]  # noqa: NPY002
    if BACKEND == "torch":
        import torch

        drawn.append(float(torch.rand(())))
    return drawn


def _interrupt():
    import keras

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    return Interrupt()


def _is_network(cls):
    return issubclass(cls, NeuralClassifier)


def _kind(name):
    groups = {"features": FEATURES, "faces": FACES, "voices": VOICES, "clips": CLIPS}
    return next(kind for kind, each in groups.items() if NETWORKS[name] in each)


CHECKS = {
    "no TensorFlow": check_scikeras_does_not_import_tensorflow,
    "all networks": check_all_networks_are_here,
    **{name: lambda n=name: check_network(n) for name in NETWORKS},
    **{
        f"padding of {type(each).__name__}": lambda e=each: check_padding(type(e).__name__)
        for each in [*VOICES, *CLIPS]
    },
    "training on faces": lambda: check_training("faces"),
    "training on voices": lambda: check_training("voices"),
    "frozen base": check_a_frozen_base_is_trained_from_a_layer_on,
    "interruption": check_an_interruption_keeps_what_was_learned,
    "fits in turn": check_fits_one_after_the_other_are_as_in_a_new_process,
    "generators": check_generators_are_left_alone,
    "unseeded": check_unseeded_fits_differ,
    "fewer bits": check_fewer_bits,
}


def main():
    failed = []
    for name, check in CHECKS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        start = time.perf_counter()
        try:
            check()
        except Exception:
            failed.append(name)
            print(f"-- {name}", file=sys.stderr)
            traceback.print_exc()
        print(f"{name:40} {time.perf_counter() - start:6.1f} s", "FAILED" if name in failed else "")
    sys.exit(f"{len(failed)} of the checks failed: {failed}" if failed else 0)


if __name__ == "__main__":
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "__array__ implementation")  # Keras' own predict and assign
    main()
