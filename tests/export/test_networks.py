"""Every network of ours is made of layers that loading knows."""

import json

import keras
import pytest

import skemotion
from skemotion import NeuralClassifier
from skemotion.models._network_files import unknown_layers

NETWORKS = [
    name
    for name in skemotion.__all__
    if isinstance(made := getattr(skemotion, name), type)
    and issubclass(made, NeuralClassifier)
    and made is not NeuralClassifier
]
_SHAPES = [(None, 8), (48, 48, 3), (4, 16, 16, 1), (8,)]


def _build(made):
    made = made(weights=None) if "weights" in made().get_params() else made()
    for shape in _SHAPES:
        try:
            return made.build(shape, 4)
        except (ValueError, TypeError, IndexError):
            continue  # another kind of sample
    raise AssertionError(f"no shape fits {made}")


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_are_known(name):
    model = _build(getattr(skemotion, name))
    described = keras.saving.serialize_keras_object(model)
    assert unknown_layers(json.dumps(described).encode()) == []


def test_layers_of_others_are_told_by_both_names():
    described = {
        "class_name": "Dense",
        "module": "mine.layers",
        "registered_name": "mine>Dense",
        "config": {},
    }
    config = json.dumps(described).encode()
    assert unknown_layers(config) == ["mine.layers.Dense = mine>Dense"]
    assert unknown_layers(config, ["mine>Dense"]) == []
    assert unknown_layers(config, ["mine.layers.Dense"]) == []
