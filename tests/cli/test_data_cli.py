"""The data commands that describe, and damaged files on the command line."""

import json

import pytest
import trees

from skemotion.cli import main
from skemotion.datasets import get_dataset, list_datasets


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


@pytest.mark.parametrize("columns", [80, 140])
def test_list_takes_a_line_a_dataset(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run("data", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    for name in list_datasets():
        at = [number for number, line in enumerate(lines) if name in line.split()]
        assert len(at) == 1
        assert get_dataset(name).licence[:12] in lines[at[0]]
        assert columns == 80 or get_dataset(name).licence in lines[at[0]]
    assert len(lines) <= len(list_datasets()) + 6


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_info(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in ("casia-emotionv3", "crema-d", "emodb", "banglaser", "ckextended"):
        assert run("data", "info", name) == 0
        shown = capsys.readouterr().out
        dataset = get_dataset(name)
        assert "how to get it" in shown
        assert "…" not in shown
        assert "``" not in shown
        cells = [line.split("│")[2].strip() for line in shown.splitlines() if "│" in line]
        assert dataset.homepage in "".join(cells)  # no part of it is lost
        counts = ", ".join(f"{count} {emotion}" for emotion, count in dataset.counts.items())
        assert counts in " ".join(cells)


def test_info_tells_how_files_are_read_and_what_is_odd(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    assert run("data", "info", "urdu") == 0
    shown = capsys.readouterr().out
    assert "Files are named SM1_F10_A010.wav: speaker with sex" in shown
    assert "26 of the 29 speakers are heard in one emotion only" in shown
    assert "99 angry" not in shown


def test_names_with_paths_and_roots_are_taken_alike(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    root = trees.make_folder(tmp_path / "mine")
    for command in ("info", "check", "audit", "protocols"):
        shown = []
        for arguments in ((f"folder={root}",), ("folder", "--root", root)):
            assert run("data", command, *arguments) == 0
            shown.append(capsys.readouterr().out)
        assert shown[0] == shown[1]
        assert run("data", command, f"folder={root}", "--root", root) == 1
        error = capsys.readouterr().err
        assert f"Expected one place for the files of 'folder', got {str(root)!r} and" in error
        assert run("data", command, root) == 1
        error = capsys.readouterr().err
        assert f"Expected the name of a dataset, got the path {str(root)!r}." in error
        assert f"Write folder={root}" in error
    monkeypatch.chdir(tmp_path)
    assert run("data", "check", "mine") == 1
    assert "Write folder=mine" in capsys.readouterr().err
    assert run("data", "check", "emodbb") == 1
    assert "Unknown dataset 'emodbb'" in capsys.readouterr().err
    (tmp_path / "emodb").mkdir()
    assert run("data", "info", "emodb") == 0
    table = tmp_path / "a.csv"
    table.write_text("path,emotion\n")
    assert run("fit", "voice-svm", table, "--out", tmp_path / "a.skemotion") == 1
    assert f"Write manifest={table}" in capsys.readouterr().err


def test_wrong_options_and_fetching_what_cannot_be_fetched(capsys):
    assert run("data", "info", "ravdess", "--option", "chanel=song") == 1
    assert "does not take 'chanel'; it takes channel" in capsys.readouterr().err
    assert run("data", "info", "ravdess", "--option", "song") == 1
    assert "Expected --option to be key=value, got 'song'" in capsys.readouterr().err
    assert run("data", "fetch", "banglaser") == 1
    assert (
        "is not fetched automatically: its licence (CC BY 4.0) would allow it, but no address and "
        "checksum of these files are known here. Download all files from the homepage"
    ) in capsys.readouterr().err
    assert run("data", "fetch", "jaffe") == 1
    assert "is not fetched automatically (licence: non-comm" in capsys.readouterr().err


def test_damaged_files_stop_a_fit_unless_skipped(tmp_path, capsys):
    root = trees.make_folder(tmp_path / "mine")
    for person in ("ann", "bob"):
        (root / person / "Joy" / "0.wav").write_bytes(b"")
    arguments = ("fit", "voice-svm", f"folder={root}", "--out", tmp_path / "a.skemotion")
    assert run(*arguments) == 1
    assert "(the file is empty: 2)" in capsys.readouterr().err
    assert run(*arguments, "--skip-damaged") == 0
    assert "left out 2: the file is empty" in capsys.readouterr().err
    assert (tmp_path / "a.skemotion").exists()


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
    assert "Audit: no leaks. Looked for shared subject, duplicate" in capsys.readouterr().out
    twice = root / "bob" / "Joy" / "0.wav"
    twice.write_bytes((root / "ann" / "Joy" / "0.wav").read_bytes())
    assert run("data", "audit", f"folder={root}", "--protocol", "loso", "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert [item["kind"] for item in report["findings"]] == ["duplicate", "duplicate in validation"]
    assert run("leak-gap", "voice-svm", f"folder={root}", "--protocol", "loso", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert [row["leaky"] for row in figures["protocols"]] == [False, True]
