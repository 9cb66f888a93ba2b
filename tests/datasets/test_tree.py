"""Files of datasets: folders, archives, and what is wrong with them."""

import os
import pickle
import re
import shutil
import tarfile
import zipfile

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import ReadAudio, load_dataset
from skemotion.datasets._tree import Member, Tree, locate


def zip_of(folder, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return target


@pytest.fixture
def emodb_zip(emodb_root, tmp_path):
    return zip_of(emodb_root, tmp_path / "download.zip")


@pytest.fixture
def emodb_tar(emodb_root, tmp_path):
    with tarfile.open(tmp_path / "emodb.tar", "w") as archive:
        archive.add(emodb_root, ".")
    return tmp_path / "emodb.tar"


@pytest.mark.parametrize("where", ["emodb_zip", "emodb_tar", "folder of zip", "folder of tar"])
def test_archives_are_read_as_folders(where, request, emodb_root):
    archive = request.getfixturevalue(f"emodb_{where[-3:]}")
    root = archive.parent if where.startswith("folder") else archive
    data, plain = load_dataset("emodb", root), load_dataset("emodb", emodb_root)
    assert data.y.tolist() == plain.y.tolist()
    assert data.frame["recognised"].tolist() == plain.frame["recognised"].tolist()
    rows = [0, 33, 69]
    waveforms = ReadAudio().fit_transform(data.X[rows])
    again = ReadAudio(n_jobs=2).fit_transform(pickle.loads(pickle.dumps(data.X[rows])))
    for row, waveform, other in zip(rows, waveforms, again, strict=True):
        np.testing.assert_array_equal(
            waveform, ReadAudio().fit_transform(plain.X[row : row + 1])[0]
        )
        np.testing.assert_array_equal(waveform, other)


def test_unpacked_files_come_before_those_in_an_archive_beside_them(emodb_root, tmp_path):
    zip_of(emodb_root, tmp_path / "emodb.zip")
    (tmp_path / "wav").mkdir()
    name = "03a01Wa.wav"
    (tmp_path / "wav" / name).write_bytes((emodb_root / "wav" / name).read_bytes())
    data = load_dataset("emodb", tmp_path)
    assert len(data.y) == 70
    assert data.left_out == {"a second file of the same name": 1}
    assert data.frame["path"][0] == f"wav/{name}"


def test_a_member_is_a_file(emodb_zip, emodb_root):
    member = locate(emodb_zip, "wav/03a01Wa.wav")
    content = (emodb_root / "wav" / "03a01Wa.wav").read_bytes()
    assert isinstance(member, Member)
    assert member.size == len(content)
    assert member.read(4) == b"RIFF"
    assert member.tell() == 4
    assert member.seek(-4, os.SEEK_END) == len(content) - 4
    assert member.read() == content[-4:]
    member.seek(0)
    assert member._content is None  # nothing is kept in memory
    assert member.read() == content


def test_damaged_and_packed_archives_are_named(emodb_root, tmp_path):
    archive = zip_of(emodb_root, tmp_path / "speech.zip")
    archive.write_bytes(archive.read_bytes()[:-100])
    (tmp_path / "more.tar.gz").write_bytes(b"\x1f\x8b")
    message = (
        f"2 of the 2 files of dataset 'emodb' in {tmp_path} cannot be used: speech.zip, more.tar.gz"
        " (the archive is damaged (File is not a zip file): 1; it is a packed archive; unpack it "
        "here: 1). Repair them"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("emodb", tmp_path)


@pytest.mark.parametrize(("n_strange", "loads"), [(63, True), (9 * 70, True), (631, False)])
def test_fewer_than_a_tenth_that_are_understood(tmp_path, n_strange, loads):
    trees.make_emodb(tmp_path)
    for number in range(n_strange):
        trees.write(tmp_path / "more" / f"{number:04}.wav", b"x")
    if loads:
        data = load_dataset("emodb", tmp_path, on_error="skip")
        assert (len(data.y), len(data.faults)) == (70, n_strange)
        return
    message = r"^631 of the 701 files .*Repair them or take them away; they are too many to skip\.$"
    with pytest.raises(ValueError, match=message):
        load_dataset("emodb", tmp_path, on_error="skip")


def test_damaged_files_are_understood_by_their_names(tmp_path):
    for path in sorted((trees.make_emodb(tmp_path) / "wav").iterdir())[1:]:
        path.write_bytes(b"")
    data = load_dataset("emodb", tmp_path, on_error="skip")
    assert (len(data.y), len(data.faults)) == (1, 69)


@pytest.mark.parametrize("n_own", [5, 40])
def test_most_files_are_those_of_another_corpus(tmp_path, crema_d_root, n_own):
    shutil.copytree(crema_d_root, tmp_path, dirs_exist_ok=True)
    n_other = len(list(tmp_path.rglob("*.wav")))
    for number in range(n_own):
        trees.write(tmp_path / "wav" / f"03a{1 + number % 9:02}{'FNWTA'[number // 9]}a.wav", b"x")
    if n_own > n_other:
        data = load_dataset("emodb", tmp_path, on_error="skip")
        assert (len(data.y), len(data.faults)) == (n_own, n_other)
        return
    with pytest.raises(ValueError, match="The files look like those of 'crema-d': load them as"):
        load_dataset("emodb", tmp_path, on_error="skip")


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".rar", ".7z"])
def test_a_packed_archive_beside_what_it_held(tmp_path, suffix):
    root = trees.make_emodb(tmp_path)
    (root / f"emodb{suffix}").write_bytes(b"x")
    data = load_dataset("emodb", root)
    assert len(data.y) == 70
    assert data.left_out == {"a packed archive, which is not read": 1}
    assert data.complete
    shutil.rmtree(root / "wav")
    for on_error in ("raise", "skip"):
        with pytest.raises(
            ValueError, match=rf"emodb\{suffix} \(it is a packed archive; unpack it"
        ):
            load_dataset("emodb", root, on_error=on_error)


