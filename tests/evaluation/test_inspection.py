"""Inspection: what is seen of one recording, however it comes."""

import sys

import numpy as np
import trees
from make_videos import encode, shades, waves

from skemotion.evaluation.inspection import exact_duplicates, inspect_recordings


def test_every_way_to_give_a_recording(tmp_path):
    content = trees.wav(3, seconds=0.5)
    path = trees.write(tmp_path / "a.wav", content)
    with path.open("rb") as file:
        seen = inspect_recordings([str(path), path, content, file], "voice")
        assert file.tell() == 0
    assert exact_duplicates(seen) == [[0, 1, 2, 3]]
    assert {(item.form, item.duration, item.fault) for item in seen} == {((16000, 1), 0.5, None)}


def test_faults(tmp_path):
    empty = trees.write(tmp_path / "empty.wav", b"")
    pointer = trees.write(tmp_path / "lfs.wav", b"version https://git-lfs.github.com/spec/v1\n")
    text = trees.write(tmp_path / "text.wav", b"hello")
    paths = [str(path) for path in (tmp_path / "none.wav", empty, pointer, text, tmp_path)]
    seen = inspect_recordings(paths, "voice")
    assert [item.fault for item in seen] == ["missing", "empty", "lfs", "unreadable", "unreadable"]
    assert "the content is text ('hello')" in seen[3].reason


def test_processes_and_progress_change_nothing(tmp_path):
    paths = [
        str(trees.write(tmp_path / f"{number}.wav", trees.wav(number))) for number in range(120)
    ]
    steps = []
    seen = inspect_recordings(
        paths, "voice", n_jobs=2, progress=lambda done, total: steps.append((done, total))
    )
    alone = inspect_recordings(paths, "voice")
    assert [item[:6] for item in seen] == [item[:6] for item in alone]
    for first, second in zip(seen, alone, strict=True):
        np.testing.assert_array_equal(first.print, second.print)
    assert steps[-1] == (120, 120)
    assert len(steps) > 1


def test_texts_are_compared_by_content():
    seen = inspect_recordings(["Hello.", "Bye.", "Hello.", " ", "", None], "text")
    assert exact_duplicates(seen) == [[0, 2]]
    assert [item.remark for item in seen] == [None] * 3 + ["wordless"] * 3


def test_videos_are_opened(tmp_path):
    content = encode(waves(30, 48, 64), kind="mp4")
    damaged = trees.write(tmp_path / "a.mp4", content[: len(content) // 2])
    turned = encode(shades(25), kind="mp4", rotation=90)
    clip = np.zeros((5, 48, 64, 3), np.uint8)
    recordings = [content, str(damaged), b"video", turned, clip, content]
    seen = inspect_recordings(recordings, "video")
    assert [item.form for item in seen] == [
        (48, 64, 25.0), None, None, (64, 48, 25.0), (48, 64), (48, 64, 25.0)
    ]  # fmt: skip
    assert [item.duration for item in seen] == [1.2, None, None, 1.0, None, 1.2]
    assert [item.fault for item in seen] == [None, "unreadable", "unreadable", None, None, None]
    assert "is damaged or cut off" in seen[1].reason
    assert "it begins with b'video' and is none of MP4" in seen[2].reason
    assert exact_duplicates(seen) == [[0, 5]]


def test_videos_are_compared_by_content_where_they_cannot_be_opened(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    seen = inspect_recordings([b"video", b"video"], "video")
    assert [item.remark for item in seen] == ["unopened", "unopened"]
    assert exact_duplicates(seen) == [[0, 1]]
