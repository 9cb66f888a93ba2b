"""SAVEE and TESS: names, packagings, damage, whole trees."""

import shutil
import zipfile

import numpy as np
import pytest
import trees
import trees_speech as speech
from dataset_checks import emotion_counts, fails, faulty, whole

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.protocols import get_protocol


def touch(root, *names):
    for name in names:
        trees.write(root / name, b"RIFF")
    return root


def names_of(manifest, root):
    """Build the tree of names that a manifest lists; return it as it is known."""
    paths = [line.split("\t")[2] for line in manifest.read_text().splitlines()[1:]]
    touch(root, *paths)
    return paths


def test_savee(savee_root):
    data = load_dataset("savee", savee_root)
    assert len(data.y) == 28
    assert not data.left_out
    rows = data.frame.set_index("path")
    for code, emotion in (("sa", "sad"), ("su", "surprise"), ("a", "angry"), ("n", "neutral")):
        row = rows.loc[f"AudioData/JE/{code}01.wav"]
        assert (row["emotion"], row["subject"], row["sex"]) == (emotion, "savee/JE", "male")
        assert row["number"] == 1


def test_savee_whole(tmp_path):
    data = whole("savee", speech.make_savee(tmp_path, whole=True))
    (protocol,) = data.dataset.protocols
    assert protocol.counts == ((240, 120, 120),) * 4
    held = [fold.facts["held_out"] for fold in protocol(data.frame)]
    assert held == ["savee/DC", "savee/JE", "savee/JK", "savee/KL"]


def test_savee_flat_nested_and_twice(tmp_path):
    touch(tmp_path, "ALL/DC_a01.wav", "ALL/JE_sa15.wav", "ALL/KL_n30.flac", "JK/su01.wav")
    touch(tmp_path, "AudioData/DC/a01.wav", "DC/DC_a02.wav")
    data = load_dataset("savee", tmp_path)
    assert dict(zip(data.frame["path"], data.y, strict=True)) == {
        "ALL/DC_a01.wav": "angry",
        "ALL/JE_sa15.wav": "sad",
        "ALL/KL_n30.flac": "neutral",
        "DC/DC_a02.wav": "angry",
        "JK/su01.wav": "surprise",
    }
    assert data.frame["subject"].str[-2:].tolist() == ["DC", "JE", "KL", "DC", "JK"]
    assert data.left_out == {"a second file of the same name": 1}


def test_savee_in_an_archive(tmp_path, savee_root):
    shutil.make_archive(str(tmp_path / "AudioData"), "zip", savee_root, "AudioData")
    for root in (tmp_path, tmp_path / "AudioData.zip"):
        data = load_dataset("savee", root)
        assert len(data.y) == 28
        assert data.X[0].read(4) == b"RIFF"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a01.wav", "the name is not of the form of savee"),  # nothing says who speaks
        ("AudioData/DC/s01.wav", "the name is not of the form of savee"),
        ("AudioData/XX/a01.wav", "the name is not of the form of savee"),
        ("AudioData/DC/KL_h15.wav", "its name and its folder say different speakers"),
        ("AudioData/DC/h16.wav", "a number that SAVEE does not have"),
        ("AudioData/DC/n31.wav", "a number that SAVEE does not have"),
        ("AudioData/DC/n00.wav", "a number that SAVEE does not have"),
    ],
)
def test_savee_strange_names(copy, savee_root, path, reason):
    root = touch(copy(savee_root), path)
    assert len(faulty("savee", root, path, reason).y) == 28


def test_tess(tess_root):
    data = load_dataset("tess", tess_root)
    assert len(data.y) == 42
    assert not data.left_out
    row = data.frame.set_index("path").loc["OAF_Pleasant_surprise/OAF_back_ps.wav"]
    assert (row["emotion"], row["subject"], row["statement"]) == ("surprise", "tess/OAF", "back")
    assert (row["sex"], row["age"]) == ("female", 64)
    assert set(data.frame.loc[data.frame["subject"] == "tess/YAF", "age"]) == {26}


def test_tess_whole(tmp_path):
    data = whole("tess", speech.make_tess(tmp_path, whole=True))
    (protocol,) = data.dataset.protocols
    for fold in protocol(data.frame):
        assert len(fold.validation) == 0
        assert not set(data.groups[fold.train]) & set(data.groups[fold.test])


def test_tess_misspelt_name(tess_root):
    rows = load_dataset("tess", tess_root).frame.set_index("path")
    row = rows.loc["OAF_neutral/OA_bite_neutral.wav"]
    assert (row["emotion"], row["subject"], row["statement"]) == ("neutral", "tess/OAF", "bite")


