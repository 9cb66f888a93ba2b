"""Metadata stays with its rows, and validation rows are neither drawn from nor made."""

import numpy as np
import pandas as pd
import pytest
from imblearn.combine import SMOTETomek
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skemotion import (
    Augment,
    CNNClassifier,
    NeuralClassifier,
    PriorCorrection,
    TensorSampler,
    make_resampling_pipeline,
)
from skemotion.models.resampled import ResamplingPipeline, carry_metadata

N = 60
Y = np.array(["happy"] * 40 + ["sad"] * 12 + ["calm"] * 8)
GROUPS = np.array([f"s{n % 6}" for n in range(N)])
# the first feature is the row number, the second that of the subject
X = np.stack([np.arange(N), np.arange(N) % 6], axis=1).astype(float)
MASK = GROUPS == "s0"


class Recorder(ClassifierMixin, BaseEstimator):
    """Keeps what it is given."""

    __metadata_request__fit = {"groups": True, "validation": True, "soft_labels": True}

    def fit(self, X, y, groups=None, validation=None, soft_labels=None):
        self.classes_ = np.unique(y)
        self.given_ = {"X": np.asarray(X), "y": np.asarray(y), "groups": groups}
        self.given_ |= {"validation": validation, "soft_labels": soft_labels}
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


class Network(NeuralClassifier):
    """One layer; notes what it is given."""

    def build(self, input_shape, n_classes):
        from keras import Input, Sequential, layers

        return Sequential([Input(input_shape), layers.Dense(n_classes, activation="softmax")])

    def fit(self, X, y, sample_weight=None, groups=None, validation=None, soft_labels=None):
        self.given_ = {"X": X, "y": y, "groups": groups, "validation": validation}
        return super().fit(X, y, sample_weight, groups, validation, soft_labels)


class Jitter(BaseEstimator):
    def augment_batch(self, X, rng):
        return X + rng.uniform(0.01, 0.02, X.shape)


class Lengths(TransformerMixin, BaseEstimator):
    """Notes the subjects that it gets."""

    __metadata_request__fit = {"groups": True}

    def fit(self, X, y=None, groups=None):
        self.groups_ = groups
        return self

    def transform(self, X):
        return X


def fit(pipeline, **metadata):
    with config_context(enable_metadata_routing=True):
        return pipeline.fit(X, Y, **metadata)


@pytest.mark.parametrize(
    "sampler",
    [
        RandomOverSampler(random_state=0),
        RandomUnderSampler(random_state=0),
        Augment(Jitter(), random_state=0),
        Augment(Jitter(), copies="balanced", random_state=0),
        TensorSampler(RandomOverSampler(random_state=0)),
    ],
    ids=["over", "under", "children", "balanced children", "tensor"],
)
def test_each_row_keeps_its_metadata_and_validation_rows_come_as_they_are(sampler):
    soft = pd.DataFrame(
        np.eye(3)[np.searchsorted(["calm", "happy", "sad"], Y)], columns=list("chs")
    )
    soft["row"] = np.arange(N)
    pipeline = make_resampling_pipeline(Lengths(), sampler, Lengths(), Recorder())
    fit(pipeline, groups=GROUPS, validation=MASK, soft_labels=soft)
    given = pipeline[-1].given_
    rows = given["X"][:, 0].astype(int)
    np.testing.assert_array_equal(given["groups"], GROUPS[rows])
    np.testing.assert_array_equal(given["y"], Y[rows])
    np.testing.assert_array_equal(given["soft_labels"]["row"], rows)
    held = given["validation"]
    np.testing.assert_array_equal(given["X"][held], X[MASK])
    assert not MASK[rows[~held]].any()
    np.testing.assert_array_equal(pipeline[0].groups_, GROUPS)
    np.testing.assert_array_equal(pipeline[2].groups_, given["groups"])
    np.testing.assert_array_equal(pipeline.validation_, MASK)


def test_interpolated_rows_get_mixed_soft_labels_and_the_nearer_subject():
    shares = pd.DataFrame({"a": np.linspace(0, 1, N), "b": np.linspace(1, 0, N)})
    pipeline = make_resampling_pipeline(SMOTE(k_neighbors=3, random_state=0), Recorder())
    fit(pipeline, groups=GROUPS, validation=MASK, soft_labels=shares)
    given = pipeline[-1].given_
    assert len(given["y"]) > N
    # shares are linear in the row number, and so is the first feature
    np.testing.assert_allclose(given["soft_labels"]["a"], given["X"][:, 0] / (N - 1), atol=1e-6)
    np.testing.assert_allclose(given["soft_labels"].sum(axis=1), 1)
    assert set(given["groups"][~given["validation"]]) == set(GROUPS[~MASK])


