"""Fitted pipelines are exported whole, and predict what they did."""

import os

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC

from skemotion import (
    AcousticFeatures,
    CNNClassifier,
    CostSensitive,
    LSTMClassifier,
    MLPClassifier,
    OnnxClassifier,
    PriorCorrection,
    Rescale,
    load,
    load_dataset,
    load_model,
    make_resampling_pipeline,
    save,
    to_litert,
    to_onnx,
)
from skemotion.audio import FrameScaler
from skemotion.export import ConversionError, _child, parity_report, read_manifest
from skemotion.models._nystroem import QuietNystroem

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(60, 5)) * [1, 10, 100, 1, 1] + [0, 50, 0, 0, 0]).astype(np.float32)
Y = np.array(["sad", "angry", "calm"])[(X[:, 0] > 0) + (X[:, 2] > 0).astype(int)]
GROUPS = np.repeat(list("abcdef"), 10)
TINY = {"epochs": 2, "random_state": 0}


def _assert_same(exported, original, X):
    assert exported.predict(X).tolist() == original.predict(X).tolist()
    assert hasattr(exported, "predict_proba") == hasattr(original, "predict_proba")
    if hasattr(original, "predict_proba"):
        expected = original.predict_proba(X)
        np.testing.assert_allclose(exported.predict_proba(X), expected, atol=1e-4)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), SVC(C=10)),
        make_pipeline(StandardScaler(), QuietNystroem(n_components=40), LinearSVC(dual=False)),
        make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)),
        make_pipeline(StandardScaler(), make_pipeline(Rescale(0.5, offset=1), LinearSVC())),
        make_pipeline(StandardScaler(), PriorCorrection(LogisticRegression())),
        PriorCorrection(make_pipeline(StandardScaler(), LogisticRegression())),
        CostSensitive(LogisticRegression(max_iter=2000), {("sad", "calm"): 20}),
        CalibratedClassifierCV(LinearSVC(dual=False), cv=2),
        GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 10]}, cv=2),
        make_resampling_pipeline(RandomOverSampler(random_state=0), StandardScaler(), SVC()),
    ],
    ids=lambda model: type(getattr(model, "steps", [[model]])[-1][-1]).__name__,
)
def test_classifiers_of_scikit_learn(model, tmp_path):
    model.fit(X, Y)
    exported = to_onnx(model, X=X, y=Y, groups=GROUPS)
    _assert_same(exported, model, X)
    classifier = getattr(exported, "steps", [(None, exported)])[-1][1]
    assert type(classifier) is OnnxClassifier
    assert len(getattr(exported, "steps", [classifier])) == 1  # all of it is in the graph
    save(exported, tmp_path / "a.skemotion")
    _assert_same(load(tmp_path / "a.skemotion"), model, X)


def test_two_classes_and_numbers_as_classes():
    sad = Y == "sad"
    for y in (sad.astype(int), np.where(sad, 7, 3), sad, np.where(sad, 2.0, 0.0)):
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
        _assert_same(to_onnx(model), model, X)


def test_a_network_behind_a_scaler_and_before_a_correction(here):
    model = make_pipeline(StandardScaler(), PriorCorrection(MLPClassifier((8,), **TINY)))
    model.fit(X, Y)
    exported = to_onnx(model, X=X, y=Y)
    _assert_same(exported, model, X)
    assert list(exported.named_steps) == ["onnxclassifier"]


def test_frames_and_their_padding_go_through_the_scaler(here):
    frames = RNG.normal(loc=3, scale=5, size=(24, 9, 4)).astype(np.float32)
    frames[::2, 6:] = 0
    frames[1] = 0
    model = make_pipeline(FrameScaler(), LSTMClassifier((4, 4), dense_units=4, **TINY))
    model.fit(frames, Y[:24])
    longer = np.concatenate([frames, np.zeros((24, 5, 4), np.float32)], axis=1)
    for exported in (to_onnx(model, X=frames), to_litert(model, X=frames)):
        _assert_same(exported, model, frames)
        _assert_same(exported, model, longer)


@pytest.mark.parametrize("precision", ["float16", "dynamic", "int8"])
def test_smaller_numbers(here, precision):
    pictures = RNG.integers(0, 256, (24, 10, 10), dtype=np.uint8)
    network = CNNClassifier((4,), dense_units=8, average_flip=True, **TINY)
    model = make_pipeline(Rescale(), network).fit(pictures, Y[:24])
    exported = to_litert(model, precision=precision, X=pictures)
    assert list(exported.named_steps) == ["rescale", "litertclassifier"]
    difference = np.abs(exported.predict_proba(pictures) - model.predict_proba(pictures)).max()
    report = exported[-1].parity_
    assert report["max_difference"] == pytest.approx(difference)
    assert 0 < difference <= report["tolerance"]
    assert report["precision"] == precision


