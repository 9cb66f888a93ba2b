"""URDU and ShEMO: names, speakers, misfiled copies, protocols."""

import shutil

import numpy as np
import pytest
import trees_asian as trees
from dataset_checks import emotion_counts, fails, faulty, whole
from trees import write

from skemotion import load_dataset
from skemotion.protocols import get_protocol


def row(data, path):
    return data.frame.set_index("path").loc[path]


def test_urdu_whole(tmp_path):
    names = trees.urdu_names()
    assert len(set(names)) == 400
    assert {"Angry/SM1_F10_A010.wav", "Sad/SM6_F4_S0100.wav"} < set(names)
    data = whole("urdu", trees.make_urdu(tmp_path, whole=True))
    assert len(set(data.groups)) == 29
    sexes = data.frame.groupby("subject")["sex"].first()
    assert sexes.value_counts().to_dict() == {"male": 18, "female": 11}
    by_speaker = data.frame.groupby("subject")["emotion"].nunique()
    assert by_speaker[by_speaker > 1].index.tolist() == ["urdu/SM3", "urdu/SM5", "urdu/SM6"]
    angry = data.frame.loc[data.y == "angry", "subject"].value_counts()
    assert angry.to_dict() == {"urdu/SM4": 48, "urdu/SM2": 28, "urdu/SM1": 22, "urdu/SM3": 2}


def test_urdu_columns(urdu_root):
    data = load_dataset("urdu", urdu_root)
    found = row(data, "Happy/SF7_F2_H040.wav")
    assert found[["emotion", "subject", "sex"]].tolist() == ["happy", "urdu/SF7", "female"]
    assert found[["clip", "number"]].tolist() == [2, 40]
    assert row(data, "Sad/SM6_F1_S097.wav")["emotion"] == "sad"
    assert not data.left_out


def test_urdu_folds(urdu_root):
    data = load_dataset("urdu", urdu_root)
    for name, count in (("urdu/subject-5fold", 5), ("loso", 29)):
        folds = get_protocol(name, data.dataset)(data.frame)
        held = np.concatenate([fold.test for fold in folds])
        assert len(folds) == count
        assert sorted(held) == list(range(len(data.y)))


def test_urdu_misfiled(urdu_root, copy):
    root = copy(urdu_root)
    (root / "Sad" / "SM1_F1_A01.wav").write_bytes((root / "Angry/SM1_F1_A01.wav").read_bytes())
    (root / "Angry" / "SM1_F1_A01.wav").unlink()
    reason = "its folder names another emotion than its name"
    faulty("urdu", root, "Sad/SM1_F1_A01.wav", reason)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("SM1_F10_B010.wav", "the name is not of the form of urdu"),
        ("SM8_F1_A01.wav", "a speaker that URDU does not have"),
    ],
)
def test_urdu_names_that_do_not_exist(tmp_path, name, reason):
    write(tmp_path / "Angry" / "SM1_F1_A01.wav", b"x")
    write(tmp_path / "Angry" / name, b"x")
    faulty("urdu", tmp_path, f"Angry/{name}", reason)


def test_urdu_flat_in_a_zip_and_other_suffix(tmp_path, urdu_root):
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in urdu_root.glob("*/*.wav"):
        shutil.copy(path, flat / path.with_suffix(".flac").name)
    shutil.make_archive(str(tmp_path / "zipped" / "urdu"), "zip", flat)
    expected = emotion_counts(load_dataset("urdu", urdu_root))
    data = load_dataset("urdu", tmp_path / "zipped")
    assert emotion_counts(data) == expected
    assert data.X[0].read(4) == b"RIFF"


def test_shemo_whole(tmp_path):
    trees.make_shemo(tmp_path, whole=True)
    data = load_dataset("shemo", tmp_path)
    assert len(data.y) == data.dataset.n_recordings
    assert len(set(data.groups)) == 87
    for protocol in data.dataset.protocols:
        assert len(protocol(data.frame, whole=True)) == protocol.n_folds
    sexes = data.frame.groupby("subject")["sex"].first()
    assert sexes.value_counts().to_dict() == {"male": 56, "female": 31}


@pytest.mark.parametrize(
    ("name", "emotion", "sex"),
    [  # names in the makers' description
        ("F14A09", "angry", "female"),
        ("M02F01", "fear", "male"),
        ("F03S02", "sad", "female"),
        ("F26F02", "fear", "female"),
        ("M44H07", "happy", "male"),
        ("M05N02", "neutral", "male"),
        ("F24W17", "surprise", "female"),
    ],
)
def test_shemo_names(tmp_path, name, emotion, sex):
    write(tmp_path / f"{name}.wav", b"x")
    data = load_dataset("shemo", tmp_path)
    assert data.y.tolist() == [emotion]
    found = data.frame.iloc[0]
    assert (found["subject"], found["sex"]) == (f"shemo/{name[:3]}", sex)
    assert found["number"] == int(name[4:])


def test_shemo_as_downloaded(tmp_path, shemo_root):
    for folder in ("female", "male"):
        shutil.make_archive(str(tmp_path / folder), "zip", shemo_root, folder)
    data = load_dataset("shemo", tmp_path)
    assert emotion_counts(data) == emotion_counts(load_dataset("shemo", shemo_root))
    assert data.frame["path"].iloc[0].startswith("female.zip/female/F01")
    folds = get_protocol("shemo/subject-5fold", data.dataset)(data.frame)
    assert all(len(fold.test) and len(fold.validation) for fold in folds)


@pytest.mark.parametrize("name", ["F32A01.wav", "M57N01.wav", "M00S01.wav"])
def test_shemo_speakers_that_do_not_exist(tmp_path, name):
    write(tmp_path / "F01A01.wav", b"x")
    write(tmp_path / name, b"x")
    faulty("shemo", tmp_path, name, "a speaker that ShEMO does not have")


def test_shemo_damage(shemo_root, copy):
    root = copy(shemo_root)
    path = sorted(root.glob("male/*.wav"))[3]
    path.write_bytes(b"")
    faulty("shemo", root, f"male/{path.name}", "the file is empty")
    path.unlink()
    write(root / "male" / "M01X01.wav", b"x")
    faulty("shemo", root, "male/M01X01.wav", "the name is not of the form of shemo")


def test_look_alikes(urdu_root, shemo_root, emodb_root):
    fails("The files look like those of 'shemo': load them as that.", "urdu", shemo_root)
    fails("The files look like those of 'urdu': load them as that.", "shemo", urdu_root)
    fails("The files look like those of 'emodb': load them as that.", "shemo", emodb_root)
    fails("The files look like those of 'urdu': load them as that.", "emodb", urdu_root)
