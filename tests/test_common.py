"""Every public estimator keeps the contract of scikit-learn, or ours where that says nothing."""

import inspect
import warnings
from importlib import import_module

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from make_nets import shared_voice_net
from make_videos import encode, shades, tone
from optuna.distributions import FloatDistribution
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skemotion import (
    CLAHE,
    HNR,
    HOG,
    LBP,
    MFCC,
    RMS,
    ZCA,
    AcousticFeatures,
    AggregateFrames,
    Augment,
    BiLSTMClassifier,
    Chroma,
    CNN1DClassifier,
    CNNClassifier,
    ConformerClassifier,
    ContrastiveClassifier,
    CostSensitive,
    CRNNClassifier,
    CropFaces,
    EfficientNetClassifier,
    EqualizeHist,
    ExtractAudio,
    FaceTrack,
    Formants,
    FrameAugmenter,
    Gabor,
    Gamma,
    HarmonicDifference,
    ImageAugmenter,
    Jitter,
    LiteRTClassifier,
    LSTMClassifier,
    MicroCNNClassifier,
    MiniXceptionClassifier,
    MLPClassifier,
    MobileNetClassifier,
    OnnxClassifier,
    OnnxEmbedding,
    OptunaSearchCV,
    PadClips,
    Pitch,
    PriorCorrection,
    ReadAudio,
    ReadImages,
    ReadVideo,
    RecordingPipeline,
    Rescale,
    ResCNNClassifier,
    Resize,
    ResNetClassifier,
    SelfTraining,
    Shimmer,
    StandardizeImage,
    TensorSampler,
    TunedWeights,
    VGG16Classifier,
    VGGClassifier,
    VideoTCNClassifier,
    VideoTransformerClassifier,
    WaveformAugmenter,
    make_resampling_pipeline,
)
from skemotion.audio import (
    PCEN,
    AlphaRatio,
    FrameScaler,
    HammarbergIndex,
    LogEnergy,
    LogMel,
    Loudness,
    NormalizeLoudness,
    OpenSmile,
    PreEmphasis,
    SpeakerNormalizer,
    SpectralBandwidth,
    SpectralCentroid,
    SpectralContrast,
    SpectralFlatness,
    SpectralFlux,
    SpectralRolloff,
    SpectralSlope,
    TrimSilence,
    VoiceActivity,
    ZeroCrossings,
)
from skemotion.testing import check_augmenter, check_recording_transformer

_TINY = {
    "dense_units": 8,
    "dropout": 0.0,
    "epochs": 4,
    "batch_size": 64,
    "learning_rate": 0.1,
    "random_state": 0,
}
_BARE = {name: value for name, value in _TINY.items() if name not in ("dense_units", "dropout")}
_PLAIN = {name: value for name, value in _TINY.items() if name != "dense_units"}
VOICE_STEPS = [
    ReadAudio(),
    MFCC(),
    Chroma(),
    RMS(),
    AcousticFeatures(),
    Pitch(),
    Jitter(),
    Shimmer(),
    HNR(),
    LogMel(),
    PCEN(),
    ZeroCrossings(),
    SpectralCentroid(),
    SpectralBandwidth(),
    SpectralRolloff(),
    SpectralFlatness(),
    SpectralContrast(),
    SpectralFlux(),
    SpectralSlope(),
    LogEnergy(),
    Loudness(),
    AlphaRatio(),
    HammarbergIndex(),
    TrimSilence(),
    VoiceActivity(),
    NormalizeLoudness(),
    PreEmphasis(),
    OpenSmile(),
    Formants(),
    HarmonicDifference(),
]
FACE_STEPS = [
    ReadImages(),
    EqualizeHist(),
    CLAHE(),
    Gamma(),
    StandardizeImage(),
    CropFaces(on_missing="whole"),
    Resize(),
    HOG(),
    LBP(),
    Gabor(),
    RecordingPipeline([("equalizehist", EqualizeHist()), ("resize", Resize())]),
]
VIDEO_STEPS = [ReadVideo(4), ExtractAudio()]
EMBEDDING = OnnxEmbedding(shared_voice_net(), pooling=("mean", "std"))
CLIP_STEPS = [FaceTrack(24, on_missing="whole"), PadClips(4), AggregateFrames(HOG(cell_size=6))]
NETWORKS = [
    CNNClassifier((4,), **_TINY),
    LSTMClassifier((8, 8), **_TINY),
    ResNetClassifier((8,), **_PLAIN),
    MicroCNNClassifier((8,), **_PLAIN),
    MiniXceptionClassifier((8,), **_BARE),
    VGGClassifier((4,), **_TINY),
    VGG16Classifier(last_layer="block1_pool", **_TINY | {"learning_rate": 1e-4}),
    MobileNetClassifier(last_layer="conv_bn", **_TINY),
    EfficientNetClassifier(last_layer="stem_activation", **_TINY),
    VideoTransformerClassifier((4,), units=8, n_blocks=1, n_heads=2, **_PLAIN),
    VideoTCNClassifier((4,), units=8, n_blocks=1, **_PLAIN),
    BiLSTMClassifier((8,), attention_units=4, **_PLAIN),
    CNN1DClassifier((8,), kernel_size=3, attention_units=4, **_PLAIN),
    CRNNClassifier((4,), units=8, attention_units=4, **_PLAIN),
    ConformerClassifier(16, n_blocks=1, n_heads=2, kernel_size=3, **_PLAIN),
    MLPClassifier((8,), input_dropout=0.0, **_PLAIN),
    ResCNNClassifier(
        (4,),
        attention_units=4,
        **_PLAIN | {"batch_size": 8, "epochs": 8, "learning_rate": 0.02},  # steps to normalise by
    ),
    ContrastiveClassifier(
        CNNClassifier((4,), **_TINY), augmenter=ImageAugmenter(), epochs=1, random_state=0
    ),
]
SEARCH = OptunaSearchCV(
    LinearSVC(),
    {"C": FloatDistribution(0.1, 1.0, log=True)},
    cv=2,
    n_trials=2,
    random_state=0,
    error_score="raise",
)


