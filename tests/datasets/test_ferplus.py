"""FER+ in its three forms, and what it shares with FER2013."""

import re
import zipfile

import numpy as np
import pytest
import trees
import trees_faces as faces
from dataset_checks import fails, faulty
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.datasets._ferplus_rules import frequent, leading, majority, without_outliers
from skemotion.protocols import get_protocol


def test_ferplus_majority(ferplus_root):
    data = load_dataset("ferplus", ferplus_root)
    images, _, usages = trees.fer2013_rows()
    dropped = [5, 6, 7, 45]
    kept = [row for row in range(60) if row not in dropped]
    np.testing.assert_array_equal(data.X, images[kept])
    assert data.X.dtype == np.uint8
    assert data.frame["path"].tolist() == [f"fer2013.csv#{row}" for row in kept]
    assert data.frame["split"].tolist() == [usages[row] for row in kept]
    names = list(data.dataset.emotions.values())
    assert data.y.tolist() == [names[row % 8] for row in kept]
    assert data.left_out == {
        "most raters saw no face": 1,
        "most raters did not know the emotion": 1,
        "the raters disagree": 2,
    }
    assert data.frame["votes_happy"].iloc[1] == 7
    assert data.soft_labels is None


def test_ferplus_soft(ferplus_root):
    dataset = get_dataset("ferplus", ferplus_root, labels="soft")
    frame = dataset.index().reset_index(drop=True)
    shares = dataset.soft_labels(frame)
    np.testing.assert_allclose(shares.to_numpy().sum(axis=1), 1)
    row = frame.index[frame["path"] == "fer2013.csv#7"][0]
    assert shares.loc[row, ["neutral", "sad", "angry"]].tolist() == [0.4, 0.3, 0.3]
    assert shares.loc[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]  # 7 of 9 votes are 75 % already
    assert "fer2013.csv#45" not in set(frame["path"])  # the test parts go by the majority


def test_ferplus_multi(ferplus_root):
    frame = load_dataset("ferplus", ferplus_root, labels="multi").frame.set_index("path")
    assert frame.loc["fer2013.csv#7", "targets"] == "neutral sad angry"
    assert frame.loc["fer2013.csv#0", "targets"] == "neutral"
    assert (frame["emotion"] == frame["targets"].str.split().str[0]).all()


