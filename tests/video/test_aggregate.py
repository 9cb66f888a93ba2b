"""Features of frames, summarised over time."""

import importlib
import pickle
import re
import sys

import numpy as np
import pytest
from make_videos import encode, waves
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skemotion import (
    HOG,
    AggregateFrames,
    ReadVideo,
    RecordingError,
    Resize,
    make_recording_pipeline,
)


@pytest.fixture
def clips():
    rng = np.random.default_rng(0)
    made = np.empty(3, dtype=object)
    made[:] = [rng.integers(0, 256, (n, 24, 24), dtype=np.uint8) for n in (5, 1, 9)]
    return made


def flatten(frames):
    return np.asarray(frames).reshape(len(frames), -1)


def test_values_are_statistics_of_the_features_of_each_frame(clips):
    summary = ("mean", "std", "min", "max", "median")
    features = AggregateFrames(HOG(), summary=summary).fit_transform(clips)
    assert features.dtype == np.float32
    for clip, row in zip(clips, features, strict=True):
        hog = HOG().fit_transform(clip)
        parts = [hog.mean(0), hog.std(0), hog.min(0), hog.max(0), np.median(hog, axis=0)]
        np.testing.assert_allclose(row, np.concatenate(parts), atol=1e-6)


def test_names_belong_to_the_columns(clips):
    frames = AggregateFrames(HOG(), summary=("max", "mean")).set_output(transform="pandas")
    table = frames.fit_transform(clips)
    hog = HOG().fit(clips[0])
    name = hog.get_feature_names_out()[7]
    expected = hog.transform(clips[2])[:, 7]
    assert table.loc[2, f"{name}_max"] == pytest.approx(expected.max())
    assert table.loc[2, f"{name}_mean"] == pytest.approx(expected.mean())


def test_several_steps_and_a_whole_pipeline_from_files():
    rng = np.random.default_rng(0)
    videos = [encode(rng.integers(0, 256, (6, 48, 64), dtype=np.uint8)) for _ in range(4)]
    videos += [encode(waves(6) // 2 + row) for row in range(4)]
    steps = make_recording_pipeline(
        ReadVideo(4), AggregateFrames(make_recording_pipeline(Resize(16, 16), HOG(cell_size=4)))
    )
    y = np.repeat(["angry", "calm"], 4)
    classifier = make_pipeline(steps, StandardScaler(), LogisticRegression())
    scores = cross_val_score(classifier, videos, y, cv=2, error_score="raise")
    assert scores.mean() == 1
    parameters = {"recordingpipeline__aggregateframes__step__hog__n_orientations": 4}
    classifier.set_params(**parameters).fit(videos, y)
    names = classifier[0].get_feature_names_out()
    assert len(names) == len(set(names)) == classifier[1].n_features_in_ == 2 * 9 * 4 * 4


def test_a_fitted_step_keeps_what_it_learnt(clips):
    learnt = make_pipeline(FunctionTransformer(flatten), StandardScaler()).fit(clips[2])
    frames = AggregateFrames(FrozenEstimator(learnt), summary=("mean",))
    expected = np.stack([learnt.transform(clip).mean(axis=0) for clip in clips])
    for copy in (frames, clone(frames), pickle.loads(pickle.dumps(frames))):
        np.testing.assert_allclose(copy.fit_transform(clips), expected, atol=1e-5)
    other = make_pipeline(FunctionTransformer(flatten), StandardScaler()).fit(clips[0])
    assert frames.depends_on() == clone(frames).depends_on()
    assert frames.depends_on() != AggregateFrames(FrozenEstimator(other)).depends_on()


def test_the_code_of_the_step_counts_in_the_cache(clips, tmp_path, monkeypatch):
    """A step of the user's own, changed between two sessions."""
    monkeypatch.syspath_prepend(tmp_path)
    code = """
import numpy as np
from skemotion import RecordingTransformer

class Brightness(RecordingTransformer):
    def make_function(self):
        return lambda picture: np.atleast_1d({})
"""
    for expression, expected in (("picture.mean()", clips[0].mean()), ("picture.size", 576)):
        (tmp_path / "my_steps.py").write_text(code.format(expression))
        monkeypatch.delitem(sys.modules, "my_steps", raising=False)
        importlib.invalidate_caches()
        step = importlib.import_module("my_steps").Brightness()
        frames = AggregateFrames(step, summary=("mean",), cache=tmp_path / "cache")
        for _ in range(2):
            assert frames.transform(clips)[0, 0] == pytest.approx(expected)
    monkeypatch.delitem(sys.modules, "my_steps")


def test_a_step_that_learnt_nothing_is_refused(clips):
    sentence = (
        "Expected a step that learns nothing or is fitted, got StandardScaler. Fit it on frames, "
        "and wrap it in sklearn.frozen.FrozenEstimator."
    )
    with pytest.raises(NotFittedError, match=f"^{re.escape(sentence)}$"):
        AggregateFrames(StandardScaler()).fit(clips)
    with pytest.raises(NotFittedError, match=f"^{re.escape(sentence)}$"):
        AggregateFrames(StandardScaler()).transform(clips)


@pytest.mark.parametrize("summary", [("mean", "mode"), (), ("max", "max")])
def test_wrong_summary(clips, summary):
    sentence = (
        "Expected summary to be a tuple of different names out of mean, std, min, max, median, got "
        f"{summary!r}. Write summary=('mean', 'std'), for example."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        AggregateFrames(HOG(), summary=summary).transform(clips)


def test_errors_name_the_frame_and_the_clip(clips):
    clips[1] = np.zeros((3, 9, 9), np.uint8)
    message = (
        r"^Cannot describe an array of shape \(3, 9, 9\) \(recording 1\): frame 0: expected at "
        r"least 16 pixels a side, .*\.$"
    )
    with pytest.raises(RecordingError, match=message):
        AggregateFrames(HOG()).fit_transform(clips)
    with pytest.warns(UserWarning, match=r"^1 of 3 recordings could not be processed"):
        features = AggregateFrames(HOG(), on_error="nan").fit_transform(clips)
    assert np.isnan(features[1]).all()
    assert np.isfinite(features[[0, 2]]).all()


def test_steps_that_make_no_table_are_refused(clips):
    sentence = (
        r"expected Resize to make features of shape \(n_frames, n_features\) of 5 frames, got "
        r"shape \(5, 8, 8\)\.$"
    )
    with pytest.raises(RecordingError, match=sentence):
        AggregateFrames(Resize(8, 8)).transform(clips)


def test_names_need_a_fit(clips):
    with pytest.raises(NotFittedError, match=r"^This AggregateFrames instance is not fitted yet"):
        AggregateFrames(HOG()).get_feature_names_out()
