"""The cache of recordings: nothing twice, nothing wrong."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import trees
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skemotion.audio._frames as analysis
from skemotion import (
    HOG,
    AcousticFeatures,
    ReadImages,
    RecordingError,
    RecordingTransformer,
    Resize,
    make_recording_pipeline,
)
from skemotion._cache import RecordingCache


class Double(RecordingTransformer):
    """Double what bytes hold; `calls` counts."""

    calls = []

    def __init__(self, factor=2, *, cache=None, n_jobs=None, on_error="raise"):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error)
        self.factor = factor

    def make_function(self):
        return self._apply

    def _apply(self, recording):
        data = Path(recording).read_bytes() if isinstance(recording, str) else recording
        self.calls.append(data)
        if data == b"bad":
            raise ValueError("it is bad")
        return self.factor * np.frombuffer(data, np.uint8).astype(float).sum(keepdims=True)


@pytest.fixture(autouse=True)
def no_calls(monkeypatch):
    monkeypatch.delenv("SKEMOTION_CACHE", raising=False)
    Double.calls.clear()


def old(path, content):
    """Write a file that has not changed for a while."""
    path.write_bytes(content)
    os.utime(path, (1e9, 1e9))
    return str(path)


def test_what_did_not_change_is_not_computed_again(tmp_path):
    paths = [old(tmp_path / name, name.encode()) for name in "abc"]
    step = Double(cache=tmp_path / "cache")
    first = step.fit_transform(paths)
    assert clone(step).transform(paths[::-1]).tolist() == first[::-1].tolist()
    assert step.transform([b"b"]).tolist() == first[1:2].tolist()  # the content counts
    assert Double.calls == [b"a", b"b", b"c"]
    other = Double(3, cache=tmp_path / "cache").transform(paths)
    assert other.tolist() == (1.5 * first).tolist()
    old(tmp_path / "a", b"z")
    os.utime(tmp_path / "a", (2e9, 2e9))
    assert step.transform(paths)[0, 0] == 2 * ord("z")
    assert len(Double.calls) == 7
    assert Double(cache=False).transform(paths).tolist() == step.transform(paths).tolist()
    assert len(Double.calls) == 10


def test_a_file_that_changes_within_a_tick_of_the_clock_is_read_again(tmp_path):
    path, step = tmp_path / "a", Double(cache=tmp_path / "cache")
    now = time.time_ns()
    for content in (b"a", b"b"):
        path.write_bytes(content)
        os.utime(path, ns=(now, now))
        assert step.transform([str(path)])[0, 0] == 2 * content[0]


def test_the_same_content_is_computed_once_and_errors_are_not_kept(tmp_path):
    step = Double(cache=tmp_path, on_error="nan")
    recordings = [b"a", b"bad", b"a", b"bad", b"b", None]
    for n_calls in (3, 4):
        with pytest.warns(UserWarning, match=r"^3 of 6 recordings could not be .* \(recording 1\)"):
            got = step.transform(recordings)
        assert np.isnan(got[[1, 3, 5]]).all()
        assert got[[0, 2, 4], 0].tolist() == [194.0, 194.0, 196.0]
        assert len(Double.calls) == n_calls
    with pytest.raises(RecordingError, match=r"^Cannot process 3 bytes \(recording 1\): it is bad"):
        Double(cache=tmp_path).transform(recordings)


def test_the_last_cache_of_a_chain_rules(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    photos = [trees.png(image) for image in rng.integers(0, 256, (6, 40, 40), dtype=np.uint8)]
    chain = make_recording_pipeline(ReadImages(), Resize(32, 32), HOG())
    expected = chain.fit_transform(photos)
    monkeypatch.setenv("SKEMOTION_CACHE", str(tmp_path))
    for _ in range(2):
        np.testing.assert_array_equal(clone(chain).fit_transform(photos), expected)
    cache = RecordingCache(tmp_path)
    assert cache.info()["n_results"] == 7  # fit looks at one resized picture
    ReadImages().transform(photos)
    assert cache.info()["n_results"] == 7  # decoded pictures are larger than their files
    monkeypatch.delenv("SKEMOTION_CACHE")
    resized = Resize(32, 32, cache=tmp_path / "own")
    chain = make_recording_pipeline(ReadImages(), resized, HOG())
    np.testing.assert_array_equal(chain.fit_transform(photos), expected)
    assert RecordingCache(tmp_path / "own").info()["n_results"] == 6
    np.testing.assert_array_equal(chain.transform(photos), expected)


def test_a_search_reads_each_recording_once(tmp_path, monkeypatch):
    paths = [str(trees.write(tmp_path / f"{n}.wav", trees.wav(n))) for n in range(12)]
    decoded, decode = [], analysis.decode_audio
    monkeypatch.setattr(
        analysis, "decode_audio", lambda r, rate: decoded.append(r) or decode(r, rate)
    )
    pipeline = make_pipeline(AcousticFeatures(), StandardScaler(), SVC())
    grid = {"svc__C": np.logspace(-2, 2, 8)}
    groups, y = np.arange(12) // 2, ["sad", "happy"] * 6
    plain = GridSearchCV(pipeline, grid, cv=GroupKFold(3)).fit(paths, y, groups=groups)
    assert len(decoded) == 8 * 3 * 12 + 12
    decoded.clear()
    monkeypatch.setenv("SKEMOTION_CACHE", str(tmp_path / "cache"))
    cached = GridSearchCV(pipeline, grid, cv=GroupKFold(3)).fit(paths, y, groups=groups)
    assert sorted(decoded) == sorted(paths)
    np.testing.assert_array_equal(
        plain.cv_results_["mean_test_score"], cached.cv_results_["mean_test_score"]
    )


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_damaged_entries_are_computed_anew(tmp_path, damage):
    recordings = [n.to_bytes(2, "big") for n in range(200)]
    step = Double(cache=tmp_path)
    expected = step.fit_transform(recordings)
    Double.calls.clear()
    rng = random.Random(0)
    with sqlite3.connect(tmp_path / "recordings.sqlite") as connection:
        for row, value in connection.execute("SELECT rowid, value FROM results").fetchall():
            value = bytearray(value)
            if damage == "flip":
                value[rng.randrange(len(value))] ^= 1 << rng.randrange(8)
            else:
                value = value[: rng.randrange(len(value))]
            new = bytes(value), row
            connection.execute("UPDATE results SET value = ? WHERE rowid = ?", new)
    connection.close()
    np.testing.assert_array_equal(step.transform(recordings), expected)
    assert len(Double.calls) == 200
    step.transform(recordings)
    assert len(Double.calls) == 200


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.filterwarnings("ignore:Cannot (read|write) the cache")
def test_a_damaged_file_costs_no_result(tmp_path, seed):
    recordings = [n.to_bytes(2, "big") for n in range(100)]
    step = Double(cache=tmp_path)
    expected = step.fit_transform(recordings)
    path, rng = tmp_path / "recordings.sqlite", random.Random(seed)
    content = bytearray(path.read_bytes())
    if seed % 2:
        content = content[: rng.randrange(len(content))]
    else:
        for _ in range(50):
            content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content)
    for _ in range(2):
        np.testing.assert_array_equal(step.transform(recordings), expected)


def test_a_cache_that_cannot_be_written_warns(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match=r"^Cannot (read|write) the cache .* computed without it"):
        assert Double(cache=tmp_path / "file" / "cache").transform([b"a"])[0, 0] == 194


def test_size_is_bounded_and_the_oldest_go_first(tmp_path):
    cache = RecordingCache(tmp_path, max_bytes=300_000)
    for n in range(60):
        cache.put({bytes([n]): np.full(2000, n, dtype=float)})
    info = cache.info()
    assert info["bytes"] <= 300_000
    assert 5 < info["n_results"] < 20
    assert os.path.getsize(cache.path) < 600_000
    assert list(cache.get([bytes([n]) for n in range(60)])) == [
        bytes([n]) for n in range(60 - info["n_results"], 60)
    ]
    cache.clear()
    assert cache.info()["n_results"] == 0


_WRITER = """
import sys
import numpy as np
from skemotion._cache import RecordingCache
cache = RecordingCache(sys.argv[1])
print("ready", flush=True)
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    cache.put({n.to_bytes(4, "big"): np.full(500, n)})
"""


def write(folder, start, stop):
    command = [sys.executable, "-c", _WRITER, str(folder), str(start), str(stop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def test_two_processes_share_a_file(tmp_path):
    writers = [write(tmp_path, start, start + 200) for start in (0, 100)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = RecordingCache(tmp_path).get([n.to_bytes(4, "big") for n in range(300)])
    assert len(found) == 300
    assert all(int.from_bytes(key, "big") == array[0] for key, array in found.items())
    for writer in writers:
        writer.stdout.close()


def test_a_killed_process_leaves_the_file_whole(tmp_path):
    for wait in (0.02, 0.05, 0.1):
        writer = write(tmp_path, 0, 10**6)
        writer.stdout.readline()
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait(60)
        writer.stdout.close()
    cache = RecordingCache(tmp_path)
    keys = [n.to_bytes(4, "big") for n in range(cache.info()["n_results"])]
    assert len(cache.get(keys)) == len(keys) > 0


def test_classes_without_a_file_are_not_kept(tmp_path):
    code = (
        "import numpy as np, skemotion\n"
        "class Sum(skemotion.RecordingTransformer):\n"
        "    def make_function(self):\n"
        "        return lambda item: np.sum(item, keepdims=True)\n"
        f"print(Sum(cache={str(tmp_path)!r}).fit_transform([np.ones(3)]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[[3.]]\n"
    assert "The results of Sum are not kept: it was defined in an interpreter" in done.stderr