@pytest.mark.parametrize("groups", [GROUPS, None], ids=["by subject", "by row"])
@pytest.mark.parametrize("routed", [True, False])
def test_a_network_validates_on_rows_that_were_drawn_before_the_sampler(groups, routed):
    network = Network(epochs=2, early_stopping=True, validation_fraction=0.2, random_state=0)
    pipeline = make_resampling_pipeline(RandomOverSampler(random_state=0), network)
    name = "groups" if routed else "network__groups"
    with config_context(enable_metadata_routing=routed):
        pipeline.fit(X, Y, **({} if groups is None else {name: groups}))
    given = pipeline[-1].given_
    rows, held = given["X"][:, 0].astype(int), given["validation"]
    assert 0 < held.sum() < N / 2
    assert len(set(rows[held])) == held.sum()
    assert not set(rows[held]) & set(rows[~held])
    assert len(rows) > N
    if groups is not None:
        assert not set(GROUPS[rows[held]]) & set(GROUPS[rows[~held]])
    assert "val_loss" in pipeline[-1].history_


def test_a_network_inside_a_correction_is_found():
    network = Network(epochs=1, early_stopping=True, random_state=0)
    pipeline = make_resampling_pipeline(
        RandomOverSampler(random_state=0), PriorCorrection(network, learnt="uniform")
    )
    fit(pipeline, groups=GROUPS)
    given = pipeline[-1].estimator_.given_
    rows, held = given["X"][:, 0].astype(int), given["validation"]
    assert not set(GROUPS[rows[held]]) & set(GROUPS[rows[~held]])


def test_what_nobody_can_know_is_refused():
    pipeline = make_resampling_pipeline(SMOTETomek(random_state=0), Recorder())
    sentence = (
        r"Expected to know of which rows SMOTETomek made each row, to carry 'groups' along, got no "
        r"sample_indices_\. Use RandomOverSampler, SMOTE, BorderlineSMOTE, ADASYN or Augment\."
    )
    with pytest.raises(ValueError, match=sentence):
        fit(pipeline, groups=GROUPS)
    fit(make_resampling_pipeline(SMOTETomek(random_state=0), SVC()))


def test_a_mask_of_the_wrong_length_is_named():
    pipeline = make_resampling_pipeline(RandomOverSampler(), Recorder())
    with pytest.raises(ValueError, match=r"boolean mask of shape \(60,\), got shape \(59,\)"):
        fit(pipeline, validation=MASK[:-1])


def test_without_metadata_it_is_the_pipeline_of_imbalanced_learn(tmp_path):
    steps = StandardScaler(), SMOTE(random_state=0, k_neighbors=3), SVC()
    expected = make_imblearn_pipeline(*map(clone, steps)).fit(X, Y)
    for memory in (None, str(tmp_path), str(tmp_path)):
        ours = make_resampling_pipeline(*map(clone, steps), memory=memory).fit(X, Y)
        np.testing.assert_allclose(
            ours.decision_function(X), expected.decision_function(X), atol=1e-6
        )


def test_pipelines_of_imbalanced_learn_are_taken_over_wherever_they_are():
    plain = make_imblearn_pipeline(RandomOverSampler(random_state=3), Recorder())
    ours = carry_metadata(plain)
    assert type(ours) is ResamplingPipeline
    assert ours.get_params()["randomoversampler__random_state"] == 3
    search = carry_metadata(GridSearchCV(plain, {"randomoversampler__random_state": [0, 1]}))
    assert type(search.estimator) is ResamplingPipeline
    sklearns = make_pipeline(StandardScaler(), SVC())
    assert carry_metadata(sklearns) is sklearns


def test_a_search_around_it_keeps_subjects_apart():
    search = GridSearchCV(
        make_resampling_pipeline(RandomOverSampler(random_state=0), StandardScaler(), SVC()),
        {"randomoversampler__sampling_strategy": ["not majority", "minority"]},
        cv=GroupKFold(3),
    )
    fit(search, groups=GROUPS)
    assert len(search.cv_results_["params"]) == 2


def test_images_through_to_a_network():
    faces = np.random.default_rng(0).integers(0, 256, (N, 12, 12), dtype="uint8")
    pipeline = make_resampling_pipeline(
        TensorSampler(SMOTE(random_state=0)),
        CNNClassifier((4,), epochs=1, dense_units=4, early_stopping=True, random_state=0),
    )
    with config_context(enable_metadata_routing=True):
        fitted = pipeline.fit(faces, Y, groups=GROUPS)
    assert fitted.predict_proba(faces).shape == (N, 3)
