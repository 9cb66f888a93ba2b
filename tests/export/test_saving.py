"""Models come back from their files as they were."""

import io
import json
import subprocess
import sys
import threading
import zipfile

import numpy as np
import optuna
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import Bunch

from skemotion import (
    HOG,
    MFCC,
    AcousticFeatures,
    CNNClassifier,
    EqualizeHist,
    ImageAugmenter,
    LSTMClassifier,
    MLPClassifier,
    OptunaSearchCV,
    PriorCorrection,
    ReadImages,
    Resize,
    TensorSampler,
    VGG16Classifier,
    VGGClassifier,
    load,
    load_dataset,
    load_model,
    make_recording_pipeline,
    make_resampling_pipeline,
    save,
)
from skemotion.export import ModelFileError, UntrustedModelFile, read_manifest

TINY = {"epochs": 1, "random_state": 0}


def _network(**more):
    return CNNClassifier(filters=(4,), dense_units=8, **TINY, **more)


@pytest.fixture(scope="module")
def faces():
    """Return 24 pictures of 12 x 12 and their classes."""
    X = np.random.default_rng(0).integers(0, 256, (24, 12, 12, 1)).astype("uint8")
    return X, np.array(["angry", "happy", "sad", "calm"] * 6)


@pytest.fixture(scope="module")
def voices():
    """Return 24 utterances and their classes."""
    data = load_dataset("synthetic-voices", scheme="common4")
    rows = np.concatenate([np.flatnonzero(data.y == name)[:6] for name in np.unique(data.y)])
    return data.X[rows], data.y[rows]


