"""Decoding: what comes out, and what is said about files that are broken."""

import io
import re
import struct
from contextlib import suppress

import librosa
import numpy as np
import pytest
import soundfile

from skemotion import ReadAudio, RecordingError
from skemotion.audio._io import decode_audio

# librosa.load imports audioread, which imports modules that Python 3.13 drops
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated and slated:DeprecationWarning")

TONE = (0.3 * np.sin(0.05 * np.arange(24000))).astype(np.float32)


def encode(waveform=TONE, sampling_rate=16000, kind="WAV", subtype=None):
    file = io.BytesIO()
    soundfile.write(file, waveform, sampling_rate, format=kind, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize("sampling_rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("n_channels", [1, 2, 3])
@pytest.mark.parametrize(
    ("kind", "subtype"), [("WAV", "PCM_16"), ("WAVEX", "PCM_24"), ("WAV", "FLOAT"), ("FLAC", None)]
)
def test_values_are_those_of_librosa(tmp_path, sampling_rate, n_channels, kind, subtype):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (10007, n_channels))
    path = tmp_path / "noise.audio"
    path.write_bytes(encode(noise, sampling_rate, kind, subtype))
    expected, _ = librosa.load(path, sr=16000)
    waveform = decode_audio(path, 16000)
    assert waveform.dtype == np.float32
    np.testing.assert_allclose(waveform, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.real_data
def test_values_are_those_of_librosa_on_real_files(data_folder):
    paths = sorted(data_folder.glob("*-originals/*.wav"))
    paths += sorted((data_folder / "banglaser").glob("*/*.flac"))[:5]
    paths += sorted((data_folder / "emodb" / "wav").glob("*.wav"))[:5]
    assert len(paths) > 30
    for path, waveform in zip(paths, ReadAudio().transform(paths), strict=True):
        expected, _ = librosa.load(path, sr=16000)
        np.testing.assert_allclose(waveform, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_path_bytes_and_file_object_give_the_same(tmp_path, kind):
    content = encode(kind=kind)
    path = tmp_path / "tone.bin"
    path.write_bytes(content)
    file = io.BytesIO(content)
    file.seek(100)
    waveforms = [decode_audio(x, 16000) for x in (path, str(path), content, file, file)]
    assert len(waveforms[0]) == len(TONE)
    assert file.tell() == 0
    for waveform in waveforms[1:]:
        np.testing.assert_array_equal(waveform, waveforms[0])


def test_many_blocks_are_put_together_in_order():
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (600_000, 2)).astype(np.float32)
    waveform = decode_audio(encode(noise, kind="WAV", subtype="FLOAT"), 16000)
    np.testing.assert_allclose(waveform, noise.mean(axis=1), atol=1e-6)


def test_chunks_around_the_samples_are_left_out():
    plain = encode()
    start = plain.index(b"data")
    odd = b"note" + struct.pack("<I", 3) + b"abc\0"
    content = plain[:start] + odd + plain[start:] + odd
    np.testing.assert_array_equal(decode_audio(content, 16000), decode_audio(plain, 16000))


def test_arrays_are_taken_at_the_sampling_rate():
    stereo = np.array([[16384, -16384], [16384, 0]], dtype="int16")
    np.testing.assert_array_equal(decode_audio(stereo, 8000), np.float32([0, 0.25]))
    np.testing.assert_array_equal(decode_audio(TONE.astype(float), 8000), TONE)


@pytest.mark.parametrize("n_times", [1, 2, 3, 50])
def test_length_after_resampling_is_that_of_librosa(n_times):
    content = encode(TONE[:n_times], 44100)
    expected, _ = librosa.load(io.BytesIO(content), sr=16000)
    np.testing.assert_allclose(decode_audio(content, 16000), expected, rtol=1e-3, atol=1e-5)


def lying_header():
    content = bytearray(encode())
    place = content.index(b"data") + 4
    content[place : place + 4] = struct.pack("<I", 2_000_000_000)
    return bytes(content)


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4cac19\nsize 12345\n"
KINDS = "WAV, FLAC, OGG or MP3"
AGAIN = "Copy it again from its source"
BROKEN = {
    "empty.wav": (b"", f"the file is empty (0 bytes). {AGAIN}"),
    "pointer.wav": (
        LFS,
        "the file is a Git-LFS pointer, not audio. Run 'git lfs pull' in its repository",
    ),
    "text.wav": (
        b"name,emotion\n1,happy\n",
        f"expected {KINDS}, but the content is text ('name,emotion\\n1,happy'). Convert or replace "
        "it",
    ),
    "picture.wav": (
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        f"expected {KINDS}, but the content is of another kind "
        "(b'\\x89PNG\\r\\n\\x1a\\n'). Convert or replace it",
    ),
    "aiff.wav": (
        encode(kind="AIFF"),
        f"expected {KINDS}, but the content is of another kind (b'FORM\\x00\\x00\\xbb\\xae'). "
        "Convert or replace it",
    ),
    "silent.wav": (encode(TONE[:0]), "it holds no samples"),
    "lie.wav": (
        lying_header(),
        "the file is cut off: its header promises 2000000000 bytes of samples, 48000 are there. "
        f"{AGAIN}",
    ),
    "half.wav": (
        encode()[:20044],
        "the file is cut off: its header promises 48000 bytes of samples, 20000 are there. "
        f"{AGAIN}",
    ),
    "headonly.wav": (
        encode()[:44],
        f"the file is cut off: its header promises 48000 bytes of samples, 0 are there. {AGAIN}",
    ),
    "stub.wav": (
        encode()[:20],
        f"the file is damaged: its header names no samples. {AGAIN}",
    ),
    "many.wav": (
        encode(np.zeros((100, 16)), 96000),
        "it has 16 channels, expected 1 to 8",
    ),
    "many.flac": (
        encode(np.zeros((100, 2)), 384000, "FLAC"),
        "its sampling rate is 384000 Hz, expected 1 to 192000 Hz",
    ),
    "long.flac": (
        encode(np.zeros(7200 * 1000, "int16"), 1000, "FLAC"),
        "it lasts 7200.0 s, more than the 600 s that are read. Cut it into utterances",
    ),
    "nan.wav": (
        encode(np.float32([0, np.nan, 0]), subtype="FLOAT"),
        "the waveform holds NaN or infinite values, expected values within about [-1, 1]",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_named_with_the_reason(tmp_path, name):
    content, reason = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    good = tmp_path / "good.wav"
    good.write_bytes(encode())
    message = re.escape(f"Cannot decode {path} (recording 1): {reason}.")
    with pytest.raises(RecordingError, match=f"^{message}$") as caught:
        ReadAudio().transform([good, path])
    assert (caught.value.recording, caught.value.row) == (str(path), 1)


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
def test_half_a_compressed_file_is_refused(kind):
    content = encode(kind=kind)
    with pytest.raises(ValueError, match=r"cut off|damaged|no samples"):
        decode_audio(content[: len(content) // 2], 16000)


@pytest.mark.parametrize(
    ("recording", "reason"),
    [
        ("nowhere/a.wav", "the file does not exist. Check the path"),
        (".", "it is a folder, not a file. Pass the files in it"),
        ("a\0b.wav", "the file cannot be opened: embedded null byte"),
        (
            io.StringIO("text"),
            "the file object is open in text mode. Open it with mode 'rb'",
        ),
        (7, "expected a path, bytes, a binary file object or an array, got 7"),
        (
            np.zeros(9, "int32"),
            "expected a waveform of shape (n_times,) or (n_times, n_channels) and dtype float32 or "
            "int16, got shape (9,) and dtype int32",
        ),
        (
            np.zeros((2, 2, 2)),
            "expected a waveform of shape (n_times,) or (n_times, n_channels) and dtype float32 or "
            "int16, got shape (2, 2, 2) and dtype float64",
        ),
        (np.zeros((2, 900)), "it has 900 channels, expected 1 to 8"),
        (np.zeros(0), "it holds no samples"),
        (
            np.array([1.0, np.inf]),
            "the waveform holds NaN or infinite values, expected values within about [-1, 1]",
        ),
        (
            np.array([1.0, 1e20]),
            "the waveform holds values up to 1e+20, expected values within about [-1, 1]",
        ),
    ],
)
def test_wrong_recording_is_refused_with_the_reason(recording, reason):
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        decode_audio(recording, 16000)


def test_limits_are_checked_before_samples_are_read(monkeypatch):
    content = encode(np.zeros(60_000), 1000, "FLAC")
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(ValueError, match=r"it lasts 60\.0 s, more than the 30 s that are read"):
        decode_audio(content, 16000, max_duration=30)


def test_mutated_files_raise_nothing_but_value_errors():
    random = np.random.default_rng(0)
    for kind in ("WAV", "FLAC", "OGG"):
        content = np.frombuffer(encode(TONE[:4000], kind=kind), np.uint8)
        for _ in range(150):
            mutated = content.copy()
            places = random.integers(0, min(len(content), 400), 6)
            mutated[places] = random.integers(0, 256, 6)
            with suppress(ValueError):
                assert np.isfinite(decode_audio(mutated.tobytes(), 16000)).all()
