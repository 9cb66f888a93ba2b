"""Damaged videos: a clip or our error, never a crash, never a wait."""

import io
import re
import struct
from time import perf_counter

import numpy as np
import pytest
from make_videos import KINDS, encode, shades, tone, waves

from skemotion import ExtractAudio, ReadVideo, RecordingError

AGAIN = "Copy it again from its source"
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4cac19\nsize 12345\n"
KINDS_READ = "MP4, MOV, AVI, MKV, WEBM, FLV, WMV or MPEG"


def without_frames():
    """Return an MP4 whose only track has no samples."""
    content = encode(shades(3), container={"movflags": "frag_keyframe+empty_moov"})
    return content[: content.index(b"moof") - 4]


def audio_with_cover():
    """Return an M4A with a picture that only decorates."""
    import av
    from av.stream import Disposition

    file = io.BytesIO()
    with av.open(file, "w", "mp4") as container:
        audio = container.add_stream("aac", rate=48000, layout="stereo")
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64), np.uint8), "gray")
        container.mux(cover.encode(frame))
        container.mux(cover.encode())
        sound = av.AudioFrame.from_ndarray(tone().T.copy(), "fltp", "stereo")
        sound.sample_rate = 48000
        container.mux(audio.encode(sound))
        container.mux(audio.encode())
    return file.getvalue()


def part(kind, share):
    content = encode(waves(), kind=kind)
    return content[: int(share * len(content))]


