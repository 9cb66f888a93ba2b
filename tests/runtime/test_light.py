"""Exported models answer without scikit-learn as they do with it: bit by bit."""

import gzip
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_videos import encode, waves
from PIL import Image
from runtime.exported import CLASSES, export_tiny
from skimage.data import astronaut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from skemotion import (
    CLAHE,
    HOG,
    MFCC,
    PCEN,
    AcousticFeatures,
    CropFaces,
    EqualizeHist,
    Formants,
    Gamma,
    LogEnergy,
    MLPClassifier,
    Pitch,
    PreEmphasis,
    ReadAudio,
    ReadImages,
    ReadVideo,
    RecordingError,
    Rescale,
    Resize,
    SpectralContrast,
    SpectralSlope,
    StandardizeImage,
    list_models,
    load,
    load_model,
    make_recording_pipeline,
    save,
    to_litert,
)
from skemotion.audio import FrameScaler
from skemotion.runtime import open_predictor

HEAVY = {"sklearn", "tensorflow", "keras", "skops", "pandas", "librosa", "numba", "joblib"}
FACES = (Resize(16, 16), Rescale())


def _wav(n_times=12_000, seed=0, rate=16_000):
    times = np.arange(n_times) / rate
    voice = sum(np.sin(2 * np.pi * 170 * k * times) / k for k in range(1, 9))
    noise = np.random.default_rng(seed).normal(0, 0.02, n_times)
    file = io.BytesIO()
    soundfile.write(
        file, 0.2 * voice * (0.5 + 0.5 * np.sin(3 * times + seed)) + noise, rate, format="WAV"
    )
    return file.getvalue()


def _picture(pixels, kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def recordings():
    """Return some files of each modality."""
    rng = np.random.default_rng(0)
    pixels = [
        rng.integers(0, 256, shape, "uint8") for shape in ((48, 48), (60, 50, 3), (90, 99, 3))
    ]
    return {
        "voice": [_wav(), _wav(9000, 1, 22_050), _wav(20_000, 2)],
        "face": [
            _picture(one, kind) for one, kind in zip(pixels, ("PNG", "JPEG", "PNG"), strict=True)
        ],
        "video": [encode(waves(20)), encode(waves(18, 50, 60))],
    }


@pytest.fixture
def check(tmp_path):
    """Return a function that compares a pipeline with what its file answers."""

    def compare(front, X, **more):
        pipeline = export_tiny(front, X, tmp_path / "net.onnx", **more)
        save(pipeline, tmp_path / "a.skemotion")
        predictor = open_predictor(tmp_path / "a.skemotion")
        expected = pipeline.predict_proba(X)
        np.testing.assert_array_equal(predictor.predict_proba(X), expected)
        np.testing.assert_array_equal(load(tmp_path / "a.skemotion").predict_proba(X), expected)
        assert predictor.predict(X).tolist() == pipeline.predict(X).tolist()
        assert predictor.classes == CLASSES
        assert not np.allclose(expected, expected[0])  # it does depend on the recordings
        return predictor

    return compare


def test_every_recipe_is_known():
    assert len(list_models()) == 19


@pytest.mark.parametrize("name", list_models())
def test_front_ends_of_all_recipes_are_light(name, recordings, check):
    model = load_model(name)
    steps = [step for _, step in model.pipeline().steps if hasattr(step, "transform")]
    steps = [step for step in steps if type(step).__name__ != "QuietNystroem"]  # is exported
    X = recordings[model.modality]
    frames = any(isinstance(step, FrameScaler) for step in steps)
    predictor = check(steps, X, any_length=frames)
    assert predictor.light
    assert predictor.modality == model.modality


@pytest.mark.parametrize(
    "front",
    [
        [CLAHE(2.0), *FACES],
        [Gamma(0.7), *FACES],
        [StandardizeImage()],
        [Resize(20, 24, interpolation="cubic"), HOG(cell_size=4), StandardScaler(with_mean=False)],
    ],
    ids=["clahe", "gamma", "standardize", "hog"],
)
def test_further_steps_for_pictures(front, recordings, check):
    read = make_recording_pipeline(ReadImages("rgb", reduce_to=(40, 40)), Resize(24, 20))
    assert check([read, *front], recordings["face"]).light


@pytest.mark.parametrize(
    "crop",
    [CropFaces(size=(24, 24)), CropFaces(which="surest", margin=0.1, align=False)],
    ids=["largest", "surest"],
)
def test_faces_are_cut_out(crop, check):
    photos = [_picture(photo) for photo in (astronaut(), astronaut()[:300, 100:400])]
    assert check([ReadImages("rgb"), crop, *FACES], photos).light


@pytest.mark.parametrize(
    "features",
    [
        AcousticFeatures(preset="voice88"),
        AcousticFeatures([Pitch(), Formants(2)], summary=("mean", "delta_std", "p90")),
        AcousticFeatures([SpectralContrast(4), SpectralSlope(), PCEN(20)], n_fft=1024),
        AcousticFeatures(summary=None, n_frames=7, mask_value=-1.0),
        MFCC(20, deltas=2, lifter=22),
        ReadAudio(8000, duration=0.5),
    ],
    ids=["voice88", "pitch", "spectral", "frames", "mfcc", "waveform"],
)
def test_further_features_of_voices(features, recordings, check):
    light = not isinstance(features, ReadAudio)  # no recipe begins with waveforms
    assert check([features], recordings["voice"]).light is light


@pytest.mark.parametrize(
    ("front", "modality"),
    [
        ([ReadImages(), *FACES, FunctionTransformer()], "face"),
        ([ReadImages(on_error="nan"), *FACES], "face"),
        ([ReadImages("rgb"), CropFaces(on_missing="nan"), *FACES], "face"),
        ([ReadImages(), Resize(8, 8), HOG(cell_size=2), MinMaxScaler()], "face"),
        ([PreEmphasis(), AcousticFeatures()], "voice"),
        ([ReadVideo(4, size=(500, 1025))], "video"),
    ],
    ids=["function", "nan", "missing", "scaler", "waveform", "limits"],
)
def test_others_answer_with_scikit_learn(front, modality, recordings, tmp_path):
    X = [_picture(astronaut())] * 2 if "CropFaces" in str(front) else recordings[modality]
    if "ReadVideo" in str(front):
        X = X[:1]
    pipeline = export_tiny(front, X, tmp_path / "net.onnx")
    save(pipeline, tmp_path / "a.skemotion")
    predictor = open_predictor(tmp_path / "a.skemotion")
    assert not predictor.light
    np.testing.assert_array_equal(predictor.predict_proba(X), pipeline.predict_proba(X))


class _Halved(MFCC):
    def compute(self, spectrum):
        return super().compute(spectrum) / 2


def test_a_feature_of_ones_own_is_not_taken_for_ours(recordings, tmp_path):
    save(
        export_tiny([AcousticFeatures([_Halved()])], recordings["voice"], tmp_path / "net.onnx"),
        tmp_path / "a.skemotion",
    )
    assert not open_predictor(tmp_path / "a.skemotion", trusted=[f"{__name__}._Halved"]).light


@pytest.fixture(scope="module")
def saved(recordings, tmp_path_factory):
    """Return a folder with a model for voices and one for faces."""
    folder = tmp_path_factory.mktemp("light")
    faces = make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(16, 16))
    fronts = {"face": [faces, Rescale()], "voice": [AcousticFeatures(), StandardScaler()]}
    for name, front in fronts.items():
        pipeline = export_tiny(front, recordings[name], folder / "net.onnx")
        save(pipeline, folder / f"{name}.skemotion")
    return folder


