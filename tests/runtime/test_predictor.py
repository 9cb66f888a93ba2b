import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, SVR

from skemotion import AcousticFeatures, RecordingError, save
from skemotion.export import DamagedModelFile
from skemotion.runtime import file_version, open_predictor


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
