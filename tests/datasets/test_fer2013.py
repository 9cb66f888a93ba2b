"""FER2013 in all its forms, whole and damaged."""

import gzip
import re
import zipfile

import numpy as np
import pytest
import trees

from skemotion import load_dataset
from skemotion.datasets import _fer2013_csv
from skemotion.datasets.fer2013 import FER2013

IMAGES, CODES, USAGES = trees.fer2013_rows()
PLAIN = trees.fer2013_csv(IMAGES, CODES, USAGES)
ICML = trees.fer2013_csv(IMAGES, CODES, USAGES, "emotion, Usage, pixels")


@pytest.fixture(autouse=True, params=["numpy", "compiled"])
def parser(request, monkeypatch):
    monkeypatch.setattr(_fer2013_csv, "_LARGE", 0 if request.param == "compiled" else np.inf)


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_csv", ".csv"), text)


def fails(root, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("fer2013", root)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("fer2013.csv", PLAIN.encode()),
        ("fer2013.csv", PLAIN.replace("\n", "\r\n").encode("utf-8-sig")),
        ("fer2013/fer2013.csv", PLAIN.encode()),
        ("icml_face_data.csv", ICML.encode()),
        ("fer2013.csv.gz", gzip.compress(PLAIN.encode())),
        (
            "fer2013.csv.gz",
            gzip.compress(PLAIN.encode()[:5000]) + gzip.compress(PLAIN.encode()[5000:]),
        ),
    ],
    ids=["plain", "crlf and bom", "nested", "icml", "gz", "gz of two members"],
)
@pytest.mark.parametrize("as_file", [False, True], ids=["folder", "file"])
def test_tables(tmp_path, name, content, as_file):
    path = trees.write(tmp_path / name, content)
    data = load_dataset("fer2013", path if as_file else tmp_path)
    np.testing.assert_array_equal(data.X, IMAGES)
    assert data.X.dtype == np.uint8
    assert data.y[:4].tolist() == ["angry", "disgust", "fear", "happy"]
    assert data.frame["split"].tolist() == USAGES
    assert data.dataset.protocol == "fer2013/official"
    assert not data.left_out


def test_zip(tmp_path):
    zipped(tmp_path / "archive.zip", fer2013_csv=PLAIN, readme="read me")
    for root in (tmp_path, tmp_path / "archive.zip"):
        np.testing.assert_array_equal(load_dataset("fer2013", root).X, IMAGES)


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "zip"])
def test_train_and_test_csv(tmp_path, pack):
    train = trees.fer2013_csv(IMAGES, CODES, USAGES, "emotion,pixels")
    test = trees.fer2013_csv(IMAGES[:7], CODES[:7], USAGES[:7], "pixels")
    if pack:
        zipped(tmp_path / "data.zip", train_csv=train, test_csv=test)
    else:
        trees.write(tmp_path / "train.csv", train.encode())
        trees.write(tmp_path / "test.csv", test.encode())
    data = load_dataset("fer2013", tmp_path)
    np.testing.assert_array_equal(data.X, IMAGES)
    assert set(data.frame["split"]) == {"Training"}
    assert data.left_out == {"no label (test.csv)": 7}
    assert data.dataset.n_recordings == 28709
    assert data.dataset.protocol == "subject-5fold"


def test_folders_give_paths_and_never_call_the_test_part_private(tmp_path):
    for part, rows in (("train", range(20)), ("Test", range(14, 28))):
        for row in rows:
            folder = tmp_path / part / ("Happiness" if row % 2 else "sad")
            trees.write(folder / f"{part}_{row}.png", trees.png(IMAGES[row]))
    trees.write(tmp_path / "train" / "sad" / "list.txt", b"")
    data = load_dataset("fer2013", tmp_path)
    assert data.X.shape == (34,)
    assert all(str(path).endswith(".png") for path in data.X)
    assert set(data.y) == {"happy", "sad"}
    assert set(data.frame["split"]) == {"Training", "Test"}
    assert data.left_out == {"not a picture": 1}
    assert data.dataset.protocol == "fer2013/folders"
    assert len(set(data.groups)) == 28  # rows 14 to 19 stand in both parts