def test_networks_trained_in_16_bits_are_exported_in_32(here):
    pictures = RNG.random((24, 10, 10)).astype(np.float32)
    network = CNNClassifier((4,), dense_units=8, precision="mixed_bfloat16", **TINY)
    network.fit(pictures, Y[:24])
    exported = to_onnx(network, X=pictures)
    assert exported.parity_["tolerance"] == 0.05
    assert 1e-6 < exported.parity_["max_difference"] < 0.05


def test_what_stays_and_what_cannot_be_exported_is_named():
    model = make_pipeline(FunctionTransformer(np.sign), StandardScaler(), LinearSVC()).fit(X, Y)
    exported = to_onnx(model, X=X)
    assert list(exported.named_steps) == ["functiontransformer", "onnxclassifier"]
    _assert_same(exported, model, X)
    inner = make_pipeline(FunctionTransformer(np.sign), FunctionTransformer(np.abs))
    model = make_pipeline(inner, FunctionTransformer(), SVC()).fit(X, Y)
    exported = to_onnx(model, X=X)
    _assert_same(exported, model, X)
    assert len({id(step) for _, step in exported.steps}) == len(exported.named_steps)
    model = make_pipeline(StandardScaler(), NearestCentroid()).fit(X, Y)
    with pytest.raises(
        ConversionError, match=r"^Expected a classifier that can .*, got nearestcen"
    ):
        to_onnx(model)
    forest = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=2)).fit(X, Y)
    with pytest.raises(ConversionError, match=r"^Expected the step histgradientboostingclassifier"):
        to_onnx(forest)
    with pytest.raises(ConversionError, match=r"^Expected a model that ends in a neural network, "):
        to_litert(model)
    with pytest.raises(ValueError, match=r"^Expected precision to be one of float32, .* got 'f4'"):
        to_litert(model, precision="f4")


def test_steps_of_one_name_in_several_pipelines_all_stay():
    inner = [
        make_pipeline(FunctionTransformer(np.square), FunctionTransformer(function))
        for function in (np.sin, np.tanh)
    ]
    model = make_pipeline(*inner, LogisticRegression(max_iter=2000)).fit(X, Y)
    exported = to_onnx(model)
    assert [step.func for _, step in exported.steps[:-1]] == [np.square, np.sin, np.square, np.tanh]
    _assert_same(exported, model, X)


def test_what_fills_gaps_stays_a_step():
    gaps = X.copy()
    gaps[::7, 1] = np.nan
    filled = make_column_transformer((SimpleImputer(), [0, 1]), remainder="passthrough")
    for imputer in (SimpleImputer(), filled):
        model = make_pipeline(imputer, StandardScaler(), SVC()).fit(gaps, Y)
        exported = to_onnx(model, X=gaps)
        assert len(exported.steps) == 2
        _assert_same(exported, model, gaps)


def test_what_is_no_classifier_is_refused():
    for model in (SVR().fit(X, X[:, 0]), make_pipeline(StandardScaler()).fit(X)):
        with pytest.raises(ConversionError, match=r"^Expected a classifier, got .*no classes\."):
            to_onnx(model)


@pytest.mark.parametrize("export", [to_onnx, to_litert])
@pytest.mark.parametrize("tolerance", [np.inf, np.nan, -1, "1e-3"])
def test_a_tolerance_that_is_none_is_refused_before_the_work(export, tolerance):
    with pytest.raises(ValueError, match=r"^Expected tolerance to be a finite number of at least"):
        export(SVC(), tolerance=tolerance)  # not even fitted


def test_recurrent_networks_are_not_exported_in_8_bits():
    frames = RNG.normal(size=(24, 5, 4)).astype(np.float32)
    network = LSTMClassifier((4, 4), dense_units=4, epochs=1, random_state=0).fit(frames, Y[:24])
    with pytest.raises(ConversionError, match="without a loop over time for int8"):
        to_litert(network, precision="int8", X=frames)


