"""Pipelines with samplers are evaluated without a leak between training and validation."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skemotion import (
    Augment,
    NeuralClassifier,
    PriorCorrection,
    TensorSampler,
    TunedWeights,
    evaluate,
)
from skemotion.protocols import Fold, Protocol


class Network(NeuralClassifier):
    """One layer; tells what it is given in a list that clones share."""

    calls = []

    def build(self, input_shape, n_classes):
        from keras import Input, Sequential, layers

        return Sequential([Input(input_shape), layers.Dense(n_classes, activation="softmax")])

    def fit(self, X, y, sample_weight=None, groups=None, validation=None, soft_labels=None):
        self.calls.append((np.asarray(X), y, groups, validation))
        return super().fit(X, y, sample_weight, groups, validation, soft_labels)


class Jitter(BaseEstimator):
    def augment_batch(self, X, rng):
        return X + rng.normal(scale=1e-3, size=X.shape)


def index(self):
    rows = np.arange(96)
    emotion = np.array(["happy", "happy", "happy", "happy", "happy", "sad", "angry", "neutral"])
    return pd.DataFrame(
        {
            "path": rows.astype(str),
            "emotion": emotion[rows % 8],
            "subject": (rows // 8 % 6).astype(str),
        }
    )


def three_parts(frame):
    subjects = frame["subject"].to_numpy()
    names = np.unique(subjects)
    parts = np.split(names, [3, 4])
    yield Fold({"fold": 0}, *(np.flatnonzero(np.isin(subjects, part)) for part in parts))


def two_parts(frame):
    test = frame["subject"].isin(["toy/0", "toy/1"]).to_numpy()
    none = np.array([], dtype=int)
    yield Fold({"fold": 0}, np.flatnonzero(~test), none, np.flatnonzero(test))


@pytest.mark.parametrize("parts", [three_parts, two_parts])
@pytest.mark.parametrize(
    "sampler",
    [
        RandomOverSampler(),
        TensorSampler(RandomOverSampler()),
        SMOTE(k_neighbors=2),
        Augment(Jitter(), copies="balanced"),
    ],
    ids=["over", "tensor", "smote", "children"],
)
def test_early_stopping_of_a_pipeline_of_imbalanced_learn(make_data, sampler, parts):
    data = make_data(index=index)
    network = Network(epochs=3, early_stopping=True, validation_fraction=0.3)
    Network.calls.clear()
    results = evaluate(
        make_imblearn_pipeline(StandardScaler(), sampler, network), data, Protocol("p", parts)
    )
    ((X, y, groups, held),) = Network.calls
    fold = next(parts(data.frame))
    learnt = np.sort(np.concatenate([fold.train, fold.validation]))
    scaled = StandardScaler().fit(data.X[learnt]).transform(data.X[learnt])
    # what it validates on are recordings as they were, each once, of subjects it is not trained on
    originals = [np.flatnonzero((scaled == row).all(axis=1)).tolist() for row in X[held]]
    assert all(len(rows) == 1 for rows in originals)
    rows = learnt[[rows[0] for rows in originals]]
    assert len(set(rows)) == len(rows)
    np.testing.assert_array_equal(y[held], data.y[rows])
    np.testing.assert_array_equal(groups[held], data.groups[rows])
    assert not set(groups[held]) & set(groups[~held])
    assert len(set(np.unique(y[~held], return_counts=True)[1])) == 1
    if len(fold.validation):
        np.testing.assert_array_equal(np.sort(rows), fold.validation)
    assert results.histories["val_loss"].notna().all()


def test_the_same_twice_and_in_two_processes(make_data, without_times):
    data = make_data(index=index)
    pipeline = make_imblearn_pipeline(TensorSampler(SMOTE(k_neighbors=2)), LogisticRegression())
    first, second, parallel = (evaluate(pipeline, data, n_jobs=n) for n in (1, 1, 2))
    pd.testing.assert_frame_equal(without_times(first), without_times(second))
    pd.testing.assert_frame_equal(without_times(first), without_times(parallel))


def test_decisions_around_a_network_get_subjects_and_keep_its_history(make_data):
    data = make_data(index=index)
    network = Network(epochs=3, early_stopping=True, learning_rate=0.1)
    Network.calls.clear()
    results = evaluate(PriorCorrection(network), data, Protocol("p", three_parts))
    ((_, _, groups, held),) = Network.calls
    assert set(groups[held]) == {"toy/3"}
    assert results.histories["val_loss"].notna().all()
    Network.calls.clear()
    evaluate(TunedWeights(network, cv=2), data, Protocol("p", three_parts))
    whole, *inner = Network.calls
    assert set(whole[2][whole[3]]) == {"toy/3"}
    assert [held for *_, held in inner] == [None, None]
    assert [set(groups) < set(whole[2]) for _, _, groups, _ in inner] == [True, True]


def test_oversampling_and_prior_correction_help_rare_emotions(make_data):
    data = make_data(index=index)
    plain, over, corrected = (
        evaluate(model, data).summary()["uar"].item()
        for model in (
            LogisticRegression(),
            make_imblearn_pipeline(RandomOverSampler(), LogisticRegression()),
            PriorCorrection(LogisticRegression()),
        )
    )
    assert over > plain + 0.03
    assert corrected > plain + 0.03
