"""The command line as people type it."""

import csv
import io
import json
import re
import subprocess
import sys

import pytest

from skemotion.cli import main


def run(*arguments):
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code or 0


@pytest.fixture(scope="module")
def voice_folder(tmp_path_factory):
    """Write 48 utterances of four speakers as speaker/emotion/file.wav."""
    from skemotion import load_dataset

    folder = tmp_path_factory.mktemp("mine")
    data = load_dataset("synthetic-voices", scheme="common4")
    frame = data.frame.assign(row=range(len(data.y)))
    frame = frame[frame["subject"].isin(sorted(set(data.groups))[:4])]
    for row in frame.groupby(["subject", "emotion"]).head(3).itertuples():
        path = folder / row.subject.split("/")[1] / row.emotion / f"{row.row}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.X[row.row])
    return folder


@pytest.fixture(scope="module")
def model_file(voice_folder, tmp_path_factory):
    """Fit a model on the folder."""
    path = tmp_path_factory.mktemp("models") / "svm.skemotion"
    assert run("fit", "voice-svm", f"folder={voice_folder}", "--out", path) == 0
    return path


def test_bench_on_a_folder_resumes_and_reports(voice_folder, tmp_path, capsys):
    command = (
        *("bench", "--datasets", f"folder={voice_folder},synthetic-voices-phone"),
        *("--models", "voice-svm", "--scheme", "common4", "--protocol", "subject-3fold"),
        *("--out", tmp_path / "out"),
    )
    assert run(*command) == 0
    first = (tmp_path / "out" / "results.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(first)))
    assert len(rows) == 3 + 3 + 1 + 1  # two diagonals of three folds, two crossings
    assert {row["scheme"] for row in rows} == {"common4"}
    assert all(0 <= float(row["uar"]) <= 1 for row in rows)
    html = (tmp_path / "out" / "report.html").read_text()
    assert html.count("data:image/") >= 2  # a matrix and a confusion matrix
    assert not re.search(r"(src|srcset)\s*=\s*[\"']?http|@import|url\(http", html)
    capsys.readouterr()
    assert run(*command) == 0
    assert (tmp_path / "out" / "results.csv").read_text() == first  # timings too: nothing was rerun


def test_bench_reads_a_config_file_and_options_win(voice_folder, tmp_path):
    config = tmp_path / "bench.toml"
    config.write_text(
        f"""
        datasets = [{{ name = "folder", root = "{voice_folder}" }}]
        models = [{{ name = "voice-svm", label = "soft", params = {{ svc__C = 0.1 }} }}]
        protocol = "loso"
        out = "{tmp_path / "from-config"}"
        """
    )
    out = tmp_path / "from-option"
    assert run("bench", "--config", config, "--out", out) == 0
    rows = list(csv.DictReader(io.StringIO((out / "results.csv").read_text())))
    assert [row["model"] for row in rows] == ["soft"] * 4
    assert not (tmp_path / "from-config").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bench", "--datasets", "emobd"), "Unknown dataset 'emobd'. Did you mean 'emodb'?"),
        (
            ("bench", "--datasets", "synthetic-voices", "--models", "voice-svn"),
            "Unknown model 'voice-svn'. Did you mean 'voice-svm'?",
        ),
        (
            ("bench", "--datasets", "synthetic-voices", "--scheme", "comon4"),
            "Unknown scheme 'comon4'. Did you mean 'common4'?",
        ),
        (("bench", "--config", "none.toml"), "Expected a config file at none.toml, found none."),
        (
            ("bench", "--datasets", "folder=nowhere"),
            "expected its files in nowhere, which does not exist",
        ),
        (
            ("predict", "none.skemotion", "a.wav"),
            "Expected a model file at none.skemotion, found none.",
        ),
        (("serve", "."), "Expected a model file, got the folder '.'. Name a file in it."),
        (
            ("fit", "voice-svm", "folder=nowhere", "--out", "."),
            "Expected --out to be a file, got the folder '.'. Name a file in it.",
        ),
        (
            ("export", "none.skemotion", "--to", "onnx", "--out", "."),
            "Expected --out to be a file, got the folder '.'. Name a file in it.",
        ),
        (
            ("bench", "--datasets", "synthetic-voices", "--protocol", "losso"),
            "Unknown protocol 'losso'. Did you mean 'loso'?",
        ),
    ],
)
def test_errors_are_one_clear_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_debug_shows_the_traceback():
    with pytest.raises(ValueError, match="Unknown dataset"):
        main(["bench", "--datasets", "emobd", "--debug"])


def test_config_with_unknown_keys_is_refused(tmp_path, capsys):
    config = tmp_path / "bench.toml"
    config.write_text("dataset = ['emodb']")
    assert run("bench", "--config", config) == 1
    assert "has the unknown keys dataset. Known: datasets, jobs, models" in capsys.readouterr().err


def test_read_only_results_folder(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert run("bench", "--datasets", "synthetic-voices", "--out", tmp_path / "file") == 1
    assert "Free space or choose another --out." in capsys.readouterr().err


def test_fit_then_predict(model_file, voice_folder, capsys):
    files = sorted(voice_folder.rglob("*.wav"))[:3]
    assert run("predict", model_file, *files, "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in rows] == [str(file) for file in files]
    assert {row["emotion"] for row in rows} <= {"angry", "happy", "neutral", "sad"}


def test_fit_tells_in_the_file_what_was_fitted(model_file):
    from skemotion.export import read_manifest

    manifest = read_manifest(model_file)
    assert manifest["card"]["model"] == "voice-svm"
    assert manifest["data"]["name"].startswith("folder:")
    assert manifest["data"]["n_recordings"] == 48
    assert manifest["input"]["takes"] == "recordings"
    assert manifest["input"]["modality"] == "voice"


def test_predict_keeps_going_past_a_broken_file(model_file, voice_folder, tmp_path, capsys):
    broken = tmp_path / "notes.wav"
    broken.write_text("this is a shopping list")
    good = sorted(voice_folder.rglob("*.wav"))[0]
    assert run("predict", model_file, good, broken, "--format", "csv") == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["emotion"]
    assert not rows[1]["emotion"]
    assert rows[1]["error"].startswith(f"Cannot decode {broken}: ")


def test_predict_refuses_another_file(tmp_path, capsys):
    path = tmp_path / "not-a-model.skemotion"
    path.write_bytes(b"RIFF1234")
    assert run("predict", path, "a.wav") == 1
    assert f"Expected {path} to be a model that skemotion saved, but " in capsys.readouterr().err


def test_data_commands(voice_folder, capsys):
    assert run("data", "list") == 0
    assert "synthetic-voices" in capsys.readouterr().out
    assert run("data", "info", "emodb") == 0
    assert "emodb/loso" in capsys.readouterr().out
    assert run("data", "check", "folder", "--root", voice_folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    broken = next(voice_folder.rglob("*.wav"))
    content = broken.read_bytes()
    broken.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert run("data", "check", "folder", "--root", voice_folder) == 1
    assert "Git-LFS" in capsys.readouterr().out
    broken.write_bytes(content)


def test_plugins_lists_origin_and_state(capsys):
    assert run("plugins") == 0
    out = capsys.readouterr().out
    assert "voice-svm" in out
    assert "unusable" not in out


def test_version():
    done = subprocess.run(
        [sys.executable, "-m", "skemotion", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == __import__("skemotion").__version__
