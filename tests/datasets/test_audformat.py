"""Databases in the audformat format: tables, subjects, damage, and code that must not run."""

import pickle
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
import trees_audformat as trees
from dataset_checks import emotion_counts, fails, faulty
from trees import write

from skemotion import load_dataset
from skemotion.datasets import get_dataset
from skemotion.protocols import get_protocol


def database(root, header, **tables):
    """Write a header and tables, and one byte for each file that they name."""
    write(root / "db.yaml", header.encode())
    for name, lines in tables.items():
        write(root / f"db.{name}.csv", ("\n".join(lines) + "\n").encode())
        for line in lines[1:]:
            if ".wav" in line:
                write(root / line.split(",")[0], b"x")
    return root


def header(*, schemes="", tables="", more=""):
    start = "name: tiny\nsource: a test\nusage: other\n"
    return f"{start}schemes:\n{schemes}\ntables:\n{tables}\n{more}"


EMOTION = "  emotion: {dtype: str, labels: [anger, joy, sadness]}"
MOODS = "  moods: {type: filewise, columns: {emotion: {scheme_id: emotion}}}"
ROWS = ["file,emotion", "a.wav,joy", "b.wav,anger", "c.wav,sadness"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_database(tmp_path, kind):
    data = load_dataset("audformat", trees.make_audformat(tmp_path, kind))
    assert data.dataset.name == "audformat:moods"
    assert data.dataset.modality == "voice"
    assert data.dataset.subjects_known
    assert not data.left_out
    truth = trees.audformat_files()
    assert data.frame["path"].tolist() == [path for path, _, _ in truth]
    assert data.X[0] == str(tmp_path / truth[0][0])
    names = {"anger": "angry", "happiness": "happy", "sadness": "sad"}
    assert data.y.tolist() == [names[emotion] for _, _, emotion in truth]
    assert data.groups.tolist() == [f"audformat:moods/{person}" for _, person, _ in truth]
    assert data.frame["loudness"].tolist()[:3] == [0.0, 0.1, 0.2]
    folds = get_protocol(data.dataset.protocol, data.dataset)(data.frame)
    assert [len(fold.test) for fold in folds] == [6] * 5


@pytest.mark.parametrize("storage_format", ["csv", "parquet"])
def test_what_the_library_writes(tmp_path, storage_format):
    audformat = pytest.importorskip("audformat")
    files = [f"wav/{number}.wav" for number in range(4)]
    db = audformat.Database("other", source="here", usage="other")
    db.misc_tables["people"] = audformat.MiscTable(pd.Index([1, 2], name="speaker", dtype="Int64"))
    db.schemes["sex"] = audformat.Scheme("str", labels=["female", "male"])
    db.misc_tables["people"]["sex"] = audformat.Column(scheme_id="sex")
    db.misc_tables["people"]["sex"].set(["female", "male"])
    db.schemes["person"] = audformat.Scheme("int", labels="people")
    db.schemes["mood"] = audformat.Scheme(labels={"W": "Wut", "F": "Freude"})
    db["labels"] = audformat.Table(audformat.filewise_index(files))
    db["labels"]["who"] = audformat.Column(scheme_id="person")
    db["labels"]["who"].set([1, 1, 2, 2])
    db["labels"]["mood"] = audformat.Column(scheme_id="mood")
    db["labels"]["mood"].set(["W", "F", None, "F"])
    for file in files:
        write(tmp_path / file, b"x")
    db.save(str(tmp_path), storage_format=storage_format)
    data = load_dataset("audformat", tmp_path, emotion="mood", subject="person")
    assert data.y.tolist() == ["angry", "happy", "happy"]
    assert data.frame["subject"].str[-1].tolist() == ["1", "1", "2"]
    assert data.left_out == {"the emotion is empty": 1}
    data = load_dataset("audformat", tmp_path, emotion="mood", subject="sex")
    assert data.groups.tolist() == [f"audformat:other/{s}" for s in ("female", "female", "male")]


def test_nested_and_in_an_archive(audformat_root, tmp_path):
    shutil.copytree(audformat_root, tmp_path / "deep" / "moods")
    nested = load_dataset("audformat", tmp_path)
    assert nested.frame["path"].iloc[0] == "deep/moods/audio/ann_anger_0.wav"
    shutil.make_archive(str(tmp_path / "moods"), "zip", tmp_path, "deep")
    shutil.rmtree(tmp_path / "deep")
    packed = load_dataset("audformat", tmp_path)
    assert packed.frame["path"].iloc[0] == "moods.zip/deep/moods/audio/ann_anger_0.wav"
    assert packed.X[0].read(4) == b"RIFF"
    assert packed.groups.tolist() == nested.groups.tolist()


def test_label_and_names(audformat_root, tmp_path):
    assert get_dataset("audformat").name == "audformat"
    assert get_dataset("audformat", tmp_path).name == f"audformat:{tmp_path.name}"
    data = load_dataset("audformat", audformat_root, label="mine")
    assert set(data.frame["dataset"]) == {"audformat:mine"}


def test_without_the_library(audformat_root, monkeypatch):
    monkeypatch.setitem(sys.modules, "audformat", None)
    message = (
        "This needs the package 'audformat', which is not installed. "
        "Run pip install 'skemotion[audformat]'."
    )
    dataset = get_dataset("audformat", audformat_root)
    with pytest.raises(ImportError, match=re.escape(message)):
        dataset.load()


def test_which_table(tmp_path):
    tables = (
        f"{MOODS}\n  test: {{type: filewise, columns: {{gold: {{scheme_id: emotion}}}}}}\n"
        "  files: {type: filewise, columns: {hour: {}}}"
    )
    text = header(schemes=EMOTION, tables=tables)
    root = database(
        tmp_path, text, moods=ROWS, test=["file,gold", "c.wav,joy"], files=["file,hour", "a.wav,7"]
    )
    message = (
        f"Expected one table with a column 'emotion' in {tmp_path}, got moods, test. Pass table= "
        "and emotion= (tables and their columns: files: hour; moods: emotion; test: gold)."
    )
    fails(message, "audformat", root)
    assert load_dataset("audformat", root, table="test").y.tolist() == ["happy"]
    assert load_dataset("audformat", root, emotion="gold").y.tolist() == ["happy"]
    fails("'emotion' in " + f"{tmp_path}, got none. Pass", "audformat", root, table="files")
    fails("'mood' in " + f"{tmp_path}, got none. Pass", "audformat", root, emotion="mood")
    fails("Expected table to be one of 'files', 'moods', 'test', got 'x'.", "audformat", root,
          table="x")  # fmt: skip


def test_which_column(tmp_path):
    columns = "{first: {scheme_id: emotion}, second: {scheme_id: emotion}}"
    tables = f"  moods: {{type: filewise, columns: {columns}}}"
    rows = ["file,first,second", "a.wav,joy,anger"]
    root = database(tmp_path, header(schemes=EMOTION, tables=tables), moods=rows)
    message = (
        f"Expected one column of the scheme 'emotion' in the table 'moods' of {tmp_path}, got "
        "first, second. Pass emotion= one of them."
    )
    fails(message, "audformat", root)
    assert load_dataset("audformat", root, emotion="second").y.tolist() == ["angry"]


def test_nobody_known(tmp_path):
    root = database(tmp_path, header(schemes=EMOTION, tables=MOODS), moods=ROWS)
    data = load_dataset("audformat", root)
    assert data.dataset.subjects_known is False
    assert data.groups.tolist() == [f"audformat:tiny/{name}.wav" for name in "abc"]
    message = f"Expected a column or a field of labels called 'actor' in the tables of {tmp_path}"
    fails(message, "audformat", root, subject="actor")


def test_subject_as_a_field_of_labels(tmp_path):
    schemes = (
        f"{EMOTION}\n  session:\n    labels:\n"
        "      s1: {speaker: ann}\n      s2: {speaker: bob}\n      s3: {room: 7}"
    )
    columns = "{emotion: {scheme_id: emotion}, session: {scheme_id: session}}"
    tables = f"  moods: {{type: filewise, columns: {columns}}}"
    rows = ["file,emotion,session", "a.wav,joy,s2", "b.wav,anger,s1", "c.wav,joy,s3"]
    root = database(tmp_path, header(schemes=schemes, tables=tables), moods=rows)
    data = faulty("audformat", root, "c.wav", "nothing says who is recorded")
    assert data.groups.tolist() == ["audformat:tiny/bob", "audformat:tiny/ann"]
    assert data.frame["session"].tolist() == ["s2", "s1"]


def test_tables_that_disagree_on_the_subject(tmp_path):
    tables = f"{MOODS}\n" + "\n".join(
        f"  {name}: {{type: filewise, columns: {{speaker: {{}}}}}}" for name in ("x", "y")
    )
    root = database(
        tmp_path, header(schemes=EMOTION, tables=tables), moods=ROWS,
        x=["file,speaker", "a.wav,ann", "b.wav,bob"], y=["file,speaker", "c.wav,cem", "a.wav,ann"],
    )  # fmt: skip
    assert [group[-3:] for group in load_dataset("audformat", root).groups] == ["ann", "bob", "cem"]
    write(root / "db.y.csv", b"file,speaker\nc.wav,cem\na.wav,cem\n")
    message = f"Expected one speaker for each file of {root}, got ann and cem for a.wav."
    fails(message, "audformat", root)


def test_labels_with_texts(tmp_path):
    scheme = "  emotion: {dtype: int, labels: {0: neutral, 1: Wut, 2: Freude}}"
    rows = ["file,emotion", "a.wav,2", "b.wav,0", "c.wav,1"]
    root = database(tmp_path, header(schemes=scheme, tables=MOODS), moods=rows)
    assert load_dataset("audformat", root).y.tolist() == ["happy", "neutral", "angry"]


def test_emotion_that_is_not_known(tmp_path):
    scheme = "  emotion: {labels: {joy: joy, con: confused}}"  # con alone would be contempt
    rows = ["file,emotion", "a.wav,joy", "b.wav,con"]
    root = database(tmp_path, header(schemes=scheme, tables=MOODS), moods=rows)
    data = faulty("audformat", root, "b.wav", "Unknown emotion 'confused'")
    assert data.y.tolist() == ["happy"]


def test_label_that_the_scheme_lacks(audformat_root, copy):
    root = copy(audformat_root)
    path = root / "db.emotion.csv"
    text = path.read_text().replace("bob_anger_0.wav,anger", "bob_anger_0.wav,angre")
    path.write_text(text.replace("bob_anger_1.wav,anger", "bob_anger_1.wav,"))
    reason = "the emotion is not a label of its scheme"
    data = faulty("audformat", root, "audio/bob_anger_0.wav", reason)
    assert data.left_out == {reason: 1, "the emotion is empty": 1}
    assert emotion_counts(data) == {"angry": 8, "happy": 10, "sad": 10}


def test_subject_that_the_scheme_lacks(audformat_root, copy):
    root = copy(audformat_root)
    path = root / "db.files.csv"
    path.write_text(path.read_text().replace("bob_anger_0.wav,bob", "bob_anger_0.wav,bop"))
    data = faulty("audformat", root, "audio/bob_anger_0.wav", "nothing says who is recorded")
    assert len(data.y) == 29


@pytest.mark.parametrize("where", ["emotion", "files"])
def test_columns_in_another_order(audformat_root, copy, where):
    root = copy(audformat_root)
    path = root / f"db.{where}.csv"
    table = pd.read_csv(path)
    table[table.columns[::-1]].to_csv(path, index=False)
    with pytest.raises(ValueError, match=rf"Cannot read .*db\.{where}\.csv: the columns are \w+"):
        load_dataset("audformat", root)


def test_rows_of_one_file(tmp_path):
    rows = [*ROWS, "a.wav,joy"]
    root = database(tmp_path, header(schemes=EMOTION, tables=MOODS), moods=rows)
    data = load_dataset("audformat", root)
    assert data.left_out == {"a second row of the same file": 1}
    write(root / "db.moods.csv", "\n".join([*ROWS, "a.wav,anger"]).encode())
    data = load_dataset("audformat", root, on_error="skip")
    assert data.left_out == {"the file stands under two emotions": 2}
    assert data.frame["path"].tolist() == ["b.wav", "c.wav"]


SEGMENTED = MOODS.replace("filewise", "segmented")
WHOLE = ["file,start,end,emotion", "a.wav,0 days 00:00:00,,joy", "b.wav,0 days 00:00:00,,anger"]


def test_segments(tmp_path):
    text = header(schemes=EMOTION, tables=SEGMENTED)
    root = database(tmp_path, text, moods=WHOLE)
    assert load_dataset("audformat", root).y.tolist() == ["happy", "angry"]
    for line, told in (
        ("b.wav,0 days 00:00:00.500000,0 days 00:00:01.250000,anger", "b.wav from 0.5 s to 1.25 s"),
        ("b.wav,0 days 00:00:02,,anger", "b.wav from 2 s to its end"),
        ("b.wav,0 days 00:00:00,0 days 00:00:01,anger", "b.wav from 0 s to 1 s"),
    ):
        message = (
            f"Expected the table 'moods' of {tmp_path} to label whole files, got segments such as "
            f"{told}. Recordings are read whole: cut the files at the segments first, or pass "
            "table= a table of files."
        )
        fails(message, "audformat", database(tmp_path, text, moods=[*WHOLE[:2], line]))


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.write_bytes, (Path(self.path), b"run")


def test_pickles_are_not_read(audformat_root, copy, tmp_path):
    root = copy(audformat_root)
    mark = tmp_path / "mark"
    pickled = root / "db.emotion.pkl"
    pickled.write_bytes(pickle.dumps(Evil(mark)))
    before = pickled.read_bytes()
    assert len(load_dataset("audformat", root).y) == 30  # the CSV is read
    (root / "db.emotion.csv").unlink()
    message = (
        f"Expected the table 'emotion' in {root} as db.emotion.parquet or .csv, got a pickle, "
        "which may run any code. Have it saved with Database.save(storage_format='csv')"
    )
    fails(message, "audformat", root)
    assert not mark.exists()
    assert pickled.read_bytes() == before
    pickle.loads(before)
    assert mark.exists()  # it would have run


def test_headers_run_nothing(audformat_root, copy, tmp_path):
    root = copy(audformat_root)
    mark = tmp_path / "mark"
    with (root / "db.yaml").open("a") as file:
        file.write(f"meta: !!python/object/apply:os.mkdir ['{mark}']\n")
    with pytest.raises(ValueError, match="could not determine a constructor for the tag"):
        load_dataset("audformat", root)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "to be the header of an audformat database, got"),
        (b"name: x\nusage: other\n", "header of an audformat database, got KeyError: 'source'."),
        (b"name: [", "to be the header of an audformat database, got ParserError"),
        (b"\xff\xfe", "to be the header of an audformat database, got UnicodeDecodeError"),
        (b"version https://git-lfs.github.com/spec/v1\n", "got a Git-LFS pointer. Run 'git lfs"),
    ],
)
def test_damaged_headers(audformat_root, copy, content, message):
    root = copy(audformat_root)
    (root / "db.yaml").write_bytes(content)
    fails(message, "audformat", root)


