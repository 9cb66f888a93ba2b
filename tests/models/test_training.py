"""How networks are trained: batches, losses, checkpoints, interruptions, compiled copies."""

import gc
import pickle
import random

import numpy as np
import pandas as pd
import pytest

from skemotion import CNNClassifier, LSTMClassifier, NeuralClassifier, VGG16Classifier
from skemotion.models import _forward, _pool
from skemotion.models._batches import feed, in_order, make_batches, mix_with
from skemotion.models._training import _run


class Tiny(NeuralClassifier):
    def build(self, input_shape, n_classes):
        from keras import Input, Sequential, layers

        return Sequential(
            [
                Input(input_shape),
                layers.Dense(8, activation="relu"),
                layers.Dropout(0.3),
                layers.Dense(n_classes, activation="softmax"),
            ]
        )


class Plus:
    def augment_batch(self, X, rng):
        return X + rng.normal(size=X.shape).astype(np.float32)


class Counting(Plus):
    def __init__(self):
        self.seen = []

    def augment_batch(self, X, rng):
        self.seen.append(len(X))
        return super().augment_batch(X, rng)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.array(["angry", "calm", "sad"])[np.arange(60) % 3]
    X = rng.normal(size=(60, 3)).astype(np.float32)
    X[np.arange(60), np.arange(60) % 3] += 3
    return X, y


@pytest.fixture
def interrupt():
    """Return callbacks that interrupt at the end of an epoch as Ctrl-C does."""
    import keras

    class Interrupt(keras.callbacks.Callback):
        def __init__(self, after):
            super().__init__()
            self.after = after

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == self.after:
                raise KeyboardInterrupt

    return Interrupt


_FULL = {
    "epochs": 6,
    "batch_size": 16,
    "learning_rate": 0.01,
    "early_stopping": True,
    "patience": 6,
    "schedule": "plateau",
    "mixup": 0.2,
    "augment": Plus(),
    "random_state": 0,
}


def test_an_interrupted_fit_goes_on_and_ends_the_same(data, tmp_path, interrupt):
    X, y = data
    whole = Tiny(**_FULL).fit(X, y)
    cut = Tiny(**_FULL, checkpoint=tmp_path, callbacks=[interrupt(3)])
    with pytest.raises(KeyboardInterrupt):
        cut.fit(X, y)
    assert cut.n_epochs_ == 3
    assert len(list(tmp_path.iterdir())) == 1
    again = Tiny(**_FULL, checkpoint=tmp_path).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), whole.predict_proba(X))
    np.testing.assert_allclose(again.history_, whole.history_, rtol=1e-6)
    assert not list(tmp_path.iterdir())


