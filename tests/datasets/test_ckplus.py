"""CK+ and its copies: whole trees, damage, look-alikes."""

import shutil

import numpy as np
import pytest
import trees
import trees_faces as faces
from dataset_checks import fails, faulty, whole

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.protocols import get_protocol


def test_ckplus_whole(tmp_path):
    faces.make_ckplus(tmp_path, faces.CK_SEQUENCES, n_subjects=118, n_unlabelled=266, whole=True)
    data = whole("ck+", tmp_path)
    assert data.left_out["a sequence without an emotion"] == 593 - 327
    assert len(set(data.groups)) == 118
    assert len(list((tmp_path / "cohn-kanade-images").iterdir())) == 123
    (tmp_path / "Emotion" / "S005" / "001" / "S005_001_00000004_emotion.txt").unlink()
    data = load_dataset("ck+", tmp_path)
    assert len(data.y) == 326
    assert data.left_out["a sequence without an emotion"] == 267


def test_ckplus_frames(ck_plus_root):
    peaks = load_dataset("ck+", ck_plus_root).frame
    assert len(peaks) == 28
    assert set(peaks["number"]) == {4}
    assert peaks["path"].iloc[0] == "cohn-kanade-images/S005/001/S005_001_00000004.png"
    assert peaks["emotion"].iloc[0] == "angry"
    data = load_dataset("ck+", ck_plus_root, frames="last3", neutral=True)
    numbers = data.frame["number"].to_numpy()
    assert np.unique(numbers, return_counts=True)[1].tolist() == [28] * 4
    assert set(data.y[numbers == 1]) == {"neutral"}
    assert "neutral" not in data.y[numbers > 1]
    assert data.left_out == {"a sequence without an emotion": 3}
    with pytest.raises(ValueError, match=r"it has frames='last3'; pass frames='last'\.$"):
        get_protocol("last1", data.dataset)


def test_ckplus_folds_hold_every_tenth_subject_out(ck_plus_root):
    data = load_dataset("ck+", ck_plus_root, frames="last3")
    folds = get_protocol("ck+/last3-10fold-subject", data.dataset)(data.frame)
    held = [sorted(set(data.groups[fold.test])) for fold in folds]
    assert held[0] == ["ck+/S005", "ck+/S015"]
    assert held[9] == ["ck+/S014"]
    assert sorted(set(data.groups[folds[0].validation])) == held[1]


def test_ckplus_in_archives(tmp_path, ck_plus_root):
    for folder, name in (("cohn-kanade-images", "images"), ("Emotion", "Emotion_labels")):
        shutil.make_archive(str(tmp_path / name), "zip", ck_plus_root, folder)
    data = load_dataset("ck+", tmp_path, frames="last3")
    assert len(data.y) == 3 * 28
    assert data.X[0].read(4) == b"\x89PNG"


@pytest.mark.parametrize("content", [b"", b"happy", b"9.0000000e+00", b"2.5", b"\xff\xfe\x00"])
def test_ckplus_damaged_label(copy, ck_plus_root, content):
    root = copy(ck_plus_root)
    path = "Emotion/S006/001/S006_001_00000004_emotion.txt"
    (root / path).write_bytes(content)
    data = faulty("ck+", root, path, "it does not hold one number from 0 to 7")
    assert len(data.y) == 27
    assert data.left_out["a sequence without an emotion"] == 3


def test_ckplus_missing_pictures(copy, ck_plus_root):
    root = copy(ck_plus_root)
    folder = root / "cohn-kanade-images" / "S006" / "001"
    (folder / "S006_001_00000004.png").unlink()
    label = "Emotion/S006/001/S006_001_00000004_emotion.txt"
    data = faulty("ck+", root, label, "the picture that it labels is missing")
    assert not data.frame["path"].str.contains("S006_001").any()
    shutil.copy(folder / "S006_001_00000003.png", folder / "S006_001_00000004.png")
    for number in (2, 3):
        (folder / f"S006_001_0000000{number}.png").unlink()
    path = "cohn-kanade-images/S006/001/S006_001_00000001.png"
    faulty("ck+", root, path, "its sequence has fewer than 3 pictures", frames="last3")


