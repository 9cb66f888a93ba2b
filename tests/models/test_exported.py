"""Classifiers around exported networks: one contract for both runtimes."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import StratifiedKFold, cross_val_score

from skemotion import LiteRTClassifier, LSTMClassifier, OnnxClassifier, load, save
from skemotion.export._convert import convert_to_litert, convert_to_onnx

CLASSES = ["angry", "calm", "sad"]
WEIGHTS = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
X = np.random.default_rng(1).normal(size=(30, 4)).astype(np.float32)
Y = np.array(CLASSES)[np.argmax(X @ WEIGHTS, axis=1)]


def _softmax_net(weights=None):
    """Return a graph of a matrix product and a softmax."""
    weights = weights or numpy_helper.from_array(WEIGHTS, "weights")
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _keras_net():
    keras = pytest.importorskip("keras")
    dense = keras.layers.Dense(3, activation="softmax", use_bias=False)
    net = keras.Sequential([keras.Input((4,)), dense])
    net.set_weights([WEIGHTS])
    return net


def _probabilities(X):
    scores = np.exp(X @ WEIGHTS)
    return scores / scores.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def networks():
    """Return the same tiny network for both runtimes."""
    return {
        OnnxClassifier: _softmax_net().SerializeToString(),
        LiteRTClassifier: convert_to_litert(_keras_net()),
    }


@pytest.fixture(params=[OnnxClassifier, LiteRTClassifier], ids=["onnx", "litert"])
def make(request, networks):
    """Return what makes a classifier around the network."""
    return lambda **params: request.param(networks[request.param], **params)


@pytest.fixture(scope="module")
def sequences():
    """Return a recurrent network, and the same for both runtimes."""
    net = LSTMClassifier((4, 4), dense_units=4).build((None, 5), 3)
    onnx_, litert = convert_to_onnx(net), convert_to_litert(net)
    return net, [OnnxClassifier(onnx_, classes=CLASSES), LiteRTClassifier(litert, classes=CLASSES)]


def test_any_number_of_samples_gives_the_same_rows(make):
    classifier = make(classes=CLASSES)
    many = np.tile(X, (20, 1))  # more than a call takes
    np.testing.assert_allclose(classifier.predict_proba(many), _probabilities(many), atol=1e-6)
    for n_samples in (1, 7, 1, 3):
        shares = classifier.predict_proba(X[:n_samples])
        np.testing.assert_allclose(shares, _probabilities(X[:n_samples]), atol=1e-6)
    assert classifier.predict(X).tolist() == Y.tolist()
    assert shares.dtype == np.float32


@pytest.mark.parametrize("of", ["lists", "float64", "integers"])
def test_numbers_of_all_kinds(make, of):
    rounded = X.round().astype(int)
    given = {"lists": rounded.tolist(), "float64": rounded.astype(float), "integers": rounded}[of]
    shares = make(classes=CLASSES).predict_proba(given)
    np.testing.assert_allclose(shares, _probabilities(rounded), atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(n_samples=st.integers(1, 5), n_frames=st.integers(1, 9), seed=st.integers(0, 99))
def test_sequences_of_any_length(sequences, n_samples, n_frames, seed):
    net, classifiers = sequences
    rng = np.random.default_rng(seed)
    frames = rng.normal(size=(n_samples, n_frames, 5)).astype(np.float32)
    frames[rng.random((n_samples, n_frames)) < 0.3] = 0  # padding, wherever it is
    expected = np.asarray(net(frames, training=False))
    for classifier in classifiers:
        np.testing.assert_allclose(classifier.predict_proba(frames), expected, atol=1e-5)


def test_padding_changes_nothing(sequences):
    frames = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32)
    padded = np.concatenate([frames, np.zeros((2, 4, 5), np.float32)], axis=1)
    for classifier in sequences[1]:
        short, long = classifier.predict_proba(frames), classifier.predict_proba(padded)
        np.testing.assert_allclose(long, short, atol=1e-6)


def test_fit_learns_nothing_and_scores_are_those_of_the_network(make):
    classifier = make()
    scores = cross_val_score(classifier, X, Y, cv=StratifiedKFold(3, shuffle=True, random_state=0))
    assert scores.tolist() == [1, 1, 1]
    assert classifier.fit(X, Y).classes_.tolist() == CLASSES
    assert clone(classifier).fit(X, Y).score(X, Y) == 1


def test_fit_refuses_what_the_network_does_not_know(make):
    with pytest.raises(ValueError, match=r"^Expected as many classes as the network has outputs, "):
        make().fit(X[:2], ["angry", "calm"])
    with pytest.raises(ValueError, match=r"^Expected as many classes as the network has outputs, "):
        make(classes=["angry", "calm"]).predict(X)
    with pytest.raises(NotFittedError, match=r"does not know the classes of its network yet\."):
        make().predict_proba(X)
    with pytest.raises(ValueError, match=r"'happy'"):
        make(classes=CLASSES).fit(X[:2], ["angry", "happy"])
    with pytest.raises(ValueError, match=r"^Expected samples like those seen during fit, of shape"):
        make(classes=CLASSES).predict(X[:, :3])
    with pytest.raises(ValueError, match="NaN"):
        make(classes=CLASSES).predict([[np.nan, 0, 0, 0]])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make().fit(X, Y[:-1])


def test_a_path_is_as_good_as_its_content_and_saved_files_hold_the_network(make, tmp_path):
    classifier = make(classes=CLASSES)
    path = tmp_path / "a.net"
    path.write_bytes(classifier.network)
    by_path = type(classifier)(path, classes=CLASSES)
    expected = classifier.predict_proba(X)
    np.testing.assert_array_equal(by_path.predict_proba(X), expected)
    manifest = save(by_path, tmp_path / "a.skemotion")
    path.unlink()
    np.testing.assert_array_equal(load(tmp_path / "a.skemotion").predict_proba(X), expected)
    (part,) = set(manifest["parts"]) - {"steps.skops", "plan.json"}
    assert manifest["runtimes"] == [{"onnx": "onnxruntime", "tflite": "ai-edge-litert"}[part[10:]]]


def test_pickles_hold_the_network(make):
    classifier = make(classes=CLASSES)
    classifier.predict(X)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))


def test_a_network_need_not_say_how_many_classes_it_has():
    net = _softmax_net()
    net.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "classes"
    classifier = OnnxClassifier(net.SerializeToString()).fit(X, Y)
    np.testing.assert_allclose(classifier.predict_proba(X), _probabilities(X), atol=1e-6)
    for method in ("predict", "predict_proba"):
        classifier = OnnxClassifier(net.SerializeToString(), classes=["angry", "calm", "sad", "no"])
        with pytest.raises(
            ValueError, match=r"^Expected as many classes as the network has output"
        ):
            getattr(classifier, method)(X)


def test_a_network_for_one_sample_at_a_time_takes_many():
    net = _softmax_net()
    for end in (*net.graph.input, *net.graph.output):
        end.type.tensor_type.shape.dim[0].dim_value = 1
    classifier = OnnxClassifier(net.SerializeToString(), classes=CLASSES)
    np.testing.assert_allclose(classifier.predict_proba(X), _probabilities(X), atol=1e-6)


def test_threads_do_not_mix_their_answers(make):
    classifier = make(classes=CLASSES)
    parts = [X[start : start + 3] for start in range(0, 30, 3)] * 20
    with ThreadPoolExecutor(4) as threads:
        for part, shares in zip(parts, threads.map(classifier.predict_proba, parts), strict=True):
            np.testing.assert_allclose(shares, _probabilities(part), atol=1e-6)


def test_damaged_networks_are_told(make):
    classifier = make(classes=CLASSES)
    for method in ("predict", "predict_proba"):
        with pytest.raises(ValueError, match=r"^Cannot load the network"):
            getattr(clone(classifier).set_params(network=b"no network"), method)(X)
        with pytest.raises(
            FileNotFoundError, match=r"^Expected network to be a file, got 'no\.net'"
        ):
            getattr(clone(classifier).set_params(network="no.net"), method)(X)
    if isinstance(classifier, OnnxClassifier):  # LiteRT's files are only read after their hash
        with pytest.raises(ValueError, match=r"^Cannot load the network"):
            clone(classifier).set_params(network=classifier.network[:40]).predict(X)


@pytest.mark.parametrize("wrong", [{"n_threads": 0}, {"n_threads": "2"}, {"classes": "abc"}])
def test_wrong_parameters_are_named_without_fit(wrong, make):
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"^The '{name}' parameter of \w+Classifier must be "):
        make(**{"classes": CLASSES} | wrong).predict(X)


def test_networks_that_speak_in_bytes_are_refused(tmp_path):
    """Converted by others, for chips for whole numbers: -52 is no probability."""
    tf = pytest.importorskip("tensorflow")
    network, folder = _keras_net(), str(tmp_path / "saved")
    network.export(folder, verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in X)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    LiteRTClassifier(converter.convert(), classes=CLASSES).predict(X)  # in bytes inside alone
    converter.inference_input_type = converter.inference_output_type = tf.int8
    classifier = LiteRTClassifier(converter.convert(), classes=CLASSES)
    with pytest.raises(ValueError, match=r"^Expected a network that takes and answers plain num"):
        classifier.predict(X)


def test_weights_outside_of_the_network_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.onnx"
    onnx.save_model(
        _softmax_net(), path, save_as_external_data=True, location="weights", size_threshold=0
    )
    assert (tmp_path / "weights").exists()
    for network in (path, path.read_bytes()):
        with pytest.raises(ValueError, match=r"^Cannot load the network: .* with its weights in"):
            OnnxClassifier(network, classes=CLASSES).predict(X)


def test_only_classifiers_are_taken():
    net = _softmax_net()
    net.graph.output[0].type.tensor_type.shape.dim.add().dim_value = 2
    with pytest.raises(ValueError, match=r"^(Expected a network with one column|Cannot load)"):
        OnnxClassifier(net.SerializeToString(), classes=CLASSES).predict(X)


def test_the_missing_runtime_is_named(make, monkeypatch):
    classifier = make(classes=CLASSES)
    module = {OnnxClassifier: "onnxruntime", LiteRTClassifier: "ai_edge_litert.interpreter"}
    monkeypatch.setitem(sys.modules, module[type(classifier)], None)
    extra = {OnnxClassifier: "onnx", LiteRTClassifier: "litert"}[type(classifier)]
    with pytest.raises(ImportError, match=rf"pip install 'skemotion\[{extra}\]'"):
        classifier.predict(X)


def test_no_tensorflow_and_no_noise(make, tmp_path):
    path = tmp_path / "a.skemotion"
    save(make(classes=CLASSES), path)
    code = (
        "import sys; from skemotion import load; "
        f"print(*load({str(path)!r}).predict([[1, 2, 3, 4]])); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() in CLASSES