def test_a_fit_interrupted_in_its_second_phase_trains_no_epoch_again(
    tmp_path, monkeypatch, base_weights
):
    X = np.random.default_rng(0).integers(0, 256, (4, 32, 32), dtype=np.uint8)
    fit = {"epochs": 2, "fine_tune_epochs": 2, "random_state": 0, "checkpoint": tmp_path}

    def make():
        base = {"last_layer": "block1_pool", "fine_tune_from": "block1_conv1"}
        return VGG16Classifier(base_weights("VGG16"), dense_units=8, **base, **fit)

    whole = make().fit(X, ["happy", "sad"] * 2)
    trained = []
    monkeypatch.setattr(
        "skemotion.models._training._run", lambda *args: trained.append(args) or _run(*args)
    )
    with monkeypatch.context() as patch:
        patch.setattr(VGG16Classifier, "_unfreeze", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            make().fit(X, ["happy", "sad"] * 2)
    assert len(trained) == 1
    again = make().fit(X, ["happy", "sad"] * 2)
    assert len(trained) == 2
    np.testing.assert_array_equal(again.predict_proba(X), whole.predict_proba(X))
    pd.testing.assert_frame_equal(again.history_, whole.history_)
    assert list(tmp_path.iterdir()) == []


def _interrupt(*args):
    raise KeyboardInterrupt


def test_another_fit_does_not_take_the_checkpoint(data, tmp_path, interrupt):
    X, y = data
    with pytest.raises(KeyboardInterrupt):
        Tiny(**_FULL, checkpoint=tmp_path, callbacks=[interrupt(2)]).fit(X, y)
    other = Tiny(**_FULL, checkpoint=tmp_path).fit(X + 1, y)
    np.testing.assert_array_equal(
        other.predict_proba(X), Tiny(**_FULL).fit(X + 1, y).predict_proba(X)
    )
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_checkpoint_is_named(data, tmp_path, interrupt):
    X, y = data
    with pytest.raises(KeyboardInterrupt):
        Tiny(**_FULL, checkpoint=tmp_path, callbacks=[interrupt(2)]).fit(X, y)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(ValueError, match=rf"Expected checkpoint .*{file.name} to be whole"):
        Tiny(**_FULL, checkpoint=tmp_path).fit(X, y)


def test_a_checkpoint_needs_a_seed(data, tmp_path):
    with pytest.raises(ValueError, match="Expected random_state to be an int where a checkpoint"):
        Tiny(checkpoint=tmp_path).fit(*data)


def test_an_interruption_keeps_the_best_weights(data, interrupt):
    X, y = data
    settings = {"learning_rate": 0.05, "early_stopping": True, "random_state": 0}
    cut = Tiny(epochs=30, patience=30, callbacks=[interrupt(20)], **settings)
    with pytest.raises(KeyboardInterrupt):
        cut.fit(X, y)
    kept = Tiny(epochs=20, patience=30, **settings).fit(X, y)
    np.testing.assert_array_equal(cut.predict_proba(X), kept.predict_proba(X))
    assert len(cut.history_) == 20


def test_fits_one_after_the_other_are_as_in_a_new_process(data):
    X, y = data
    _pool._TRAINERS.clear()
    first = Tiny(epochs=3, random_state=1).fit(X, y).predict_proba(X)
    Tiny(epochs=2, learning_rate=0.1, random_state=2).fit(X[::-1], y)
    assert len(_pool._TRAINERS) == 1
    third = Tiny(epochs=3, random_state=1).fit(X, y)
    np.testing.assert_array_equal(third.predict_proba(X), first)
    Tiny(epochs=3, random_state=3).fit(X, y)
    np.testing.assert_array_equal(third.predict_proba(X), first)


def test_numbers_of_rows_seen_before_change_no_network():
    # TensorFlow compiles for batches of one size where the rows fill all of them
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(13, 5, 3)).astype(np.float32), ["calm", "sad"] * 6 + ["calm"]
    fit = LSTMClassifier((4, 4), epochs=2, batch_size=4, random_state=0).fit
    _pool._TRAINERS.clear()
    alone = fit(X[:12], y[:12]).predict_proba(X)
    _pool._TRAINERS.clear()
    fit(X, y)
    np.testing.assert_array_equal(fit(X[:12], y[:12]).predict_proba(X), alone)


def test_the_end_of_an_epoch_waits_for_no_tuner():
    X = np.zeros((8, 2), np.float32)
    batches = make_batches(X, X, None, batch_size=4, seed=0, epoch=0, balanced=False, change=())
    for given in (batches, in_order(X, X, X[:, 0])):
        fed = feed(given)
        assert not fed.options().autotune.enabled
        assert int(fed.cardinality()) == len(list(fed))


def test_rows_are_not_kept_after_a_fit(data):
    # TensorFlow keeps the functions that datasets were made of
    import keras

    X, y = data
    fitted = Tiny(epochs=2, early_stopping=True, random_state=0).fit(X, y)
    fitted.partial_fit(X, y)
    gc.collect()
    assert not [each for each in gc.get_objects() if issubclass(type(each), keras.utils.PyDataset)]


def test_what_is_compiled_differently_is_compiled_anew(data):
    X, y = data
    _pool._TRAINERS.clear()
    for settings in ({}, {"loss": "focal"}, {"optimizer_params": {"weight_decay": 0.1}}):
        Tiny(epochs=1, random_state=0, **settings).fit(X, y)
    assert len(_pool._TRAINERS) == 3


def test_a_network_that_cannot_be_copied_is_trained_itself(data):
    import keras

    class Own(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    class Odd(NeuralClassifier):
        def build(self, input_shape, n_classes):
            return keras.Sequential(
                [keras.Input(input_shape), Own(), keras.layers.Dense(n_classes, "softmax")]
            )

    X, y = data
    assert Odd(epochs=30, learning_rate=0.1, random_state=0).fit(X, y).score(X, y) > 0.8


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "focal"},
        {"mixup": 0.3},
        {"balanced_batches": True},
        {"gradient_accumulation": 2},
        {"schedule": "cosine", "warmup_epochs": 2},
        {"optimizer": "sgd", "optimizer_params": {"momentum": 0.9, "nesterov": True}},
        {"precision": "mixed_bfloat16"},
        {"augment": Plus()},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_learns_with_every_way_of_training(data, settings):
    X, y = data
    classifier = Tiny(epochs=30, batch_size=16, learning_rate=0.05, random_state=0, **settings)
    plain = Tiny(epochs=30, batch_size=16, learning_rate=0.05, random_state=0).fit(X, y)
    probabilities = classifier.fit(X, y).predict_proba(X)
    assert classifier.score(X, y) > 0.85
    assert probabilities.dtype == np.float32
    assert np.abs(probabilities - plain.predict_proba(X)).max() > 1e-4


