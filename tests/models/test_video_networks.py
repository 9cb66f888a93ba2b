"""Networks for clips: they learn motion, of any length, and leave padding out."""

import pickle
import re

import numpy as np
import pytest

from skemotion import PadClips, VideoTCNClassifier, VideoTransformerClassifier

_TINY = {"units": 16, "dropout": 0.0, "epochs": 30, "learning_rate": 5e-3, "random_state": 0}
CASES = {
    "transformer": VideoTransformerClassifier((8,), n_blocks=1, n_heads=2, **_TINY),
    "tcn": VideoTCNClassifier((8,), n_blocks=2, **_TINY),
}


def _make_clips(n_samples, seed, n_frames=6):
    """Return clips of a bright bar that moves left or right; no single frame tells which."""
    rng = np.random.default_rng(seed)
    clips = rng.integers(1, 60, (n_samples, n_frames, 8, 8), dtype="uint8")
    y = np.array(["left", "right"] * (n_samples // 2))
    for clip, direction in zip(clips, y, strict=True):
        start = rng.integers(8)
        for number, frame in enumerate(clip):
            frame[:, (start + (number if direction == "right" else -number)) % 8] = 200
    return clips, y


@pytest.fixture(scope="module", params=CASES)
def fitted(request):
    return CASES[request.param].fit(*_make_clips(64, seed=0))


@pytest.mark.parametrize(
    ("classifier", "n_parameters"),
    [(VideoTransformerClassifier(), 241_367), (VideoTCNClassifier(), 211_927)],
)
def test_number_of_parameters(classifier, n_parameters):
    assert classifier.build((None, 48, 48, 1), 7).count_params() == n_parameters


def test_learns_motion(fitted):
    clips, y = _make_clips(32, seed=1)
    assert fitted.score(clips, y) > 0.9
    assert fitted.score(clips[:, ::-1], y) < 0.4


def test_padding_does_not_change_a_prediction(fitted):
    clips, _ = _make_clips(8, seed=1)
    padded = PadClips(15).fit_transform(list(clips))
    assert padded.shape == (8, 15, 8, 8)
    np.testing.assert_allclose(fitted.predict_proba(padded), fitted.predict_proba(clips), atol=1e-5)


def test_padding_is_not_learned_from():
    clips, y = _make_clips(8, seed=0)
    padded = np.pad(clips, [(0, 0), (0, 9), (0, 0), (0, 0)])
    for classifier in CASES.values():
        quick = type(classifier)(**{**classifier.get_params(), "epochs": 2})
        shorter, longer = (quick.fit(X, y).predict_proba(clips) for X in (clips, padded))
        np.testing.assert_allclose(shorter, longer, atol=1e-4)


def test_any_number_of_frames_and_nothing_but_padding(fitted):
    assert fitted.input_shape_ == (None, 8, 8, 1)
    clips, _ = _make_clips(4, seed=1, n_frames=11)
    for X in (clips, clips[:, :1], 0 * clips):
        probabilities = fitted.predict_proba(X)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_colour_and_pickling(fitted):
    clips, y = _make_clips(8, seed=0)
    colour = np.repeat(clips[..., np.newaxis], 3, axis=-1)
    copy = type(fitted)(**{**fitted.get_params(), "epochs": 1, "augment": True}).fit(colour, y)
    again = pickle.loads(pickle.dumps(copy))
    np.testing.assert_array_equal(copy.predict_proba(colour), again.predict_proba(colour))


def test_pictures_are_refused(fitted):
    message = (
        "Expected clips of shape (n_samples, n_frames, height, width[, n_channels]), got an array "
        "of shape (4, 8, 8). ReadVideo makes such clips."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fitted.predict(np.zeros((4, 8, 8)))