def test_ferplus_forms_have_their_own_protocol():
    message = (
        "Protocol 'ferplus/soft' does not fit this form of 'ferplus': the labels are 'majority'; "
        "pass labels='soft'."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        get_protocol("soft", get_dataset("ferplus"))
    with pytest.raises(
        ValueError, match="Expected labels to be one of 'majority', 'soft', 'multi'"
    ):
        get_dataset("ferplus", labels="hard")


def test_ferplus_apart_from_fer2013(tmp_path, ferplus_root, fer2013_root):
    text = (ferplus_root / "fer2013new.csv").read_bytes()
    path = trees.write(tmp_path / "fer2013new.csv", b"\xef\xbb\xbf" + text)
    for root in (tmp_path, path):
        assert len(load_dataset("ferplus", root, fer2013=fer2013_root).y) == 56
    with zipfile.ZipFile(tmp_path / "labels.zip", "w") as archive:
        archive.writestr("FERPlus-master/fer2013new.csv", text)
    path.unlink()
    assert len(load_dataset("ferplus", tmp_path, fer2013=fer2013_root).y) == 56
    for folder in (tmp_path, tmp_path / "nowhere"):
        message = f"Dataset 'ferplus' expected a table of FER2013 in {folder}, which lacks it"
        with pytest.raises(FileNotFoundError, match=re.escape(message)):
            load_dataset("ferplus", tmp_path, fer2013=folder)


def test_ferplus_that_does_not_fit(copy, ferplus_root):
    root = copy(ferplus_root)
    table = root / "fer2013new.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(lines[:-1]))
    fails("as in the table of FER2013, got 59 for 60 of the pictures", "ferplus", root)
    lines[41], lines[42] = lines[41].replace("PublicTest", "Training"), lines[42]
    table.write_text("\n".join(lines))
    fails(
        "Row 41 of fer2013new.csv (line 42) has the Usage 'Training', that of the pictures in "
        f"{root} has 'PublicTest'. The tables are not in the same order: fetch them again.",
        "ferplus",
        root,
    )
    table.write_text("a,b\n1,2\n")
    fails("to have the columns Usage, neutral, happiness", "ferplus", root)


def test_ferplus_damaged_votes(copy, ferplus_root):
    root = copy(ferplus_root)
    table = root / "fer2013new.csv"
    lines = table.read_text().splitlines()
    lines[10] = lines[10].replace(",7", ",x")
    table.write_text("\n".join(lines))
    reason = "its votes are not ten whole numbers from 0 to 10"
    data = faulty("ferplus", root, "fer2013new.csv#9", reason)
    assert len(data.y) == 55
    assert "fer2013.csv#9" not in set(data.frame["path"])


def test_ferplus_faulty_pictures_shift_no_others(copy, ferplus_root):
    root = copy(ferplus_root)
    table = root / "fer2013.csv"
    lines = table.read_text().splitlines()
    lines[11] = lines[11][:3000]
    lines[6] = lines[6].replace(",", ",1 ", 1)  # raters saw no face on it: it counts once
    lines[56] = lines[56].replace("PrivateTest", "Private")
    table.write_text("\n".join(lines))
    clean = load_dataset("ferplus", ferplus_root)
    fails("3 of the 57 files of dataset 'ferplus' in", "ferplus", root)
    data = load_dataset("ferplus", root, on_error="skip")
    assert [fault.path for fault in data.faults] == [f"fer2013.csv#{row}" for row in (5, 10, 55)]
    kept = ~clean.frame["path"].isin(["fer2013.csv#10", "fer2013.csv#55"]).to_numpy()
    np.testing.assert_array_equal(data.X, clean.X[kept])
    assert data.y.tolist() == clean.y[kept].tolist()
    assert data.frame["path"].tolist() == clean.frame["path"][kept].tolist()
    assert "most raters saw no face" not in data.left_out
    assert data.left_out["the raters disagree"] == 2


@given(arrays(int, (5, 10), elements=st.integers(0, 10)))
def test_ferplus_rules_keep_votes_that_outweigh_the_rest(raw):
    votes = without_outliers(raw)
    for rule, most in ((majority, 1), (leading, 3), (frequent, 3)):
        kept = rule(votes)
        any_kept = kept.any(axis=1)
        assert set(np.unique(kept - votes[:, :8] * (kept > 0))) == {0}
        assert (np.count_nonzero(kept, axis=1) <= most).all()
        assert (any_kept | ~majority(votes).any(axis=1)).all()  # each keeps what a majority is for
        top = votes[:, :8].max(axis=1)
        assert (kept.max(axis=1)[any_kept] == top[any_kept]).all()


@pytest.mark.real_data
@pytest.mark.parametrize("labels", ["majority", "soft", "multi"])
def test_ferplus_real(data_folder, labels):
    roots = {"root": data_folder / "ferplus", "fer2013": data_folder / "fer2013"}
    dataset = get_dataset("ferplus", labels=labels, **roots)
    frame = dataset.index().reset_index(drop=True)
    assert frame["emotion"].value_counts().to_dict() == dataset.counts
    (fold,) = dataset.protocols[0](frame, whole=True)
    train = {"majority": 25060, "soft": 27956, "multi": 27671}[labels]
    assert [len(rows) for rows in fold[1:]] == [train, 3199, 3153]
    if labels == "majority":
        assert dataset.left_out["most raters saw no face"] == 176
        assert (frame.groupby("subject")["split"].nunique() > 1).sum() == 502
        few = frame.iloc[::5000]
        table = load_dataset("fer2013", roots["fer2013"])
        rows = few["path"].str.rpartition("#")[2].astype(int)
        np.testing.assert_array_equal(dataset.recordings(few), table.X[rows])
    if labels == "soft":
        shares = dataset.soft_labels(frame)
        assert (shares.idxmax(axis=1) == frame["emotion"]).all()
        np.testing.assert_allclose(shares.to_numpy().sum(axis=1), 1)


def test_fer2013_folders_are_not_the_official_split(tmp_path):
    for number, part in enumerate(("train", "test")):
        trees.write(tmp_path / part / "angry" / "1.png", faces.picture(number))
    dataset = get_dataset("fer2013", tmp_path)
    message = (
        "Protocol 'fer2013/official' does not fit this form of 'fer2013': this is the folder copy, "
        "whose test part is PublicTest and PrivateTest merged; use 'fer2013/folders'"
    )
    for name in ("fer2013/official", "official"):
        with pytest.raises(ValueError, match=re.escape(message)):
            get_protocol(name, dataset)
    assert get_protocol("folders", dataset).name == "fer2013/folders"
