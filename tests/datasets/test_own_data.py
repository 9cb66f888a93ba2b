"""Folders and manifests: anyone's own recordings."""

import re

import numpy as np
import pandas as pd
import pytest
import trees
from dataset_checks import faulty

from skemotion import emotions, load_dataset
from skemotion.datasets import get_dataset
from skemotion.datasets.folder import Folder
from skemotion.datasets.manifest import Manifest


def touch(root, *names):
    for name in names:
        trees.write(root / name, name.encode())
    return root


def test_folder_of_people_and_emotions(folder_root):
    data = load_dataset("folder", folder_root)
    assert data.dataset.modality == "voice"
    assert data.dataset.name == f"folder:{folder_root.name}"
    assert set(data.y) == {"happy", "angry", "sad"}
    assert set(data.groups) == {
        f"{data.dataset.name}/{n}" for n in ("ann", "bob", "cem", "dai", "eva")
    }
    assert data.dataset.subjects_known
    assert data.left_out == {"not a voice file (.txt)": 1}
    assert data.X[0] == str(folder_root / "ann" / "Joy" / "0.wav")


@pytest.mark.parametrize(
    ("names", "subjects", "splits"),
    [
        (["angry/1.png", "Pleasant Surprise/1.PNG"], None, None),
        (["angry/ann/1.png", "sad/bob/1.png"], ["ann", "bob"], None),
        (["ann/angry/1.png", "bob/sad/1.png"], ["ann", "bob"], None),
        (["train/angry/1.png", "Test/sad/1.png"], None, ["test", "train"]),
        (["ann/train/angry/1.png", "bob/val/sad/1.png"], ["ann", "bob"], ["train", "validation"]),
        (["angry/2024/ann/1.png", "angry/2024/bob/1.png"], None, None),
    ],
)
def test_levels(tmp_path, names, subjects, splits):
    data = load_dataset("folder", touch(tmp_path, *names))
    assert len(data.y) == 2
    assert data.dataset.modality == "face"
    assert data.dataset.subjects_known == (subjects is not None)
    assert [group.split("/", 1)[1] for group in data.groups] == (
        subjects or data.frame["path"].tolist()
    )
    assert ("split" in data.frame) == (splits is not None)
    if splits:
        assert data.frame["split"].tolist() == splits


def test_folder_with_pattern(tmp_path):
    touch(tmp_path, "s1_joy_03.wav", "s2_sad_01.wav", "noise.wav")
    pattern = r"(?P<subject>s\d)_(?P<emotion>[a-z]+)_(?P<take>\d\d)"
    data = load_dataset("folder", tmp_path, pattern=pattern)
    assert data.y.tolist() == ["happy", "sad"]
    assert data.frame["take"].tolist() == ["03", "01"]
    assert data.left_out == {f"the path does not match {pattern!r}": 1}
    message = (
        "2 of the 2 files of dataset 'folder:{}' in {} cannot be used: s1_joy_03.wav, "
        "s2_sad_01.wav (the pattern finds no emotion: Unknown emotion 's1': 1; the pattern"
    )
    with pytest.raises(ValueError, match=re.escape(message.format(tmp_path.name, tmp_path))):
        load_dataset("folder", tmp_path, pattern=r"(?P<emotion>s\d)_")
    touch(tmp_path, "s3_hapy_04.wav")
    reason = "the pattern finds no emotion: Unknown emotion 'hapy'. Did you mean 'happy'?"
    data = faulty("folder", tmp_path, "s3_hapy_04.wav", reason, pattern=pattern)
    assert data.y.tolist() == ["happy", "sad"]


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (
            ["ann/hapy/1.wav"],
            {},
            "1 of the 1 files of dataset 'folder:mine' in {root} cannot be used: ann/hapy/1.wav "
            "(one folder on the path is to be named after an emotion, got none. Did you mean "
            "'happy' by 'hapy'?: 1). Repair them",
        ),
        (
            ["sad/angry/1.wav"],
            {},
            "sad/angry/1.wav (one folder on the path is to be named after an emotion, got angry"
            ", sad: 1)",
        ),
        (
            ["sad/1.wav", "sad/1.png"],
            {},
            "one kind of media, got 1 face, 1 voice files. Pass modality=",
        ),
        (["sad/1.txt"], {}, "found no recordings in"),
        (["sad/1.wav"], {"modality": "sound"}, "one of voice, face, video or None, got 'sound'."),
        (
            ["sad/1.wav"],
            {"pattern": "(?P<mood>.*)"},
            "to have a group named 'emotion', got '(?P<mood>",
        ),
    ],
)
def test_folder_errors(tmp_path, names, options, message):
    root = touch(tmp_path / "mine", *names)
    with pytest.raises(ValueError, match=re.escape(message.replace("{root}", str(root)))):
        load_dataset("folder", root, **options)