def test_a_packed_archive_where_a_table_is_missing(tmp_path):
    (tmp_path / "basic.7z").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"the pictures\. Unpack basic\.7z, which is not read\.$"):
        load_dataset("raf-db", tmp_path)


def test_a_damaged_member_is_a_recording_error(emodb_root, tmp_path):
    archive = zip_of(emodb_root, tmp_path / "speech.zip")
    data = load_dataset("emodb", archive)
    content = bytearray(archive.read_bytes())
    content[200:3000] = bytes(2800)
    archive.write_bytes(content)
    with pytest.raises(ValueError, match=r"speech\.zip.*is damaged"):
        ReadAudio().fit_transform(data.X)


def test_loops_and_hidden_files(tmp_path):
    trees.write(tmp_path / "a" / "03a01Fa.wav", trees.wav(0))
    trees.write(tmp_path / "a" / "._03a01Fa.wav", b"x")
    trees.write(tmp_path / "__MACOSX" / "08a01Fa.wav", b"x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert Tree(tmp_path).paths == ["a/03a01Fa.wav", "self"]


def test_an_unreadable_folder_is_a_fault(emodb_root, tmp_path, monkeypatch):
    trees.make_emodb(tmp_path)
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def scandir(path):
        if str(path).endswith("locked"):  # the superuser can read everything
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    message = "locked (the folder cannot be read (Permission denied): 1)"
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("emodb", tmp_path)
    data = load_dataset("emodb", tmp_path, on_error="skip")
    assert len(data.y) == 70
    assert data.left_out == {"the folder cannot be read (Permission denied)": 1}


def test_damaged_files_are_named_or_counted(emodb_root, tmp_path):
    trees.make_emodb(tmp_path)
    wav = sorted((tmp_path / "wav").iterdir())
    wav[0].write_bytes(b"")
    wav[1].write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    wav[2].rename(wav[2].with_name("03a09Xa.wav"))
    wav[3].unlink()
    message = (
        f"3 of the 69 files of dataset 'emodb' in {tmp_path} cannot be used: wav/03a09Xa.wav, "
        f"wav/{wav[0].name}, wav/{wav[1].name} (the name is not of the form of emodb: 1; the file "
        "is empty: 1; it is a Git-LFS pointer (run 'git lfs pull' in its repository): 1). Repair "
        "them or take them away, or pass on_error='skip' to leave them out and count them."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("emodb", tmp_path)
    data = load_dataset("emodb", tmp_path, on_error="skip")
    assert len(data.y) == 66
    assert sum(data.left_out.values()) == 3
    assert [fault.path for fault in data.faults] == [
        "wav/03a09Xa.wav", f"wav/{wav[0].name}", f"wav/{wav[1].name}",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="Expected on_error to be 'raise' or 'skip', got 'warn'"):
        load_dataset("emodb", tmp_path, on_error="warn")


def test_two_files_of_one_name_that_differ_are_both_faults(emodb_root, tmp_path):
    trees.make_emodb(tmp_path)
    names = ["copy/03a01Wa.wav", "copy/again/03a01Wa.wav", "wav/03a01Wa.wav"]
    trees.write(tmp_path / names[0], trees.wav(5, seconds=0.4))
    shutil.copytree(tmp_path / "copy", tmp_path / "copy" / "again")
    message = f"{', '.join(names)} (another file of the same name has another size: 3)"
    with pytest.raises(ValueError, match=re.escape(message)):
        load_dataset("emodb", tmp_path)
    data = load_dataset("emodb", tmp_path, on_error="skip")
    assert len(data.y) == 69
    assert not data.frame["path"].str.endswith("03a01Wa.wav").any()
    assert [fault.path for fault in data.faults] == names
    assert data.left_out == {"another file of the same name has another size": 3}


def test_a_file_and_a_link_of_the_same_name_that_leads_nowhere(emodb_root, tmp_path):
    trees.make_emodb(tmp_path)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "03a01Wa.wav").symlink_to(tmp_path / "gone.wav")
    with pytest.raises(ValueError, match="another file of the same name has another size: 2"):
        load_dataset("emodb", tmp_path)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=400), st.sampled_from([".zip", ".tar"]))
def test_any_bytes_as_an_archive(tmp_path_factory, content, suffix):
    folder = tmp_path_factory.mktemp("any")
    (folder / f"a{suffix}").write_bytes(content)
    tree = Tree(folder)
    assert tree.paths == []
    assert len(tree.faults) <= 1


def test_text_of_another_encoding(tmp_path):
    (tmp_path / "labels.txt").write_bytes("Ärger".encode("latin-1"))
    message = (
        f"Expected {tmp_path / 'labels.txt'} to be a text in utf-8, got the byte 0xc4 at position "
        "0. Save it in that encoding."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        Tree(tmp_path).read_text("labels.txt")


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path):
    for actor in range(1, 101):
        folder = tmp_path / f"Actor_{actor:03}"
        folder.mkdir()
        for number in range(1000):
            (folder / f"{number}.txt").touch()
    trees.write(tmp_path / "03a01Fa.wav", trees.wav(0))
    assert load_dataset("emodb", tmp_path).y.tolist() == ["happy"]
