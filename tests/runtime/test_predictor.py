from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from skemotion import AcousticFeatures, CostSensitive, RecordingError, save, to_onnx
from skemotion.cli._batch import predict_chunk
from skemotion.cli.predict import predict_files
from skemotion.export import DamagedModelFile
from skemotion.runtime import file_version, open_predictor
from skemotion.serving.batching import predict_jobs
from skemotion.serving.jobs import Job
from skemotion.serving.media import as_wav
from skemotion.serving.options import Options
from skemotion.serving.settings import Settings


@pytest.fixture
def voices():
    rng = np.random.default_rng(0)
    return [rng.normal(0, 0.1, 8000).astype(np.float32) for _ in range(8)]


def test_every_saved_model_answers(voices, tmp_path):
    model = make_pipeline(AcousticFeatures(), SVC()).fit(voices, ["angry", "calm"] * 4)
    save(model, tmp_path / "svm.skemotion")
    predictor = open_predictor(tmp_path / "svm.skemotion")
    answers = predictor.predict_proba(voices)
    assert answers.dtype == np.float32
    assert not predictor.has_probabilities
    assert predictor.classes == ["angry", "calm"]
    assert predictor.modality == "voice"
    assert predictor.name == "svm"
    assert len(predictor.version) == 12
    np.testing.assert_array_equal(answers.argmax(axis=1), model.predict(voices) == "calm")
    np.testing.assert_array_equal(answers.sum(axis=1), 1)


def test_wrong_recording_is_named(voices, tmp_path):
    model = make_pipeline(AcousticFeatures(), SVC()).fit(voices, ["angry", "calm"] * 4)
    save(model, tmp_path / "svm.skemotion")
    predictor = open_predictor(tmp_path / "svm.skemotion")
    with pytest.raises(RecordingError, match=r"^Cannot decode 7 bytes \(recording 1\): "):
        predictor.predict_proba([voices[0], b"nothing"])


def test_damaged_file_is_refused(tmp_path):
    (tmp_path / "a.skemotion").write_bytes(b"nothing")
    with pytest.raises(DamagedModelFile, match=r"a\.skemotion to be a model that skemotion saved"):
        open_predictor(tmp_path / "a.skemotion")


def test_what_is_no_classifier_is_refused(tmp_path):
    save(SVR().fit([[0.0], [1.0]], [0.0, 1.0]), tmp_path / "a.skemotion")
    with pytest.raises(
        ValueError, match=r"a\.skemotion to hold a classifier, got SVR, which has no"
    ):
        open_predictor(tmp_path / "a.skemotion")


def test_a_file_that_is_replaced_meanwhile_is_not_taken_for_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "a.skemotion"
    save(SVC().fit([[0.0], [1.0]], ["calm", "angry"]), path)

    def replace(path):
        save(SVC(C=2).fit([[0.0], [1.0]], ["calm", "angry"]), path)
        return file_version(path)

    monkeypatch.setattr("skemotion.runtime.predictor.file_version", replace)
    with pytest.raises(DamagedModelFile, match=r"a\.skemotion changed while it was read\."):
        open_predictor(path)


@pytest.mark.parametrize("light", [False, True])
def test_models_that_decide_otherwise_are_taken_at_their_word(light, voices, tmp_path):
    costly = CostSensitive(LogisticRegression(C=1e-3), costs=[[0, 1], [9, 0]])
    model = make_pipeline(AcousticFeatures(), StandardScaler(), costly)
    model.fit(voices, ["angry", "calm"] * 4)
    path = tmp_path / "costly.skemotion"
    save(to_onnx(model) if light else model, path)
    predictor = open_predictor(path)
    assert predictor.light == light
    labels, probabilities = predictor.answer(voices)
    most_probable = np.array(predictor.classes)[probabilities.argmax(axis=1)]
    assert sum(labels != most_probable) > 0
    np.testing.assert_array_equal(labels, model.predict(voices))
    np.testing.assert_allclose(probabilities, model.predict_proba(voices), atol=1e-5)

    job = Job(as_wav(voices[0], 16000), "audio", predictor, Options(), Settings())
    assert predict_jobs([job])[0]["label"] == labels[0]
    paths = [str(tmp_path / f"{number}.wav") for number in range(len(voices))]
    for file, waveform in zip(paths, voices, strict=True):
        Path(file).write_bytes(as_wav(waveform, 16000))
    assert [row["emotion"] for row in predict_files(predictor, paths)] == list(labels)
    assert [row["label"] for row in predict_chunk(predictor, paths)] == list(labels)
