"""The data commands that describe, and damaged files on the command line."""

import json

import pytest
import trees

from skemotion.cli import main


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    return exit_.value.code or 0


def test_protocols(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run("data", "protocols") == 0
    shown = capsys.readouterr().out
    assert "emodb/loso (default)  10 folds, sizes asserted, kept apart: subject" in shown
    assert "random-5fold" in shown
    assert "nothing: LEAKY" in shown
    assert run("data", "protocols", "ravdess", "--option", "channel=song") == 0
    shown = capsys.readouterr().out
    assert "ravdess/song-loso" in shown
    assert "emodb/loso" not in shown


def test_info_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run("data", "info", "emodb") == 0
    assert "how to get it" in capsys.readouterr().out


def test_wrong_options_and_fetching_what_cannot_be_fetched(capsys):
    assert run("data", "info", "ravdess", "--option", "chanel=song") == 1
    assert "does not take 'chanel'; it takes channel" in capsys.readouterr().err
    assert run("data", "info", "ravdess", "--option", "song") == 1
    assert "Expected --option to be key=value, got 'song'" in capsys.readouterr().err
    assert run("data", "fetch", "banglaser") == 1
    assert "is not fetched automatically (licence: CC BY 4.0)" in capsys.readouterr().err


def test_damaged_files_stop_a_fit_unless_skipped(tmp_path, capsys):
    root = trees.make_folder(tmp_path / "mine")
    for person in ("ann", "bob"):
        (root / person / "Joy" / "0.wav").write_bytes(b"")
    arguments = ("fit", "voice-svm", f"folder={root}", "--out", tmp_path / "a.joblib")
    assert run(*arguments) == 1
    assert "(the file is empty: 2)" in capsys.readouterr().err
    assert run(*arguments, "--skip-damaged") == 0
    assert "left out 2: the file is empty" in capsys.readouterr().err
    assert (tmp_path / "a.joblib").exists()


def test_strict_check(tmp_path, capsys):
    root = trees.make_folder(tmp_path / "mine")
    good = (root / "ann" / "Joy" / "0.wav").read_bytes()
    trees.write(root / "ann" / "Joy" / "none.wav", good[:44] + bytes(9600))
    assert run("data", "check", "folder", "--root", root) == 0
    assert "note: 1 recordings are silent" in capsys.readouterr().out
    assert run("data", "check", "folder", "--root", root, "--strict") == 1
    shown = capsys.readouterr().out
    assert "wrong: 1 recordings are silent" in shown
    assert "not ok" in shown


def test_audit_and_leak_gap(tmp_path, capsys):
    root = trees.make_folder(tmp_path / "mine")
    assert run("data", "audit", f"folder={root}") == 0
    assert "Audit: no leaks; looked for shared subject, duplicate" in capsys.readouterr().out
    twice = root / "bob" / "Joy" / "0.wav"
    twice.write_bytes((root / "ann" / "Joy" / "0.wav").read_bytes())
    assert run("data", "audit", f"folder={root}", "--protocol", "loso", "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert [item["kind"] for item in report["findings"]] == ["duplicate", "duplicate in validation"]
    assert run("leak-gap", "voice-svm", f"folder={root}", "--protocol", "loso", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert [row["leaky"] for row in figures["protocols"]] == [False, True]