def test_files_that_are_not_there(audformat_root, copy, tmp_path):
    root = copy(audformat_root)
    (root / "db.other.csv").write_text("file,emotion\n")
    message = (
        f"Expected {root / 'db.yaml'} to name the table 'other', since db.other.csv is there, got "
        "emotion, files. Take the file away, or get the header that belongs to it."
    )
    fails(message, "audformat", root)
    (root / "db.other.csv").unlink()
    (root / "audio" / "ann_anger_0.wav").unlink()
    faulty("audformat", root, "audio/ann_anger_0.wav", "the file is missing")
    (root / "db.files.csv").unlink()
    fails("as db.files.parquet or .csv, got none of them.", "audformat", root)
    (root / "db.yaml").unlink()
    message = f"Expected db.yaml, the header of an audformat database, in {root}, which lacks it."
    fails(message, "audformat", root)


def test_videos_and_mixtures(tmp_path):
    text = header(schemes=EMOTION, tables=MOODS)
    root = database(tmp_path, text, moods=["file,emotion", "a.mp4,joy", "b.mp4,anger"])
    for name in ("a.mp4", "b.mp4"):
        write(root / name, b"x")
    assert load_dataset("audformat", root).dataset.modality == "video"
    database(root, text, moods=["file,emotion", "a.mp4,joy", "b.wav,anger"])
    message = f"Expected files of one kind of media in {root}, got the suffixes .mp4, .wav."
    fails(message, "audformat", root)
