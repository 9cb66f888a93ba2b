"""Reading videos: which frames come out, and what they look like."""

import io
import re

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_videos import KINDS, encode, shades, waves
from sklearn.base import clone

from skemotion import ReadVideo, RecordingError


def all_frames(content):
    """Decode everything: the definition that what is sampled is compared with."""
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        frames = [
            (frame.pts, frame.to_ndarray(format="gray")) for frame in container.decode(stream)
        ]
        times = np.array([pts for pts, _ in frames], float) * float(stream.time_base)
    steps = np.diff(times)
    return times - times[0], np.stack([frame for _, frame in frames]), np.median(steps)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_frames", [1, 4, 25, 60])
def test_frames_are_those_shown_in_the_middle_of_equal_parts(kind, n_frames):
    content = encode(waves(), kind=kind)
    times, frames, last = all_frames(content)
    middles = (np.arange(n_frames) + 0.5) / n_frames * (times[-1] + last)
    expected = frames[np.searchsorted(times, middles + 0.001, side="right") - 1]
    clip = ReadVideo(n_frames).transform([content])[0]
    assert clip.dtype == np.uint8
    np.testing.assert_array_equal(clip, expected)


@pytest.mark.parametrize("kind", ["mp4", "matroska", "flv", "mpegts", "mov"])
@pytest.mark.parametrize("fps", [1, 2.5, 10, 25, 30, 50])
def test_fps_takes_the_frame_shown_at_each_time(kind, fps):
    clip = ReadVideo(fps=fps).transform([encode(shades(25), kind=kind)])[0]
    assert len(clip) == np.ceil(fps)
    shown = np.floor(np.arange(len(clip)) / fps * 25 + 1e-6)
    np.testing.assert_allclose(clip.mean(axis=(1, 2)), 10 + 8 * shown, atol=2)


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_every_frame_comes_out_once_at_its_own_rate(fps):
    clip = ReadVideo(fps=fps).transform([encode(shades(29), kind="matroska", fps=fps)])[0]
    np.testing.assert_allclose(clip.mean(axis=(1, 2)), 10 + 8 * np.arange(29), atol=2)


def test_frames_of_changing_duration_are_taken_by_time():
    content = encode(shades(4), times=[0, 2, 20, 24])  # shown for 2, 18, 4 and 1 of 25 parts
    clip = ReadVideo(25).transform([content])[0]
    expected = np.repeat([10, 18, 26, 34], [2, 18, 4, 1])
    np.testing.assert_allclose(clip.mean(axis=(1, 2)), expected, atol=2)


def test_clips_differ_in_length_with_fps_and_stop_at_max_frames():
    videos = [encode(shades(n)) for n in (10, 25, 50)]
    clips = ReadVideo(fps=10, max_frames=12).transform(videos)
    assert [len(clip) for clip in clips] == [4, 10, 12]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.sampled_from([5, 12, 25, 30]), st.integers(1, 20), st.integers(1, 50))
def test_any_length_rate_and_number(n_shown, fps, gop, n_frames):
    content = encode(shades(n_shown), fps=fps, gop=gop, options={"sc_threshold": "0"})
    clip = ReadVideo(n_frames).transform([content])[0]
    shown = ((np.arange(n_frames) + 0.5) / n_frames * n_shown).astype(int)
    np.testing.assert_allclose(clip.mean(axis=(1, 2)), np.minimum(10 + 8 * shown, 245), atol=2)


def test_what_is_not_needed_is_not_decoded(monkeypatch):
    from skemotion.video import _frames

    fed = []
    decode = _frames._decode
    monkeypatch.setattr(
        _frames, "_decode", lambda context, packet: fed.append(packet) or decode(context, packet)
    )
    content = encode(waves(200), gop=10, options={"bf": "0"})
    assert len(ReadVideo(2).transform([content])[0]) == 2
    assert len(fed) < 30