EXPORTED = [OnnxClassifier("net.onnx"), LiteRTClassifier("net.tflite", classes=["a", "b"])]
# a fixed network takes samples of its own shape and knows its own classes, not those of the checks:
# tests/models/test_exported.py has what they predict
FIXED_CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


class _Noise(BaseEstimator):
    def augment_batch(self, X, rng):
        return X + rng.normal(size=X.shape).astype(X.dtype)


SAMPLERS = [
    TensorSampler(RandomOverSampler(random_state=0)),
    TensorSampler(SMOTE(k_neighbors=1, random_state=0)),
    Augment(_Noise(), random_state=0),
]
DECISIONS = [
    PriorCorrection(LogisticRegression()),
    CostSensitive(LogisticRegression()),
    TunedWeights(LogisticRegression(), cv=2),
    SelfTraining(LogisticRegression()),
    make_resampling_pipeline(RandomOverSampler(random_state=0), LogisticRegression()),
]
OTHERS = [
    *SAMPLERS,
    *DECISIONS,
    SEARCH,
    FrameScaler(),
    SpeakerNormalizer(),
    Rescale(),
    ZCA(),
    EMBEDDING,
    *VOICE_STEPS,
    *FACE_STEPS,
    *VIDEO_STEPS,
    *CLIP_STEPS,
]
_RNG = np.random.default_rng(0)
_WAVES = _RNG.normal(size=(3, 2000)).astype("float32")
AUGMENTERS = [  # not fitted: no check of scikit-learn's applies
    (ImageAugmenter(), _RNG.integers(0, 256, (3, 24, 24), dtype="uint8")),
    (ImageAugmenter(brightness=0.2, cutout=0.3, noise=0.1), _RNG.random((3, 2, 9, 8, 3))),
    (FrameAugmenter(noise=0.1, crop=0.1, speed=0.1, shift=0.1), _RNG.normal(size=(3, 40, 20))),
    (WaveformAugmenter(pitch=1.0, shift=0.1, polarity=True), _WAVES),
    (WaveformAugmenter(noise=list(_WAVES)), np.array([*_WAVES, None], dtype=object)[:3]),
]
BASES = {"AcousticFeature", "NeuralClassifier", "RecordingTransformer"}

