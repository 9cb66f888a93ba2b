"""``skemotion predict --out``: many files into one table."""

import contextlib
import io
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time

import deadly
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skemotion import AcousticFeatures, load_dataset, save, to_onnx
from skemotion.cli import _batch, main
from skemotion.cli._batch import run_batch
from skemotion.cli._journal import CHUNK, Journal
from skemotion.cli._media_files import find_files


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code or 0


@pytest.fixture(scope="module")
def data():
    return load_dataset("synthetic-voices", scheme="common4")


@pytest.fixture(scope="module")
def pipeline(data):
    model = make_pipeline(AcousticFeatures(), StandardScaler(), LogisticRegression())
    return model.fit(data.X[:120], data.y[:120])


@pytest.fixture(scope="module")
def model(pipeline, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "voices.skemotion"
    save(pipeline, path)
    return path


@pytest.fixture(scope="module")
def exported(pipeline, tmp_path_factory):
    """Return the file of a model that needs no scikit-learn, so that its processes start fast."""
    path = tmp_path_factory.mktemp("exported") / "light.skemotion"
    save(to_onnx(pipeline), path)
    return path


@pytest.fixture
def folder(data, tmp_path):
    """Write 70 recordings, more than two chunks, in two folders; and what is left out."""
    for row, recording in enumerate(data.X[:70]):
        path = tmp_path / "in" / f"part-{row % 2}" / f"{row:02}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(recording)
    (tmp_path / "in" / "notes.txt").write_text("no recording")
    (tmp_path / "in" / ".hidden.wav").write_bytes(data.X[0])
    return tmp_path / "in"


def read(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    table = pd.read_csv(path, dtype={"error": str, "label": str})
    return table.fillna({"error": ""})


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_row_a_file_with_what_the_model_says(folder, model, pipeline, tmp_path, suffix, capsys):
    broken = folder / "part-0" / "broken.WAV"
    broken.write_text("a shopping list")
    out = tmp_path / "out" / f"predictions{suffix}"
    assert run("predict", folder, "--model", model, "--out", out) == 1
    told = capsys.readouterr().err
    assert f"Wrote {out}: 71 rows, 0 of them from before" in told
    assert f"1 rows are errors. The first: Cannot decode {broken}: expected WAV" in told
    assert "left out 1: hidden" in told
    table = read(out)
    assert table["path"].tolist() == list(find_files([folder], "voice"))
    bad = table["path"] == str(broken)
    assert bad.sum() == 1
    assert table.loc[bad, "error"].item().startswith(f"Cannot decode {broken}: expected WAV, FLAC")
    assert (
        table.loc[bad, ["label", *(f"p_{name}" for name in pipeline.classes_)]]
        .isna()
        .all(axis=None)
    )
    good = table[~bad]
    assert good["error"].eq("").all()
    expected = pipeline.predict_proba(good["path"].tolist())
    scores = good[[f"p_{name}" for name in pipeline.classes_]]
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert good["label"].tolist() == pipeline.predict(good["path"].tolist()).tolist()
    assert set(table["model"]) == {"voices"}
    assert table["version"].str.fullmatch("[0-9a-f]{12}").all()
    assert sorted(path.name for path in out.parent.iterdir()) == [out.name]  # the journal is gone


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_only_what_is_new_or_changed_is_done_again(
    folder, model, data, tmp_path, suffix, monkeypatch
):
    monkeypatch.setattr(_batch, "_open_model", deadly.open_model)
    out = tmp_path / f"p{suffix}"
    done = run_batch(model, [folder], out, jobs=1)
    assert (done["n_files"], done["n_done"], done["n_errors"]) == (70, 70, 0)
    first = read(out)
    assert run_batch(model, [folder], out, jobs=1)["n_done"] == 0
    pd.testing.assert_frame_equal(read(out), first)
    paths = sorted(folder.rglob("[0-9]*.wav"))
    paths[0].write_bytes(data.X[-1])  # changed
    os.utime(paths[1], ns=(0, 0))  # touched
    paths[2].unlink()
    (folder / "new.wav").write_bytes(data.X[3])
    (folder / "strange.wav").write_bytes(b"RIFF")
    for _ in range(2):
        done = run_batch(model, [folder], out, jobs=1)
        assert (done["n_files"], done["n_errors"]) == (71, 1)
    assert done["n_done"] == 1  # what failed is tried again
    (folder / "strange.wav").unlink()
    (folder / "sound.wav").write_bytes(data.X[5])
    assert run_batch(model, [folder], out, jobs=1)["n_done"] == 1
    second = read(out)
    assert len(second) == 71
    assert second["error"].eq("").all()
    assert str(paths[2]) not in set(second["path"])
    same = second.merge(first, on=list(first.columns))
    assert len(same) == 67


def test_another_model_does_all_again(folder, model, pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(_batch, "_open_model", deadly.open_model)
    out, other = tmp_path / "p.parquet", tmp_path / "other.skemotion"
    save(pipeline, other, card="the same, with a card")
    run_batch(model, [folder], out, jobs=1)
    assert run_batch(other, [folder], out, jobs=1)["n_done"] == 70
    assert set(read(out)["model"]) == {"other"}


def test_exported_models_need_no_scikit_learn(folder, exported, pipeline, tmp_path):
    out = tmp_path / "p.parquet"
    code = (
        "import sys\n"
        "from skemotion.cli import _batch\n"
        "function, _ = _batch._open_model(sys.argv[1], ())\n"
        "assert not function(sys.argv[2:])[0]['error']\n"
        "print({'sklearn', 'skops', 'pandas', 'tensorflow'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, exported, folder / "part-0" / "00.wav"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert run_batch(exported, [folder], out)["n_errors"] == 0
    table = read(out)
    scores = table[[f"p_{name}" for name in pipeline.classes_]]
    np.testing.assert_allclose(scores, pipeline.predict_proba(table["path"].tolist()), atol=1e-4)


KILLED = """
import os, signal, sys
from pathlib import Path
from skemotion.cli._batch import run_batch
from skemotion.cli._journal import Journal

folder, model, out, n_chunks, when = sys.argv[1:]
put, n_put = Journal.put, 0


def put_and_die(journal, rows, **options):
    global n_put
    n_put += bool(rows)
    if when == "before" and n_put == int(n_chunks):
        die()
    put(journal, rows, **options)
    if when == "after" and n_put == int(n_chunks):
        die()


def die():
    print(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Journal.put = put_and_die
    run_batch(model, [folder], Path(out), jobs=2)
"""


def test_a_killed_run_goes_on_to_the_same_table(folder, exported, data, tmp_path):
    for row, recording in enumerate(data.X[70:]):
        (folder / f"more-{row:03}.wav").write_bytes(recording)
    (folder / "a-broken.wav").write_bytes(b"RIFF")
    whole, out = tmp_path / "whole.parquet", tmp_path / "killed.parquet"
    n_files = run_batch(exported, [folder], whole, jobs=1)["n_files"]
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    kills = [(1, "before"), (3, "after"), (2, "before")]
    for n_chunks, when in kills:
        command = [sys.executable, script, folder, exported, out, str(n_chunks), when]
        died = subprocess.run(command, capture_output=True, text=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert died.stderr == ""  # workers end without noise
        assert not out.exists()
        workers = died.stdout.split()
        assert len(workers) >= 2
        assert gone(workers)
    done = run_batch(exported, [folder], out, jobs=2)
    n_kept = done["n_files"] - done["n_done"]
    assert CHUNK < n_kept < n_files - CHUNK
    assert out.read_bytes() == whole.read_bytes()


def test_a_journal_keeps_what_one_model_could_predict(tmp_path):
    path = tmp_path / "journal"
    rows = [
        {"path": name, "size": None, "mtime_ns": None, "label": "calm", "scores": None, "error": e}
        for name, e in (("a.wav", ""), ("b.wav", "Cannot decode b.wav."))
    ]
    for version, n_todo in (("1", 3), ("1", 2), ("2", 3), ("1", 3)):
        with contextlib.closing(Journal(path, version)) as journal:
            assert journal.set_files(["a.wav", "b.wav", "c.wav"]) == (3, n_todo)
            if version == "1":
                journal.put(rows)


def gone(pids):
    """Wait until processes have ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_interrupt_keeps_what_was_done(folder, exported, tmp_path, monkeypatch, capsys):
    put, out = Journal.put, tmp_path / "p.csv"

    def interrupted(journal, rows, **options):
        put(journal, rows, **options)
        if rows:
            raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "put", interrupted)
    arguments = ["predict", folder, "--model", exported, "--out", out]
    before = {child.pid for child in multiprocessing.active_children()}  # of other tests
    assert run(*arguments) == 130
    assert "run the same command again to go on" in capsys.readouterr().err
    assert {child.pid for child in multiprocessing.active_children()} <= before
    monkeypatch.undo()
    assert run(*arguments) == 0
    assert re.search(r"70 rows, (6|32) of them from before", capsys.readouterr().err)


def test_files_that_end_a_process_are_rows(folder, model, data, tmp_path, monkeypatch):
    monkeypatch.setattr(_batch, "_open_model", deadly.open_model)
    for name in ("deadly-1.wav", "strange.wav"):
        (folder / name).write_bytes(data.X[0])
    out = tmp_path / "p.csv"
    done = run_batch(model, [folder], out, jobs=2)
    assert (done["n_files"], done["n_errors"]) == (72, 2)
    errors = read(out).set_index("path")["error"]
    assert errors[str(folder / "deadly-1.wav")] == (
        f"Cannot process {folder / 'deadly-1.wav'}: its process was ended by SIGKILL. "
        "Leave the file out if it lacks no memory."
    )
    assert errors[str(folder / "strange.wav")] == "KeyError: 'strange indeed'"


def test_a_process_that_dies_with_the_model_is_told(folder, exported, tmp_path, monkeypatch):
    monkeypatch.setattr(_batch, "_open_model", deadly.die)
    with pytest.raises(
        RuntimeError, match=r"but its process was ended by SIGKILL\. Lower --jobs, or free memory"
    ):
        run_batch(exported, [folder], tmp_path / "out.csv")


def test_a_missing_package_is_no_error_of_a_file(folder, model, tmp_path, monkeypatch):
    monkeypatch.setattr(_batch, "_open_model", deadly.open_incomplete)
    with pytest.raises(ImportError, match="This needs the package 'av'"):
        run_batch(model, [folder], tmp_path / "p.csv")


def test_what_cannot_be_done_is_said_first(folder, model, data, tmp_path, capsys):
    out = tmp_path / "p.csv"
    common = ("--model", model, "--out", out)
    (tmp_path / "empty").mkdir()
    folder_out = tmp_path / "folder.csv"
    folder_out.mkdir()
    wanted = {
        ("predict", tmp_path / "typo", *common): "Expected a file or a folder at ",
        ("predict", tmp_path / "empty", *common): "to hold voice files, found none. Check the",
        ("predict", *common): "Expected files or folders beside the model, got none.",
        ("predict", folder, "--model", model, "--out", "p.xlsx"): "to end in .parquet or .csv",
        ("predict", folder, "--model", model, "--out", folder_out): "to be a file, got the folder ",
        ("predict", "--files-from", "none.txt", *common): "Expected a list of files at none.txt",
    }
    for arguments, message in wanted.items():
        assert run(*arguments) == 1
        assert message in capsys.readouterr().err
        assert not out.exists()
    numbers = tmp_path / "numbers.skemotion"
    save(LogisticRegression().fit([[0.0], [1.0]], ["calm", "angry"]), numbers)
    assert run("predict", folder, "--model", numbers, "--out", out) == 1
    assert "to take recordings, got one that takes arrays." in capsys.readouterr().err
    head = "path,label,error,model,version,size,mtime_ns\n"
    rows = ("a,b,,m,v,many,\n", "a,b,,m,v,1,2,3\n", "a,b,,m,v,1\n")
    for other in ("a,b\n1,2\n", *(head + row for row in rows)):
        out.write_text(other)
        assert run("predict", folder, *common) == 1
        assert "a table that skemotion predict wrote, got another" in capsys.readouterr().err
        assert out.read_text() == other
    out.unlink()
    with contextlib.closing(Journal(tmp_path / ".p.csv.journal", "1")):
        assert run("predict", folder, *common) == 1
    assert "Another process is writing" in capsys.readouterr().err


def test_names_of_files_are_not_taken_for_markup(data, exported, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = ["a [take].wav", "[red]/b.wav", "c[/x]c.wav", "d\x1b[2J.wav"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"RIFF" if name.startswith("c") else data.X[0])
    assert run("predict", exported, *names) == 1
    shown = capsys.readouterr()
    for name in ("a [take].wav", "[red]/b.wav", "d?[2J.wav"):
        assert name in shown.out
    assert "Cannot decode c[/x]c.wav: expected WAV" in shown.err
    assert run("predict", exported, names[2], "--out", "p[/x].csv") == 1
    assert "Wrote p[/x].csv: 1 rows" in capsys.readouterr().err


def test_a_list_of_files_and_a_name_that_is_no_text(data, exported, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    strange, broken = os.fsdecode(b"\xff.wav"), os.fsdecode(b"\xfe.wav")
    for name, content in (("a.wav", data.X[0]), (strange, data.X[0]), (broken, b"RIFF")):
        with open(name, "wb") as file:
            file.write(content)
    names = b"a.wav\n\xff.wav\n\nmissing.wav\na.wav\n\xfe.wav\n"
    (tmp_path / "list.txt").write_bytes(names)
    common = ("predict", "--files-from", "list.txt", "--model", exported)
    assert run(*common, "--out", "p.csv") == 1
    table = read(tmp_path / "p.csv")
    expected = ["a.wav", "\\xff.wav", "missing.wav", "\\xfe.wav"]
    assert table["path"].tolist() == expected
    assert table["error"].ne("").tolist() == [False, False, True, True]
    assert table["error"][3].startswith("Cannot decode \\xfe.wav: ")
    assert table["label"][0] == table["label"][1]
    capsys.readouterr()
    assert run(*common, "--format", "csv") == 1
    printed = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert printed["file"].tolist() == [*expected[:3], "a.wav", expected[3]]


def test_folders_without_a_table(folder, model, capsys):
    assert run("predict", model, folder / "part-0", "--format", "csv") == 0
    rows = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert rows["file"].tolist() == list(find_files([folder / "part-0"], "voice"))


def test_models_that_only_decide_have_no_probabilities(data, folder, tmp_path):
    model, out = tmp_path / "svm.skemotion", tmp_path / "p.parquet"
    save(make_pipeline(AcousticFeatures(), LinearSVC()).fit(data.X[:60], data.y[:60]), model)
    run_batch(model, [folder / "part-1"], out, jobs=1)
    table = read(out)
    assert not [name for name in table if name.startswith("p_")]
    assert set(table["label"]) <= set(data.y)
