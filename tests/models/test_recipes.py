"""The built-in recipes."""

import pytest

from skemotion import load_model
from skemotion.testing import check_model


@pytest.mark.parametrize("name", ["face-hog-svm", "voice-svm"])
def test_classical_recipe(name):
    check_model(load_model(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["face-cnn", "face-resnet", "face-vgg16", "voice-lstm"])
def test_neural_recipe(name):
    check_model(load_model(name))


def test_vgg16_downloads_nothing_unasked():
    assert load_model("face-vgg16").pipeline().get_params()["vgg16classifier__weights"] is None
