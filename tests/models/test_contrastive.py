"""Pre-training on views: its loss, what it sees, and that its weights reach the fit."""

import pickle
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skemotion import (
    CNNClassifier,
    ContrastiveClassifier,
    ImageAugmenter,
    LSTMClassifier,
    MLPClassifier,
    Rescale,
    ResNetClassifier,
)
from skemotion.models import _pool
from skemotion.models._contrast import TwoViews, ntxent, pretrain
from skemotion.models._images import without_flip
from skemotion.models._training import Part, _make_checkpoint

N_LABELLED, N = 8, 32
EMOTIONS = np.array(["happy", "sad"] * (N // 2))
Y = EMOTIONS.astype(object)
Y[N_LABELLED:] = -1
GROUPS = np.array([f"s{n // 2 % 4}" for n in range(N)])
_AVERAGES = ("moving_mean", "moving_variance")  # of batches: they move whatever is learnt
FACES = np.random.default_rng(0).random((N, 12, 12)) / 2
FACES[EMOTIONS == "happy", :6] += 0.5


def _contrastive(network=None, **params):
    if network is None:
        network = CNNClassifier((4,), dense_units=8, epochs=2, random_state=0)
    defaults = {"epochs": 2, "batch_size": 16, "projection_units": 8, "random_state": 0}
    return ContrastiveClassifier(network, **{**defaults, **params})


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.sampled_from([0.1, 0.5, 2.0]), st.integers(0, 9))
def test_loss_is_that_of_the_paper(n_samples, temperature, seed):
    views = np.random.default_rng(seed).normal(size=(2 * n_samples, 5)).astype("float32")
    unit = views / np.linalg.norm(views, axis=1, keepdims=True)
    expected = []
    for row in range(2 * n_samples):
        others = [other for other in range(2 * n_samples) if other != row]
        shares = np.exp([unit[row] @ unit[other] / temperature for other in others])
        partner = others.index((row + n_samples) % (2 * n_samples))
        expected.append(-np.log(shares[partner] / shares.sum()))
    np.testing.assert_allclose(ntxent(temperature)(None, views), expected, rtol=1e-4, atol=1e-4)


def test_views_are_two_of_each_sample_in_order():
    views = TwoViews(ImageAugmenter(rotation=0, zoom=0, flip=False, shift=0, noise=0.01))
    made = views.augment_batch(FACES, np.random.default_rng(0))
    assert made.shape == (2 * N, 12, 12)
    assert (made[:N] != made[N:]).any(axis=(1, 2)).all()
    np.testing.assert_allclose(made, np.concatenate([FACES, FACES]), atol=0.1)


def test_it_learns_to_tell_views_of_one_face_from_others():
    fitted = _contrastive(epochs=40, learning_rate=0.01).fit(FACES, Y)
    losses = fitted.pretraining_["loss"]
    assert fitted.pretraining_["epoch"].tolist() == list(range(1, 41))
    assert losses.iloc[-5:].mean() < 0.8 * losses.iloc[:2].mean()


@pytest.mark.parametrize(
    "network",
    [
        CNNClassifier((4,), dense_units=8, batch_norm=True),
        ResNetClassifier((4,), average_flip=True),
    ],
    ids=lambda network: type(network).__name__,
)
def test_its_weights_are_those_that_the_fit_starts_from(network):
    network = network.set_params(epochs=1, learning_rate=1e-12, random_state=0)
    augmenter = ImageAugmenter()
    fitted = _contrastive(network, augmenter=augmenter).fit(FACES, Y)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    options = {"epochs": 2, "batch_size": 16, "learning_rate": 1e-3, "verbose": 0}
    options |= {"projection_units": 8, "temperature": 0.1, "augmenter": augmenter}
    samples = FACES[..., None].astype("float32")
    weights, _ = pretrain(network, samples, 2, random_state=seed, **options)
    model = without_flip(fitted.estimator_.model_)
    averages = [variable.path.endswith(_AVERAGES) for variable in model.weights]
    for ours, theirs, moves in zip(model.get_weights(), weights, averages, strict=True):
        assert moves or np.allclose(ours, theirs, atol=1e-6)
    plain = clone(network).fit(FACES[:N_LABELLED], EMOTIONS[:N_LABELLED])
    assert not np.allclose(without_flip(plain.model_).get_weights()[0], weights[0], atol=1e-3)
    assert fitted.estimator_._first_weights is None  # fitted again, it starts anew


def test_rows_without_label_are_learnt_from():
    fitted = _contrastive().fit(FACES, Y)
    assert fitted.n_pretrained_ == N
    other = FACES.copy()
    other[-1] = 0.3
    assert (_contrastive().fit(other, Y).pretraining_ != fitted.pretraining_)["loss"].all()
    only_labelled = _contrastive().fit(FACES[:N_LABELLED], EMOTIONS[:N_LABELLED])
    assert only_labelled.n_pretrained_ == N_LABELLED


def test_nothing_is_learnt_from_rows_and_subjects_validated_on():
    mask = np.arange(N) < 2
    of_subject = np.isin(GROUPS, GROUPS[mask])
    fitted = _contrastive().fit(FACES, Y, groups=GROUPS, validation=mask)
    other = FACES.copy()
    other[of_subject] = 0.7
    again = _contrastive().fit(other, Y, groups=GROUPS, validation=mask)
    assert fitted.n_pretrained_ == N - of_subject.sum()
    np.testing.assert_array_equal(fitted.pretraining_, again.pretraining_)
    assert (fitted.estimator_.history_["val_loss"] != again.estimator_.history_["val_loss"]).all()


def test_rows_of_early_stopping_are_set_apart_first():
    network = CNNClassifier(
        (4,), epochs=2, early_stopping=True, validation_fraction=0.25, random_state=0
    )
    by_row = _contrastive(network).fit(FACES, Y)
    assert by_row.n_pretrained_ == N - 2
    by_subject = _contrastive(network).fit(FACES, Y, groups=GROUPS)
    assert by_subject.n_pretrained_ == N - N // 4
    assert "val_loss" in by_subject.estimator_.history_


def test_the_same_seed_gives_the_same_network_and_leaves_global_generators_alone():
    before = random.getstate()
    first, second = (_contrastive().fit(FACES, Y).predict_proba(FACES) for _ in range(2))
    other = _contrastive(random_state=1).fit(FACES, Y).predict_proba(FACES)
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    assert random.getstate() == before


def test_further_fits_compile_nothing():
    _contrastive().fit(FACES, Y)
    trainers = list(_pool._TRAINERS)
    _contrastive(random_state=3, learning_rate=0.01).fit(FACES, Y)
    assert sorted(map(str, _pool._TRAINERS)) == sorted(map(str, trainers))


def test_in_a_pipeline_a_search_and_a_pickle():
    faces = (FACES * 255).astype("uint8")
    pipeline = make_pipeline(Rescale(), _contrastive())
    unlabelled = np.arange(N_LABELLED, N)
    folds = [
        (np.r_[train, unlabelled], test)
        for train, test in [(np.arange(4), np.arange(4, 8)), (np.arange(4, 8), np.arange(4))]
    ]
    grid = {"contrastiveclassifier__estimator__dropout": [0.0, 0.2]}
    search = GridSearchCV(pipeline, grid, cv=folds, error_score="raise").fit(faces, Y)
    best = search.best_estimator_
    copy = pickle.loads(pickle.dumps(best))
    np.testing.assert_array_equal(copy.predict_proba(faces), best.predict_proba(faces))
    assert best[-1].n_pretrained_ == N


def test_soft_labels_and_weights_keep_their_rows():
    shares = np.eye(2)[(EMOTIONS == "sad").astype(int)]
    shares[N_LABELLED:] = np.nan  # raters have not seen these
    weight = np.where(np.arange(N) < N_LABELLED, 1.0, np.nan)
    network = CNNClassifier((4,), epochs=2, random_state=0)
    with config_context(enable_metadata_routing=True):
        network.set_fit_request(sample_weight=True)
        fitted = _contrastive(network).fit(FACES, Y, soft_labels=shares, sample_weight=weight)
    assert fitted.classes_.tolist() == ["happy", "sad"]


def test_sequences_are_varied_by_their_own_augmenter():
    frames = np.random.default_rng(0).normal(size=(N, 10, 4))
    fitted = _contrastive(LSTMClassifier((4, 4), epochs=1, random_state=0)).fit(frames, Y)
    assert fitted.predict_proba(frames).shape == (N, 2)


def test_a_network_without_augmenter_needs_one():
    sentence = (
        r"^Expected an augmenter that makes two views of a sample, got None, and MLPClassifier has "
        r"none of its own\. Pass one: augmenter=\.\.\.$"
    )
    with pytest.raises(ValueError, match=sentence):
        _contrastive(MLPClassifier()).fit(FACES.reshape(N, -1), Y)


def test_one_class_is_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr("skemotion.models._contrast.pretrain", None)
    with pytest.raises(ValueError, match=r"^Expected at least 2 classes to train on, got 1 class"):
        _contrastive().fit(FACES, ["happy"] * 4 + [-1] * 28)


def test_a_checkpoint_of_other_first_weights_is_not_gone_on_from(tmp_path):
    samples, targets = np.zeros((4, 2), "float32"), np.eye(2, dtype="float32")[[0, 1, 0, 1]]
    paths = set()
    for weights in (None, [np.zeros(3)], [np.ones(3)]):
        network = CNNClassifier(checkpoint=str(tmp_path), random_state=0)
        network._first_weights = weights
        paths.add(_make_checkpoint(network, Part(samples, targets, None), None, 0)._path)
    assert len(paths) == 3
