"""The data check: what is wrong, and what is only worth knowing."""

import json
import sys
import zipfile
from hashlib import sha256

import numpy as np
import pytest
import trees
from make_videos import encode, waves

from skemotion.datasets import get_dataset
from skemotion.evaluation import check_files


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
        get_dataset("folder", voices), n_jobs=2, progress=lambda *at: seen.append(at)
    )
    assert report.ok
    assert (report.problems, report.notes, report.findings) == ([], [], {})
    assert report.table.loc["total"].tolist() == [6, "-"]
    assert seen[-1] == (6, 6)


def test_problems(voices):
    trees.write(voices / "ann" / "happy" / "empty.wav", b"")
    trees.write(
        voices / "ann" / "happy" / "lfs.wav", b"version https://git-lfs.github.com/spec/v1\n"
    )
    trees.write(voices / "ann" / "happy" / "text.wav", b"hello")
    (voices / "ann" / "happy" / "gone.wav").symlink_to(voices / "nowhere.wav")
    report = check_files(get_dataset("folder", voices))
    assert not report.ok
    assert report.problems == [
        "1 files: it is a Git-LFS pointer (run 'git lfs pull' in its repository): "
        "ann/happy/lfs.wav",
        "1 files: the file is empty: ann/happy/empty.wav",
        "1 files: the file is missing: ann/happy/gone.wav",
        "1 recordings cannot be read: ann/happy/text.wav: expected WAV, FLAC, OGG or MP3, but the "
        "content is text ('hello'). Convert or replace it",
    ]
    assert report.notes == []


def test_notes(voices):
    good = (voices / "ann" / "happy" / "1.wav").read_bytes()
    trees.write(voices / "ann" / "happy" / "2.wav", good)
    trees.write(voices / "bob" / "sad" / "2.wav", good)
    silent, loud = np.zeros(4800, "<i2"), np.frombuffer(good[44:], "<i2").astype(int) * 40
    for name, samples in (("silent", silent), ("clipped", np.clip(loud, -32768, 32767))):
        content = good[:44] + samples.astype("<i2").tobytes()
        trees.write(voices / "bob" / "sad" / f"{name}.wav", content)
    trees.write(voices / "readme.txt", b"")
    report = check_files(get_dataset("folder", voices))
    same = "ann/happy/1.wav = ann/happy/2.wav = bob/sad/2.wav"
    assert not report.ok  # with nothing published, a content under two emotions is a mistake
    assert report.problems == [f"1 recordings stand under more than one emotion: {same}"]
    assert report.notes == [
        "1 left out: not a voice file (.txt)",
        "1 recordings are silent (below -60 dB of full scale): bob/sad/silent.wav",
        "1 recordings are clipped (more than 0.1 % of the samples at full scale): "
        "bob/sad/clipped.wav",
        f"2 recordings repeat another one: {same}",
        f"1 recordings stand under more than one subject: {same}",
    ]
    assert json.loads(json.dumps(report.to_dict()))["findings"]["repeated"] == [same.split(" = ")]
    assert report.forms.to_dict("records") == [
        {"form": "16000 Hz, 1 channel", "found": 10, "duration": "0.3 to 0.3 s"}
    ]
    assert report.subjects["found"].to_dict() == {"ann": 4, "bob": 6}


def test_strict(voices):
    dataset = get_dataset("folder", voices)
    assert check_files(dataset, strict=True).ok
    good = (voices / "ann" / "happy" / "1.wav").read_bytes()
    loud = np.clip(np.frombuffer(good[44:], "<i2").astype(int) * 40, -32768, 32767)
    trees.write(voices / "ann" / "happy" / "2.wav", good)
    trees.write(voices / "ann" / "happy" / "3.wav", good[:44] + loud.astype("<i2").tobytes())
    assert check_files(dataset, strict=True).ok  # a copy and clipping do no harm
    trees.write(voices / "ann" / "sad" / "2.wav", good[:44] + bytes(9600))
    silent = "1 recordings are silent (below -60 dB of full scale): ann/sad/2.wav"
    report = check_files(dataset)
    assert (report.ok, report.strict, report.doubts) == (True, False, [silent])
    assert silent in report.notes
    report = check_files(dataset, strict=True)
    assert (report.ok, report.strict, report.doubts) == (False, True, [silent])
    shown = report.to_dict()
    assert (shown["ok"], shown["strict"], shown["doubts"]) == (False, True, [silent])