def test_equal_pictures_have_one_subject(fer2013_root):
    frame = load_dataset("fer2013", fer2013_root).frame
    assert frame["subject"][2] == frame["subject"][40] == "fer2013/image-00002"
    assert frame["subject"].nunique() == 59
    assert not FER2013.subjects_known


def test_selection_reads_the_right_pictures(fer2013_root):
    data = load_dataset("fer2013", fer2013_root, where={"split": "PrivateTest"}, scheme="common4")
    rows = data.frame["path"].str.rpartition("#")[2].astype(int)
    np.testing.assert_array_equal(data.X, IMAGES[rows])
    dataset = FER2013(fer2013_root)
    some = dataset.index().iloc[[5, 3]]
    for _ in range(2):  # the second time the table is read again
        np.testing.assert_array_equal(dataset.recordings(some), IMAGES[[5, 3]])


def damaged(row, old, new):
    lines = PLAIN.splitlines()
    assert old in lines[row]
    lines[row] = lines[row].replace(old, new, 1)
    return "\n".join(lines).encode()


def pixels(row):
    return " ".join(map(str, IMAGES[row - 1].ravel()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            damaged(17, pixels(17), pixels(17).partition(" ")[2]),
            "fer2013.csv#16 (it has 2303 pixels, expected 2304 (48 x 48): 1). Repair "
            "them or take them away, or pass on_error='skip'",
        ),
        (
            damaged(17, pixels(17), "256" + pixels(17).lstrip("0123456789")),
            "fer2013.csv#16 (it has the pixel '256', expected 0 to 255: 1)",
        ),
        (
            damaged(17, pixels(17), "1234" + pixels(17).lstrip("0123456789")),
            "fer2013.csv#16 (it has the pixel '1234', expected 0 to 255: 1)",
        ),
        (
            damaged(18, pixels(18), pixels(18).rsplit(" ", 2)[0] + " 1012 9"),
            "fer2013.csv#17 (it has the pixel '1012', expected 0 to 255: 1)",
        ),
        (
            damaged(18, pixels(18), pixels(18).rsplit(" ", 3)[0] + " 7  9"),
            "fer2013.csv#17 (it has 2303 pixels, expected 2304 (48 x 48): 1)",
        ),
        (
            damaged(17, pixels(17), "-1" + pixels(17).lstrip("0123456789")),
            "fer2013.csv#16 (it has the pixel '-1', expected 0 to 255: 1)",
        ),
        (
            damaged(3, f"{CODES[2]},", "7,"),
            "fer2013.csv#2 (it has the emotion '7', expected 0 to 6: 1)",
        ),
        (
            damaged(3, "Training", "Testing"),
            "fer2013.csv#2 (it has the Usage 'Testing', expected Training, PublicTest, "
            "PrivateTest: 1)",
        ),
        (
            PLAIN.encode()[:20000],
            "fer2013.csv#2 (it has 2 fields, expected 3 (emotion, pixels, usage): 1)",
        ),
        (b"pixels\n1 2\n", "to have the columns emotion and pixels, got 'pixels'."),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
            "Expected fer2013.csv to be a table, got a Git-LFS pointer. Run 'git lfs pull' in its "
            "repository.",
        ),
        (b"emotion,pixels,Usage\n", "Dataset 'fer2013' found no recordings in"),
    ],
    ids=[
        "short",
        "256",
        "1234",
        "1012",
        "empty",
        "-1",
        "label",
        "usage",
        "cut",
        "header",
        "lfs",
        "no rows",
    ],
)
def test_damage_is_named(tmp_path, content, message):
    trees.write(tmp_path / "fer2013.csv", content)
    fails(tmp_path, message)


def test_rows_that_make_up_for_each_other_are_found(tmp_path):
    lines = PLAIN.splitlines()
    lines[5] = lines[5].replace(pixels(5), pixels(5) + " 9")
    lines[6] = lines[6].replace(pixels(6), pixels(6).partition(" ")[2])
    trees.write(tmp_path / "fer2013.csv", "\n".join(lines).encode())
    fails(
        tmp_path,
        f"2 of the 60 files of dataset 'fer2013' in {tmp_path} cannot be used: fer2013.csv#4, "
        "fer2013.csv#5 (it has 2305 pixels, expected 2304 (48 x 48): 1; it has 2303 pixels, ",
    )


