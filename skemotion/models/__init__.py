"""Models: named pipeline recipes, and the neural classifiers they use."""

from importlib import import_module

from skemotion.models.base import Model, load_model
from skemotion.plugins import list_models

_WHERE = {
    "BiLSTMClassifier": "skemotion.models.bilstm",
    "CNN1DClassifier": "skemotion.models.cnn1d",
    "CNNClassifier": "skemotion.models.cnn",
    "CRNNClassifier": "skemotion.models.crnn",
    "ConformerClassifier": "skemotion.models.conformer",
    "ContrastiveClassifier": "skemotion.models.contrastive",
    "CostSensitive": "skemotion.models.decisions",
    "EfficientNetClassifier": "skemotion.models.efficientnet",
    "LSTMClassifier": "skemotion.models.lstm",
    "LiteRTClassifier": "skemotion.models.litert_classifier",
    "MLPClassifier": "skemotion.models.mlp",
    "MicroCNNClassifier": "skemotion.models.micro_cnn",
    "MiniXceptionClassifier": "skemotion.models.mini_xception",
    "MobileNetClassifier": "skemotion.models.mobilenet",
    "NeuralClassifier": "skemotion.models._neural",
    "OnnxClassifier": "skemotion.models.onnx_classifier",
    "OnnxEmbedding": "skemotion.models.onnx_embedding",
    "PriorCorrection": "skemotion.models.decisions",
    "ResCNNClassifier": "skemotion.models.rescnn",
    "ResNetClassifier": "skemotion.models.resnet",
    "ResamplingPipeline": "skemotion.models.resampled",
    "SelfTraining": "skemotion.models.self_training",
    "TunedWeights": "skemotion.models.tuned_weights",
    "VGG16Classifier": "skemotion.models.vgg16",
    "VGGClassifier": "skemotion.models.vgg",
    "VideoTCNClassifier": "skemotion.models.video_tcn",
    "VideoTransformerClassifier": "skemotion.models.video_transformer",
    "make_resampling_pipeline": "skemotion.models.resampled",
}

__all__ = [
    "BiLSTMClassifier",
    "CNN1DClassifier",
    "CNNClassifier",
    "CRNNClassifier",
    "ConformerClassifier",
    "ContrastiveClassifier",
    "CostSensitive",
    "EfficientNetClassifier",
    "LSTMClassifier",
    "LiteRTClassifier",
    "MLPClassifier",
    "MicroCNNClassifier",
    "MiniXceptionClassifier",
    "MobileNetClassifier",
    "Model",
    "NeuralClassifier",
    "OnnxClassifier",
    "OnnxEmbedding",
    "PriorCorrection",
    "ResCNNClassifier",
    "ResNetClassifier",
    "ResamplingPipeline",
    "SelfTraining",
    "TunedWeights",
    "VGG16Classifier",
    "VGGClassifier",
    "VideoTCNClassifier",
    "VideoTransformerClassifier",
    "list_models",
    "load_model",
    "make_resampling_pipeline",
]


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.models' has no attribute {name!r}")
