"""Embeddings from networks in ONNX files."""

import io
import pickle
import re
from hashlib import sha256

import numpy as np
import onnx
import pytest
import soundfile
from make_nets import N_DIMS, face_net, face_weights, voice_frames, voice_net
from onnx import TensorProto
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skemotion import (
    AggregateFrames,
    OnnxEmbedding,
    ReadAudio,
    ReadImages,
    RecordingError,
    Resize,
    make_recording_pipeline,
)
from skemotion._describe import describe_parameters


def noise(n_times, seed=0):
    return np.random.default_rng(seed).normal(scale=0.1, size=n_times).astype(np.float32)


VOICES = [noise(n_times, seed) for seed, n_times in enumerate((16000, 8123, 24001, 16000, 400))]
FACES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)


@pytest.fixture
def voice(tmp_path):
    return voice_net(tmp_path / "voice.onnx")


def test_values_are_those_of_numpy(voice):
    pooling = ("mean", "std", "max")
    embeddings = OnnxEmbedding(voice, pooling=pooling).fit_transform(VOICES)
    assert embeddings.dtype == np.float32
    for waveform, row in zip(VOICES, embeddings, strict=True):
        frames = voice_frames(waveform)
        expected = np.concatenate([frames.mean(0), frames.std(0), frames.max(0)])
        np.testing.assert_allclose(row, expected, atol=1e-5)


@pytest.mark.parametrize("parameters", [{"n_jobs": 2}, {"n_threads": 2}, {}])
def test_a_voice_alone_gives_what_it_gives_among_others(voice, parameters):
    embedding = OnnxEmbedding(voice, **parameters)
    expected = embedding.transform(VOICES)
    np.testing.assert_allclose(expected, OnnxEmbedding(voice).transform(VOICES), atol=1e-6)
    for row, waveform in enumerate(VOICES):
        np.testing.assert_array_equal(embedding.transform([waveform])[0], expected[row])


def test_files_are_decoded_as_by_read_audio(voice, tmp_path):
    file = io.BytesIO()
    soundfile.write(file, np.column_stack([noise(8000), noise(8000, 1)]), 8000, format="WAV")
    path = tmp_path / "a.wav"
    path.write_bytes(file.getvalue())
    waveform = ReadAudio().transform([path])[0]
    expected = voice_frames(waveform).mean(axis=0)
    np.testing.assert_allclose(OnnxEmbedding(voice).transform([path])[0], expected, atol=1e-5)
    slow = ReadAudio(8000).transform([path])[0]
    embedding = OnnxEmbedding(voice, sampling_rate=8000)
    np.testing.assert_allclose(
        embedding.transform([path])[0], voice_frames(slow).mean(axis=0), atol=1e-5
    )


def test_values_are_shifted_scaled_and_standardised(voice):
    shifted = OnnxEmbedding(voice, mean=0.05, std=2.0).transform(VOICES[:1])[0]
    expected = voice_frames((VOICES[0] - 0.05) / 2).mean(axis=0)
    np.testing.assert_allclose(shifted, expected, atol=1e-5)
    waveform = VOICES[0] * 0.3 + 0.1
    standardised = OnnxEmbedding(voice, standardize=True).transform([waveform])[0]
    expected = voice_frames((waveform - waveform.mean()) / waveform.std()).mean(axis=0)
    np.testing.assert_allclose(standardised, expected, atol=1e-3)


@pytest.mark.parametrize("shape", [("time",), (1, "time"), ("batch", 1, "time")])
def test_waveforms_fit_inputs_of_one_to_three_axes(tmp_path, voice, shape):
    other = voice_net(tmp_path / "other.onnx", shape=shape)
    expected = OnnxEmbedding(voice).transform(VOICES)
    np.testing.assert_allclose(OnnxEmbedding(other).transform(VOICES), expected, atol=1e-6)


def test_a_network_of_one_length_takes_the_duration(tmp_path):
    fixed = voice_net(tmp_path / "fixed.onnx", shape=(1, 8000))
    assert OnnxEmbedding(fixed, duration=0.5).transform(VOICES[:3]).shape == (3, N_DIMS)
    sentence = r"the network cannot take an input of shape \(1, 16000\) \(Got invalid dimensions"
    with pytest.raises(RecordingError, match=sentence):
        OnnxEmbedding(fixed).transform(VOICES[:1])


@pytest.mark.parametrize(
    ("layers", "factor"), [("mean", 2), ("last", 3), (0, 1), (-2, 2), ([0, 2], 2), ((1, 2), 2.5)]
)
@pytest.mark.parametrize("kind", ["outputs", "axis"])
def test_layers_are_averaged(tmp_path, voice, kind, layers, factor):
    layered = voice_net(tmp_path / "layered.onnx", layers=kind)
    names = None if kind == "axis" else ["frames", "frames2", "frames3"]
    embedding = OnnxEmbedding(layered, output_name=names, layers=layers)
    expected = factor * OnnxEmbedding(voice).transform(VOICES)
    np.testing.assert_allclose(embedding.transform(VOICES), expected, atol=1e-5)


