"""``skemotion export`` and ``skemotion inspect`` as people type them."""

import json
import zipfile

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skemotion import AcousticFeatures, load, load_dataset, save
from skemotion.cli import main


def run(*arguments):
    """Run the command line in this process and return its exit code."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return stop.code or 0
    return 0


@pytest.fixture(scope="module")
def data():
    return load_dataset("synthetic-voices", scheme="common4")


@pytest.fixture(scope="module")
def model(data, tmp_path_factory):
    """Save a model of voices."""
    path = tmp_path_factory.mktemp("models") / "mine.skemotion"
    features = AcousticFeatures(summary=("mean", "std"))
    fitted = make_pipeline(features, StandardScaler(), SVC(C=10)).fit(data.X, data.y)
    save(fitted, path, data=data, metrics={"uar": 0.5}, card={"scheme": "common4", "[x]": "[y]"})
    return path


def test_export_writes_a_model_that_predicts_alike_and_says_so(model, data, tmp_path, capsys):
    out = tmp_path / "mine.skemotion"
    assert run("export", model, "--to", "onnx", "--data", "synthetic-voices", "--out", out) == 0
    shown = capsys.readouterr()
    assert "labels equal" in shown.out
    assert "160 of 160" in shown.out
    assert "10 subjects" in " ".join(shown.out.split())
    assert f"Wrote {out}; it needs onnxruntime." in shown.err
    assert load(out).predict(data.X[::9]).tolist() == load(model).predict(data.X[::9]).tolist()
    assert run("inspect", out, "--format", "json") == 0
    manifest = json.loads(capsys.readouterr().out)
    before = json.loads(_inspect_json(model, capsys))
    for name in ("data", "metrics", "card", "classes"):
        assert manifest[name] == before[name]
    assert manifest["parity"]["labels_equal"] == 160
    assert manifest["parity"]["trained_on"] is True
    assert "those of the training: accuracies say nothing" in " ".join(shown.out.split())
    part = ("--data", "synthetic-voices", "--where", "emotion == 'happy'")
    assert run("export", model, "--to", "onnx", *part, "--out", out) == 0
    assert "trained on some of them is not known" in " ".join(capsys.readouterr().out.split())
    assert manifest["input"]["modality"] == "voice"


def _inspect_json(path, capsys):
    assert run("inspect", path, "--format", "json") == 0
    return capsys.readouterr().out


def test_export_names_its_file_after_the_model(model, tmp_path, capsys):
    copy = tmp_path / "copy.skemotion"
    copy.write_bytes(model.read_bytes())
    assert run("export", copy, "--to", "onnx") == 0
    assert (tmp_path / "copy-onnx.skemotion").exists()
    assert "random samples" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "tflite"], "Expected --to to be onnx or litert, got 'tflite'."),
        (["--to", "onnx", "--precision", "int8"], "Expected --precision float32 for onnx"),
        (
            ["--to", "litert", "--precision", "int8"],
            "Expected --data with --precision int8, got none. Name a dataset",
        ),
        (["--to", "litert"], "Expected a model that ends in a neural network, got SVC as svc."),
        (
            ["--to", "onnx", "--data", "synthetic-voices", "--scheme", "basic7"],
            "Expected the emotions of synthetic-voices to be those of the model",
        ),
    ],
)
def test_export_says_what_is_wrong(model, capsys, arguments, message):
    before = sorted(model.parent.iterdir())
    assert run("export", model, *arguments) == 1
    assert message in " ".join(capsys.readouterr().err.split())
    assert sorted(model.parent.iterdir()) == before


def test_inspect_shows_the_manifest(model, capsys):
    assert run("inspect", model) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for text in (
        "classes angry, happy, neutral, sad",
        "input modality voice",
        "data name synthetic-voices",
        "metrics uar 0.5",
        "card [x] [y]",  # not taken for markup
        "part steps.skops",
        "version of scikit-learn",
        "runs on scikit-learn",
    ):
        assert text in shown


def _forge(path, to, **facts):
    """Copy a file with other facts in its manifest."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(to, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | facts).encode()
            copy.writestr(name, content)
    return to


def test_what_others_wrote_does_not_reach_the_terminal(model, tmp_path, capsys):
    forged = {"card": "\x1b[2J\x1b]0;x\x07mine", "metrics": [0.5, "\x1b[31m"]}
    assert run("inspect", _forge(model, tmp_path / "a.skemotion", **forged)) == 0
    shown = capsys.readouterr().out
    assert "?[2J?]0;x?mine" in shown
    assert "\x1b" not in shown
    forged = {"versions": {"numpy": "99.1\x1b[2J"}}
    forged = _forge(model, tmp_path / "a.skemotion", **forged)
    assert run("export", forged, "--to", "onnx") == 1
    assert "\x1b" not in capsys.readouterr().err


def test_odd_manifests_are_no_fault_of_ours(model, tmp_path, capsys):
    forged = _forge(model, tmp_path / "a.skemotion", parity={"a": 1})
    assert run("inspect", forged) == 1
    assert "a.skemotion to hold a report of parity, got another one." in _words(capsys)
    forged = _forge(
        model, tmp_path / "b.skemotion", card=7, data=None, runtimes=[1], needs_trust=[2]
    )
    assert run("inspect", forged) == 0
    assert "card 7" in _words(capsys)


def _words(capsys):
    shown = capsys.readouterr()
    return " ".join(f"{shown.out} {shown.err}".split())


def test_inspect_says_what_is_wrong(model, tmp_path, capsys):
    assert run("inspect", tmp_path / "none.skemotion") == 1
    assert "found none" in capsys.readouterr().err
    cut = tmp_path / "cut.skemotion"
    cut.write_bytes(model.read_bytes()[:-100])
    assert run("inspect", cut) == 1
    assert "Error: " in capsys.readouterr().err
    assert run("inspect", model, "--format", "xml") == 1
