"""What every neural classifier does: shown on one of a single dense layer."""

import pickle
import random
import re
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skemotion
from skemotion import CNNClassifier, NeuralClassifier


class Tiny(NeuralClassifier):
    def build(self, input_shape, n_classes):
        from keras import Input, Sequential, layers

        return Sequential(
            [Input(input_shape), layers.Dropout(0.1), layers.Dense(n_classes, activation="softmax")]
        )


@pytest.fixture(scope="module")
def data():
    """Return 60 rows of 3 emotions by 6 subjects; the last column is the row number."""
    rng = np.random.default_rng(0)
    y = np.array(["angry", "calm", "sad"])[np.arange(60) % 3]
    X = rng.normal(size=(60, 4))
    X[np.arange(60), np.arange(60) % 3] += 3
    X[:, 3] = np.arange(60)
    return X, y, np.array([f"s{i}" for i in np.arange(60) // 10])


@pytest.fixture
def rows_seen(monkeypatch):
    """Record the row numbers that Keras trains on and validates on."""
    import keras

    seen = []
    fit = keras.Model.fit

    def spy(self, x=None, y=None, **options):
        held = options.get("validation_data", ())
        seen.append(
            tuple({row for X, *_ in part for row in np.array(X)[:, 3]} for part in (x, held))
        )
        return fit(self, x=x, y=y, **options)

    monkeypatch.setattr(keras.Model, "fit", spy)
    return seen


def test_learns_and_keeps_the_history(data):
    X, y, _ = data
    classifier = Tiny(epochs=40, learning_rate=0.1, random_state=0).fit(X[:, :3], y)
    assert classifier.score(X[:, :3], y) > 0.9
    assert classifier.n_epochs_ == 40
    assert list(classifier.history_["epoch"]) == list(range(1, 41))
    assert {"loss", "accuracy"} <= set(classifier.history_)
    probabilities = classifier.predict_proba(X[:1, :3])
    assert probabilities.shape == (1, 3)
    np.testing.assert_allclose(probabilities.sum(), 1, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_early_stopping_validates_on_other_subjects(data, rows_seen, seed):
    X, y, groups = data
    Tiny(epochs=1, early_stopping=True, validation_fraction=0.3, random_state=seed).fit(
        X, y, groups=groups
    )
    ((trained, held),) = rows_seen
    trained_by = {groups[int(row)] for row in trained}
    held_by = {groups[int(row)] for row in held}
    assert not trained_by & held_by
    assert trained | held == set(range(60))
    assert len(held_by) == 2
    assert {y[int(row)] for row in trained} == set(y)


def test_early_stopping_without_subjects_is_stratified(data, rows_seen):
    X, y, _ = data
    order = np.argsort(y)
    classifier = Tiny(epochs=1, early_stopping=True, validation_fraction=0.2, random_state=0)
    classifier.fit(X[order], y[order])
    ((trained, held),) = rows_seen
    assert not trained & held
    assert sorted(y[int(row)] for row in held) == ["angry"] * 4 + ["calm"] * 4 + ["sad"] * 4


def test_mask_wins_over_groups_and_its_rows_are_never_trained_on(data, rows_seen):
    X, y, groups = data
    mask = np.isin(np.arange(60), [3, 4, 5, 40])
    classifier = Tiny(epochs=1, random_state=0).fit(X, y, groups=groups, validation=mask)
    assert rows_seen == [(set(range(60)) - {3, 4, 5, 40}, {3, 4, 5, 40})]
    assert "val_loss" in classifier.history_


def test_best_weights_come_back(data):
    X, y, _ = data
    mask = np.arange(60) % 4 == 0
    shuffled = np.where(mask, np.random.default_rng(0).permutation(y), y)
    classifier = Tiny(
        epochs=30, learning_rate=0.1, early_stopping=True, patience=4, random_state=0
    ).fit(X[:, :3], shuffled, validation=mask)
    assert classifier.n_epochs_ < 30
    codes = np.searchsorted(classifier.classes_, shuffled[mask])
    probabilities = classifier.predict_proba(X[mask, :3])
    loss = -np.log(probabilities[np.arange(len(codes)), codes]).mean()
    np.testing.assert_allclose(loss, classifier.history_["val_loss"].min(), rtol=1e-4)


def test_subjects_and_mask_pass_through_a_pipeline(data, rows_seen):
    X, y, groups = data
    pipeline = make_pipeline(
        StandardScaler(with_mean=False, with_std=False),
        Tiny(epochs=1, early_stopping=True, random_state=0),
    )
    pipeline.fit(X, y, tiny__groups=groups)
    with config_context(enable_metadata_routing=True):
        pipeline.fit(X, y, groups=groups)
        pipeline.fit(X, y, validation=np.arange(60) < 5)
        cross_validate(pipeline, X, y, cv=GroupKFold(2), params={"groups": groups})
    for trained, held in rows_seen[:2] + rows_seen[3:]:
        assert not {int(row) // 10 for row in trained} & {int(row) // 10 for row in held}
    assert rows_seen[2][1] == {0, 1, 2, 3, 4}
    assert len(rows_seen) == 5


def test_seed_gives_the_same_network_twice_and_in_another_process(data):
    X, y, _ = data
    images = X[:, :3].repeat(3, axis=1).reshape(60, 3, 3)
    classifier = CNNClassifier((2,), dense_units=4, epochs=2, augment=True, random_state=3)
    here = [clone(classifier).fit(images, y).predict_proba(images) for _ in range(2)]
    task = joblib.delayed(_fit_and_predict)
    there = joblib.Parallel(2)(task(classifier, images, y) for _ in range(2))
    for other in [here[1], *there]:
        np.testing.assert_array_equal(here[0], other)
    assert (
        classifier.set_params(random_state=4).fit(images, y).predict_proba(images) != here
    ).any()


def _fit_and_predict(classifier, X, y):
    return clone(classifier).fit(X, y).predict_proba(X)


def test_global_generators_are_left_alone(data):
    import tensorflow as tf

    X, y, _ = data
    states = []
    for fit in (False, True):
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        tf.random.set_seed(1)
        if fit:
            Tiny(epochs=1, random_state=0).fit(X, y)
        states.append((random.random(), np.random.random(), float(tf.random.uniform(()))))  # noqa: NPY002
    assert states[0] == states[1]


def test_unseeded_networks_work_after_a_seeded_one(data):
    X, y, _ = data
    Tiny(epochs=1, random_state=0).fit(X, y)
    first, second = (Tiny(epochs=1).fit(X[:, :3], y).predict_proba(X[:, :3]) for _ in range(2))
    assert (first != second).any()


@pytest.mark.parametrize("level", [None, "1"], ids=["unset", "as JAX sets it"])
def test_nothing_is_printed(monkeypatch, level):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    if level is not None:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    code = (
        "import numpy as np; from skemotion import CNNClassifier; X = np.zeros((8, 4, 4));"
        "X[::2] = 1; c = CNNClassifier((2,), dense_units=2, epochs=1);"
        "[c.fit(X, [0, 1] * 4).predict(X) for _ in range(7)]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_survives_pickling_into_another_process(data):
    X, y, _ = data
    images = X[:, :3].reshape(60, 3, 1)
    classifier = CNNClassifier((2,), dense_units=4, epochs=2, random_state=0).fit(images, y)
    expected = classifier.predict_proba(images)
    (there,) = joblib.Parallel(2)([joblib.delayed(_predict)(classifier, images)])
    np.testing.assert_array_equal(there, expected)
    copy = pickle.loads(pickle.dumps(classifier))
    assert copy.history_.equals(classifier.history_)
    copy.partial_fit(images, y)
    assert copy.n_epochs_ == 3


def _predict(classifier, X):
    return classifier.predict_proba(X)


def test_partial_fit_goes_on(data):
    X, y, _ = data
    classifier = Tiny(learning_rate=0.1, random_state=0)
    classifier.partial_fit(X[:3, :3], ["angry", "calm", "angry"], classes=["angry", "calm", "sad"])
    losses = [classifier.partial_fit(X[:, :3], y).history_["loss"].iloc[-1] for _ in range(15)]
    assert losses[-1] < losses[0]
    assert list(classifier.history_["epoch"]) == list(range(1, 17))
    with pytest.raises(
        ValueError,
        match=_whole(
            "Expected classes of the first partial_fit, ['angry', 'calm', 'sad'], got 'happy'. "
            "Name all classes in the first call: classes=..."
        ),
    ):
        classifier.partial_fit(X[:1, :3], ["happy"])
    with pytest.raises(ValueError, match="got 'happy'"):
        Tiny().partial_fit(X[:2, :3], ["happy", "sad"], classes=["angry", "sad"])


def test_weights_of_classes_and_samples_multiply(data):
    X, y, _ = data
    weight = np.linspace(1, 2, 60)
    kept = weight.copy()
    by_dict = Tiny(epochs=2, class_weight={"sad": 5}, random_state=0).fit(X, y, weight)
    by_rows = Tiny(epochs=2, random_state=0).fit(X, y, weight * np.where(y == "sad", 5, 1))
    np.testing.assert_allclose(by_dict.predict_proba(X), by_rows.predict_proba(X), rtol=1e-5)
    np.testing.assert_array_equal(weight, kept)


def test_rows_of_weight_zero_do_not_matter(data):
    X, y, _ = data
    weight = np.r_[np.ones(60), np.zeros(30)]
    padded = Tiny(epochs=2, random_state=0)
    padded.fit(np.r_[X, 9 - X[:30]], np.r_[y, y[29::-1]], sample_weight=weight)
    plain = Tiny(epochs=2, random_state=0).fit(X, y)
    np.testing.assert_allclose(padded.predict_proba(X), plain.predict_proba(X), rtol=1e-4)


def test_what_is_no_callback_is_refused(data):
    with pytest.raises(TypeError, match=r"^Expected callbacks to hold Keras callbacks, got 'stop'"):
        Tiny(epochs=1, callbacks=["stop"]).fit(*data[:2])


def test_classes_are_not_balanced_twice(data):
    classifier = Tiny(class_weight="balanced", balanced_batches=True)
    with pytest.raises(ValueError, match=r"got both: rare classes would count twice\. Leave one"):
        classifier.fit(*data[:2])


def test_callbacks_are_copied(data):
    import keras

    X, y, _ = data
    callback = keras.callbacks.CSVLogger("unused.csv")
    stop = keras.callbacks.TerminateOnNaN()
    classifier = Tiny(epochs=1, callbacks=[stop]).fit(X, y)
    assert stop.model is None
    assert classifier.get_params()["callbacks"][0] is stop
    assert callback.model is None


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("cosine", [0.1, 0.075, 0.025]), ("plateau", [0.1, 0.1, 0.05])],
)
def test_learning_rate_falls(data, schedule, expected):
    X, y, _ = data
    mask = np.arange(60) % 3 == 0  # a class that is never trained on: each epoch makes it worse
    classifier = Tiny(epochs=3, learning_rate=0.1, schedule=schedule, patience=2)
    classifier.fit(np.zeros_like(X), y, validation=mask)
    np.testing.assert_allclose(classifier.history_["learning_rate"], expected, rtol=1e-5)


def test_label_smoothing_softens_the_probabilities(data):
    X, y, _ = data
    sharp, soft = (
        Tiny(epochs=60, learning_rate=0.1, label_smoothing=share, random_state=0)
        .fit(X[:, :3], y)
        .predict_proba(X[:, :3])
        .max(axis=1)
        .mean()
        for share in (0.0, 0.5)
    )
    assert soft < sharp - 0.1


def _whole(sentence):
    return f"^{re.escape(sentence)}$"


@pytest.mark.parametrize(
    ("params", "fit", "message"),
    [
        (
            {},
            {"y": ["angry"] * 60},
            "Expected at least 2 classes to train on, got 1 class ('angry'). Give recordings of "
            "another class too; rows of weight 0 or set apart do not count.",
        ),
        (
            {},
            {"validation": np.arange(60) % 3 != 0},
            "Expected at least 2 classes to train on, got 1 class ('angry'). Give recordings of "
            "another class too; rows of weight 0 or set apart do not count.",
        ),
        (
            {"early_stopping": True},
            {"groups": ["Anna"] * 60},
            "Early stopping validates on other subjects and needs at least 2, got 1 subject "
            "('Anna'). Leave out groups or set early_stopping=False.",
        ),
        (
            {"early_stopping": True},
            {"groups": ["Anna"] * 59},
            "Expected groups of shape (60,), got shape (59,). Pass the subject of each row.",
        ),
        (
            {"class_weight": {"happy": 2.0}},
            {},
            "Expected class_weight to name classes of y, got 'happy'. "
            "Use some of ['angry', 'calm', 'sad'].",
        ),
        (
            {},
            {"validation": [1, 0] * 30},
            "Expected validation to be a boolean mask of shape (60,), got shape (60,) and dtype "
            "int64. Write True for each row to validate on.",
        ),
        (
            {},
            {"validation": [False] * 60},
            "Expected validation to mark some of the 60 rows, it marks 0. Leave rows to train on "
            "and rows to validate on.",
        ),
    ],
)
def test_what_is_wrong_is_said(data, params, fit, message):
    X, y, _ = data
    arguments = {"X": X, "y": y, **fit}
    with pytest.raises(ValueError, match=_whole(message)):
        Tiny(epochs=1, **params).fit(**arguments)


def test_too_few_rows_for_early_stopping(data):
    X, y, _ = data
    with pytest.raises(
        ValueError,
        match=_whole(
            "Early stopping needs at least 6 rows to set some of 3 classes apart, got 5. "
            "Give more rows or set early_stopping=False."
        ),
    ):
        Tiny(early_stopping=True).fit(X[:5], y[:5])


def test_bad_samples_are_refused(data):
    X, y, _ = data
    classifier = Tiny(epochs=1, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        clone(classifier).fit(np.where(X == 7, np.nan, X), y)
    with pytest.raises(
        ValueError,
        match=_whole(
            "Expected samples like those seen during fit, of shape (4), got X of shape (2, 4, 1). "
            "Prepare X as for fit."
        ),
    ):
        classifier.predict(np.zeros((2, 4, 1)))


def test_build_is_required():
    with pytest.raises(TypeError, match="abstract"):
        NeuralClassifier()


def test_shares_of_votes_are_what_is_learnt(data):
    X, y, _ = data
    shares = np.full((60, 3), 0.2, dtype=float)
    shares[np.arange(60), np.arange(60) % 3] = 0.6
    classifier = Tiny(epochs=150, learning_rate=0.1, random_state=0)
    soft = classifier.fit(X[:, :3], y, soft_labels=shares).predict_proba(X[:, :3])
    assert np.abs(soft - shares).mean() < 0.1  # of the classes themselves it is 0.27
    hard = classifier.fit(X[:, :3], y).predict_proba(X[:, :3])
    assert hard.max(axis=1).mean() > 0.9
    table = pd.DataFrame(shares, columns=["angry", "calm", "sad"]).assign(fear=0.0, happy=0.0)
    table.loc[0, ["angry", "happy"]] = 0.0, 0.6  # nobody's first choice, but somebody's
    classifier.fit(X[:, :3], y, soft_labels=table[["sad", "happy", "fear", "calm", "angry"]])
    assert classifier.classes_.tolist() == ["angry", "calm", "happy", "sad"]
    assert (classifier.predict(X[:, :3]) == y).mean() > 0.9


def test_shares_follow_their_rows_through_search_and_early_stopping(data, rows_seen):
    X, y, groups = data
    shares = pd.get_dummies(pd.Series(y), dtype=float)
    search = GridSearchCV(
        Tiny(epochs=2, early_stopping=True, random_state=0), {"batch_size": [16]}, cv=GroupKFold(2)
    )
    with config_context(enable_metadata_routing=True):
        search.fit(X, y, groups=groups, soft_labels=shares)
    for train, held in rows_seen:
        assert len(train) + len(held) in (30, 60)
        assert not train & held


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (np.ones((60, 2)) / 2, "Expected soft_labels of shape (60, 3), got (60, 2). Pass one"),
        (np.ones((59, 3)) / 3, "Expected soft_labels of shape (60, 3), got (59, 3). Pass one"),
        (np.ones((60, 3)), "sum to 1 in each row, got [1.0, 1.0, 1.0] in row 0. Divide votes by"),
        (np.tile([1.5, -0.5, 0], (60, 1)), "got [1.5, -0.5, 0.0] in row 0."),
        (np.full((60, 3), np.nan), "got [nan, nan, nan] in row 0."),
    ],
)
def test_shares_that_are_none_are_refused(data, shares, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Tiny(epochs=1).fit(data[0], data[1], soft_labels=shares)


@pytest.mark.parametrize("sizes", [(0,), ("large",), (4.5,), (8, -1), "8"], ids=repr)
def test_sizes_of_layers_are_checked(sizes):
    X, y, n_checked = np.zeros((4, 12, 8)), ["sad", "calm"] * 2, 0
    for network in map(skemotion.models.__getattr__, skemotion.models._WHERE):
        for name in ("filters", "units", "dense_units"):
            if isinstance(getattr(network, name, None), tuple):
                with pytest.raises(ValueError, match=f"'{name}' .* one positive int a layer"):
                    network(**{name: sizes}).fit(X, y)
                n_checked += 1
    assert n_checked > 12
