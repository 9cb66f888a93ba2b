"""``skemotion features`` and ``skemotion cache``."""

import json

import numpy as np
import pandas as pd
import pytest

import skemotion.audio._frames as analysis
from skemotion import AcousticFeatures, load_dataset
from skemotion.cli import main


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    return exit_.value.code or 0


def load(path):
    with np.load(path) as table:
        return dict(table)


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.delenv("SKEMOTION_CACHE", raising=False)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".npz"])
def test_features_are_those_of_the_model(emodb_root, tmp_path, suffix):
    out = tmp_path / f"emodb{suffix}"
    options = ["--scheme", "common4", "--out", out, "--jobs", "1"]
    assert run("features", f"emodb={emodb_root}", *options) == 0
    data = load_dataset("emodb", emodb_root, scheme="common4")
    step = AcousticFeatures(summary=("mean", "std"))
    expected = step.fit_transform(data.X)
    if suffix == ".npz":
        table = load(out)
        np.testing.assert_array_equal(table["X"], expected)
        assert table["y"].tolist() == data.y.tolist()
        assert table["names"].tolist() == step.get_feature_names_out().tolist()
    else:
        read = pd.read_parquet if suffix == ".parquet" else pd.read_csv
        table = read(out)
        np.testing.assert_allclose(table[step.get_feature_names_out()], expected, rtol=1e-6)
        assert table["subject"].tolist() == data.groups.tolist()
    assert [path.name for path in tmp_path.iterdir()] == [out.name]  # nothing is left over


def test_a_stopped_extraction_goes_on(emodb_root, tmp_path, monkeypatch, capsys):
    decoded, decode, out = [], analysis.decode_audio, tmp_path / "f.npz"

    def interrupted(recording, rate):
        decoded.append(recording)
        if len(decoded) == 66:
            raise KeyboardInterrupt
        return decode(recording, rate)

    monkeypatch.setattr(analysis, "decode_audio", interrupted)
    options = ["features", f"emodb={emodb_root}", "--out", str(out), "--jobs", "1"]
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        main(options)
    assert not out.exists()
    assert run(*options) == 0
    assert load(out)["X"].shape == (70, 52)
    assert len(decoded) == 66 + 70 - 64  # of the first run 64 were kept
    assert "Wrote" in capsys.readouterr().err


def test_sets_pictures_and_damage(emodb_root, tmp_path, copy, capsys):
    out = tmp_path / "a.npz"
    source = f"emodb={emodb_root}"
    options = ["--where", "subject == '03'", "--out", out, "--jobs", "1"]
    assert run("features", source, "--using", "voice88", *options) == 0
    assert load(out)["X"].shape == (7, 88)
    assert run("features", "synthetic-faces", "--out", out, "--jobs", "1") == 0
    assert load(out)["X"].shape == (len(load_dataset("synthetic-faces").y), 900)
    root = copy(emodb_root)
    bad = next(iter(sorted(root.glob("wav/03*.wav"))))
    bad.write_bytes(b"RIFF" + bytes(50))
    assert run("features", f"emodb={root}", *options) == 1
    assert bad.name in capsys.readouterr().err
    with pytest.warns(UserWarning, match="^1 of 7 recordings could not be processed"):
        assert run("features", f"emodb={root}", *options, "--skip-damaged") == 0
    assert np.isnan(load(out)["X"]).all(axis=1).sum() == 1
    assert run("features", source, "--out", tmp_path / "a.txt") == 1
    assert "Expected --out to end in .parquet, .csv, .npz, got 'a.txt'" in capsys.readouterr().err


def test_cache_is_shown_and_cleared(tmp_path, monkeypatch, capsys):
    assert run("cache", "info") == 1
    assert "Set SKEMOTION_CACHE, or pass --folder" in capsys.readouterr().err
    monkeypatch.setenv("SKEMOTION_CACHE", str(tmp_path))
    AcousticFeatures().transform([np.zeros(16000), np.ones(16000)])
    assert run("cache", "info", "--json") == 0
    assert json.loads(capsys.readouterr().out)["n_results"] == 2
    assert run("cache", "info") == 0
    assert "2 results" in capsys.readouterr().out
    assert run("cache", "clear", "--folder", tmp_path) == 0
    assert "Dropped 2 results and 0 tables" in capsys.readouterr().out
    assert run("cache", "info", "--json") == 0
    assert json.loads(capsys.readouterr().out)["n_results"] == 0
