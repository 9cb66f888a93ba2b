"""Corpora of faces and videos: whole trees with the published totals, quirks, damage."""

import re
import shutil

import pytest
import trees
import trees_faces as faces
from dataset_checks import emotion_counts, fails, faulty, whole

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.datasets._lookalikes import recognise
from skemotion.protocols import get_protocol

NAMES = ["ferplus", "ck+", "ck+48", "ckextended", "jaffe", "oulu-casia", "raf-db", "affectnet"]


@pytest.mark.parametrize("name", NAMES)
def test_facts_add_up(name):
    dataset = get_dataset(name)
    assert sum(dataset.counts.values()) == dataset.n_recordings
    assert set(dataset.counts) <= set(dataset.emotions.values())
    assert dataset.obtain
    for protocol in dataset.protocols:
        for sizes in protocol.counts or ():
            assert sum(sizes) == dataset.n_recordings
        assert get_protocol(protocol.name, dataset) is protocol


@pytest.mark.parametrize("name", [*NAMES, "casia-emotionv3"])
def test_missing_and_empty_root(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=f"Dataset '{re.escape(name)}' expected its files"):
        load_dataset(name, tmp_path / "nowhere")
    with pytest.raises(ValueError, match=re.escape(str(tmp_path))):
        load_dataset(name, tmp_path)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("ferplus", "affectnet")])
def test_trees_are_recognised(name, request):
    root = request.getfixturevalue(trees.root_fixture(name))
    paths = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    assert recognise(paths) == name


def test_wrong_choices_name_the_right_ones():
    for name, option in (("ck+", "frames"), ("oulu-casia", "camera"), ("raf-db", "image")):
        message = f"Expected {option} to be one of '"
        with pytest.raises(ValueError, match=message):
            get_dataset(name, **{option: "other"})
    assert get_dataset("ck+", neutral="false").neutral is False  # as the command line gives it
    with pytest.raises(ValueError, match="Expected neutral to be one of 'true', 'false', got 'no'"):
        get_dataset("ck+", neutral="no")


def test_jaffe_whole(tmp_path):
    data = whole("jaffe", faces.make_jaffe(tmp_path, whole=True))
    row = data.frame.iloc[0]
    assert (row["path"], row["emotion"], row["take"]) == ("jaffe/KA.AN1.1.tiff", "angry", "1")


def test_jaffe_quirks(tmp_path):
    for name in ("KA.AN1.39.tiff.jpg", "copy/KA.AN1.39.tiff", "NA.NE2.200.tiff", "README"):
        trees.write(tmp_path / name, faces.picture(1, "TIFF"))
    data = load_dataset("jaffe", tmp_path)
    assert data.left_out == {"a second file of the same name": 1}
    assert data.groups.tolist() == ["jaffe/KA", "jaffe/NA"]
    trees.write(tmp_path / "KA.XX1.1.tiff", b"x")
    faulty("jaffe", tmp_path, "KA.XX1.1.tiff", "codes that JAFFE does not have")
    (tmp_path / "KA.XX1.1.tiff").unlink()
    trees.write(tmp_path / "face.png", b"x")
    faulty("jaffe", tmp_path, "face.png", "the name is not of the form of jaffe")


@pytest.mark.parametrize("frames", ["last", "last3"])
def test_oulu_casia_whole(tmp_path, frames):
    faces.make_oulu_casia(tmp_path, n_subjects=80, whole=True)
    for neutral in (False, True):
        data = whole("oulu-casia", tmp_path, frames=frames, neutral=neutral)
        assert len(set(data.groups)) == 80


def test_oulu_casia_forms(oulu_casia_root):
    data = load_dataset("oulu-casia", oulu_casia_root)
    assert data.frame["path"].iloc[0] == "OriginalImg/VL/Strong/P001/Anger/003.jpeg"
    assert data.left_out == {
        "the form is not original": 3,
        "the camera is not VL": 3,
        "the light is not strong": 3,
        "not among the pictures of a sequence that are asked for": 180,
    }
    for options in (
        {"camera": "NI"},
        {"light": "dark"},
        {"image": "preprocessed", "light": "weak"},
    ):
        data = load_dataset("oulu-casia", oulu_casia_root, frames="last3", **options)
        assert data.y.tolist() == ["fear"] * 3


def test_oulu_casia_damage(copy, oulu_casia_root):
    root = copy(oulu_casia_root)
    folder = "OriginalImg/VL/Strong/P001"
    trees.write(root / folder / "Joy" / "000.jpeg", b"x")
    faulty("oulu-casia", root, f"{folder}/Joy/000.jpeg", "codes that Oulu-CASIA does not have")
    shutil.rmtree(root / folder / "Joy")
    (root / folder / "Anger" / "003.jpeg").write_bytes(b"")
    data = faulty("oulu-casia", root, f"{folder}/Anger/003.jpeg", "the file is empty")
    assert len(data.y) == 59


def test_casia_emotionv3(copy, casia_emotionv3_root):
    data = load_dataset("casia-emotionv3", casia_emotionv3_root)
    assert emotion_counts(data) == {"angry": 5, "happy": 5, "sad": 5}
    assert data.dataset.modality == "video"
    root = copy(casia_emotionv3_root)
    trees.write(root / "001" / "misc" / "01.avi", b"x")
    reason = "its folder is not named after an emotion"
    faulty("casia-emotionv3", root, "001/misc/01.avi", reason)


def test_rafdb_whole(tmp_path):
    faces.make_rafdb(tmp_path, faces.RAFDB_TRAIN, faces.RAFDB_TEST, whole=True)
    data = whole("raf-db", tmp_path)
    assert data.left_out == {"the picture is not aligned": 2}
    (fold,) = get_protocol("raf-db/official", data.dataset)(data.frame, whole=True)
    assert [len(rows) for rows in fold[1:]] == [12271, 0, 3068]


