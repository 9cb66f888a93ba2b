"""What people do with scikit-learn, imbalanced-learn, Optuna and joblib works on our steps."""

import pickle

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_imblearn_pipeline
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.parallel import Parallel, delayed

from skemotion import (
    MFCC,
    RMS,
    AcousticFeatures,
    CNNClassifier,
    EqualizeHist,
    LSTMClassifier,
    ReadImages,
    Rescale,
    Resize,
    load_dataset,
    load_model,
    make_recording_pipeline,
)
from skemotion.audio import FrameScaler
from skemotion.metrics import uar_scorer
from skemotion.tuning._storage import quiet_optuna

TINY = {"filters": (4,), "dense_units": 8, "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """Write 72 synthetic utterances of six speakers as files: paths, emotions, speakers."""
    folder = tmp_path_factory.mktemp("voices")
    data = load_dataset("synthetic-voices", scheme="common4")
    chosen = _some(data, n_subjects=6, n_each=3)
    paths = []
    for row in chosen:
        path = folder / f"{row}.wav"
        path.write_bytes(data.X[row])
        paths.append(str(path))
    return np.array(paths, dtype=object), data.y[chosen], data.groups[chosen]


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Write 48 synthetic faces of six subjects as PNG files: paths, emotions, subjects."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("faces")
    data = load_dataset("synthetic-faces", scheme="common4")
    chosen = _some(data, n_subjects=6, n_each=2)
    paths = []
    for row in chosen:
        path = folder / f"{row}.png"
        Image.fromarray(data.X[row]).save(path)
        paths.append(str(path))
    return np.array(paths, dtype=object), data.y[chosen], data.groups[chosen]


def _some(data, n_subjects, n_each):
    frame = pd.DataFrame({"y": data.y, "subject": data.groups})
    frame = frame[frame["subject"].isin(np.unique(data.groups)[:n_subjects])]
    return frame.groupby(["subject", "y"]).head(n_each).index.to_numpy()


def _face_pipeline(**params):
    read = make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(16, 16))
    return make_pipeline(read, Rescale(), CNNClassifier(**(TINY | params)))


def _voice_pipeline():
    return make_pipeline(AcousticFeatures(), StandardScaler(), SVC(C=10))


def test_grid_search_from_paths_to_a_network(faces):
    X, y, groups = faces
    grid = {"cnnclassifier__dropout": [0.0, 0.5], "recordingpipeline__resize__height": [16, 24]}
    search = GridSearchCV(_face_pipeline(), grid, cv=GroupKFold(2)).fit(X, y, groups=groups)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert set(search.predict(X[:3])) <= set(y)


def test_randomized_search_over_frames_to_an_lstm(voices):
    X, y, groups = voices
    pipeline = make_pipeline(
        AcousticFeatures([MFCC(n_mfcc=5), RMS()], summary=None, hop_length=2048),
        FrameScaler(),
        LSTMClassifier(units=(4, 4), epochs=2, random_state=0),
    )
    space = {
        "lstmclassifier__learning_rate": [1e-3, 1e-2],
        "acousticfeatures__mfcc__n_mfcc": [4, 8],
    }
    search = RandomizedSearchCV(pipeline, space, n_iter=2, cv=GroupKFold(2), random_state=0)
    search.fit(X, y, groups=groups)
    assert search.best_estimator_.predict_proba(X[:2]).shape == (2, 4)


def test_search_space_of_every_voice_recipe_is_made_of_its_parameters(voices):
    model = load_model("voice-svm")
    name, distribution = next(iter(model.search_space().items()))
    assert distribution.single() is False
    assert name in model.pipeline().get_params()


def test_nested_grouped_cross_validation_by_routing(faces):
    X, y, groups = faces
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(
            _face_pipeline(early_stopping=True, validation_fraction=0.3, patience=1),
            {"cnnclassifier__dropout": [0.0, 0.5]},
            cv=GroupKFold(2),
        )
        scores = cross_validate(
            search, X, y, params={"groups": groups}, cv=LeaveOneGroupOut(), return_indices=True
        )
    assert len(scores["test_score"]) == 6
    for train, test in zip(scores["indices"]["train"], scores["indices"]["test"], strict=True):
        assert not set(groups[train]) & set(groups[test])


def test_groups_reach_the_network_without_routing(faces):
    X, y, groups = faces
    pipeline = _face_pipeline(early_stopping=True, validation_fraction=0.3)
    pipeline.fit(X, y, cnnclassifier__groups=groups)
    assert "val_loss" in pipeline[-1].history_


@pytest.mark.parametrize(
    "sampler", [RandomOverSampler(random_state=0), SMOTE(k_neighbors=3, random_state=0)]
)
def test_resampling_happens_inside_the_fold(voices, sampler):
    X, y, groups = voices
    few = np.concatenate([np.flatnonzero(y != "sad"), np.flatnonzero(y == "sad")[::2]])
    pipeline = make_imblearn_pipeline(AcousticFeatures(), StandardScaler(), sampler, SVC())
    scores = cross_validate(
        pipeline, X[few], y[few], groups=groups[few], cv=GroupKFold(2), scoring=uar_scorer
    )
    assert (scores["test_score"] > 0.3).all()


# optuna-integration still reports to a module that Optuna deprecates
@pytest.mark.filterwarnings("ignore:`optuna.terminator` module:FutureWarning")
def test_optuna_search(voices):
    from optuna.distributions import FloatDistribution

    integration = pytest.importorskip("optuna_integration")
    X, y, groups = voices
    with pytest.warns(match="OptunaSearchCV is experimental"):
        search = integration.OptunaSearchCV(
            _voice_pipeline(),
            {"svc__C": FloatDistribution(0.1, 100, log=True)},
            cv=GroupKFold(2),
            n_trials=3,
            random_state=0,
        )
    with quiet_optuna():
        search.fit(X, y, groups=groups)
    assert 0.1 <= search.best_params_["svc__C"] <= 100


def test_pipeline_memory_gives_the_same_answers(voices, tmp_path):
    X, y, _ = voices
    plain = _voice_pipeline().fit(X, y)
    cached = make_pipeline(*clone(_voice_pipeline()), memory=str(tmp_path))
    for _ in range(2):
        assert (cached.fit(X, y).predict(X) == plain.predict(X)).all()


def test_set_output_gives_named_columns(voices):
    frame = AcousticFeatures().set_output(transform="pandas").fit_transform(voices[0][:3])
    assert frame.shape == (3, 26)
    assert frame.columns[0] == "mfcc_1_mean"
    assert frame.columns[-1] == "rms_mean"


def test_column_transformer_joins_modalities(voices, faces):
    n = 24
    table = pd.DataFrame({"voice": voices[0][:n], "face": faces[0][:n]})
    images = make_recording_pipeline(ReadImages(), Resize(8, 8))
    flat = make_pipeline(images, Rescale(), _Flatten())
    both = ColumnTransformer([("voice", AcousticFeatures(), "voice"), ("face", flat, "face")])
    model = make_pipeline(both, StandardScaler(), LogisticRegression(max_iter=500))
    model.fit(table, voices[1][:n])
    assert both.fit_transform(table).shape == (n, 26 + 64)
    assert model.predict(table).shape == (n,)


def _Flatten():
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(_flatten)


def _flatten(images):
    return images.reshape(len(images), -1)


def test_stacking_a_network_with_an_svm(faces):
    X, y, _ = faces
    images = make_recording_pipeline(ReadImages(), Resize(8, 8)).fit_transform(X)
    stack = StackingClassifier(
        [
            ("cnn", make_pipeline(Rescale(), CNNClassifier(**TINY))),
            ("svm", make_pipeline(_Flatten(), SVC())),
        ],
        cv=2,
    ).fit(images, y)
    assert stack.predict(images).shape == y.shape


def test_fitted_pipelines_survive_pickling_and_other_processes(faces):
    X, y, _ = faces
    fitted = _face_pipeline().fit(X, y)
    expected = fitted.predict_proba(X)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(again.predict_proba(X), expected, atol=1e-6)
    (elsewhere,) = Parallel(2)(delayed(fitted.predict_proba)(X) for _ in range(1))
    np.testing.assert_allclose(elsewhere, expected, atol=1e-5)


def test_clone_gives_an_unfitted_twin(faces):
    X, y, _ = faces
    pipeline = _face_pipeline().fit(X, y)
    twin = clone(pipeline)
    assert not hasattr(twin[-1], "classes_")
    np.testing.assert_array_equal(twin.fit(X, y).predict_proba(X), pipeline.predict_proba(X))
