"""Models: named pipeline recipes, and the neural classifiers they use."""

from importlib import import_module

from skemotion.models.base import Model, load_model
from skemotion.plugins import list_models

_WHERE = {
    "CNNClassifier": "skemotion.models.cnn",
    "LSTMClassifier": "skemotion.models.lstm",
    "NeuralClassifier": "skemotion.models._neural",
    "OnnxEmbedding": "skemotion.models.onnx_embedding",
    "VGG16Classifier": "skemotion.models.vgg16",
}

__all__ = [
    "CNNClassifier",
    "LSTMClassifier",
    "Model",
    "NeuralClassifier",
    "OnnxEmbedding",
    "VGG16Classifier",
    "list_models",
    "load_model",
]


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.models' has no attribute {name!r}")