def test_learning_rate_rises_and_falls(data):
    rates = (
        Tiny(epochs=6, learning_rate=0.1, schedule="cosine", warmup_epochs=2, random_state=0)
        .fit(*data)
        .history_["learning_rate"]
    )
    assert rates[0] < rates[1] < rates[2]
    assert all(rates[2:].diff()[1:] < 0)


def test_augmenters_see_the_rows_to_train_on_alone(data):
    X, y = data
    augment = Counting()
    mask = np.arange(60) < 20
    Tiny(epochs=2, batch_size=10, augment=augment, random_state=0).fit(X, y, validation=mask)
    assert set(augment.seen) == {10}


def test_an_error_of_an_augmenter_is_shown_as_it_is(data):
    class Failing(Counting):
        def augment_batch(self, X, rng):
            if len(self.seen) == 3:
                raise ValueError("Expected pixels from 0 to 1, got 7.")
            return super().augment_batch(X, rng)

    with pytest.raises(ValueError, match=r"^Expected pixels from 0 to 1, got 7\.$"):
        Tiny(batch_size=10, augment=Failing(), random_state=0).fit(*data)


def test_true_needs_an_augmenter_of_the_network(data):
    with pytest.raises(ValueError, match="Expected augment to be an augmenter, got True, and Tiny"):
        Tiny(augment=True).fit(*data)


def test_balanced_batches_hold_the_classes_equally():
    targets = np.eye(3, dtype=np.float32)[[0] * 50 + [1] * 8 + [2] * 2]
    batches = make_batches(
        np.arange(60.0)[:, None],
        targets,
        None,
        batch_size=6,
        seed=0,
        epoch=0,
        balanced=True,
        change=(),
    )
    for number in range(len(batches)):
        np.testing.assert_array_equal(batches[number][1].sum(axis=0), [2, 2, 2])
    before = batches[0][0]
    batches.start_epoch(1)
    assert (batches[0][0] != before).any()


def test_mixup_mixes_samples_targets_and_weights_alike():
    values = np.arange(40, dtype=np.float32)
    targets = np.stack([values, 1 - values], axis=1)
    mixed, mixed_targets, weight = mix_with(0.5)(
        values[:, None], targets, values, np.random.default_rng(0)
    )
    np.testing.assert_allclose(mixed[:, 0], mixed_targets[:, 0], rtol=1e-5)
    np.testing.assert_allclose(mixed[:, 0], weight, rtol=1e-5)
    assert (mixed[:, 0] != values).any()
    assert mixed.min() >= 0
    assert mixed.max() <= 39


def test_a_loss_that_is_lost_is_an_error(data):
    X, y = data
    with pytest.raises(
        ValueError, match=r"Expected the loss to stay finite, got nan in epoch 1 .*"
    ):
        Tiny(epochs=3, random_state=0).fit(np.full_like(X, 3e38), y)


