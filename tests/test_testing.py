"""The contracts: what keeps them passes, and each broken promise is named."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Bunch

from skemotion import Dataset, Model, RecordingTransformer, load_model
from skemotion.plugins import DATASETS, Plugin
from skemotion.protocols import GENERIC, Fold, Protocol
from skemotion.testing import check_dataset, check_model, check_recording_transformer

WAVEFORMS = [np.arange(3.0) + row for row in range(4)]


def broken(sentence):
    return pytest.raises(AssertionError, match=f"^{re.escape(sentence)}")


class Double(RecordingTransformer):
    """Double each value."""

    def make_function(self):
        return _double

    def get_feature_names_out(self, input_features=None):
        return np.array(["a", "b", "c"], dtype=object)


def _double(recording):
    if not isinstance(recording, np.ndarray):
        raise TypeError(f"expected an array, got {recording!r}")
    return recording * 2


class Modifies(Double):
    def make_function(self):
        return lambda recording: np.multiply(recording, 2, out=recording)


class DropsRows(Double):
    def stack(self, results):
        return super().stack(results[1:])


class Remembers(Double):
    def fit(self, X, y=None):
        self.level_ = 3.0
        return self

    def make_function(self):
        level = getattr(self, "level_", 0.0)
        return lambda recording: _double(recording) + level


class Sorts(Double):
    def stack(self, results):
        return np.array(sorted(map(list, super().stack(results))))


class DependsOnOthers(Double):
    def stack(self, results):
        return super().stack(results) / len(results)


class AcceptsAnything(Double):
    def make_function(self):
        return lambda recording: np.zeros(3)


class RaisesItsOwn(Double):
    def make_function(self):
        return lambda recording: recording.mean(keepdims=True)


class KeepsNoRow(Double):
    def stack(self, results):
        return super().stack([result for result in results if result is not None])


class FillsIn(Double):
    def stack(self, results):
        return np.nan_to_num(super().stack(results))


class NamesTwice(Double):
    def get_feature_names_out(self, input_features=None):
        return np.array(["a", "b", "b"], dtype=object)


def test_a_good_step_passes():
    check_recording_transformer(Double(), WAVEFORMS)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (Modifies, "Modifies modified its input."),
        (DropsRows, "DropsRows made 3 rows of 4 recordings."),
        (Remembers, "Remembers gives other values for transform without fit than for"),
        (Sorts, "Sorts gives other values for the reversed input than for fit_transform."),
        (DependsOnOthers, "DependsOnOthers gives other values for recording 0 alone than among"),
        (AcceptsAnything, "AcceptsAnything takes b'This is not a recording.' for a recording"),
        (RaisesItsOwn, "RaisesItsOwn raises AttributeError for a broken recording, not"),
        (KeepsNoRow, "KeepsNoRow loses a row with on_error='nan'."),
        (FillsIn, "FillsIn gives values for the broken recording with on_error='nan'."),
        (NamesTwice, "NamesTwice gives two features one name."),
    ],
)
def test_broken_steps_are_told_why(step, sentence):
    waveforms = [waveform.copy() for waveform in WAVEFORMS]
    with broken(sentence):
        check_recording_transformer(step(), waveforms)


def test_parameters_must_be_stored_untouched():
    class Lowers(Double):
        def __init__(self, unit="dB", *, n_jobs=None, on_error="raise", verbose=False):
            super().__init__(n_jobs=n_jobs, on_error=on_error, verbose=verbose)
            self.unit = unit.lower()

    step = Lowers()
    step.unit = "DB"
    with broken("Lowers does not store the parameter 'unit' untouched."):
        check_recording_transformer(step, WAVEFORMS)


class Tones(Dataset):
    """Two emotions of six subjects, in files."""

    name = "tones"
    modality = "voice"
    licence = "CC0-1.0"
    homepage = "https://example.org/tones"
    emotions = {"hi": "happy", "lo": "sad"}
    protocols = (GENERIC["loso"],)

    def index(self):
        paths = sorted(path.name for path in self.root.glob("*.wav"))
        return pd.DataFrame(
            {
                "path": paths,
                "emotion": [self.emotions[path[:2]] for path in paths],
                "subject": [path[2] for path in paths],
            }
        )


@pytest.fixture
def root(tmp_path):
    for emotion in ("hi", "lo"):
        for subject in range(6):
            (tmp_path / f"{emotion}{subject}.wav").write_bytes(b"RIFF")
    return tmp_path


def variant(**members):
    return type("Variant", (Tones,), members)


def leaky(frame):
    yield Fold({}, np.arange(4), np.array([], int), np.arange(9, 12))


def doubled(frame):
    yield Fold({}, np.arange(4), np.array([], int), np.arange(3, 6))


def lost(self):
    return Tones.index(self).assign(path="lost.wav")


def twice(self):
    return Tones.index(self).assign(path="hi0.wav")


def shuffled(self):
    self.calls = getattr(self, "calls", 0) + 1
    return Tones.index(self).sample(frac=1, random_state=self.calls)


def other_groups(self, scheme=None, where=None, on_error="raise"):
    data = Tones.load(self)
    return Bunch(**{**data, "groups": data.frame["subject"].str.replace("tones/", "").to_numpy()})


def test_a_good_dataset_passes(root):
    check_dataset(Tones(root))


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"licence": ""}, "Variant.licence is empty."),
        ({"homepage": ""}, "Variant.homepage is empty."),
        (
            {"modality": "smell"},
            "Variant.modality is 'smell', expected one of voice, face, video, text, or",
        ),
        (
            {"emotions": {"hi": "happy", "lo": "gloomy"}},
            "Variant.emotions maps to ['gloomy'], which are not canonical emotions.",
        ),
        ({"index": shuffled}, "Variant.index() gives another table when called again."),
        ({"index": lost}, "Variant.load() fails: 12 of the 12 files of dataset 'tones' in "),
        ({"index": twice}, "Variant.load() lists ["),
        ({"load": other_groups}, "Variant.load() gives groups that do not start with 'tones/'."),
        (
            {"protocols": (Protocol("tones/twice", doubled, disjoint=()),)},
            "Variant: Protocol 'tones/twice' gives a recording twice in fold {}.",
        ),
        (
            {"protocols": (Protocol("tones/leaky", leaky),)},
            "Variant: Protocol 'tones/leaky' puts 1 subjects into two parts of fold {}, for "
            "instance 'tones/3'. Divide by whole subjects",
        ),
        (
            {"protocols": (replace(GENERIC["loso"], n_folds=9),)},
            "Variant: Protocol 'loso' expected 9 folds, got 6.",
        ),
    ],
)
def test_broken_datasets_are_told_why(root, members, sentence):
    with broken(sentence):
        check_dataset(variant(**members)(root))


def test_a_class_is_no_dataset():
    with broken("Expected an instance of a sub-class of Dataset, got <class "):
        check_dataset(Tones)


def test_declared_plugins_bear_their_name_and_import_little(root, monkeypatch):
    def declare(name, cls):
        plugin = Plugin(name, "dataset", f"{cls.__module__}:{cls.__qualname__}", "tones", "1.0")
        monkeypatch.setattr(type(DATASETS), "plugins", lambda self: [plugin])

    declare("sounds", Tones)
    with broken("Tones.name is 'tones', but tones declares 'sounds'."):
        check_dataset(Tones(root))
    heavy = variant(__module__="skimage.feature")
    monkeypatch.setattr("skemotion.testing._common._HEAVY", ("skimage",))
    declare("tones", heavy)
    with broken("Importing skimage.feature imports skimage."):
        check_dataset(heavy(root))


class Means(Model):
    """The most frequent emotion."""

    name = "means"
    modality = "voice"
    description = "a baseline"
    source = "none needed"

    def pipeline(self):
        return make_pipeline(FunctionTransformer(_lengths), DummyClassifier(strategy="prior"))


def _lengths(X):
    return np.array([[len(x)] for x in X])


DATA = Bunch(X=np.array(["aa", "b", "ccc", "dd"], dtype=object), y=["sad", "happy"] * 2)


def model(**members):
    return type("Variant", (Means,), members)


PIPELINE = Means().pipeline()


class Drifts(DummyClassifier):
    """Predict something else each time it is fitted."""

    fits = 0

    def fit(self, X, y):
        super().fit(X, y)
        Drifts.fits += 1
        self.class_prior_ = np.array([1.0, 0.0]) if Drifts.fits % 2 else np.array([0.0, 1.0])
        return self


class Numbers(DummyClassifier):
    """Predict positions, not labels."""

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


class Odds(DummyClassifier):
    """Give odds for probabilities."""

    def predict_proba(self, X):
        return super().predict_proba(X) * 2


def with_classifier(classifier):
    return lambda self: make_pipeline(FunctionTransformer(_lengths), classifier())


def fitted(self):
    return Means().pipeline().fit(DATA.X, DATA.y)


def unknown(self):
    from optuna.distributions import FloatDistribution

    return {"svc__C": FloatDistribution(1, 2)}


@pytest.mark.parametrize("candidate", [Means, Means(), load_model("face-hog-svm")])
def test_good_models_pass(candidate):
    check_model(candidate, DATA if getattr(candidate, "name", "") == "means" else None)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"source": ""}, "Variant.source is empty."),
        (
            {"pipeline": lambda self: DummyClassifier()},
            "Variant.pipeline() gives DummyClassifier()",
        ),
        ({"pipeline": lambda self: PIPELINE}, "Variant.pipeline() must make new steps at each"),
        ({"pipeline": fitted}, "Variant.pipeline() gives a fitted pipeline."),
        (
            {"search_space": unknown},
            "Variant.search_space() names 'svc__C', which its pipeline lacks.",
        ),
        (
            {"search_space": lambda self: {"dummyclassifier__strategy": ["prior"]}},
            "Variant.search_space() gives ['prior'] for 'dummyclassifier__strategy', not an optuna",
        ),
        (
            {"pipeline": with_classifier(Drifts)},
            "Variant predicts something else when fitted again",
        ),
        ({"pipeline": with_classifier(Numbers)}, "Variant predicts labels that it has not seen."),
        ({"pipeline": with_classifier(Odds)}, "Variant gives probabilities that do not sum to 1."),
    ],
)
def test_broken_models_are_told_why(members, sentence):
    with broken(sentence):
        check_model(model(**members), DATA)


def test_a_model_without_a_sample_needs_data():
    with pytest.raises(
        ValueError,
        match=r"^There is no embedded dataset of modality 'video' to check Variant on\. Pass data=",
    ):
        check_model(model(modality="video"))