def test_folders_that_name_no_emotion_are_faults(tmp_path):
    names = [f"{person}/{word}/1.wav" for person in "abc" for word in ("sad", "joy", "xyz")]
    touch(tmp_path, *names)
    reason = (
        "one folder on the path is to be named after an emotion, got none; rename it, or pass "
        "pattern="
    )
    shown = "a/xyz/1.wav, b/xyz/1.wav, c/xyz/1.wav"
    with pytest.raises(ValueError, match=re.escape("3 of the 9 files of dataset 'folder:")):
        load_dataset("folder", tmp_path)
    with pytest.raises(ValueError, match=re.escape(f"{shown} ({reason}: 3). Repair them")):
        load_dataset("folder", tmp_path)
    data = load_dataset("folder", tmp_path, on_error="skip")
    assert data.y.tolist() == ["happy", "sad"] * 3
    assert data.dataset.subjects_known
    assert data.left_out == {reason: 3}


def test_words_are_compared_only_for_the_error(tmp_path, monkeypatch):
    compared = []
    monkeypatch.setattr(emotions, "get_close_matches", lambda word, *_, **__: compared.append(word))
    emotions._closest.cache_clear()
    touch(tmp_path, *(f"p{n}/train/{word}/{n}.wav" for n in range(9) for word in ("sad", "joy")))
    assert len(load_dataset("folder", tmp_path).y) == 18
    assert not compared
    touch(tmp_path, *(f"p0/train/hapy/{n}.wav" for n in range(9)))
    assert load_dataset("folder", tmp_path, on_error="skip").dataset.faults
    assert sorted(compared) == ["hapy", "p0", "train"]
    emotions._closest.cache_clear()


def test_folder_of_two_media_with_a_choice(tmp_path):
    touch(tmp_path, "sad/1.wav", "sad/1.png", "happy/1.wav")
    data = load_dataset("folder", tmp_path, modality="voice")
    assert data.left_out == {"not a voice file (.png)": 1}


def test_linked_folders_are_followed_once(tmp_path):
    touch(tmp_path, "real/sad/1.wav", "mine/happy/2.wav")
    (tmp_path / "mine" / "sad").symlink_to(tmp_path / "real" / "sad")
    (tmp_path / "mine" / "sad" / "again").symlink_to(tmp_path / "mine")
    assert load_dataset("folder", tmp_path / "mine").y.tolist() == ["happy", "sad"]


def test_manifest(manifest_root):
    data = load_dataset("manifest", manifest_root)
    assert data.dataset.name == "manifest:mine"
    assert data.dataset.modality == "voice"
    assert data.X[0] == str(manifest_root.parent / "ann" / "Joy" / "0.wav")
    assert set(data.y) == {"happy", "angry", "sad"}
    assert data.frame["take"].tolist() == [0, 1] * 15
    assert len(set(data.groups)) == 5


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "parquet"])
def test_manifest_formats_and_column_names(tmp_path, ending):
    touch(tmp_path, "clips/a.png", "clips/b.png")
    table = pd.DataFrame(
        {"file": ["clips/a.png", "clips/b.png"], "label": ["Wut", "sad"], "who": ["007", "8"]}
    )
    root = tmp_path / f"mine.{ending}"
    if ending == "parquet":
        table.to_parquet(root)
    else:
        table.to_csv(root, index=False, sep="\t" if ending == "tsv" else ",")
    data = load_dataset("manifest", root, path="file", emotion="label", subject="who")
    assert data.y.tolist() == ["angry", "sad"]
    assert data.groups.tolist() == ["manifest:mine/007", "manifest:mine/8"]
    assert data.dataset.modality == "face"


