"""Copies whose labels were renumbered, and tables under another's name."""

import gzip
import zipfile

import pytest
import trees
from dataset_checks import emotion_counts, fails
from hypothesis import given
from hypothesis import strategies as st

from skemotion import load_dataset
from skemotion.datasets._published import check_counts
from skemotion.datasets.ckextended import CKExtended
from skemotion.datasets.fer2013 import FER2013

PUBLIC_TEST = (467, 56, 496, 895, 653, 415, 607)
TEST = (958, 111, 1024, 1774, 1247, 831, 1233)
ALPHABETICAL = [0, 1, 2, 3, 5, 6, 4]  # neutral before sad before surprise
BLACK = b" ".join([b"0"] * 2304)
CK_WARNING = "ignore:Dataset 'ckextended' has lost the subjects"


def table(counts, usage="PublicTest", order=None):
    """Return a table of black pictures with so many rows of each code."""
    lines = [b"emotion,pixels,Usage"]
    for code, count in enumerate(counts):
        code = code if order is None else order[code]
        lines += [b"%d,%b,%b" % (code, BLACK, usage.encode())] * count
    return b"\n".join(lines) + b"\n"


def test_a_part_of_fer2013_that_is_renumbered(tmp_path):
    path = trees.write(tmp_path / "fer2013.csv", table(PUBLIC_TEST))
    assert tuple(emotion_counts(load_dataset("fer2013", tmp_path)).values()) == (
        *(467, 56, 496, 895, 607, 653, 415),  # by name
    )
    path.write_bytes(table(PUBLIC_TEST, order=ALPHABETICAL))
    message = (
        f"The labels of the part PublicTest of fer2013 in {tmp_path} seem to be renumbered: they "
        "are as many as published, but under other emotions (sad: 607 for 653; surprise: 653 for "
        "415; neutral: 415 for 607). Give each row the label that is published"
    )
    fails(message, "fer2013", tmp_path)
    fails(message, "fer2013", tmp_path, on_error="skip")
    path.write_bytes(table((466, 57, *PUBLIC_TEST[2:])))
    fails(
        "the published numbers of emotions, got others (angry: 466 for 467; disgust: 57 for 56)",
        "fer2013",
        tmp_path,
    )
    path.write_bytes(table((*PUBLIC_TEST[:6], 606), order=ALPHABETICAL))  # another total
    assert len(load_dataset("fer2013", tmp_path).y) == 3588


def test_fer2013_that_was_divided_anew_and_is_renumbered(tmp_path):
    text = table(FER2013.counts.values(), order=ALPHABETICAL)
    path = trees.write(tmp_path / "fer2013.csv.gz", gzip.compress(text, 1))
    message = f"The labels of fer2013 in {path} seem to be renumbered"
    fails(message, "fer2013", path)


def test_folders_of_fer2013_that_are_renamed(tmp_path):
    names = list(FER2013.emotions.values())
    for order, name in ((range(7), "right.zip"), (ALPHABETICAL, "wrong.zip")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for code, count in zip(order, TEST, strict=True):
                for number in range(count):
                    archive.writestr(f"test/{names[code]}/{number}.png", b"x")
    assert len(load_dataset("fer2013", tmp_path / "right.zip").y) == sum(TEST)
    message = "The labels of the part Test of fer2013 in {} seem to be renumbered"
    fails(message.format(tmp_path / "wrong.zip"), "fer2013", tmp_path / "wrong.zip")


@pytest.mark.filterwarnings(CK_WARNING)
def test_tables_under_the_name_of_another(tmp_path):
    names = list(CKExtended.emotions.values())
    whole = table([CKExtended.counts[name] for name in names], "Training")
    path = trees.write(tmp_path / "ckextended.csv", whole)
    data = load_dataset("ckextended", tmp_path)
    assert emotion_counts(data) == dict(sorted(CKExtended.counts.items()))
    message = "found 920 rows in {root}, as many as ckextended.csv has. Load it as 'ckextended'"
    other = trees.write(tmp_path / "fer" / "fer2013.csv", whole.replace(b"\n7,", b"\n0,"))
    fails(message.format(root=other), "fer2013", other)
    path.write_bytes(table([CKExtended.counts[name] for name in names[::-1]], "Training"))
    fails("The labels of ckextended in", "ckextended", tmp_path)
    path.write_bytes(table(FER2013.counts.values(), "Training"))
    fails("got 35887, as many as FER2013 has. Load it as 'fer2013'.", "ckextended", tmp_path)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=7), st.randoms())
def test_a_permutation_is_called_renumbered(counts, random):
    names = list("abcdefg"[: len(counts)])
    published = dict(zip(names, counts, strict=True))
    found = dict(zip(names, random.sample(counts, len(counts)), strict=True))
    if found == published:
        check_counts("x", ".", found, published)
    else:
        with pytest.raises(ValueError, match="seem to be renumbered"):
            check_counts("x", ".", found, published)
    lost = {name: max(0, count - 1) for name, count in published.items()}
    check_counts("x", ".", lost, published, n_faults=sum(counts) - sum(lost.values()))


@pytest.mark.real_data
@pytest.mark.slow
def test_fer2013_renumbered_in_full(tmp_path, data_folder):
    with gzip.open(data_folder / "fer2013" / "fer2013.csv.gz") as file:
        header, *lines = file
    digits = bytes.maketrans(b"0123456", "".join(map(str, ALPHABETICAL)).encode())
    altered = [line[:1].translate(digits) + line[1:] for line in lines]
    path = trees.write(tmp_path / "fer2013.csv", header + b"".join(altered))
    fails(f"The labels of fer2013 in {path} seem to be renumbered", "fer2013", path)