@pytest.mark.skipif("SKEMOTION_ALL_EXPORTS" not in os.environ, reason="takes another process")
def test_a_converter_that_crashes_takes_only_its_own_process_along():
    network = LSTMClassifier((4, 4), dense_units=4).build((None, 4), 3)
    frames = RNG.normal(size=(24, 5, 4)).astype(np.float32)
    with pytest.raises(ConversionError, match=r"the converter crashed \(SIG|conversion failed"):
        _child.convert_network(
            network, "litert", step="lstm", precision="int8", representative=frames
        )


def test_int8_needs_to_see_values():
    network = MLPClassifier((4,), **TINY).fit(X, Y)
    with pytest.raises(ValueError, match=r"^Expected representative recordings for int8, got None"):
        to_litert(network, precision="int8")


def test_an_export_that_predicts_otherwise_is_no_success(here):
    network = MLPClassifier((8,), **TINY).fit(X / 50, Y)
    with pytest.raises(ConversionError, match=r"^Expected the exported model to predict what the"):
        to_onnx(network, X=X / 50, tolerance=0)
    with pytest.raises(ConversionError, match=r"^Expected the exported model to predict what the"):
        to_onnx(network, tolerance=0)  # on random samples
    with pytest.warns(UserWarning, match=r"^The model exported in dynamic predicts otherwise"):
        to_litert(network, precision="dynamic", X=X / 50, tolerance=0)


def test_the_report_tells_what_changed():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    other = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3)).fit(X, Y)
    report = parity_report(model, other, X, Y, GROUPS)
    assert report["labels_equal"] == (model.predict(X) == other.predict(X)).sum() < 60
    difference = np.abs(model.predict_proba(X) - other.predict_proba(X)).max()
    assert report["max_difference"] == pytest.approx(difference)
    assert not report["within_tolerance"]
    accuracy = report["metrics"]["wa"]
    assert accuracy["original"] == model.score(X, Y)
    assert accuracy["change"] == pytest.approx(other.score(X, Y) - model.score(X, Y))
    low, high = accuracy["interval"]
    assert low < accuracy["change"] < high
    assert (report["metrics"]["drawn_by"], report["metrics"]["n_drawn"]) == ("subject", 6)
    by_rows = parity_report(model, other, X, Y)["metrics"]
    assert (by_rows["drawn_by"], by_rows["n_drawn"]) == ("recording", 60)
    one = parity_report(model, other, X, Y, ["a"] * 60)["metrics"]
    assert one["uar"]["interval"] is None
    assert set(report["latency_ms"]["single"]) == {"original", "exported"}
    assert min(report["size_bytes"].values()) > 1000


def test_columns_that_mean_different_classes_are_not_compared():
    model = LogisticRegression(max_iter=2000).fit(X, Y)
    network = to_onnx(model).network
    other = OnnxClassifier(network, classes=["sad", "calm", "angry"])
    with pytest.raises(ValueError, match=r"^Expected models of the same classes in the same order"):
        parity_report(model, other, X)


@pytest.mark.real_data
def test_a_pipeline_of_voices(data_folder, tmp_path):
    """From a wave file to emotions, without TensorFlow, in the process that converts for real."""
    data = load_dataset("emodb", data_folder / "emodb", where="subject in ['03', '08', '09']")
    rows = np.arange(0, len(data.y), 3)
    voices, y, groups = data.X[rows], data.y[rows], data.groups[rows]
    features = AcousticFeatures(summary=("mean", "std"))
    model = make_pipeline(features, StandardScaler(), MLPClassifier((16,), **TINY)).fit(voices, y)
    exported = to_onnx(model, X=voices, y=y, groups=groups)
    assert list(exported.named_steps) == ["acousticfeatures", "onnxclassifier"]
    _assert_same(exported, model, voices)
    save(exported, tmp_path / "a.skemotion")
    parity = read_manifest(tmp_path / "a.skemotion")["parity"]
    assert parity == exported[-1].parity_
    assert (parity["labels_equal"], parity["metrics"]["n_drawn"]) == (len(y), 3)


@pytest.mark.real_data
def test_a_pipeline_of_faces(data_folder, tmp_path):
    data = load_dataset("fer2013", data_folder / "fer2013", where="split == 'PublicTest'")
    faces, y = data.X[:30], data.y[:30]
    model = load_model("face-micro").pipeline()
    model.set_params(microcnnclassifier__epochs=1, microcnnclassifier__early_stopping=False)
    model.fit(faces, y)
    exported = to_litert(model, X=faces, y=y)
    _assert_same(exported, model, faces)
    save(exported, tmp_path / "a.skemotion")
    _assert_same(load(tmp_path / "a.skemotion"), model, faces)