def test_layers_that_are_not_there(tmp_path):
    layered = voice_net(tmp_path / "layered.onnx", layers="axis")
    sentence = r"expected layers between 0 and 2, got 3\. The network answers 3\.$"
    with pytest.raises(RecordingError, match=sentence):
        OnnxEmbedding(layered, layers=3).transform(VOICES)


def test_masks_and_lengths_are_fed(tmp_path, voice):
    further = (("attention_mask", TensorProto.INT64), ("input_lengths", TensorProto.INT32))
    more = voice_net(tmp_path / "more.onnx", further=further)
    expected = OnnxEmbedding(voice).transform(VOICES)
    added = 1 + np.array([[len(waveform)] for waveform in VOICES])  # ones, and the length
    np.testing.assert_allclose(OnnxEmbedding(more).transform(VOICES), expected + added, rtol=1e-5)


def test_an_output_that_is_pooled_already_is_taken_as_it_is(voice):
    embedding = OnnxEmbedding(voice, output_name="pooled", pooling=("mean", "std"))
    table = embedding.set_output(transform="pandas").fit_transform(VOICES)
    np.testing.assert_allclose(table, OnnxEmbedding(voice).transform(VOICES), atol=1e-6)
    assert list(table) == [f"embedding_{i}" for i in range(N_DIMS)]


def test_names_tell_the_statistic(voice):
    embedding = OnnxEmbedding(voice, pooling=("std", "max"))
    with pytest.raises(NotFittedError):
        embedding.get_feature_names_out()
    names = embedding.fit([b"broken", VOICES[0]]).get_feature_names_out()
    assert list(names[[0, N_DIMS - 1, N_DIMS]]) == [
        "embedding_0_std",
        "embedding_5_std",
        "embedding_0_max",
    ]
    assert embedding.embedding_shape_ == (2, N_DIMS)


def expected_maps(pictures, mean=0.0, std=1.0):
    """Return maps of shape (n_samples, height, width, 5)."""
    values = (pictures / 255.0 - mean) / std
    return values @ face_weights(pictures.shape[-1]).T


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("output", ["vector", "maps", "tokens"])
def test_pictures_give_what_numpy_gives(tmp_path, layout, output):
    shape = ("batch", 3, 8, 8) if layout == "NCHW" else ("batch", 8, 8, 3)
    net = face_net(tmp_path / "face.onnx", shape=shape, layout=layout, output=output)
    embedding = OnnxEmbedding(net, modality="face", layout=layout, pooling=("mean",))
    maps = expected_maps(FACES)
    np.testing.assert_allclose(embedding.transform(FACES), maps.mean(axis=(1, 2)), atol=1e-5)
    if output != "vector":
        embedding.set_params(pooling=("max", "std"))
        expected = np.hstack([maps.max(axis=(1, 2)), maps.std(axis=(1, 2))])
        np.testing.assert_allclose(embedding.transform(FACES), expected, atol=1e-5)


def test_channels_are_normalised_each_for_itself_and_turned_around(tmp_path):
    net = face_net(tmp_path / "face.onnx")
    mean, std = (0.5, 0.4, 0.3), (0.1, 0.2, 0.3)
    embedding = OnnxEmbedding(net, modality="face", mean=mean, std=std)
    expected = expected_maps(FACES, mean, std).mean(axis=(1, 2))
    np.testing.assert_allclose(embedding.transform(FACES), expected, atol=1e-4)
    embedding.set_params(mode="bgr")
    expected = expected_maps(FACES[..., ::-1], mean, std).mean(axis=(1, 2))
    np.testing.assert_allclose(embedding.transform(FACES), expected, atol=1e-4)


def test_grey_pictures(tmp_path):
    net = face_net(tmp_path / "face.onnx", shape=(1, 1, 8, 8))
    grey = FACES[..., 0]
    embedding = OnnxEmbedding(net, modality="face", mode="grey", std=1 / 255)
    expected = 255 * expected_maps(grey[..., None]).mean(axis=(1, 2))
    np.testing.assert_allclose(embedding.transform(grey), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("shape", "size"), [((1, 3, 8, 8), None), ((1, 3, "h", "w"), (8, 8))])
def test_pictures_are_brought_to_the_size(tmp_path, shape, size):
    net = face_net(tmp_path / "face.onnx", shape=shape)
    large = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 3), dtype=np.uint8)
    embedding = OnnxEmbedding(net, modality="face", size=size)
    expected = embedding.transform(Resize(8, 8).transform(large))
    np.testing.assert_array_equal(embedding.transform(large), expected)
    files = make_recording_pipeline(ReadImages("rgb"), embedding).fit_transform(large)
    np.testing.assert_array_equal(files, expected)


