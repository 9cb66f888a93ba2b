"""The built-in recipes."""

import numpy as np
import pytest
from make_videos import encode, shades
from sklearn.utils import Bunch

from skemotion import load_model
from skemotion.testing import check_model

FACES = [
    "face-cnn",
    "face-efficientnet",
    "face-micro",
    "face-mini-xception",
    "face-mobilenet",
    "face-resnet",
    "face-vgg",
    "face-vgg16",
]
VOICES = [
    "voice-bilstm",
    "voice-cnn1d",
    "voice-conformer",
    "voice-crnn",
    "voice-mlp",
    "voice-rescnn",
]


@pytest.mark.parametrize("name", ["face-hog-svm", "voice-svm"])
def test_classical_recipe(name):
    check_model(load_model(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["voice-lstm", *FACES, *VOICES])
def test_neural_recipe(name):
    check_model(load_model(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["video-tcn", "video-transformer"])
def test_video_recipe(name):
    frames = shades()
    videos = [encode(frames[start:] if start % 2 else frames[: 20 + start]) for start in range(8)]
    check_model(load_model(name), Bunch(X=np.array(videos, dtype=object), y=["happy", "sad"] * 4))


@pytest.mark.parametrize("name", ["face-efficientnet", "face-mobilenet", "face-vgg16"])
def test_nothing_is_downloaded_unasked(name):
    assert load_model(name).pipeline()[-1].weights is None


@pytest.mark.parametrize("name", VOICES)
def test_networks_that_never_stop_early_learn_from_all_rows(name):
    network = load_model(name).pipeline()[-1]
    assert not network.early_stopping
    requests = network.get_metadata_routing().fit.requests
    assert requests["validation"] is False
    assert requests["groups"] is True