def test_doubts_of_every_kind(fer2013_root, voices, filmed, monkeypatch):
    report = check_files(get_dataset("fer2013", fer2013_root))
    assert report.doubts == [note for note in report.notes if "repeat another" not in note]
    assert len(report.doubts) == 3
    for person in ("ann", "bob"):
        content = trees.wav(77, seconds=1.5)
        samples = np.frombuffer(content[44:], "<i2") // (1 if person == "ann" else 2)
        trees.write(voices / person / "sad" / "long.wav", content[:44] + samples.tobytes())
    (doubt,) = check_files(get_dataset("folder", voices, modality="voice")).doubts
    assert doubt.startswith("1 recordings and near copies stand under more than one subject")
    monkeypatch.setitem(sys.modules, "av", None)
    (doubt,) = check_files(get_dataset("ravdess", filmed, modality="video")).doubts
    assert doubt.startswith("2 videos were not opened")


def test_one_content_under_two_emotions_of_a_published_dataset_is_a_note(voices):
    trees.write(voices / "bob" / "sad" / "2.wav", trees.wav(0))
    dataset = get_dataset("folder", voices)
    assert len(check_files(dataset).problems) == 1
    dataset.n_recordings = 7
    report = check_files(dataset)
    assert report.ok
    assert [note.split(":")[0] for note in report.doubts] == [
        "1 recordings stand under more than one emotion",
        "1 recordings stand under more than one subject",
    ]


def test_copies_that_differ_a_little(voices):
    for person in ("ann", "bob"):
        content = trees.wav(77, seconds=1.5)
        samples = np.frombuffer(content[44:], "<i2") // (1 if person == "ann" else 2)
        trees.write(voices / person / "sad" / "long.wav", content[:44] + samples.tobytes())
    report = check_files(get_dataset("folder", voices))
    pair = "ann/sad/long.wav = bob/sad/long.wav"
    assert report.notes == [
        f"1 recordings are copies that differ a little: {pair}",
        f"1 recordings and near copies stand under more than one subject: {pair}",
    ]
    assert check_files(get_dataset("folder", voices), near=False).notes == []


def test_recordings_in_an_archive(voices, tmp_path):
    target = tmp_path / "packed.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(voices.rglob("*.wav")):
            archive.write(path, path.relative_to(voices))
    report = check_files(get_dataset("folder", target, modality="voice"), n_jobs=2)
    assert report.table.loc["total"].tolist() == [6, "-"]
    assert report.ok


def test_counts_by_subject_and_original_files(voices):
    dataset = get_dataset("folder", voices)
    dataset.subject_counts, dataset.n_recordings = {"ann": 3, "bob": 2, "cem": 1}, 6
    contents = sorted(sha256(path.read_bytes()).digest()[:16] for path in voices.rglob("*.wav"))
    dataset.originals = {"voice": sha256(b"".join(contents)).hexdigest()}
    report = check_files(dataset)
    assert report.problems == [
        "3 of subject bob are here, 2 published",
        "0 of subject cem are here, 1 published",
    ]
    assert report.notes == ["the files are the published ones, byte for byte"]
    trees.write(voices / "bob" / "sad" / "1.wav", trees.wav(99))
    assert check_files(dataset).notes == [
        "the files are not all byte for byte the published ones (known is one hash over all of "
        "them, which does not tell the changed ones)"
    ]


