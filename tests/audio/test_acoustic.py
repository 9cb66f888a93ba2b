"""AcousticFeatures: several features from one decoding and one spectrum."""

import io
import pickle
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skemotion import MFCC, RMS, AcousticFeatures, Chroma, ReadAudio
from skemotion.audio import AcousticFeature
from skemotion.audio._spectrum import Spectrum


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Eight short files that differ in pitch and length."""
    folder = tmp_path_factory.mktemp("voices")
    random = np.random.default_rng(0)
    for place in range(8):
        n_times = 6000 + 700 * place
        wave = 0.3 * np.sin(0.02 * (place + 2) * np.arange(n_times))
        wave += 0.01 * random.standard_normal(n_times)
        soundfile.write(folder / f"{place}.wav", wave, 16000)
    return [str(path) for path in sorted(folder.iterdir())]


class Crossings(AcousticFeature):
    def compute(self, spectrum):
        return np.diff(np.signbit(spectrum.frames), axis=1).mean(axis=1, keepdims=True)

    def names(self):
        return ["crossings"]


def test_default_is_the_vector_of_26(paths):
    values = AcousticFeatures().fit_transform(paths)
    single = [feature.fit_transform(paths) for feature in (MFCC(), Chroma(), RMS())]
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.hstack(single))
    assert values.shape == (8, 26)


def test_names_follow_the_columns(paths):
    features = AcousticFeatures([RMS(), MFCC(2)], summary=("mean", "max"))
    frame = features.set_output(transform="pandas").fit_transform(paths)
    assert list(frame.columns) == [
        *("rms_mean", "mfcc_1_mean", "mfcc_2_mean", "rms_max", "mfcc_1_max", "mfcc_2_max")
    ]
    np.testing.assert_array_equal(frame["rms_max"], RMS(summary=["max"]).transform(paths)[:, 0])


@pytest.mark.parametrize("kind", ["bytes", "file", "waveform"])
def test_every_kind_of_recording_gives_the_same(paths, kind):
    expected = AcousticFeatures().transform(paths)
    contents = [Path(path).read_bytes() for path in paths]
    recordings = {
        "bytes": contents,
        "file": [io.BytesIO(content) for content in contents],
        "waveform": ReadAudio().transform(paths),
    }[kind]
    np.testing.assert_array_equal(AcousticFeatures().transform(recordings), expected)
    np.testing.assert_array_equal(AcousticFeatures().transform(recordings), expected)


def test_one_decoding_and_one_spectrum(paths, monkeypatch):
    counted = []

    class Counted(Spectrum):
        def __init__(self, *args):
            counted.append(args[1:])
            super().__init__(*args)

    monkeypatch.setattr("skemotion.audio._frames.Spectrum", Counted)
    AcousticFeatures([MFCC(), Chroma(), RMS(), MFCC(n_fft=1024, n_mels=40)]).transform(paths[:1])
    assert sorted(counted) == [(16000, 1024, 512, 1024), (16000, 2048, 512, 2048)]


def test_order_is_kept_by_processes(paths):
    expected = AcousticFeatures().transform(paths)
    np.testing.assert_array_equal(AcousticFeatures(n_jobs=2).transform(paths), expected)


def test_open_files_are_sent_to_processes(paths):
    with ExitStack() as stack:
        files = [stack.enter_context(open(path, "rb")) for path in paths]
        values = RMS(n_jobs=2).transform(files)
    np.testing.assert_array_equal(values, RMS().transform(paths))


def test_given_front_end_rules_for_all(paths):
    front_end = {"sampling_rate": 8000, "n_fft": 800, "hop_length": 160, "win_length": 400}
    features = [MFCC(n_mels=30), RMS(hop_length=99)]
    values = AcousticFeatures(features, **front_end).fit_transform(paths)
    expected = [MFCC(n_mels=30, **front_end), RMS(**front_end)]
    np.testing.assert_array_equal(values, np.hstack([f.fit_transform(paths) for f in expected]))
    assert features[1].hop_length == 99


def test_frames_are_padded_at_the_end(paths):
    transformer = AcousticFeatures(summary=None, mask_value=-5.0)
    frames = transformer.fit_transform(paths)
    lengths = [1 + (6000 + 700 * place) // 512 for place in range(8)]
    assert frames.shape == (8, max(lengths), 26)
    assert frames.dtype == np.float32
    for sequence, length, path in zip(frames, lengths, paths, strict=True):
        assert (sequence[length:] == -5).all()
        np.testing.assert_array_equal(
            sequence[:length, :13], MFCC(summary=None).transform([path])[0]
        )
    short = transformer.set_params(n_frames=14).transform(paths)
    np.testing.assert_array_equal(short, frames[:, :14])
    assert not hasattr(transformer, "get_feature_names_out")


def test_silent_frames_are_not_taken_for_padding():
    frames = AcousticFeatures([RMS()], summary=None, n_frames=9).transform([np.zeros(2000)])
    np.testing.assert_allclose(frames, 0, atol=1e-5)
    np.testing.assert_array_equal(frames[0, :, 0] != 0, [True] * 4 + [False] * 5)


def test_what_cannot_be_decoded_is_nan_and_counted(paths):
    recordings = [*paths[:2], "nowhere.wav", paths[2], b"text"]
    message = (
        r"^2 of 5 recordings could not be processed and are left missing\. The first: Cannot "
        r"decode nowhere\.wav \(recording 2\): the file does not exist\. Check the path\.$"
    )
    for params in ({}, {"summary": None}):
        with pytest.warns(UserWarning, match=message) as caught:
            values = AcousticFeatures(on_error="nan", **params).fit_transform(recordings)
        assert len(caught) == 1
        missing = np.isnan(values).reshape(5, -1)
        assert missing.all(axis=1).tolist() == [False, False, True, False, True]
        assert missing.any(axis=1).tolist() == missing.all(axis=1).tolist()


def test_parameters_of_features_are_within_reach():
    features = AcousticFeatures()
    assert features.get_params()["mfcc__n_mfcc"] == 13
    features.set_params(mfcc__n_mfcc=20, chroma__tuning=0.0, summary=("std",))
    assert features.features[0].n_mfcc == 20
    assert len(features.get_feature_names_out()) == 33
    features.set_params(mfcc=MFCC(5), mfcc__n_mels=40)
    assert features.features[0].get_params()["n_mels"] == 40
    assert len(features.features) == 3
    twice = AcousticFeatures([MFCC(1), RMS(), MFCC(1, n_fft=4096)])
    twice.set_params(**{"mfcc-2__n_mfcc": 2})
    assert twice.feature_names() == [*("mfcc-1__mfcc_1", "rms", "mfcc-2__mfcc_1", "mfcc-2__mfcc_2")]
    with pytest.raises(ValueError, match="Invalid parameter 'mfc' for estimator AcousticFeatures"):
        features.set_params(mfc__n_mfcc=2)


def test_clones_are_independent():
    original = AcousticFeatures([MFCC(5), RMS()])
    copied = clone(original).set_params(mfcc__n_mfcc=7)
    assert original.features[0].n_mfcc == 5
    assert copied.features[0].n_mfcc == 7
    assert clone(AcousticFeatures()).features is None


def test_grid_search_over_features(paths):
    pipeline = make_pipeline(AcousticFeatures(), SVC())
    grid = {"acousticfeatures__mfcc__n_mfcc": [5, 13], "acousticfeatures__n_fft": [1024, 2048]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    search.fit(paths, list("aabbaabb"))
    assert len(search.cv_results_["params"]) == 4


def test_pickle_gives_the_same(paths):
    transformer = AcousticFeatures([MFCC(), Chroma()], summary=("mean", "std")).fit(paths)
    again = pickle.loads(pickle.dumps(transformer))
    np.testing.assert_array_equal(again.transform(paths), transformer.transform(paths))


def test_own_feature_stands_in_line(paths):
    values = AcousticFeatures([RMS(), Crossings()], n_jobs=1).fit_transform(paths)
    np.testing.assert_allclose(values[:, 1], 0.02 * np.arange(2, 10) / np.pi, rtol=0.3)
    assert AcousticFeatures([Crossings()]).feature_names() == ["crossings"]


@pytest.mark.parametrize(
    ("transformer", "error", "message"),
    [
        (
            AcousticFeatures([MFCC(), RMS(sampling_rate=8000)]),
            ValueError,
            r"Expected all features to have the same sampling_rate, got mfcc 16000, rms 8000\. Set "
            r"sampling_rate in AcousticFeatures to rule for all\.",
        ),
        (
            AcousticFeatures([MFCC(), RMS(hop_length=80)], summary=None),
            ValueError,
            r"Expected all features to have the same hop_length, got mfcc 512, rms 80\. Set "
            r"hop_length in AcousticFeatures to rule for all\.",
        ),
        (
            AcousticFeatures(n_frames=9),
            ValueError,
            r"Expected n_frames=None with a summary, got n_frames=9 and summary=\('mean',\)\. "
            r"Write summary=None for frames\.",
        ),
        (
            AcousticFeatures([]),
            ValueError,
            r"Expected features to hold at least one feature, got an empty list\. Write "
            r"features=None for MFCC, Chroma and RMS\.",
        ),
        (
            AcousticFeatures(["mfcc"]),
            TypeError,
            r"Expected features to be AcousticFeature instances such as MFCC\(\), got 'mfcc'\. "
            r"Derive yours from skemotion\.audio\.AcousticFeature\.",
        ),
    ],
)
def test_wrong_parameters_are_explained(transformer, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        transformer.fit_transform([np.zeros(100)])


def test_parameters_of_features_are_checked():
    with pytest.raises(ValueError, match="The 'n_mfcc' parameter of MFCC must be an int"):
        AcousticFeatures([MFCC(0)]).fit_transform([np.zeros(100)])
