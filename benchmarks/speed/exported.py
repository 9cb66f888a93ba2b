"""Exported networks against ``Model.predict`` of Keras: one sample, and a batch of 256.

The plain CNN for faces (48 x 48, as `CNNClassifier` makes it and as ``face-cnn`` does) and the LSTM
for voices (94 frames of 26 numbers). Weights are by chance: they change no time. `predict_proba` of
the classifiers is timed, with its checks, on one thread or two; Keras has all cores. "loop" is what
the converter makes of an LSTM by itself, frame by frame.

Run: python benchmarks/speed/exported.py [--repeats 21]
"""

import argparse
from unittest import mock

import numpy as np
from _common import race

from skemotion import CNNClassifier, LiteRTClassifier, LSTMClassifier, OnnxClassifier, load_model
from skemotion.export import _layers_for_export
from skemotion.export._convert import convert_to_litert, convert_to_onnx
from skemotion.export._layers_for_export import is_recurrent
from skemotion.models._forward import make_forward

CLASSES = list("abcdefg")
NETWORKS = {
    "cnn": (CNNClassifier, (48, 48, 1)),
    "face-cnn": (lambda: load_model("face-cnn").pipeline()[-1], (48, 48, 1)),
    "lstm": (LSTMClassifier, (None, 26)),
}


def compare(title, network, X, repeats):
    """Print the times of one sample and of all."""
    graph = convert_to_onnx(network)
    classifiers = {
        "OnnxClassifier": OnnxClassifier(graph, classes=CLASSES),
        "OnnxClassifier, 2 threads": OnnxClassifier(graph, classes=CLASSES, n_threads=2),
        "LiteRTClassifier": LiteRTClassifier(convert_to_litert(network), classes=CLASSES),
        "LiteRTClassifier, dynamic": LiteRTClassifier(
            convert_to_litert(network, "dynamic"), classes=CLASSES
        ),
    }
    if is_recurrent(network):
        with mock.patch.object(_layers_for_export, "prepare_for_onnx", lambda network: network):
            loop = convert_to_onnx(network)
        classifiers["OnnxClassifier, loop"] = OnnxClassifier(loop, classes=CLASSES)
    forward = make_forward(network)
    for _ in range(6):
        forward(X[:1])  # is compiled for this network alone after a few calls
    for n_samples, times in ((1, 20), (len(X), 1)):
        samples = X[:n_samples]
        print(f"\n{title}, {n_samples} at once, per sample")

        def repeat(run, samples=samples, times=times):
            return lambda: [run(samples) for _ in range(times)]

        entries = {
            "Model.predict": repeat(lambda batch: network.predict(batch, verbose=0)),
            "fitted classifier": repeat(forward),
        }
        entries |= {name: repeat(one.predict_proba) for name, one in classifiers.items()}
        race(entries, repeats=repeats, per=times * n_samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    samples = {
        (48, 48, 1): rng.random((256, 48, 48, 1)).astype(np.float32),
        (None, 26): rng.normal(size=(256, 94, 26)).astype(np.float32),
    }
    for name in options.networks:
        make, shape = NETWORKS[name]
        compare(name, make().build(shape, len(CLASSES)), samples[shape], options.repeats)


if __name__ == "__main__":
    main()