BROKEN = {
    "empty.mp4": (b"", f"it is empty (0 bytes). {AGAIN}"),
    "pointer.mp4": (
        LFS,
        "the file is a Git-LFS pointer, not a video. Run 'git lfs pull' in its repository",
    ),
    "text.mp4": (
        b"name,emotion\n1,happy\n",
        f"it begins with b'name,emotion' and is none of {KINDS_READ}. Convert it",
    ),
    "list.mp4": (  # a play list, which FFmpeg would follow
        b"#EXTM3U\nhttp://localhost/a.ts\n",
        f"it begins with b'#EXTM3U\\nhttp' and is none of {KINDS_READ}. Convert it",
    ),
    "sound.mp4": (
        encode(None, tone()),
        "it has no pictures, only sound. Leave the row out",
    ),
    "cover.m4a": (
        audio_with_cover(),
        "it has no pictures, only sound. Leave the row out",
    ),
    "snow.mkv": (
        encode(waves(), kind="matroska", codec="snow"),
        "its video has the coding snow, which is not read. Convert it, for instance to H.264 and "
        "AAC",
    ),
    "none.mp4": (without_frames(), "it holds no pictures"),
    "half.mp4": (
        part("mp4", 0.5),
        f"the file is damaged or cut off (Invalid data found when processing input). {AGAIN}",
    ),
    "half.avi": (
        part("avi", 0.5),
        f"the file is damaged or cut off (Invalid data found when processing input). {AGAIN}",
    ),
    "most.avi": (
        part("avi", 0.8),
        r"the file is cut off: its header promises 30 frames, \d+ are there. " + AGAIN,
    ),
    "head.mkv": (
        encode(shades(100), kind="matroska")[:1500],
        r"the file is cut off: its header promises 4.00 s, [\d.]+ s are there. " + AGAIN,
    ),
    "large.mp4": (
        encode(shades(3, 480, 640)),
        "its frames have 640 x 480 pixels, expected at most 100,000 in all. Shrink it, or raise "
        "max_pixels",
    ),
    "long.mp4": (
        encode(shades(30), fps=1),
        "it lasts 30.0 s, more than the 20 s that are read. Cut it into clips",
    ),
    "heavy.mp4": (
        encode(np.random.default_rng(0).integers(0, 256, (30, 200, 200), dtype=np.uint8)),
        "it is larger than max_bytes, which is 300,000. Shorten it, or raise max_bytes",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_named_with_the_reason(tmp_path, name):
    content, reason = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    reader = ReadVideo(4, max_pixels=100_000, max_duration=20, max_bytes=300_000)
    reason = reason if "\\d" in reason else re.escape(reason)
    message = f"{re.escape(f'Cannot decode {path} (recording 1): ')}{reason}\\."
    with pytest.raises(RecordingError, match=f"^{message}$") as caught:
        reader.transform([encode(waves()), path])
    assert (caught.value.recording, caught.value.row) == (str(path), 1)
    with pytest.warns(UserWarning, match=r"^1 of 2 recordings could not be processed"):
        clips = reader.set_params(on_error="nan").transform([encode(waves()), path])
    assert clips[0].shape == (4, 48, 64)
    assert clips[1] is None


@pytest.mark.parametrize(
    ("recording", "reason"),
    [
        ("nowhere/a.mp4", "there is no such file. Check the path"),
        (".", "it is a folder, not a file. Pass the paths of the videos"),
        ("/dev/zero", "it is a device or pipe, not a file. Pass the paths of the videos"),
        (io.StringIO("text"), "the file object gives text, not bytes. Open it with mode 'rb'"),
        (
            np.zeros((9, 4, 4)),
            "expected a path, bytes or a binary file object, got an array of shape (9, 4, 4). "
            "Give the video itself",
        ),
    ],
)
def test_wrong_recording_is_refused_with_the_reason(recording, reason):
    with pytest.raises(RecordingError, match=re.escape(f"(recording 0): {reason}.")):
        ReadVideo().transform([recording])


def test_header_that_lies_about_the_size_of_frames():
    content = encode(shades(3, 480, 640))
    content = content.replace(struct.pack(">HH", 640, 480), struct.pack(">HH", 64, 48))
    reader = ReadVideo(2, max_pixels=100_000)
    with pytest.raises(RecordingError, match=r"at most 100,000|damaged or cut off"):
        reader.transform([content])


def test_header_that_lies_about_the_duration():
    content = encode(shades(30), fps=1, kind="flv")
    place = content.index(b"duration") + len(b"duration") + 1
    content = content[:place] + struct.pack(">d", 2.0) + content[place + 8 :]
    sentence = r"it lasts 30\.0 s, more than the 20 s that are read\. Cut it into clips\.$"
    with pytest.raises(RecordingError, match=sentence):
        ReadVideo(2, max_duration=20).transform([content])


def test_frames_that_change_their_size():
    content = encode(shades(9), kind="mpegts")
    content += encode(shades(9, 96, 128), kind="mpegts", times=range(9, 18))
    with pytest.raises(RecordingError, match=r"its frames change from .* to .*\. Set size\.$"):
        ReadVideo(8).transform([content])
    assert ReadVideo(8, size=(48, 64)).transform([content]).shape == (1, 8, 48, 64)


def mutate(data, rng):
    data = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        end = len(data) if rng.random() < 0.5 else min(len(data), 3000)  # headers more often
        at = int(rng.integers(12, end))  # the first bytes tell the container: keep them
        match rng.integers(4):
            case 0:
                data[at] = rng.integers(256)
            case 1:
                data[at : at + 4] = rng.integers(0, 256, 4, dtype=np.uint8).tobytes()
            case 2:
                del data[max(at, 200) :]
            case 3:
                data[at:at] = data[at : at + int(rng.integers(1, 64))]
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files(kind):
    rng = np.random.default_rng(20240)
    original = encode(waves(20), tone(duration=0.5), kind)
    readers = (ReadVideo(6), "Cannot decode"), (ExtractAudio(), "Cannot read the sound of")
    refused = []
    for _ in range(60):
        data = mutate(original, rng)
        for reader, verb in readers:
            start = perf_counter()
            try:
                result = reader.transform([data])[0]
            except RecordingError as error:
                refused.append((f"{error}", f"{verb} {len(data)} bytes (recording 0): "))
            else:
                assert len(result) > 0
                assert result.dtype == (np.uint8 if reader is readers[0][0] else np.float32)
            assert perf_counter() - start < 5
    assert len(refused) > 10
    for message, start in refused:
        assert message.startswith(start)


@pytest.mark.parametrize("kind", ["mp4", "matroska", "flv", "mpegts"])
def test_large_frames_are_refused_before_one_is_decoded(kind):
    frames = np.zeros((2, 4096, 4096), np.uint8)
    content = encode(frames, kind=kind, codec="libx264", options={"preset": "ultrafast"})
    start = perf_counter()
    with pytest.raises(RecordingError, match=r"its frames have 4096 x 4096 pixels, expected at "):
        ReadVideo().transform([content])
    assert perf_counter() - start < 0.5