def test_ckplus_labels_that_differ(copy, ck_plus_root):
    root = copy(ck_plus_root)
    path = "Emotion_copy/S006/001/S006_001_00000004_emotion.txt"
    trees.write(root / path, faces.ck_label(7))
    reason = "another label of the same sequence says something else"
    data = faulty("ck+", root, path, reason)
    assert not data.frame["path"].str.contains("S006_001").any()  # nobody knows which is right


def test_ckplus48(ck_plus48_root):
    data = load_dataset("ck+48", ck_plus48_root)
    assert len(data.y) == 14 * 3
    row = data.frame[data.frame["path"] == "CK+48/anger/S005_001_00000015.png"].iloc[0]
    assert (row["emotion"], row["subject"], row["number"]) == ("angry", "ck+48/S005", 15)


def test_ckplus48_whole(tmp_path):
    faces.make_ckplus48(tmp_path, faces.CK_SEQUENCES, n_subjects=118)
    whole("ck+48", tmp_path)


def test_ckplus48_damage(copy, ck_plus48_root):
    root = copy(ck_plus48_root)
    trees.write(root / "CK+48" / "joy" / "S099_001_00000017.png", faces.picture(1))
    reason = "its folder is not named after an emotion of CK+48"
    faulty("ck+48", root, "CK+48/joy/S099_001_00000017.png", reason)
    shutil.rmtree(root / "CK+48" / "joy")
    name = "S005_001_00000015.png"
    shutil.copy(root / "CK+48" / "anger" / name, root / "CK+48" / "fear" / name)
    data = load_dataset("ck+48", root, on_error="skip")
    assert data.left_out == {"the same picture stands under another emotion, too": 2}
    assert not data.frame["path"].str.endswith(name).any()


def test_ckplus_and_ckplus48_refuse_each_other(ck_plus_root, ck_plus48_root, tmp_path):
    fails(
        f"Expected CK+ in {ck_plus48_root}, whose folders are named after sequences, got pictures "
        "in folders of emotions such as 'CK+48/anger/S005_001_00000015.png'. It seems to be CK+48: "
        "load it as 'ck+48'.",
        "ck+",
        ck_plus48_root,
    )
    fails("It seems to be the original CK+: load it as 'ck+'.", "ck+48", ck_plus_root)
    shutil.copytree(ck_plus_root / "cohn-kanade-images", tmp_path / "cohn-kanade-images")
    fails("got pictures only. Unpack Emotion_labels.zip beside them.", "ck+", tmp_path)


def test_copies_name_each_other():
    names = {"ck+", "ck+48", "ckextended"}
    for name in names:
        assert {name, *get_dataset(name).overlaps} == names
    assert get_dataset("ckextended").splits_leak
    assert get_dataset("ferplus").overlaps == ("fer2013",)


def test_ckextended(ckextended_root):
    with pytest.warns(UserWarning, match="the same faces stand on both sides of any split"):
        data = load_dataset("ckextended", ckextended_root)
    assert data.X.shape == (64, 48, 48)
    assert data.y[[0, 6, 7]].tolist() == ["angry", "neutral", "contempt"]
    assert not data.dataset.subjects_known
    protocol = get_protocol(data.dataset.protocol, data.dataset)
    assert protocol.leaky
    (fold,) = protocol(data.frame)
    assert [len(rows) for rows in fold[1:]] == [48, 8, 8]
    fails("The files look like those of 'ckextended': load them as that.", "ck+", ckextended_root)


@pytest.mark.filterwarnings("ignore:Dataset 'ckextended' has lost the subjects")
def test_ckextended_with_a_wrong_code(copy, ckextended_root):
    root = copy(ckextended_root)
    table = root / "ckextended.csv"
    lines = table.read_text().splitlines()
    lines[3] = "8" + lines[3][1:]
    table.write_text("\n".join(lines))
    reason = "it has the emotion '8', expected 0 to 7"
    data = faulty("ckextended", root, "ckextended.csv#2", reason)
    assert data.X.shape == (63, 48, 48)
    assert data.y[:3].tolist() == ["angry", "disgust", "happy"]
