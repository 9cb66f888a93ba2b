"""``skemotion tune`` as people type it."""

import csv
import sqlite3

import pytest

from skemotion import load_dataset
from skemotion.cli import main


def run(*arguments):
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code or 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write 48 utterances of six speakers as speaker/emotion/file.wav."""
    folder = tmp_path_factory.mktemp("mine")
    data = load_dataset("synthetic-voices", scheme="common4")
    frame = data.frame.assign(row=range(len(data.y)))
    frame = frame[frame["subject"].isin(sorted(set(data.groups))[:6])]
    for row in frame.groupby(["subject", "emotion"]).head(2).itertuples():
        path = folder / row.subject.split("/")[1] / row.emotion / f"{row.row}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.X[row.row])
    return folder


def _trials(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_tune_stores_every_trial_and_goes_on(folder, tmp_path, capsys):
    out = tmp_path / "out"
    command = ("tune", "voice-svm", f"folder={folder}", "--protocol", "subject-3fold", "--one")
    assert run(*command, "--trials", 2, "--out", out) == 0
    shown = capsys.readouterr()
    assert "uar inside 0." in shown.out
    assert "svc__C=" in shown.out
    assert f"optuna-dashboard sqlite:///{out / 'tuning.sqlite'}" in shown.err
    first = _trials(out / "tuning_trials.csv")
    assert len(first) == 2
    assert run(*command, "--trials", 3, "--out", out) == 0
    again = _trials(out / "tuning_trials.csv")
    assert again[:2] == first  # the times too: nothing was run twice
    assert len(again) == 3
    for name in ("tuning_history.png", "tuning_slice.png", "tuning_folds.csv", "report.html"):
        assert (out / name).stat().st_size > 0
    kept = sqlite3.connect(out / "tuning.sqlite")
    assert kept.execute("select count(*) from trials").fetchone() == (3,)
    kept.close()
    assert run(*command, "--trials", 1, "--no-resume", "--out", out) == 0
    assert len(_trials(out / "tuning_trials.csv")) == 1


def test_errors_are_one_clear_line(folder, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("tune", "voice-svn", f"folder={folder}", "--out", out) == 1
    assert "Did you mean 'voice-svm'?" in capsys.readouterr().err
    assert run("tune", "voice-svm", f"folder={folder}", "--storage", "x://y", "--out", out) == 1
    assert "Error: Cannot keep studies in x://y: " in capsys.readouterr().err