def _outputs(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.decision_function(X)


def _assert_comes_back(model, X, y, path):
    model.fit(X, y)
    save(model, path)
    loaded = load(path)
    assert type(loaded) is type(model)
    np.testing.assert_allclose(_outputs(loaded, X), _outputs(model, X), atol=1e-5, rtol=0)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    # plain values stay equal; steps are others, of the same type
    assert str(loaded.get_params()) == str(model.get_params())
    return loaded


@pytest.mark.parametrize(
    "model",
    [
        load_model("voice-svm").pipeline(),
        make_pipeline(
            AcousticFeatures([MFCC()], summary=None, n_frames=20),
            LSTMClassifier(units=(4, 4), **TINY),
        ),
        make_pipeline(AcousticFeatures(), StandardScaler(), MLPClassifier(units=(4,), **TINY)),
        make_pipeline(AcousticFeatures(), StandardScaler(), Nystroem(n_components=8), SVC()),
    ],
    ids=["voice-svm", "lstm", "mlp", "nystroem"],
)
def test_voices_come_back(model, voices, tmp_path):
    loaded = _assert_comes_back(model, *voices, tmp_path / "a.skemotion")
    again = clone(loaded).fit(*voices)
    assert list(again.classes_) == list(model.classes_)


@pytest.mark.parametrize(
    "model",
    [
        _network(),
        make_pipeline(make_recording_pipeline(EqualizeHist(), Resize(12, 12)), _network()),
        make_pipeline(
            make_recording_pipeline(ReadImages(), Resize(16, 16), HOG()), StandardScaler(), SVC()
        ),
        VGGClassifier((4, 8), dense_units=(8,), **TINY),
        CalibratedClassifierCV(_network(), cv=2, method="sigmoid"),
        VotingClassifier(
            [("one", _network()), ("two", make_pipeline(_network())), ("three", DummyClassifier())],
            voting="soft",
        ),
        StackingClassifier(
            [("one", _network()), ("two", DummyClassifier())], LogisticRegression(), cv=2
        ),
        PriorCorrection(
            _network(augment=ImageAugmenter()),
            priors={"angry": 0.7, "sad": 0.1, "happy": 0.1, "calm": 0.1},
        ),
        GridSearchCV(
            make_pipeline(_network()),
            {"cnnclassifier__dropout": [0.0, 0.5]},
            cv=StratifiedKFold(2),
            scoring=["balanced_accuracy", "accuracy"],
            refit="accuracy",
        ),
        make_resampling_pipeline(TensorSampler(RandomOverSampler(random_state=0)), _network()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_faces_come_back(model, faces, tmp_path):
    X, y = faces
    rows = X if "HOG" not in str(model) else [*X[..., 0]]
    _assert_comes_back(model, rows, y, tmp_path / "a.skemotion")


def test_recipe_for_faces_comes_back(tmp_path):
    data = load_dataset("synthetic-faces", scheme="common4")
    _assert_comes_back(
        load_model("face-hog-svm").pipeline(), data.X[:40], data.y[:40], tmp_path / "a.skemotion"
    )


def test_frozen_base_comes_back(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype("uint8")
    model = VGG16Classifier(weights=None, **TINY)
    _assert_comes_back(model, X, np.array(["a", "b"] * 2), tmp_path / "a.skemotion")


def test_a_loaded_network_has_its_history_and_learns_on(faces, tmp_path):
    X, y = faces
    model = _network().fit(X, y)
    save(model, tmp_path / "a.skemotion")
    loaded = load(tmp_path / "a.skemotion")
    assert loaded.history_.equals(model.history_)
    before = loaded.predict_proba(X)
    assert not np.allclose(loaded.partial_fit(X, y).predict_proba(X), before)
    np.testing.assert_allclose(clone(loaded).fit(X, y).predict_proba(X), before, atol=1e-5)


def test_a_network_that_is_held_twice_is_written_once(faces, tmp_path):
    model = VotingClassifier([("one", _network()), ("two", _network())]).fit(*faces)
    manifest = save(model, tmp_path / "a.skemotion")  # in estimators_ and in named_estimators_
    assert sorted(manifest["parts"]) == ["network-0.keras", "network-1.keras", "steps.skops"]
    loaded = load(tmp_path / "a.skemotion")
    assert loaded.estimators_[0] is loaded.named_estimators_["one"]


def test_the_manifest_tells_of_the_model(voices, tmp_path):
    X, y = voices
    model = load_model("voice-svm").pipeline().fit(X, y)
    path = tmp_path / "a.skemotion"
    given = save(model, path, data=(X, y), metrics={"uar": np.float32(0.5)}, card={"limits": "few"})
    manifest = read_manifest(path)
    assert manifest == given
    assert manifest["classes"] == ["angry", "happy", "neutral", "sad"]
    assert manifest["input"]["takes"] == "recordings"
    assert manifest["input"]["modality"] == "voice"
    assert manifest["data"]["n_recordings"] == 24
    assert manifest["data"]["emotions"]["sad"] == 6
    assert len(manifest["data"]["digest"]) == 32
    assert manifest["metrics"] == {"uar": 0.5}
    assert manifest["card"] == {"limits": "few"}
    assert "keras" not in manifest["versions"]
    assert save(model, path, data=(X[::-1], y))["data"]["digest"] != manifest["data"]["digest"]


def test_a_model_without_networks_is_read_without_tensorflow(tmp_path):
    save(
        make_pipeline(StandardScaler(), SVC()).fit([[0], [1]], ["a", "b"]), tmp_path / "a.skemotion"
    )
    code = (
        "import sys; from skemotion import load\n"
        f"print(load({str(tmp_path / 'a.skemotion')!r}).predict([[0]]))\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["['a']", "set()"]


def test_what_may_crash_when_forged_has_to_be_trusted(tmp_path):
    X, y = [[0.0], [1.0]], ["a", "b"]
    model = RandomForestClassifier(2, random_state=0).fit(X, y)
    manifest = save(model, tmp_path / "a.skemotion")
    assert manifest["needs_trust"] == ["sklearn.tree._tree.Tree"]
    with pytest.raises(
        UntrustedModelFile, match=r"harmless, got sklearn\.tree\._tree\.Tree"
    ) as stop:
        load(tmp_path / "a.skemotion")
    loaded = load(tmp_path / "a.skemotion", trusted=stop.value.names)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_functions_come_back_where_they_are_known(tmp_path):
    model = make_pipeline(FunctionTransformer(np.log1p), SVC()).fit([[0], [1]], ["a", "b"])
    assert not save(model, tmp_path / "a.skemotion")["needs_trust"]
    assert load(tmp_path / "a.skemotion").predict([[1]]) == ["b"]
    model.set_params(functiontransformer__func=np.mean)
    assert save(model, tmp_path / "a.skemotion")["needs_trust"] == ["numpy.mean"]
    with pytest.raises(UntrustedModelFile, match=r"numpy\.mean \(in steps\.0\.1\.func\)"):
        load(tmp_path / "a.skemotion")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            FunctionTransformer(lambda X: X, check_inverse=False),
            r"Expected func to be something that another process",
        ),
        (
            make_pipeline(FunctionTransformer(lambda X: X, check_inverse=False)),
            r"Expected steps\.0\.1\.func to be",
        ),
        (FunctionTransformer(func=np.random.default_rng(0).shuffle), r"func"),
        (FunctionTransformer(kw_args={"lock": threading.Lock()}), r"data, got .*kw_args\.lock"),
        (
            FunctionTransformer(kw_args={"file": io.StringIO("a")}),
            r"data, got .*kw_args\.file.*\. Leave it out",
        ),
        (
            PriorCorrection(DummyClassifier(), priors=pd.Series([0.5, 0.5])),
            r"data, got .*pandas.* at priors.* Use an array",
        ),
    ],
    ids=["lambda", "nested", "method", "lock", "file", "table"],
)
def test_what_is_no_data_is_refused_by_name(model, message, tmp_path):
    with pytest.raises(ModelFileError, match=message):
        save(model.fit([[0], [1]], ["a", "b"]), tmp_path / "a.skemotion")
    assert not list(tmp_path.iterdir())


def test_a_search_with_a_study_is_refused_with_advice(tmp_path):
    distribution = optuna.distributions.FloatDistribution(0.1, 1)
    search = OptunaSearchCV(SVC(), {"C": distribution}, n_trials=1, cv=2, random_state=0)
    search.fit([[0], [1], [0], [1]], ["a", "b"] * 2)
    with pytest.raises(ModelFileError, match=r"Save the best_estimator_ of the search\."):
        save(search, tmp_path / "a.skemotion")
    save(search.best_estimator_, tmp_path / "a.skemotion")


def test_a_callback_is_refused_by_name(faces, tmp_path):
    from keras.callbacks import LambdaCallback

    model = make_pipeline(_network(callbacks=[LambdaCallback(on_epoch_end=lambda *_: None)]))
    with pytest.raises(ModelFileError, match="callbacks"):
        save(model.fit(*faces), tmp_path / "a.skemotion")


def test_unfitted_models_and_odd_cards_are_refused(tmp_path):
    with pytest.raises(NotFittedError):
        save(SVC(), tmp_path / "a.skemotion")
    fitted = SVC().fit([[0], [1]], ["a", "b"])
    with pytest.raises(TypeError, match="Expected metrics and card to be text, finite numbers"):
        save(fitted, tmp_path / "a.skemotion", card={"who": object()})
    for data in ("emodb", Bunch(data=[[0]], target=["a"]), ([[0]], ["a"], None)):
        with pytest.raises(TypeError, match="Expected data to be what load_dataset returned, a"):
            save(fitted, tmp_path / "a.skemotion", data=data)
    with pytest.raises(TypeError, match=r"Expected trusted to be a list of names .*, got True\."):
        load(tmp_path / "a.skemotion", trusted=True)
    assert not list(tmp_path.iterdir())


def test_the_old_file_stays_if_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "a.skemotion"
    save(DummyClassifier().fit([[0]], ["old"]), path)

    def full(_):
        raise OSError("No space left on device")

    monkeypatch.setattr("skemotion.export.saving.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(DummyClassifier().fit([[0]], ["new"]), path)
    assert load(path).predict([[0]]) == ["old"]
    assert [file.name for file in tmp_path.iterdir()] == ["a.skemotion"]


def test_files_hold_plain_json_and_nothing_compressed(faces, tmp_path):
    save(_network().fit(*faces), tmp_path / "a.skemotion")
    with zipfile.ZipFile(tmp_path / "a.skemotion") as archive:
        assert json.loads(archive.read("manifest.json"))["format"] == "skemotion"
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_requests_for_metadata_come_back(faces, tmp_path):
    with config_context(enable_metadata_routing=True):
        model = _network().set_fit_request(validation=False, groups=True).fit(*faces)
    save(model, tmp_path / "a.skemotion")
    requests = load(tmp_path / "a.skemotion").get_metadata_routing().fit.requests
    assert (requests["validation"], requests["groups"]) == (False, True)


def test_a_forest_is_described_as_one_step(tmp_path):
    forest = RandomForestClassifier(2).fit([[0, 1], [1, 0]], ["a", "b"])
    described = save(forest, tmp_path / "a.skemotion")["input"]
    assert (described["steps"], described["n_features_in"]) == (["RandomForestClassifier"], 2)