def test_rafdb_originals_and_archives(raf_db_root, tmp_path):
    data = load_dataset("raf-db", raf_db_root, image="original", on_error="skip")
    assert data.frame["path"].tolist() == [f"Image/original/train_0000{n}.jpg" for n in (1, 2)]
    assert data.left_out == {"the picture is not original": 28, "the file is missing": 26}
    shutil.copytree(raf_db_root / "EmoLabel", tmp_path / "EmoLabel")
    shutil.make_archive(
        str(tmp_path / "Image" / "aligned"), "zip", raf_db_root / "Image", "aligned"
    )
    data = load_dataset("raf-db", tmp_path)
    assert len(data.y) == 28
    assert data.frame["path"].iloc[0] == "Image/aligned.zip/aligned/train_00001_aligned.jpg"
    assert data.frame["split"].value_counts().to_dict() == {"train": 21, "test": 7}


def test_rafdb_damage(copy, raf_db_root):
    root = copy(raf_db_root)
    picture = "Image/aligned/train_00003_aligned.jpg"
    (root / picture).unlink()
    faulty("raf-db", root, picture, "the file is missing")
    trees.write(root / picture, faces.picture(3, "JPEG"))
    trees.write(root / "Image" / "aligned" / "train_00099_aligned.jpg", b"x")
    table = root / "EmoLabel" / "list_patition_label.txt"
    text = table.read_text()
    table.write_text(text + "train_00001.jpg 7\n")
    line = "EmoLabel/list_patition_label.txt#29"
    data = faulty("raf-db", root, line, "the picture stands under two labels")
    assert data.left_out["a picture that the list does not name"] == 1
    assert len(data.y) == 27
    table.write_text(text + "train_00001.jpg 8\n")
    faulty("raf-db", root, line, "it is not a name and a label from 1 to 7")
    table.unlink()
    fails("Expected list_patition_label.txt in", "raf-db", root)


def test_affectnet_lists(affectnet_root):
    data = load_dataset("affectnet", affectnet_root)
    assert len(data.y) == 32 + 16
    assert data.left_out == {
        "none of the emotions": 6,
        "the raters were uncertain": 6,
        "there is no face": 6,
    }
    row = data.frame.iloc[0]
    assert row["path"] == f"Manually_Annotated_Images/1/{0:056x}.jpg"
    assert (row["emotion"], row["valence"], row["arousal"]) == ("neutral", -0.8, 0.25)
    (fold,) = get_protocol("affectnet/official", data.dataset)(data.frame)
    assert [len(rows) for rows in fold[1:]] == [32, 0, 16]
    assert set(data.frame["split"].to_numpy()[fold.test]) == {"validation"}


def test_affectnet_list_without_header(copy, affectnet_root):
    root = copy(affectnet_root)
    table = root / "Manually_Annotated_file_lists" / "validation.csv"
    table.write_text(faces.affectnet_csv(faces.affectnet_rows(22, 100), header=False))
    assert len(load_dataset("affectnet", root).y) == 48
    table.write_text("a,b\n1,2\n")
    fails("validation.csv to have the columns subDirectory_filePath, face_x", "affectnet", root)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((11, 0.1, 0.1), "the expression is not a number from 0 to 10"),
        (("", 0.1, 0.1), "the expression is not a number from 0 to 10"),
        ((3, 1.5, 0.1), "the valence is not a number from -1 to 1"),
        ((3, 0.1, "NULL"), "the arousal is not a number from -1 to 1"),
    ],
)
def test_affectnet_damaged_rows(copy, affectnet_root, values, reason):
    root = copy(affectnet_root)
    rows = faces.affectnet_rows(44)
    rows[1] = (rows[1][0], *values)
    table = root / "Manually_Annotated_file_lists" / "training.csv"
    table.write_text(faces.affectnet_csv(rows))
    data = faulty("affectnet", root, f"Manually_Annotated_Images/{rows[1][0]}", reason)
    assert len(data.y) == 47


def test_affectnet_pictures_and_lists_that_differ(copy, affectnet_root):
    root = copy(affectnet_root)
    rows = faces.affectnet_rows(44)
    table = root / "Manually_Annotated_file_lists" / "training.csv"
    table.write_text(faces.affectnet_csv([*rows[1:], rows[1], (rows[2][0], 5, 0.1, 0.1)]))
    (root / "Manually_Annotated_Images" / rows[3][0]).unlink()
    data = load_dataset("affectnet", root, on_error="skip")
    assert data.left_out["a picture that the lists do not name"] == 1
    assert data.left_out["a second row of the same picture"] == 1
    assert data.left_out["the picture stands under two emotions"] == 2
    assert data.left_out["the file is missing"] == 1
    assert len(data.y) == 48 - 3


def test_affectnet_with_eight_labels(tmp_path):
    faces.make_affectnet_npy(tmp_path)
    data = load_dataset("affectnet", tmp_path)
    assert data.frame["split"].value_counts().to_dict() == {"train": 16, "validation": 8}
    assert data.y[[0, 1, 7]].tolist() == ["neutral", "happy", "contempt"]
    assert data.frame["valence"].iloc[1] == pytest.approx(-0.2)
    assert data.frame["arousal"].isna().sum() == 2  # -2 means that there is none
    assert data.dataset.n_recordings is None
    path = "train_set/annotations/5_exp.npy"
    (tmp_path / path).write_bytes(b"broken")
    reason = "the expression is not a number from 0 to 10"
    faulty("affectnet", tmp_path, "train_set/images/5.jpg", reason)
    (tmp_path / path).unlink()
    data = faulty("affectnet", tmp_path, "train_set/images/5.jpg", "it has no annotation")
    assert len(data.y) == 23