def test_a_network_of_any_size_takes_pictures_as_they_are(tmp_path):
    net = face_net(tmp_path / "face.onnx", shape=("n", 3, "h", "w"))
    pictures = [FACES[0], FACES[1, :5]]
    expected = [expected_maps(picture[None]).mean(axis=(1, 2))[0] for picture in pictures]
    embeddings = OnnxEmbedding(net, modality="face").transform(pictures)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5)


def test_frames_of_clips_are_embedded(tmp_path):
    step = OnnxEmbedding(face_net(tmp_path / "face.onnx"), modality="face")
    frames = AggregateFrames(step, summary=("mean", "max")).fit([FACES])
    each = step.transform(FACES)
    expected = np.concatenate([each.mean(axis=0), each.max(axis=0)])
    np.testing.assert_allclose(frames.transform([FACES])[0], expected, atol=1e-6)
    assert list(frames.get_feature_names_out()[[0, -1]]) == ["embedding_0_mean", "embedding_4_max"]


def test_the_network_is_not_pickled(voice):
    embedding = OnnxEmbedding(voice).fit(VOICES)
    expected = embedding.transform(VOICES)
    content = pickle.dumps((embedding, embedding.make_function()))
    assert len(content) < 5000
    copy, function = pickle.loads(content)
    np.testing.assert_array_equal(copy.transform(VOICES), expected)
    np.testing.assert_array_equal(function(VOICES[1]), expected[1])


def test_it_is_loaded_once_in_a_process(voice, monkeypatch):
    import onnxruntime

    loaded = []
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda *args, **kw: loaded.append(1) or session(*args, **kw),
    )
    voice_net(voice, seed=99)
    for _ in range(3):
        OnnxEmbedding(voice, n_jobs=2).fit(VOICES).transform(VOICES)
    assert len(loaded) == 1


def test_another_file_at_the_same_path_has_another_key_and_result(voice, tmp_path):
    embedding = OnnxEmbedding(voice, cache=tmp_path / "cache")
    keys, results = [], []
    for seed in (0, 1, 0):
        voice_net(voice, seed=seed)
        keys.append((describe_parameters(embedding), embedding.depends_on()))
        results.append(embedding.transform(VOICES))
        expected = [voice_frames(waveform, seed).mean(axis=0) for waveform in VOICES]
        np.testing.assert_allclose(results[-1], expected, atol=1e-5)
    assert keys[0] == keys[2] != keys[1]
    assert keys[0][1] == sha256(voice.read_bytes()).hexdigest()
    np.testing.assert_array_equal(results[0], results[2])


def test_after_fit_another_file_is_refused(voice):
    embedding = OnnxEmbedding(voice).fit(VOICES)
    voice_net(voice, seed=1)
    found = sha256(voice.read_bytes()).hexdigest()
    sentence = (
        f"Expected {voice} to be the file seen during fit, with the hash {embedding.sha256_}, got "
        f"{found}. Put that file there, or fit again."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        embedding.transform(VOICES)
    assert clone(embedding).transform(VOICES).shape == (5, N_DIMS)
    assert embedding.fit(VOICES).sha256_ == found


def test_only_the_file_of_the_hash_is_taken(voice):
    right = sha256(voice.read_bytes()).hexdigest()
    OnnxEmbedding(voice, sha256=right.upper()).transform(VOICES)
    wrong = "0" * 64
    sentence = (
        f"Expected {voice} to be the file that sha256 asks for, with the hash {wrong}, got {right}."
        " Put that file there, or fit again."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        OnnxEmbedding(voice, sha256=wrong).fit(VOICES)


def test_a_file_that_is_missing_is_named():
    sentence = "Expected model to be an ONNX file, got 'no.onnx', which is no file. Check the path."
    for method in ("fit", "transform"):
        with pytest.raises(FileNotFoundError, match=f"^{re.escape(sentence)}$"):
            getattr(OnnxEmbedding("no.onnx"), method)(VOICES)


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs", None])
def test_a_damaged_file_is_named(voice, content):
    voice.write_bytes(voice.read_bytes()[:5000] if content is None else content)
    message = (
        f"^Cannot load the network {re.escape(str(voice))}: .*\\. Export it again as ONNX, with "
        "its weights in the same file\\.$"
    )
    with pytest.raises(ValueError, match=message) as caught:
        OnnxEmbedding(voice).transform(VOICES)
    assert not isinstance(caught.value, RecordingError)


def test_weights_outside_the_file_are_refused(voice, tmp_path, monkeypatch):
    """Nobody would notice that they changed."""
    model = onnx.load(voice)
    onnx.save(
        model,
        tmp_path / "split.onnx",
        save_as_external_data=True,
        location="split.bin",
        size_threshold=1000,
    )
    monkeypatch.chdir(tmp_path)
    message = r"^Cannot load the network split\.onnx: .* with its weights in the same file\.$"
    with pytest.raises(ValueError, match=message):
        OnnxEmbedding("split.onnx").transform(VOICES)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"input_name": "audio"},
            "Expected input_name to be one of 'waveform', which {path} has, got 'audio'. Choose one"
            " of them.",
        ),
        (
            {"output_name": ["frames", "logits"]},
            "Expected output_name to be one of 'frames', 'pooled', which {path} has, got 'logits'. "
            "Choose one of them.",
        ),
        (
            {"modality": "face"},
            "Expected the input 'waveform' of {path} to take the shape (1, ...) with four axes, got"
            " ('batch', 'time'). Export the network with a free batch axis, or set modality and "
            "input_name.",
        ),
        (
            {"pooling": ("mean", "median")},
            "Expected pooling to be a tuple of different names out of mean, std, max, got "
            "('mean', 'median'). Write pooling=('mean', 'std'), for example.",
        ),
        (
            {"mean": (0.1, 0.2, 0.3)},
            "Expected mean to be one number or one for each of 1 channels, and std not to be 0, got"
            " (0.1, 0.2, 0.3). Write mean=0.5, for example.",
        ),
        (
            {"std": 0.0},
            "Expected std to be one number or one for each of 1 channels, and std not to be 0, got "
            "0.0. Write std=0.5, for example.",
        ),
    ],
)
def test_parameters_that_do_not_fit_the_network(voice, parameters, sentence):
    message = f"^{re.escape(sentence.format(path=voice))}$"
    with pytest.raises(ValueError, match=message) as caught:
        OnnxEmbedding(voice, **parameters).transform(VOICES)
    assert not isinstance(caught.value, RecordingError)


