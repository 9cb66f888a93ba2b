"""The base of per-recording steps, and fusing them."""

import io
import pickle
import re
import weakref
from threading import Barrier

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skemotion import (
    HOG,
    EqualizeHist,
    ReadImages,
    RecordingError,
    RecordingPipeline,
    RecordingTransformer,
    Resize,
    make_recording_pipeline,
)
from skemotion._recordings import stack_results

STEPS = (ReadImages(), EqualizeHist(), Resize(16, 20))


class Apply(RecordingTransformer):
    """Apply a function to each recording."""

    _verb = "apply to"

    def __init__(self, function=np.square, *, n_jobs=None, on_error="raise", verbose=False):
        super().__init__(n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.function = function

    def make_function(self):
        return self.function


@pytest.fixture
def pictures(tmp_path):
    """Return 150 recordings of many kinds and sizes."""
    rng = np.random.default_rng(0)
    recordings = []
    for row in range(150):
        image = rng.integers(0, 256, (20 + row % 7, 30), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        path = tmp_path / f"{row}.png"
        path.write_bytes(file.getvalue())
        recordings.append([str(path), path, file.getvalue(), file, image][row % 5])
    return recordings


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fused_equals_the_ordinary_pipeline(pictures, n_jobs):
    expected = make_pipeline(*map(clone, STEPS)).fit_transform(pictures)
    fused = make_recording_pipeline(*map(clone, STEPS)).set_params(readimages__n_jobs=n_jobs)
    np.testing.assert_array_equal(fused.fit_transform(pictures), expected)
    assert len({image.tobytes() for image in expected}) == 150  # so that order shows


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_failed_rows_are_the_same_fused_or_not(pictures, n_jobs):
    pictures[3], pictures[70] = b"broken", "missing.png"
    ordinary = make_pipeline(ReadImages(on_error="nan", n_jobs=n_jobs), EqualizeHist(), Resize())
    fused = make_recording_pipeline(*[step for _, step in ordinary.steps])
    sentence = (
        "2 of 150 recordings could not be processed and are left missing. The first: Cannot decode "
        "6 bytes (recording 3): it begins with b'broken' and is none of PNG, JPEG, WEBP, BMP, "
        "TIFF, GIF. Convert it to one of these."
    )
    for pipeline in (ordinary, fused):
        with pytest.warns(UserWarning, match=f"^{re.escape(sentence)}$") as caught:
            images = pipeline.fit_transform(pictures)
        assert len(caught) == 1
        assert [row for row, image in enumerate(images) if image is None] == [3, 70]
        assert images[4].dtype == np.uint8


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_errors_name_file_and_row(pictures, n_jobs):
    pictures[99] = "missing.png"
    fused = make_recording_pipeline(ReadImages(n_jobs=n_jobs), Resize())
    sentence = "Cannot decode missing.png (recording 99): there is no such file. Check the path."
    with pytest.raises(RecordingError, match=f"^{re.escape(sentence)}$") as caught:
        fused.fit_transform(pictures)
    assert (caught.value.recording, caught.value.row) == ("missing.png", 99)
    assert "there is no such file. Check the path" in str(caught.value.__cause__)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.recording, again.row) == (sentence, "missing.png", 99)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_when_all_fail_the_first_error_is_raised(n_jobs):
    reader = ReadImages(on_error="nan", n_jobs=n_jobs)
    with pytest.raises(RecordingError, match=r"^Cannot decode a\.png \(recording 0\): there is no"):
        reader.transform(["a.png", "b.png", "c.png"])
    with pytest.raises(RecordingError, match=r"^Expected at least one recording that is not"):
        Resize().transform([None, None])


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_interrupts_come_through(n_jobs, error):
    def interrupt(recording):
        if recording == "5":
            raise error
        return np.zeros(2)

    with pytest.raises(error):
        Apply(interrupt, n_jobs=n_jobs, on_error="nan").transform([str(row) for row in range(20)])


def test_faults_of_a_step_are_no_recording_errors():
    def fault(recording):
        return {}[recording]

    with pytest.raises(KeyError) as caught:
        Apply(fault, on_error="nan").transform(["a.wav"])
    assert caught.value.__notes__ == ["While processing a.wav (recording 0)."]


class Big(np.ndarray):
    """A decoded recording whose end of life can be watched."""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_memory_holds_results_only(n_jobs):
    alive, most = set(), 0

    def decode(recording):
        nonlocal most
        image = np.zeros(1000).view(Big)
        alive.add(recording)
        weakref.finalize(image, alive.discard, recording)
        most = max(most, len(alive))
        return image

    recordings = [f"{row}.png" for row in range(200)]
    sums = Apply(lambda image: np.asarray(image).sum(keepdims=True), n_jobs=n_jobs)
    assert make_recording_pipeline(Apply(decode), sums).transform(recordings).shape == (200, 1)
    assert most <= n_jobs + 1
    make_pipeline(Apply(decode), sums).transform(recordings)
    assert most >= 200  # the ordinary pipeline: what fusing is for


def test_recordings_run_side_by_side():
    barrier = Barrier(2, timeout=20)  # breaks unless two recordings are worked on at once

    def meet(recording):
        barrier.wait()
        return np.zeros(1)

    assert Apply(meet, n_jobs=2).transform(["a", "b"]).shape == (2, 1)


def test_the_backend_of_the_user_is_respected(pictures):
    pictures = [item for item in pictures if not hasattr(item, "read")]
    expected = make_recording_pipeline(*STEPS).transform(pictures)
    with joblib.parallel_config("loky", n_jobs=2):
        got = make_recording_pipeline(*STEPS).transform(pictures)
    np.testing.assert_array_equal(got, expected)


def test_parameters_reach_the_steps(pictures):
    pipeline = make_pipeline(make_recording_pipeline(*map(clone, STEPS)), HOG())
    pipeline.set_params(recordingpipeline__resize__height=24)
    assert pipeline[0].transform(pictures).shape == (150, 24, 20)
    assert clone(pipeline).get_params()["recordingpipeline__resize__height"] == 24
    copy = pickle.loads(pickle.dumps(pipeline.fit(pictures)))
    np.testing.assert_array_equal(copy.transform(pictures), pipeline.transform(pictures))
    assert "EqualizeHist" in pipeline._repr_html_()
    assert isinstance(pipeline[0][:2], RecordingPipeline)
    with pytest.raises(ValueError, match="The 'height' parameter of Resize must be an int"):
        pipeline.set_params(recordingpipeline__resize__height=0).transform(pictures)


def test_a_search_can_switch_a_step_off():
    rng = np.random.default_rng(0)
    faces = rng.integers(0, 90, (24, 16, 16), dtype=np.uint8)
    labels = np.repeat(["angry", "happy"], 12)
    faces[12:] += 100  # brightness alone tells them apart, which equalisation takes out
    flatten = FunctionTransformer(lambda X: X.reshape(len(X), -1) / 255.0)
    pipeline = make_pipeline(make_recording_pipeline(*map(clone, STEPS)), flatten)
    pipeline.steps.append(("classifier", LogisticRegression()))
    grid = {"recordingpipeline__equalizehist": [EqualizeHist(), "passthrough"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(faces, labels)
    assert search.best_params_ == {"recordingpipeline__equalizehist": "passthrough"}
    assert search.best_score_ == 1


def test_names_and_frames_come_from_the_last_step(pictures):
    fused = make_recording_pipeline(*map(clone, STEPS), HOG())
    frame = Pipeline([("fused", fused)]).set_output(transform="pandas").fit_transform(pictures)
    assert frame.columns.tolist() == fused.get_feature_names_out().tolist()
    assert frame.shape == (150, 36)
    images = make_recording_pipeline(*STEPS).set_output(transform="pandas").transform(pictures)
    assert isinstance(images, np.ndarray)


def test_wrong_steps_are_refused():
    with pytest.raises(
        TypeError,
        match=r"^Expected step 'logisticregression' to be a RecordingTransformer, got "
        r"LogisticRegression\(\)\. Put other steps into an ordinary Pipeline behind this one\.$",
    ):
        make_recording_pipeline(ReadImages(), LogisticRegression()).fit(["a.png"])
    with pytest.raises(
        ValueError,
        match=r"^Expected a RecordingPipeline of at least one step, got none but 'passthrough'\. "
        r"Add a step, or leave the pipeline out\.$",
    ):
        RecordingPipeline([("read", "passthrough")]).transform(["a.png"])


def test_progress_is_shown_on_request(capsys, monkeypatch):
    Apply(lambda recording: np.zeros(1), verbose=True).transform(["a", "b"])
    assert capsys.readouterr() == ("", "")  # no terminal
    monkeypatch.setenv("FORCE_COLOR", "1")
    Apply(lambda recording: np.zeros(1)).transform(["a", "b"])
    assert capsys.readouterr() == ("", "")
    Apply(lambda recording: np.zeros(1), verbose=True).transform(["a", "b"])
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "recordings" in shown.err


@pytest.mark.parametrize(
    ("results", "shape", "dtype"),
    [
        ([np.ones(2, "f4"), np.ones(2, "f4")], (2, 2), "f4"),
        ([np.ones(2, "f4"), None], (2, 2), "f4"),
        ([np.ones(2, "u1"), None], (2,), object),
        ([np.ones(2, "u1"), np.ones(2, "u1")], (2, 2), "u1"),
        ([np.ones(2, "f4"), np.ones(3, "f4")], (2,), object),
    ],
)
def test_results_are_stacked_without_losing_their_dtype(results, shape, dtype):
    stacked = stack_results(results)
    assert stacked.shape == shape
    assert stacked.dtype == dtype
    assert [result is None for result in results] == [
        row is None or bool(np.isnan(row).all()) for row in stacked
    ]
