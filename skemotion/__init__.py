"""Emotion recognition from faces and voices, the scikit-learn way."""

from importlib import import_module

_WHERE = {
    "AcousticFeatures": "skemotion.audio",
    "AggregateFrames": "skemotion.video",
    "AlphaRatio": "skemotion.audio",
    "Augment": "skemotion.resampling",
    "CLAHE": "skemotion.image",
    "CNNClassifier": "skemotion.models",
    "Chroma": "skemotion.audio",
    "CostSensitive": "skemotion.models",
    "CropFaces": "skemotion.image",
    "Dataset": "skemotion.datasets",
    "EqualizeHist": "skemotion.image",
    "ExtractAudio": "skemotion.video",
    "FaceTrack": "skemotion.video",
    "Formants": "skemotion.audio",
    "FrameAugmenter": "skemotion.audio",
    "Gabor": "skemotion.image",
    "Gamma": "skemotion.image",
    "HNR": "skemotion.audio",
    "HOG": "skemotion.image",
    "HammarbergIndex": "skemotion.audio",
    "HarmonicDifference": "skemotion.audio",
    "ImageAugmenter": "skemotion.image",
    "Jitter": "skemotion.audio",
    "LBP": "skemotion.image",
    "LSTMClassifier": "skemotion.models",
    "LogEnergy": "skemotion.audio",
    "LogMel": "skemotion.audio",
    "Loudness": "skemotion.audio",
    "MFCC": "skemotion.audio",
    "Model": "skemotion.models",
    "NeuralClassifier": "skemotion.models",
    "NormalizeLoudness": "skemotion.audio",
    "OnnxEmbedding": "skemotion.models",
    "OpenSmile": "skemotion.audio",
    "OptunaSearchCV": "skemotion.tuning",
    "PCEN": "skemotion.audio",
    "Pitch": "skemotion.audio",
    "PreEmphasis": "skemotion.audio",
    "PriorCorrection": "skemotion.models",
    "RMS": "skemotion.audio",
    "ReadAudio": "skemotion.audio",
    "ReadImages": "skemotion.image",
    "ReadVideo": "skemotion.video",
    "RecordingError": "skemotion._recordings",
    "RecordingPipeline": "skemotion._recordings",
    "RecordingTransformer": "skemotion._recordings",
    "Rescale": "skemotion.image",
    "ResamplingPipeline": "skemotion.models",
    "Resize": "skemotion.image",
    "Shimmer": "skemotion.audio",
    "SpeakerNormalizer": "skemotion.audio",
    "SpectralBandwidth": "skemotion.audio",
    "SpectralCentroid": "skemotion.audio",
    "SpectralContrast": "skemotion.audio",
    "SpectralFlatness": "skemotion.audio",
    "SpectralFlux": "skemotion.audio",
    "SpectralRolloff": "skemotion.audio",
    "SpectralSlope": "skemotion.audio",
    "StandardizeImage": "skemotion.image",
    "TensorSampler": "skemotion.resampling",
    "TrimSilence": "skemotion.audio",
    "TunedWeights": "skemotion.models",
    "VGG16Classifier": "skemotion.models",
    "VoiceActivity": "skemotion.audio",
    "WaveformAugmenter": "skemotion.audio",
    "ZCA": "skemotion.image",
    "ZeroCrossings": "skemotion.audio",
    "audit": "skemotion.evaluation",
    "cross_dataset": "skemotion.evaluation",
    "detect_faces": "skemotion.image",
    "evaluate": "skemotion.evaluation",
    "fetch": "skemotion.datasets",
    "join_datasets": "skemotion.datasets",
    "leak_gap": "skemotion.evaluation",
    "list_datasets": "skemotion.plugins",
    "list_models": "skemotion.plugins",
    "load_dataset": "skemotion.datasets",
    "load_model": "skemotion.models",
    "make_recording_pipeline": "skemotion._recordings",
    "make_resampling_pipeline": "skemotion.models",
    "tune": "skemotion.tuning",
    "uar_score": "skemotion.metrics",
}

__all__ = sorted(_WHERE)
__version__ = "0.1.0"


def __getattr__(name):
    """Import a public name on first use, so that ``import skemotion`` stays instant."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion' has no attribute {name!r}")


def __dir__():
    return [*__all__, "__version__"]
