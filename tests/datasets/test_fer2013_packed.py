"""FER2013 as it is passed on: archives, nested folders, other parts."""

import io
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trees
from dataset_checks import fails, faulty

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.protocols import get_protocol

IMAGES, CODES, USAGES = trees.fer2013_rows()
PLAIN = trees.fer2013_csv(IMAGES, CODES, USAGES).encode()
MEMBERS = {  # as published, and what a Mac adds
    "./fer2013/._fer2013.csv": b"\0\5\x16\7",
    "./fer2013/fer2013.csv": PLAIN,
    "./fer2013/README": b"read me",
}


def tar(mode="w:gz", members=MEMBERS):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def pictures(*parts):
    """Return folders of two emotions in some parts, by name."""
    return {
        f"{part}/{emotion}/{row}.png": trees.png(IMAGES[10 * number + row])
        for number, part in enumerate(parts)
        for row, emotion in enumerate(("happy", "sad", "happy"))
    }


def write_zip(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("name", "mode"),
    [("fer2013.tar.gz", "w:gz"), ("fer2013.tgz", "w:gz"), ("fer2013.tar", "w")],
)
@pytest.mark.parametrize("as_file", [False, True], ids=["folder", "file"])
def test_tar(tmp_path, name, mode, as_file):
    path = trees.write(tmp_path / name, tar(mode))
    data = load_dataset("fer2013", path if as_file else tmp_path)
    np.testing.assert_array_equal(data.X, IMAGES)
    assert data.frame["split"].tolist() == USAGES
    assert data.frame["path"][0] == f"{name}#0"
    assert data.dataset.protocol == "fer2013/official"


def test_tar_of_two_tables_without_a_split(tmp_path):
    train = trees.fer2013_csv(IMAGES, CODES, USAGES, "emotion,pixels").encode()
    test = trees.fer2013_csv(IMAGES[:7], CODES[:7], USAGES[:7], "pixels").encode()
    trees.write(tmp_path / "data.tgz", tar(members={"test.csv": test, "train.csv": train}))
    data = load_dataset("fer2013", tmp_path)
    np.testing.assert_array_equal(data.X, IMAGES)
    assert data.left_out == {"no label (test.csv)": 7}


@pytest.mark.parametrize("damage", ["cut", "flipped", "cut plain"])
def test_damaged_tar(tmp_path, damage):
    content = bytearray(tar("w" if damage == "cut plain" else "w:gz"))
    if damage == "flipped":
        content[-8] ^= 1  # of the checksum: nothing else tells that a pixel was altered
    else:
        content = content[: len(content) // 2]
    name = "fer2013.tar" if damage == "cut plain" else "fer2013.tar.gz"
    path = trees.write(tmp_path / name, bytes(content))
    for root in (tmp_path, path):
        with pytest.raises(ValueError, match=re.escape(f"Cannot read {path}: the file is damaged")):
            load_dataset("fer2013", root)


def test_tar_without_a_table(tmp_path):
    path = trees.write(tmp_path / "x" / "images.tgz", tar(members=pictures("train")))
    fails(f"Expected a table of FER2013 in {path}, got none. If it holds", "fer2013", path)
    message = "images.tgz (it is a packed archive; unpack it here: 1)"
    fails(message, "fer2013", path.parent)


@pytest.mark.parametrize("place", ["fer2013", "archive", "archive/fer2013"])
def test_table_in_a_folder_within(tmp_path, place):
    trees.write(tmp_path / "__MACOSX" / "fer2013.csv", b"\0\5\x16\7")
    trees.write(tmp_path / place / "fer2013.csv", PLAIN)
    np.testing.assert_array_equal(load_dataset("fer2013", tmp_path).X, IMAGES)


@pytest.mark.parametrize("place", ["", "images/", "archive/images/"])
@pytest.mark.parametrize("packed", ["no", "zip", "zip as root", "tar"])
def test_folders_anywhere(tmp_path, place, packed):
    members = pictures(f"{place}train", f"{place}Test")
    root = tmp_path
    if packed == "no":
        for name, content in members.items():
            trees.write(tmp_path / name, content)
    elif packed == "tar":
        trees.write(tmp_path / "archive.tar", tar("w", members))
    else:
        write_zip(tmp_path / "archive.zip", members)
        root = tmp_path / "archive.zip" if packed == "zip as root" else tmp_path
    data = load_dataset("fer2013", root)
    assert data.y.tolist() == ["happy", "happy", "sad"] * 2
    assert set(data.frame["split"]) == {"Training", "Test"}
    assert data.dataset.protocol == "fer2013/folders"
    assert not data.left_out
    for recording, path in zip(data.X, data.frame["path"], strict=True):
        name = path.removeprefix("archive.zip/").removeprefix("archive.tar/")
        content = Path(recording).read_bytes() if isinstance(recording, str) else recording.read()
        assert content == members[name]


def test_a_nested_copy_and_what_is_in_no_part_are_counted(tmp_path):
    members = pictures("images/train", "images/Test")
    again = {name.replace("images/", "images/images/"): text for name, text in members.items()}
    write_zip(tmp_path / "archive.zip", {**members, **again})
    trees.write(tmp_path / "happy" / "1.png", trees.png(IMAGES[0]))
    trees.write(tmp_path / "train" / "test" / "happy" / "1.png", trees.png(IMAGES[0]))
    data = load_dataset("fer2013", tmp_path)
    assert len(data.y) == 6
    assert data.left_out == {
        "a second file of the same name": 6,
        "not in a folder of one part of the split": 2,
    }


def test_folders_of_the_official_parts(tmp_path):
    for name, content in pictures("Training", "PublicTest", "PrivateTest").items():
        trees.write(tmp_path / name, content)
    data = load_dataset("fer2013", tmp_path)
    assert data.dataset.protocol == "fer2013/official"
    (fold,) = get_protocol("official", data.dataset)(data.frame)
    assert [len(rows) for rows in fold[1:]] == [3, 3, 3]


def test_folders_of_other_parts_have_no_protocol_of_their_own(tmp_path):
    for name, content in pictures("images/train", "images/validation").items():
        trees.write(tmp_path / name, content)
    dataset = get_dataset("fer2013", tmp_path)
    data = dataset.load()
    assert set(data.frame["split"]) == {"Training", "Validation"}
    assert dataset.protocol == "subject-5fold"
    for name in ("official", "folders"):
        with pytest.raises(ValueError, match="are other parts than the published ones; use"):
            get_protocol(name, dataset)


def test_damaged_pictures_in_folders(tmp_path):
    for name, content in pictures("train", "test").items():
        trees.write(tmp_path / name, content)
    (tmp_path / "test" / "sad" / "1.png").write_bytes(b"")
    assert len(faulty("fer2013", tmp_path, "test/sad/1.png", "the file is empty").y) == 5
    (tmp_path / "test" / "sad" / "1.png").unlink()
    (tmp_path / "test" / "sad" / "1.png").symlink_to(tmp_path / "nowhere")
    assert len(faulty("fer2013", tmp_path, "test/sad/1.png", "the file is missing").y) == 5