def test_resampled_copies(voices):
    dataset = get_dataset("folder", voices)
    dataset.sampling_rates = (16000,)
    assert check_files(dataset).notes == []
    dataset.sampling_rates = (48000, 44100)
    names = ["ann/angry/1.wav", "ann/happy/1.wav", "ann/sad/1.wav"]
    trees.write(voices / "bob" / "sad" / "1.wav", trees.wav(99, rate=48000))
    trees.write(voices / "bob" / "angry" / "1.wav", trees.wav(98, rate=22050))
    report = check_files(dataset)
    assert report.ok
    assert report.notes == [
        "5 of 6 recordings have 16000 or 22050 Hz, published 44100 or 48000 Hz: resampled copies; "
        f"do not compare scores with published ones: {', '.join(names)}, ..."
    ]
    assert len(report.findings["resampled"]) == 5


@pytest.mark.parametrize(
    ("name", "rate"), [("emodb", 16000), ("ravdess", 48000), ("casia", 16000), ("iemocap", 16000)]
)
def test_published_sampling_rates(name, rate, request):
    root = request.getfixturevalue(trees.root_fixture(name))  # of 16 kHz
    report = check_files(get_dataset(name, root), near=False)
    start = f"{report.n_recordings} of {report.n_recordings} recordings have 16000 Hz, published "
    found = [note.removeprefix(start)[:5] for note in report.notes if note.startswith(start)]
    assert found == ([] if rate == 16000 else [str(rate)])
    assert get_dataset(name).sampling_rates == (rate,)


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
        "1 pictures are black: fer2013.csv#41",
        f"1 recordings repeat another one: {pair}",
        f"1 recordings stand under more than one emotion: {pair}",
        f"1 recordings stand in more than one part of the split: {pair}",
    ]


@pytest.fixture
def filmed(tmp_path_factory):
    """Return a tree of RAVDESS with two performances, of which one video is cut off."""
    root = tmp_path_factory.mktemp("ravdess")
    for number, code in enumerate(("03", "04")):
        name = f"01-{code}-01-01-01-01"
        trees.write(root / "Actor_01" / f"03-{name}.wav", trees.wav(number))
        content = encode(waves(10 + number))
        content = content[: len(content) // 2] if number else content
        trees.write(root / "Actor_01" / f"02-{name}.mp4", content)
    return root


def test_damaged_videos(filmed):
    report = check_files(get_dataset("ravdess", filmed, modality="video"))
    assert report.problems[-1] == (
        "1 recordings cannot be read: Actor_01/02-01-04-01-01-01-01.mp4: the file is damaged or "
        "cut off (Invalid data found when processing input). Copy it again from its source"
    )
    assert report.forms.to_dict("records") == [
        {"form": "48 x 64, 25 frames/s", "found": 1, "duration": "0.4 to 0.4 s"}
    ]


def test_each_modality_is_looked_at(filmed):
    seen = []
    dataset = get_dataset("ravdess", filmed, modality="voice+video")
    report = check_files(dataset, progress=lambda *at: seen.append(at))
    assert report.findings["unreadable"][0].startswith("Actor_01/02-01-04-01-01-01-01.mp4: ")
    assert report.forms["form"].tolist() == ["16000 Hz, 1 channel", "48 x 64, 25 frames/s"]
    assert seen == [(1, 2), (2, 2)] * 2


def test_videos_that_were_not_opened_are_told(filmed, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    report = check_files(get_dataset("ravdess", filmed, modality="video"))
    assert report.notes[-1].startswith(
        "2 videos were not opened, only compared: install skemotion[video] and check again: "
        "Actor_01/02-01-03-01-01-01-01.mp4, "
    )


def test_empty_texts(iemocap_root):
    dataset = get_dataset("iemocap", iemocap_root, modality="voice+text")
    assert not [note for note in check_files(dataset, near=False).notes if "no words" in note]
    read = dataset.index
    dataset.index = lambda: read().assign(text=lambda frame: frame["text"].where(frame.index > 0))
    name = read()["path"].iloc[0]
    report = check_files(dataset, near=False)
    assert f"1 texts have no words: {name}" in report.notes
    assert report.findings["wordless"] == [name]
