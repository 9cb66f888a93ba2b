"""Every network converts, and computes what it did: masks, mirror images, any length."""

import os

import numpy as np
import pytest

from skemotion import (
    BiLSTMClassifier,
    CNN1DClassifier,
    CNNClassifier,
    ConformerClassifier,
    CRNNClassifier,
    EfficientNetClassifier,
    LSTMClassifier,
    MicroCNNClassifier,
    MiniXceptionClassifier,
    MLPClassifier,
    MobileNetClassifier,
    ResCNNClassifier,
    ResNetClassifier,
    VGG16Classifier,
    VGGClassifier,
    VideoTCNClassifier,
    VideoTransformerClassifier,
)
from skemotion.export._convert import convert_to_litert, convert_to_onnx
from skemotion.models._backend import import_keras
from skemotion.models._graph import LiteRTGraph, OnnxGraph
from skemotion.models._images import average_flip

FACE, VOICE, CLIP = (12, 12, 1), (None, 8), (None, 12, 12, 1)
PHOTO = (32, 32, 3)
NETWORKS = {
    "cnn": (CNNClassifier((4,), dense_units=8), FACE),
    "cnn, mirrored": (CNNClassifier((4,), dense_units=8, average_flip=True), FACE),
    "resnet": (ResNetClassifier((4,)), FACE),
    "micro": (MicroCNNClassifier((4,)), FACE),
    "mini-xception": (MiniXceptionClassifier((4,)), FACE),
    "vgg": (VGGClassifier((4,), dense_units=8), FACE),
    "vgg16": (VGG16Classifier(last_layer="block1_pool", dense_units=8), PHOTO),
    "mobilenet": (MobileNetClassifier(last_layer="conv_bn", dense_units=8), PHOTO),
    "efficientnet": (EfficientNetClassifier(last_layer="stem_activation", dense_units=8), PHOTO),
    "mlp": (MLPClassifier((8,)), (8,)),
    "lstm": (LSTMClassifier((4, 4), dense_units=4), VOICE),
    "lstm, one frame": (LSTMClassifier((4, 4), dense_units=4), (1, 8)),
    "bilstm": (BiLSTMClassifier((4,), attention_units=4, mask_value=-1.0), VOICE),
    "cnn1d": (CNN1DClassifier((4,), kernel_size=3, attention_units=4), VOICE),
    "crnn": (CRNNClassifier((4,), units=4, attention_units=4), VOICE),
    "rescnn": (ResCNNClassifier((4,), attention_units=4), VOICE),
    "conformer": (ConformerClassifier(8, n_blocks=1, n_heads=2, kernel_size=3), VOICE),
    "video-tcn": (VideoTCNClassifier((4,), units=4, n_blocks=1), CLIP),
    "video-transformer": (VideoTransformerClassifier((4,), units=4, n_blocks=1, n_heads=2), CLIP),
}
QUICK = ("cnn, mirrored", "crnn", "video-tcn")  # what LiteRT converts at each run of the tests
LITERT = NETWORKS if os.environ.get("SKEMOTION_ALL_EXPORTS") else QUICK


def _make(name):
    """Return a network with weights by chance, and samples with padding where it takes that."""
    classifier, shape = NETWORKS[name]
    network = classifier.build(shape, 3)
    if getattr(classifier, "average_flip", False):
        network = average_flip(network)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if weight.trainable:  # averages of what was seen are not to be negative
            weight.assign(np.asarray(weight) + rng.normal(scale=0.1, size=weight.shape))
    n_frames = 7
    X = rng.normal(size=(5, *(size or n_frames for size in shape))).astype(np.float32)
    if name == "vgg16":  # large pixels, not normalised: small weights keep it from saturation
        for weight in network.layers[-1].weights:
            weight.assign(np.asarray(weight) * 1e-3)
    if shape == PHOTO:
        X = rng.integers(0, 256, X.shape).astype(np.float32)
    if shape == VOICE:
        X[0, 4:] = X[1, 2:4] = X[2] = classifier.mask_value
    return network, X


def _check(network, X, graph):
    expected = np.asarray(network(X, training=False))
    assert np.ptp(expected, axis=0).max() > 1e-4  # not all the same
    np.testing.assert_allclose(graph.predict_proba(X), expected, atol=1e-5)
    np.testing.assert_allclose(graph.predict_proba(X[:1]), expected[:1], atol=1e-5)
    if graph.input_shape[0] is None:
        longer = np.concatenate([X, X[:, :4]], axis=1)
        expected = np.asarray(network(longer, training=False))
        np.testing.assert_allclose(graph.predict_proba(longer), expected, atol=1e-5)
    assert graph.n_classes == 3


@pytest.mark.parametrize("name", NETWORKS)
def test_to_onnx(name):
    network, X = _make(name)
    _check(network, X, OnnxGraph(convert_to_onnx(network)))


@pytest.mark.parametrize("name", LITERT)
def test_to_litert(name):
    network, X = _make(name)
    _check(network, X, LiteRTGraph(convert_to_litert(network)))


@pytest.mark.parametrize("sequences", [True, False])
def test_an_lstm_of_ones_own_keeps_what_masked_frames_answer(sequences):
    keras = import_keras()
    inputs = keras.Input((None, 4))
    x = keras.layers.Masking(0.0)(inputs)
    x = keras.layers.LSTM(5, return_sequences=True, go_backwards=sequences)(x)
    # the mean looks at all frames, those that are masked, too
    x = keras.ops.mean(x, axis=1) if sequences else keras.layers.LSTM(5)(x)
    network = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    X = np.random.default_rng(0).normal(size=(4, 6, 4)).astype(np.float32)
    X[0, :2] = X[1, 2:4] = X[2, 3:] = 0
    _check(network, X, OnnxGraph(convert_to_onnx(network)))
