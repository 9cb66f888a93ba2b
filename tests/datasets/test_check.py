"""The data check: what is wrong, and what is only worth knowing."""

import json

import numpy as np
import pytest
import trees

from skemotion.datasets import get_dataset
from skemotion.datasets.check import check_files


def decode(recording):
    """Stand in for a reader: the samples of a WAV file."""
    with open(recording, "rb") as file:
        content = file.read()
    if not content.startswith(b"RIFF"):
        raise ValueError("it is not a WAV file")
    return np.frombuffer(content[44:], dtype="<i2")


@pytest.fixture
def voices(tmp_path):
    """Return a folder of six good recordings of two people."""
    for i, person in enumerate(("ann", "bob")):
        for j, emotion in enumerate(("happy", "sad", "angry")):
            trees.write(tmp_path / person / emotion / "1.wav", trees.wav(3 * i + j))
    return tmp_path


def test_good_copy(voices):
    seen = []
    report = check_files(
        get_dataset("folder", voices), decode, n_jobs=2, progress=lambda *at: seen.append(at)
    )
    assert report.ok
    assert (report.problems, report.notes, report.findings) == ([], [], {})
    assert report.table.loc["total"].tolist() == [6, "-"]
    assert seen == [(n, 6) for n in range(1, 7)]


def test_problems(voices):
    trees.write(voices / "ann" / "happy" / "empty.wav", b"")
    trees.write(
        voices / "ann" / "happy" / "lfs.wav", b"version https://git-lfs.github.com/spec/v1\n"
    )
    trees.write(voices / "ann" / "happy" / "text.wav", b"hello")
    (voices / "ann" / "happy" / "gone.wav").symlink_to(voices / "nowhere.wav")
    report = check_files(get_dataset("folder", voices), decode)
    assert not report.ok
    assert report.problems == [
        "1 recordings are missing: ann/happy/gone.wav",
        "1 recordings are empty: ann/happy/empty.wav",
        "1 recordings are Git-LFS pointers, run 'git lfs pull': ann/happy/lfs.wav",
        "1 recordings cannot be read: ann/happy/text.wav: it is not a WAV file",
    ]
    assert report.notes == []


def test_notes(voices):
    good = (voices / "ann" / "happy" / "1.wav").read_bytes()
    trees.write(voices / "ann" / "happy" / "2.wav", good)
    trees.write(voices / "bob" / "sad" / "2.wav", good)
    trees.write(voices / "bob" / "sad" / "silent.wav", good[:44] + bytes(2000))
    trees.write(voices / "readme.txt", b"")
    report = check_files(get_dataset("folder", voices), decode)
    same = "ann/happy/1.wav = ann/happy/2.wav = bob/sad/2.wav"
    assert report.ok
    assert report.notes == [
        "1 left out: not a voice file (.txt)",
        "1 recordings are blank (black or silent): bob/sad/silent.wav",
        f"2 recordings repeat another one: {same}",
        f"1 recordings stand under more than one emotion: {same}",
        f"1 recordings stand under more than one subject: {same}",
    ]
    assert json.loads(json.dumps(report.to_dict()))["findings"]["repeated"] == [same.split(" = ")]


def test_part_of_a_corpus(banglaser_root):
    report = check_files(get_dataset("banglaser", banglaser_root))
    assert report.problems == ["270 of 1467 published recordings are here"]
    assert report.table.loc["neutral"].tolist() == [54, 243]
    assert report.to_dict()["table"]["total"] == {"found": 270, "published": 1467}


def test_too_many_and_other_classes(tmp_path):
    dataset = get_dataset("synthetic-voices", n_subjects=1, n_repetitions=1)
    n = len(dataset.index())
    dataset.n_recordings = n - 1
    assert check_files(dataset).problems == [f"{n} recordings are here, {n - 1} are published"]
    dataset.n_recordings = n
    dataset.counts = {"happy": 2, **dict.fromkeys(set(dataset.emotions) - {"happy"}, 1)}
    assert check_files(dataset).problems == ["1 happy are here, 2 published"]


def test_fer2013(fer2013_root):
    report = check_files(get_dataset("fer2013", fer2013_root))
    assert report.problems == ["60 of 35887 published recordings are here"]
    pair = "fer2013.csv#2 = fer2013.csv#40"
    assert report.notes == [
        "1 recordings are blank (black or silent): fer2013.csv#41",
        f"1 recordings repeat another one: {pair}",
        f"1 recordings stand under more than one emotion: {pair}",
        f"1 recordings stand in more than one part of the split: {pair}",
    ]
