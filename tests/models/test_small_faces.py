"""mini-Xception, the network for phones and the VGG-style network."""

import numpy as np
import pytest

from skemotion import MicroCNNClassifier, MiniXceptionClassifier, VGGClassifier

TINY = {
    "micro": MicroCNNClassifier((8,), units=2, learning_rate=0.01, epochs=60, random_state=0),
    "xception": MiniXceptionClassifier((8,), learning_rate=0.01, epochs=30, random_state=0),
    "vgg": VGGClassifier((4,), dense_units=(8,), learning_rate=0.01, epochs=20, random_state=0),
}


@pytest.mark.parametrize(
    ("classifier", "n_parameters"),
    [
        (MicroCNNClassifier(), 91_351),
        (MiniXceptionClassifier(), 58_423),
        (VGGClassifier(), 40_378_439),
    ],
)
def test_number_of_parameters(classifier, n_parameters):
    assert classifier.build((48, 48, 1), 7).count_params() == n_parameters


@pytest.mark.parametrize("name", TINY)
def test_learns(name):
    faces = np.random.default_rng(0).random((16, 12, 12))
    faces[::2, :6] += 1
    y = np.array(["happy", "sad"] * 8)
    assert TINY[name].fit(faces, y).score(faces, y) == 1.0


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 3), (10, 1, 1)])
def test_any_size_goes(name, shape):
    assert TINY[name].build(shape, 3).output_shape == (None, 3)


def test_micro_adds_where_shapes_allow():
    model = MicroCNNClassifier().build((48, 48, 1), 7)
    sums = [layer.output.shape[1:] for layer in model.layers if layer.name.startswith("add")]
    assert sums == [(24, 24, 24), (12, 12, 40), (6, 6, 64)]