def test_tess_nested_copy(copy, tess_root):
    root = copy(tess_root)
    inner = "TESS Toronto emotional speech set data"
    shutil.copytree(tess_root, root / inner / inner)
    mended = root / "corrected" / "OAF_bite_neutral.wav"
    trees.write(mended, (tess_root / "OAF_neutral" / "OA_bite_neutral.wav").read_bytes())
    data = load_dataset("tess", root)
    assert emotion_counts(data) == dict.fromkeys(sorted(data.dataset.counts), 6)
    assert data.left_out == {"a second file of the same name": 43}


def test_tess_folders_of_other_copies(tmp_path):
    touch(tmp_path, "OAF_back_fear.wav", "Fear/YAF_back_fear.wav", "all/YAF_bar_ps.wav")
    touch(tmp_path, "oaf_pleasant surprise/OAF_bar_ps.ogg")
    data = load_dataset("tess", tmp_path)
    assert sorted(data.y) == ["fear", "fear", "surprise", "surprise"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("OAF_Sad/OAF_bar_fear.wav", "its folder names another speaker or emotion"),
        ("YAF_fear/OAF_bar_fear.wav", "its folder names another speaker or emotion"),
        ("Sad/more/OAF_bar_fear.wav", "its folder names another speaker or emotion"),
        ("YAF_neutral/OA_bar_neutral.wav", "its folder names another speaker or emotion"),
        ("OAF_angry/OAF_bar_anger.wav", "the name is not of the form of tess"),
        ("OAF_angry/MAF_bar_angry.wav", "the name is not of the form of tess"),
        ("OAF_angry/OAF_angry.wav", "the name is not of the form of tess"),
    ],
)
def test_tess_strange_names(copy, tess_root, path, reason):
    root = touch(copy(tess_root), path)
    assert len(faulty("tess", root, path, reason).y) == 42


def test_tess_in_archives(tmp_path, tess_root):
    with zipfile.ZipFile(tmp_path / "dataverse_files.zip", "w") as archive:
        for path in tess_root.rglob("*.wav"):
            archive.write(path, path.name)  # the homepage packs them without folders
    assert len(load_dataset("tess", tmp_path).y) == 42


def test_savee_and_tess_are_told_apart(savee_root, tess_root, ravdess_root):
    for name, root, seems in (
        ("savee", tess_root, "tess"),
        ("tess", savee_root, "savee"),
        ("tess", ravdess_root, "ravdess"),
    ):
        fails(f"The files look like those of {seems!r}: load them as that.", name, root)


@pytest.mark.parametrize(("name", "other"), [("savee", "loso"), ("tess", "2fold-speaker")])
def test_the_protocol_needs_whole_speakers(name, other, savee_root, tess_root):
    data = load_dataset(name, {"savee": savee_root, "tess": tess_root}[name])
    protocol = get_protocol(f"{name}/{other}", data.dataset)
    first = data.frame[data.groups == data.groups[0]]
    with pytest.raises(ValueError, match=r"needs at least 2 of them, got 1"):
        protocol(first)


@pytest.mark.real_data
def test_savee_real_names(data_folder, tmp_path):
    paths = names_of(data_folder / "manifests" / "savee.tsv", tmp_path)
    data = whole("savee", tmp_path)
    assert data.frame["path"].tolist() == sorted(paths)
    first = data.frame["path"].str.extract(r"/(s?[a-z])")[0]
    expected = first.map({"a": "angry", "d": "disgust", "f": "fear", "h": "happy", "n": "neutral",
                          "sa": "sad", "su": "surprise"})  # fmt: skip
    np.testing.assert_array_equal(data.y, expected)
    np.testing.assert_array_equal(data.groups, "savee/" + data.frame["path"].str[:2])


@pytest.mark.real_data
def test_tess_real_names(data_folder, tmp_path):
    paths = names_of(data_folder / "manifests" / "tess.tsv", tmp_path)
    data = whole("tess", tmp_path)
    assert data.frame["path"].tolist() == sorted(paths)
    folders = data.frame["path"].str.split("/").str[0].str.lower()
    words = folders.str.split("_").str[1].replace("pleasant", "surprise")
    np.testing.assert_array_equal(data.y, words)
    np.testing.assert_array_equal(data.groups, "tess/" + folders.str[:3].str.upper())
    assert data.frame["statement"].value_counts().eq(14).all()


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["savee", "tess"])
def test_originals_are_those_of_the_manifest(data_folder, name):
    from hashlib import sha256

    lines = (data_folder / "manifests" / f"{name}.tsv").read_text().splitlines()[1:]
    starts = sorted(bytes.fromhex(line.split("\t")[0])[:16] for line in lines)
    assert get_dataset(name).originals["voice"] == sha256(b"".join(starts)).hexdigest()