def test_manifest_without_subjects_or_some_emotions(tmp_path):
    touch(tmp_path, "a.wav", "b.wav", "c.wav")
    root = trees.write(tmp_path / "m.csv", b"path,emotion\na.wav,sad\nb.wav,\nc.wav,happy\n")
    data = load_dataset("manifest", root)
    assert not data.dataset.subjects_known
    assert data.groups.tolist() == ["manifest:m/row-00001", "manifest:m/row-00003"]
    assert data.left_out == {"the emotion is empty": 1}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "file,emotion\na.wav,sad\n",
            ValueError,
            "to have the columns 'path' and 'emotion', got file, em",
        ),
        (
            "path,emotion\na.wav,sad\na.wav,hapy\n",
            ValueError,
            "1 of the 2 files of dataset 'manifest:m' in {root} cannot be used: a.wav (Unknown "
            "emotion 'hapy'. Did you mean 'happy'?: 1). Repair",
        ),
        (
            "path,emotion\na.wav,sad\nb.wav,sad\n",
            ValueError,
            "1 of the 2 files of dataset 'manifest:m' in {root} cannot be used: b.wav (the file is "
            "missing: 1). Repair them",
        ),
        (
            "path,emotion,subject\na.wav,sad,x\na.wav,sad,\n",
            ValueError,
            "gives no subject in row 1 and 0",
        ),
        ("path,emotion\na.wav,sad,1,2\n", ValueError, "Cannot read {root}: "),
        (
            "",
            ValueError,
            "Cannot read {root}: No columns to parse from file. Repair or export it again.",
        ),
        ("path,emotion\n", ValueError, "found no recordings in {root}."),
        (
            "version https://git-lfs.github.com/spec/v1\n",
            ValueError,
            "a table, got a Git-LFS pointer.",
        ),
    ],
)
def test_manifest_errors(tmp_path, text, error, message):
    touch(tmp_path, "a.wav")
    root = trees.write(tmp_path / "m.csv", text.encode())
    with pytest.raises(error, match=re.escape(message.format(root=root, folder=tmp_path))):
        load_dataset("manifest", root)


def test_manifest_with_misspelt_emotions(tmp_path):
    touch(tmp_path, *(f"{name}.wav" for name in "abcdef"))
    labels = ["sad", "hapy", "joy", "hapy", "xyz", ""]
    lines = [f"{name}.wav,{label}" for name, label in zip("abcdef", labels, strict=True)]
    root = trees.write(tmp_path / "m.csv", "\n".join(["path,emotion", *lines]).encode())
    reasons = {"Unknown emotion 'hapy'. Did you mean 'happy'?": 2, "Unknown emotion 'xyz'": 1}
    message = (
        "3 of the 5 files of dataset 'manifest:m' in {} cannot be used: b.wav, d.wav, e.wav ({})"
    )
    told = "; ".join(f"{reason}: {count}" for reason, count in reasons.items())
    with pytest.raises(ValueError, match=re.escape(message.format(root, told))):
        load_dataset("manifest", root)
    data = load_dataset("manifest", root, on_error="skip")
    assert data.y.tolist() == ["sad", "happy"]
    assert data.groups.tolist() == ["manifest:m/row-00001", "manifest:m/row-00003"]
    assert data.left_out == {"the emotion is empty": 1, **reasons}
    assert [fault.path for fault in data.faults] == ["b.wav", "d.wav", "e.wav"]


def test_manifest_that_is_no_table(tmp_path):
    with pytest.raises(ValueError, match="Expected the manifest to be a file, got the folder"):
        load_dataset("manifest", tmp_path)
    root = trees.write(tmp_path / "m.xlsx", b"PK")
    with pytest.raises(
        ValueError, match=re.escape("ends in .csv, .tsv or .parquet, got 'm.xlsx'.")
    ):
        load_dataset("manifest", root)
    broken = trees.write(tmp_path / "m.parquet", b"PAR1")
    with pytest.raises(ValueError, match=re.escape(f"Cannot read {broken}: ")):
        load_dataset("manifest", broken)


def test_names_before_a_root_is_known():
    assert (Folder().name, Manifest().name) == ("folder", "manifest")
    assert (get_dataset("folder").modality, get_dataset("manifest").modality) == ("", "")


def test_where_selects_and_explains(folder_root):
    data = load_dataset("folder", folder_root, where="emotion == 'sad' and subject != 'ann'")
    assert set(data.y) == {"sad"}
    assert len(data.y) == 8
    data = load_dataset("folder", folder_root, where={"subject": ["ann", "bob"]})
    assert len(set(data.groups)) == 2
    assert np.all(data.frame["dataset"] == data.dataset.name)
    with pytest.raises(
        ValueError, match=re.escape("where='mood == 1': name 'mood' is not defined.")
    ):
        load_dataset("folder", folder_root, where="mood == 1")
    with pytest.raises(ValueError, match="to name columns of the table, got 'mood'"):
        load_dataset("folder", folder_root, where={"mood": 1})
    with pytest.raises(
        ValueError, match=r"no recording left \(left out: .*Loosen where= or scheme="
    ):
        load_dataset("folder", folder_root, where={"subject": "zoe"})


def test_labels_tell_sources_of_one_name_apart(tmp_path):
    for place in ("spring", "autumn"):
        trees.make_folder(tmp_path / place / "wav")
        table = trees.make_manifest(tmp_path / place / "wav")
        assert get_dataset("folder", table.parent, label=place).name == f"folder:{place}"
        data = load_dataset("manifest", table, label=place)
        assert data.groups[0].startswith(f"manifest:{place}/")