def test_memory_that_ran_out_is_explained(data):
    import keras

    class Greedy(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise MemoryError

    with pytest.raises(MemoryError, match="Expected a batch of 32 samples to fit in memory"):
        Tiny(callbacks=[Greedy()], random_state=0).fit(*data)


def test_unknown_optimizer_parameters_are_named(data):
    with pytest.raises(
        ValueError, match=r"optimizer_params to be parameters of it, got 'adam' and"
    ):
        Tiny(optimizer_params={"momentun": 0.9}).fit(*data)


def test_patience_beyond_the_epochs_keeps_the_best(data):
    X, y = data
    classifier = Tiny(epochs=4, patience=9, early_stopping=True, random_state=0).fit(X, y)
    assert classifier.n_epochs_ == 4


def test_images_are_varied_by_default_augmenter():
    X = np.random.default_rng(0).random((8, 6, 6))
    y = ["happy", "sad"] * 4
    plain = CNNClassifier((2,), dense_units=4, epochs=1, random_state=0).fit(X, y)
    varied = CNNClassifier((2,), dense_units=4, epochs=1, augment=True, random_state=0).fit(X, y)
    assert (plain.predict_proba(X) != varied.predict_proba(X)).any()


def test_layers_of_the_same_description_that_compute_something_else_are_told_apart(data):
    import keras

    def make_times(factor):
        @keras.saving.register_keras_serializable("test", name="Times")
        class Times(keras.layers.Layer):
            def call(self, inputs):
                return inputs * factor

        return Times()

    class Scaled(NeuralClassifier):
        def build(self, input_shape, n_classes):
            layers = [self.times, keras.layers.Dense(n_classes, "softmax")]
            return keras.Sequential([keras.Input(input_shape), *layers])

    X, y = data
    for factor in (1.0, 3.0):
        Scaled.times = make_times(factor)
        classifier = Scaled(epochs=2, random_state=0).fit(X, y)
        expected = keras.ops.convert_to_numpy(classifier.model_(X))
        np.testing.assert_allclose(classifier.predict_proba(X), expected, atol=1e-6)


def test_a_new_architecture_leaves_pythons_generator_alone(data):
    _pool._TRAINERS.clear()
    before = random.getstate()
    Tiny(epochs=1, random_state=0).fit(*data)
    assert random.getstate() == before


def test_an_interruption_while_the_base_runs_goes_up(monkeypatch, base_weights):
    def interrupted(self, function):
        raise KeyboardInterrupt

    X = np.random.default_rng(0).integers(0, 256, (4, 32, 32), dtype=np.uint8)
    cut = {"last_layer": "block1_pool", "dense_units": 2, "random_state": 0}
    classifier = VGG16Classifier(base_weights("VGG16"), **cut)
    monkeypatch.setattr("skemotion.models._training.Part.replaced", interrupted)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(X, ["happy", "sad"] * 2)
    assert classifier.n_epochs_ == 0
    assert classifier.predict_proba(X).shape == (4, 2)


def test_half_precision_floats_scale_the_loss(data):
    _pool._TRAINERS.clear()
    X, y = data
    classifier = Tiny(epochs=20, learning_rate=0.05, precision="mixed_float16", random_state=0)
    assert classifier.fit(X, y).score(X, y) > 0.8
    (trainer,) = _pool._TRAINERS.values()
    assert type(trainer.network.optimizer).__name__ == "LossScaleOptimizer"
    again = Tiny(epochs=20, learning_rate=0.05, precision="mixed_float16", random_state=0)
    np.testing.assert_array_equal(again.fit(X, y).predict_proba(X), classifier.predict_proba(X))


def test_a_pickled_network_goes_on_as_the_network_itself(data):
    X, y = data
    classifier = Tiny(random_state=0).partial_fit(X, y)
    copy = pickle.loads(pickle.dumps(classifier)).partial_fit(X, y)
    np.testing.assert_array_equal(
        copy.predict_proba(X), classifier.partial_fit(X, y).predict_proba(X)
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"optimizer_params": {"learning_rate": 0.1}},
            r"Expected optimizer_params without 'learning_rate', .* Set learning_rate\.",
        ),
        (
            {"epochs": 3, "gradient_accumulation": 7},
            r"Expected gradient_accumulation of at most 6, the batches of all epochs, got 7: no "
            r"step would be made\. Lower it",
        ),
    ],
)
def test_parameters_that_would_have_no_effect_are_refused(data, params, message):
    with pytest.raises(ValueError, match=message):
        Tiny(random_state=0, **params).fit(*data)


def test_rows_to_validate_on_must_count(data):
    X, y = data
    held = np.arange(60) < 15
    with pytest.raises(ValueError, match="Expected rows to validate on, all of them have weight 0"):
        Tiny(random_state=0).fit(X, y, validation=held, sample_weight=(~held).astype(float))


def test_shared_functions_are_bounded_by_their_weights(data, monkeypatch):
    X, y = data
    monkeypatch.setattr(_forward, "_MOST_WEIGHTS", 1)
    for n_features in (1, 2, 3):
        classifier = Tiny(epochs=1, random_state=0).fit(X[:, :n_features], y)
        classifier.predict_proba(X[:1, :n_features])
        assert len(_forward._SHARED) == 1


def test_networks_of_one_architecture_share_a_function_but_not_weights(data):
    X, y = data
    _forward._SHARED.clear()
    fitted = [Tiny(epochs=2, random_state=seed).fit(X, y) for seed in (0, 1)]
    before = [classifier.predict_proba(X) for classifier in fitted]
    assert len(_forward._SHARED) == 1
    for classifier, shares in zip(fitted, before, strict=True):
        np.testing.assert_allclose(shares, classifier.model_.predict(X, verbose=0), atol=1e-6)
    assert np.abs(before[0] - before[1]).max() > 1e-3
    fitted[0].model_.set_weights(fitted[1].model_.get_weights())
    for classifier in fitted:
        np.testing.assert_array_equal(classifier.predict_proba(X), before[1])