def test_networks_that_take_something_else(tmp_path):
    batches = voice_net(tmp_path / "batches.onnx", shape=(8, "time"))
    with pytest.raises(ValueError, match=r"to take the shape \(1, n_times\), got \(8, 'time'\)\."):
        OnnxEmbedding(batches).transform(VOICES)
    speaker = voice_net(tmp_path / "s.onnx", further=[("speaker", TensorProto.INT64)])
    message = r"got the inputs 'waveform', 'speaker'\. Export the network without 'speaker', or "
    with pytest.raises(ValueError, match=message):
        OnnxEmbedding(speaker).transform(VOICES)
    with pytest.raises(
        ValueError, match=r"'speaker' of .* to take floating point numbers, got ten"
    ):
        OnnxEmbedding(speaker, input_name="speaker").transform(VOICES)


def test_a_recording_that_is_too_short_is_named(voice):
    message = (
        r"^Cannot embed an array of shape \(100,\) \(recording 1\): the network cannot take an "
        r"input of shape \(1, 100\) \(.*\)\. Check the parameters against its inputs\.$"
    )
    voices = [VOICES[0], noise(100)]
    with pytest.raises(RecordingError, match=message):
        OnnxEmbedding(voice).transform(voices)
    with pytest.warns(UserWarning, match=r"^1 of 2 recordings could not be processed"):
        embeddings = OnnxEmbedding(voice, on_error="nan").transform(voices)
    assert np.isnan(embeddings[1]).all()
    assert np.isfinite(embeddings[0]).all()


def test_an_answer_of_nan_is_an_error(tmp_path):
    net = face_net(tmp_path / "face.onnx")
    model = onnx.load(net)
    broken = np.full((5, 3, 1, 1), np.nan, np.float32)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(broken, "weights"))
    onnx.save(model, net)
    message = r"\(recording 0\): the network answers NaN or infinite values\.$"
    with pytest.raises(RecordingError, match=message):
        OnnxEmbedding(net, modality="face").transform(FACES)


def test_mutated_files_are_refused_or_run(voice):
    rng = np.random.default_rng(0)
    original = voice.read_bytes()
    n_refused = 0
    for _ in range(100):
        content = bytearray(original)
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(0, len(content)))
            content[at : at + 1] = rng.integers(
                0, 256, rng.integers(0, 3), dtype=np.uint8
            ).tobytes()
        voice.write_bytes(content)
        try:
            OnnxEmbedding(voice).transform(VOICES[:1])
        except ValueError:
            n_refused += 1
    assert n_refused > 20


def test_without_onnxruntime_the_extra_is_named(voice, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    sentence = (
        "This needs the package 'onnxruntime', which is not installed. Run pip install "
        "'skemotion[onnx]'."
    )
    with pytest.raises(ImportError, match=f"^{re.escape(sentence)}$"):
        OnnxEmbedding(voice).transform(VOICES)