_BATCHES = "a weight of 2 is not the same as two rows, which fall into different batches"
_FEW_STEPS = "normalisation learns its averages in more steps than a tiny table gives"
_UNLABELLED = "-1 is no class here, it says that there is none, as in scikit-learn's own"
_STEPS = "as in the pipelines of scikit-learn, which fits steps in place"
EXPECTED_FAILURES = {
    "ContrastiveClassifier": {"check_classifiers_classes": _UNLABELLED},
    "SelfTraining": {
        "check_classifiers_classes": _UNLABELLED,
        "check_non_transformer_estimators_n_iter": "no round where every row has a label",
    },
    "ResamplingPipeline": {
        "check_estimators_overwrite_params": _STEPS,
        "check_dont_overwrite_parameters": _STEPS,
    },
    "CNNClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "MicroCNNClassifier": {
        "check_sample_weight_equivalence_on_dense_data": _BATCHES,
        "check_class_weight_classifiers": _FEW_STEPS,
    },
    "MiniXceptionClassifier": {
        "check_sample_weight_equivalence_on_dense_data": _BATCHES,
        "check_class_weight_classifiers": _FEW_STEPS,
    },
    "VGGClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "ResNetClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "LSTMClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "MobileNetClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "EfficientNetClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "VideoTCNClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "VideoTransformerClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "BiLSTMClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "CNN1DClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "CRNNClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "ConformerClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "MLPClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
    "ResCNNClassifier": {"check_sample_weight_equivalence_on_dense_data": _BATCHES},
}
# processors round a row otherwise alone or elsewhere among others, where scikit-learn wants 1e-9
ROUNDED = {
    "VGG16Classifier": {"check_methods_subset_invariance"},
    "VideoTCNClassifier": {"check_methods_sample_order_invariance"},
    "VideoTransformerClassifier": {"check_methods_sample_order_invariance"},
    "ConformerClassifier": {"check_methods_sample_order_invariance"},
}


def _with_checks(estimators):
    with warnings.catch_warnings():
        # most checks need a table of numbers: recording steps pass our contract below
        warnings.simplefilter("ignore", SkipTestWarning)
        return parametrize_with_checks(
            estimators,
            expected_failed_checks=lambda estimator: EXPECTED_FAILURES.get(
                type(estimator).__name__, {}
            ),
        )


@_with_checks(OTHERS)
def test_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", EXPORTED, ids=lambda estimator: type(estimator).__name__)
@pytest.mark.parametrize("check", FIXED_CHECKS)
def test_exported(estimator, check):
    getattr(estimator_checks, check)(type(estimator).__name__, estimator)


@pytest.mark.slow
@_with_checks(NETWORKS)
def test_network(estimator, check):
    if check.func.__name__ in ROUNDED.get(type(estimator).__name__, ()):
        _check_rows_alike(estimator)
    else:
        check(estimator)


def _check_rows_alike(estimator):
    """A row is predicted the same alone and elsewhere among others, up to single precision."""
    X = np.random.default_rng(0).normal(scale=3, size=(20, 3))
    fitted = clone(estimator).fit(X, (X[:, 0] > 0).astype(int))
    expected = fitted.predict_proba(X)
    order = np.random.default_rng(1).permutation(20)
    np.testing.assert_allclose(fitted.predict_proba(X[order]), expected[order], atol=1e-5)
    alone = np.concatenate([fitted.predict_proba(X[row : row + 1]) for row in range(20)])
    np.testing.assert_allclose(alone, expected, atol=1e-5)


@pytest.mark.parametrize("step", [EMBEDDING, *VOICE_STEPS], ids=lambda step: type(step).__name__)
def test_voice_step(step):
    rng = np.random.default_rng(0)
    voices = [rng.normal(scale=0.1, size=16000).astype("float32") for _ in range(3)]
    check_recording_transformer(step, voices)


@pytest.mark.parametrize("step", FACE_STEPS, ids=lambda step: type(step).__name__)
def test_face_step(step):
    rng = np.random.default_rng(0)
    check_recording_transformer(step, list(rng.integers(0, 256, (3, 48, 48), dtype="uint8")))


@pytest.mark.parametrize("step", VIDEO_STEPS, ids=lambda step: type(step).__name__)
def test_video_step(step):
    videos = [encode(shades()[start:], tone(220 + 20 * start)) for start in range(3)]
    check_recording_transformer(step, videos)


@pytest.mark.parametrize("step", CLIP_STEPS, ids=lambda step: type(step).__name__)
def test_clip_step(step):
    rng = np.random.default_rng(0)
    check_recording_transformer(step, list(rng.integers(0, 256, (3, 5, 24, 30), dtype="uint8")))


@pytest.mark.parametrize(("augmenter", "X"), AUGMENTERS)
def test_augmenter(augmenter, X):
    check_augmenter(augmenter, X)


def test_every_public_estimator_is_checked():
    augmenters = [augmenter for augmenter, _ in AUGMENTERS]
    checked = {
        type(estimator).__name__ for estimator in [*NETWORKS, *OTHERS, *EXPORTED, *augmenters]
    }
    assert _public_estimators() - BASES == checked


def _public_estimators():
    parts = ("", ".audio", ".image", ".models", ".resampling", ".video")
    found = set()
    for module in (import_module(f"skemotion{part}") for part in parts):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and issubclass(value, BaseEstimator):
                found.add(name)
    return found