def test_faulty_rows_are_left_out_on_request(tmp_path):
    lines = PLAIN.splitlines()
    lines[5] = lines[5].replace(pixels(5), pixels(5) + " 9")
    lines[6] = lines[6][:2000]
    lines[8] = "7" + lines[8][1:]
    lines[60] = lines[60][:-1]
    trees.write(tmp_path / "fer2013.csv", "\n".join(lines).encode())
    fails(tmp_path, "4 of the 60 files of dataset 'fer2013'")
    data = load_dataset("fer2013", tmp_path, on_error="skip")
    kept = [row for row in range(60) if row not in (4, 5, 7, 59)]
    np.testing.assert_array_equal(data.X, IMAGES[kept])
    assert data.frame["path"].tolist() == [f"fer2013.csv#{row}" for row in kept]
    assert data.frame["split"].tolist() == [USAGES[row] for row in kept]
    names = list(FER2013.emotions.values())
    assert data.y.tolist() == [names[CODES[row]] for row in kept]
    assert data.left_out == {
        "it has 2305 pixels, expected 2304 (48 x 48)": 1,
        "it has 2 fields, expected 3 (emotion, pixels, usage)": 1,
        "it has the emotion '7', expected 0 to 6": 1,
        "it has the Usage 'PrivateTes', expected Training, PublicTest, PrivateTest": 1,
    }
    assert [fault.path for fault in data.faults] == [f"fer2013.csv#{row}" for row in (4, 5, 7, 59)]


def test_folders_that_name_no_emotion_are_faults(tmp_path):
    for row, emotion in enumerate(("sad", "hapy", "happy", "xyz", "hapy")):
        trees.write(tmp_path / "train" / emotion / f"{row}.png", trees.png(IMAGES[row]))
    reasons = {
        "its folder names no emotion: Unknown emotion 'hapy'. Did you mean 'happy'?": 2,
        "its folder names no emotion: Unknown emotion 'xyz'": 1,
    }
    told = "; ".join(f"{reason}: {count}" for reason, count in reasons.items())
    fails(tmp_path, f"train/hapy/1.png, train/hapy/4.png, train/xyz/3.png ({told})")
    data = load_dataset("fer2013", tmp_path, on_error="skip")
    assert data.y.tolist() == ["happy", "sad"]
    assert data.left_out == reasons


def test_quotes_and_other_white_space_pass(tmp_path):
    lines = PLAIN.splitlines()
    lines[5] = lines[5].replace(pixels(5), f'"{pixels(5)} "').replace("Training", '"Training"')
    trees.write(tmp_path / "fer2013.csv", "\n".join(lines).encode())
    np.testing.assert_array_equal(load_dataset("fer2013", tmp_path).X, IMAGES)


@pytest.mark.parametrize("kept", [3, 5000], ids=["nearly empty", "half"])
def test_cut_gzip(tmp_path, kept):
    path = trees.write(tmp_path / "fer2013.csv.gz", gzip.compress(PLAIN.encode())[:kept])
    fails(tmp_path, f"Cannot read {path}: the file is damaged (")


def test_cut_zip(tmp_path):
    zipped(tmp_path / "fer2013.zip", fer2013_csv=PLAIN)
    content = (tmp_path / "fer2013.zip").read_bytes()
    trees.write(tmp_path / "fer2013.zip", content[: len(content) // 2])
    fails(
        tmp_path, f"Cannot read {tmp_path / 'fer2013.zip'}: the file is damaged (File is not a zip"
    )


def test_official_protocol_does_not_fit_the_folders(tmp_path):
    trees.write(tmp_path / "train" / "sad" / "1.png", trees.png(IMAGES[0]))
    data = load_dataset("fer2013", tmp_path)
    with pytest.raises(ValueError, match="hold 'PrivateTest', 'PublicTest', got 'Training'"):
        FER2013.protocols[0](data.frame)