def test_colours_are_those_drawn():
    frames = np.zeros((5, 48, 64, 3), np.uint8)
    frames[:, :24, :32] = (200, 40, 40)
    frames[:, :24, 32:] = (40, 200, 40)
    frames[:, 24:, :32] = (40, 40, 200)
    frames[:, 24:, 32:] = 120
    for kind in ("mp4", "mov", "avi"):
        clip = ReadVideo(2, mode="rgb").transform([encode(frames, kind=kind)])[0].astype(int)
        assert clip.shape == (2, 48, 64, 3)
        for row, column in ((10, 10), (10, 50), (40, 10), (40, 50)):
            np.testing.assert_allclose(clip[0, row, column], frames[0, row, column], atol=6)
        grey = ReadVideo(2).transform([encode(frames, kind=kind)])[0]
        luma = frames[0] @ np.array([0.299, 0.587, 0.114])
        np.testing.assert_allclose(grey[0, ::8, 5], luma[::8, 5], atol=4)


@pytest.mark.parametrize("mode", ["grey", "rgb"])
@pytest.mark.parametrize("size", [(24, 32), (20, 30), (96, 100)])
def test_size_is_that_asked_for(mode, size):
    import cv2

    content = encode(waves())
    clip = ReadVideo(3, mode=mode, size=size).transform([content])[0]
    assert clip.shape[:3] == (3, *size)
    full = ReadVideo(3, mode=mode).transform([content])[0]
    how = cv2.INTER_AREA if size[0] < 48 else cv2.INTER_LINEAR
    expected = np.stack([cv2.resize(frame, size[::-1], interpolation=how) for frame in full])
    assert np.abs(clip.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_rotation_is_applied(rotation):
    frames = np.full((5, 48, 64), 40, np.uint8)
    frames[:, :16, :16] = 220  # upper left
    content = encode(frames, rotation=rotation)
    expected = np.rot90(frames[0], rotation // 90)
    for size in (None, expected.shape):
        clip = ReadVideo(1, size=size).transform([content])[0]
        assert np.abs(clip[0].astype(int) - expected).mean() < 4
    assert ReadVideo(1, size=(20, 30)).transform([content]).shape == (1, 1, 20, 30)


def test_path_bytes_and_file_object_give_the_same(tmp_path):
    content = encode(waves())
    path = tmp_path / "clip.video"  # the content counts, not the name
    path.write_bytes(content)
    file = io.BytesIO(content)
    file.seek(100)
    clips = ReadVideo(4).transform([path, str(path), content, bytearray(content), file, file])
    assert file.tell() == 100
    for clip in clips[1:]:
        np.testing.assert_array_equal(clip, clips[0])


def test_threads_give_the_same():
    videos = [encode(shades()[start:]) for start in range(8)]
    expected = ReadVideo(4).transform(videos)
    np.testing.assert_array_equal(ReadVideo(4, n_jobs=2).transform(videos), expected)
    assert clone(ReadVideo(4)).fit_transform(videos).shape == (8, 4, 48, 64)


def test_videos_of_several_sizes_make_a_list():
    clips = ReadVideo(2).transform([encode(shades()), encode(shades(height=32))])
    assert [clip.shape for clip in clips] == [(2, 48, 64), (2, 32, 64)]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"n_frames": 8, "fps": 5},
            "Expected n_frames=None with fps, got n_frames=8 and fps=5. Give one of them.",
        ),
        (
            {"size": (48,)},
            "Expected size to be a height and a width in pixels, got (48,). Write for instance "
            "size=(112, 112).",
        ),
        (
            {"size": (48, 0)},
            "Expected size to be a height and a width in pixels, got (48, 0). Write for instance "
            "size=(112, 112).",
        ),
    ],
)
def test_parameters_that_do_not_go_together(parameters, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$") as caught:
        ReadVideo(**parameters).transform([b""])
    assert not isinstance(caught.value, RecordingError)


def test_without_pyav_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "av", None)
    sentence = (
        "This needs the package 'av', which is not installed. Run pip install 'skemotion[video]'."
    )
    with pytest.raises(ImportError, match=f"^{re.escape(sentence)}$"):
        ReadVideo().transform([b""])


def test_clips_are_kept_only_where_that_is_asked_for(tmp_path, monkeypatch):
    content = encode(waves())
    monkeypatch.setenv("SKEMOTION_CACHE", str(tmp_path))
    expected = ReadVideo(3, size=(8, 8)).transform([content])
    assert not list(tmp_path.iterdir())
    kept = ReadVideo(3, size=(8, 8), cache=tmp_path / "clips")
    for _ in range(2):
        np.testing.assert_array_equal(kept.transform([content]), expected)
        monkeypatch.setattr("skemotion.video.read.read_clip", lambda *_, **__: pytest.fail("read"))