@pytest.mark.parametrize("modality", ["voice", "face"])
def test_nothing_heavy_is_imported(modality, recordings, saved, tmp_path):
    (tmp_path / "recording").write_bytes(recordings[modality][0])
    code = (
        "import json, sys\n"
        "from skemotion import RecordingError\n"
        "from skemotion.runtime import open_predictor\n"
        "predictor = open_predictor(sys.argv[1])\n"
        "answer = predictor.predict_proba([open(sys.argv[2], 'rb').read()])\n"
        "try:\n"
        "    from skemotion.audio._compiled import find_kernels\n"
        "    find_kernels(10**9)\n"
        "    predictor.predict_proba([b'nothing'])\n"
        "except RecordingError:\n"
        "    modules = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "    print(json.dumps([answer.tolist(), modules]))\n"
    )
    command = [sys.executable, "-c", code, saved / f"{modality}.skemotion", tmp_path / "recording"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer, modules = json.loads(done.stdout)
    expected = load(saved / f"{modality}.skemotion").predict_proba(recordings[modality][:1])
    np.testing.assert_array_equal(np.float32(answer), expected)
    assert not HEAVY & set(modules)
    assert {"numpy", "onnxruntime"} <= set(modules)


def test_nothing_is_told_to_the_maker_of_the_runtime(saved, tmp_path):
    code = (
        "import sys, time\n"
        "from skemotion.runtime import open_predictor\n"
        "open_predictor(sys.argv[1])\n"
        "time.sleep(0.5)\n"
    )
    names = "PATH", "PYTHONPATH", "SYSTEMROOT"  # not CI, where ONNX Runtime does not report
    own = {name: os.environ[name] for name in names if name in os.environ}
    command = [sys.executable, "-c", code, saved / "face.skemotion"]
    subprocess.run(command, check=True, env=own | {"HOME": str(tmp_path)})
    assert not list(tmp_path.rglob("*"))


def test_wrong_recordings_are_named_as_by_the_estimator(recordings, saved):
    X = [*recordings["voice"], b"nothing", recordings["voice"][0], b"no more"]
    with pytest.raises(RecordingError) as expected:
        load(saved / "voice.skemotion").predict_proba(X)
    for n_threads in (1, 3):
        with pytest.raises(RecordingError) as error:
            open_predictor(saved / "voice.skemotion", n_threads).predict_proba(X)
        assert str(error.value) == str(expected.value)
        assert error.value.row == 3
    with pytest.raises(ValueError, match=r"^Expected X to be a list of recordings, got a single"):
        open_predictor(saved / "voice.skemotion").predict_proba(recordings["voice"][0])


def test_features_that_are_not_finite_are_no_emotion(recordings, tmp_path):
    X = [*recordings["voice"], np.zeros(9000, "float32")]
    pipeline = export_tiny([AcousticFeatures([LogEnergy(floor=1e-50)])], X[:3], tmp_path / "n.onnx")
    save(pipeline, tmp_path / "a.skemotion")
    predictor = open_predictor(tmp_path / "a.skemotion")
    assert predictor.light
    with (
        np.errstate(divide="ignore", invalid="ignore"),
        pytest.raises(RecordingError, match=r"^Cannot predict from an array of .* \(recording 3\)"),
    ):
        predictor.predict(X)


def test_pictures_of_several_sizes_are_refused(tmp_path):
    pictures = [np.arange(256, dtype="uint8").reshape(16, 16)] * 2
    save(export_tiny([ReadImages(), Rescale()], pictures, tmp_path / "n.onnx"), tmp_path / "a")
    predictor = open_predictor(tmp_path / "a")
    assert predictor.light
    with pytest.raises(ValueError, match=r"arrays of one shape, got \(12, 16\) and \(16, 16\)"):
        predictor.predict([pictures[0], pictures[1][:12]])


@pytest.mark.parametrize("modality", ["voice", "face"])
def test_threads_change_nothing(modality, recordings, saved):
    X = recordings[modality] * 7
    alone, shared = (open_predictor(saved / f"{modality}.skemotion", n) for n in (None, 3))
    expected = alone.predict_proba(X)
    np.testing.assert_array_equal(shared.predict_proba(X), expected)
    with ThreadPoolExecutor(6) as threads:
        for answer in threads.map(alone.predict_proba, [X] * 12):
            np.testing.assert_array_equal(answer, expected)
    with pytest.raises(ValueError, match=r"^Expected n_threads to be at least 1, got 0\."):
        open_predictor(saved / "face.skemotion", 0)


def test_networks_of_litert(recordings, tmp_path):
    X, y = recordings["voice"], CLASSES
    network = MLPClassifier((4,), epochs=1, random_state=0)
    fitted = make_pipeline(AcousticFeatures(), StandardScaler(), network).fit(X, y)
    exported = to_litert(fitted)
    save(exported, tmp_path / "a.skemotion")
    predictor = open_predictor(tmp_path / "a.skemotion", 2)
    assert predictor.light
    np.testing.assert_array_equal(predictor.predict_proba(X), exported.predict_proba(X))
    np.testing.assert_allclose(predictor.predict_proba(X), fitted.predict_proba(X), atol=1e-5)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    colour=st.booleans(),
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP"]),
    seed=st.integers(0, 99),
)
def test_any_picture(shape, colour, kind, seed, saved):
    pixels = np.random.default_rng(seed).integers(0, 256, (*shape, 3)[: 2 + colour], "uint8")
    _compare(saved / "face.skemotion", [_picture(pixels, kind)])


@settings(max_examples=30, deadline=None)
@given(
    n_times=st.integers(1, 9000),
    rate=st.sampled_from([8000, 16_000, 22_050, 48_000]),
    seed=st.integers(0, 99),
)
def test_any_utterance(n_times, rate, seed, saved):
    _compare(saved / "voice.skemotion", [_wav(n_times, seed, rate)])


def _compare(path, X, kept={}):  # noqa: B006
    light, full = kept.setdefault(path, (open_predictor(path), load(path)))
    np.testing.assert_array_equal(light.predict_proba(X), full.predict_proba(X))


@pytest.mark.real_data
def test_real_recordings(data_folder, saved):
    voices = sorted(data_folder.glob("emodb-originals/*.wav"))
    voices += sorted(data_folder.glob("banglaser-originals/*.wav"))[:10]
    assert len(voices) > 5
    _compare(saved / "voice.skemotion", [str(path) for path in voices])
    with gzip.open(data_folder / "fer2013" / "fer2013.csv.gz", "rt") as file:
        rows = [line.split(",")[1].split() for line in islice(file, 1, 41)]
    faces = [np.array(row, "uint8").reshape(48, 48) for row in rows]
    _compare(saved / "face.skemotion", [_picture(face) for face in faces])
