"""Files that hold exported networks: nothing reaches a runtime before its hash is checked."""

import hashlib
import json
import zipfile

import numpy as np
import pytest
from make_nets import classifier_net
from sklearn.dummy import DummyClassifier

from skemotion import LiteRTClassifier, OnnxClassifier, load, save
from skemotion.export import DamagedModelFile, read_manifest
from skemotion.export._stored import add_member
from skemotion.runtime import open_predictor

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    """Save an exported classifier."""
    network = classifier_net(tmp_path / "net.onnx", (4,), 2)
    save(OnnxClassifier(network, classes=["a", "b"]), tmp_path / "a.skemotion")
    return tmp_path / "a.skemotion"


def _forge(path, change, *, honest):
    """Change the parts of a file, and its manifest with them where the forger is able to."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    parts = change(parts)
    if not honest:
        manifest["parts"] = {
            name: {"sha256": hashlib.sha256(part).hexdigest(), "size": len(part)}
            for name, part in parts.items()
        }
    with zipfile.ZipFile(path, "w") as archive:
        add_member(archive, "manifest.json", json.dumps(manifest).encode())
        for name, part in parts.items():
            add_member(archive, name, part)


def _flip(parts):
    network = bytearray(parts["network-0.onnx"])
    network[40] ^= 1
    return parts | {"network-0.onnx": bytes(network)}


def _rename(parts):
    parts["network-0.tflite"] = parts.pop("network-0.onnx")
    return parts


def _mix_up(parts):
    """Let the steps name a network of the other runtime."""
    steps = parts["steps.skops"].replace(b"network-0.onnx", b"network-0.keras")
    parts.pop("network-0.onnx")
    return parts | {"steps.skops": steps}


def test_a_network_with_another_hash_is_never_opened(path, monkeypatch):
    opened = []
    monkeypatch.setattr(OnnxClassifier, "_open", lambda self, content: opened.append(content))
    _forge(path, _flip, honest=True)
    with pytest.raises(DamagedModelFile, match=r"'network-0\.onnx' is not the one that"):
        load(path)
    assert not opened


@pytest.mark.parametrize("change", [_rename, _mix_up])
def test_networks_of_another_kind_are_refused(path, change):
    _forge(path, change, honest=False)
    with pytest.raises(DamagedModelFile, match=r"^Cannot read .* as a model\. |^Expected .* to be"):
        load(path)


def test_a_forged_network_is_our_error(path):
    _forge(path, lambda parts: parts | {"network-0.onnx": b"\x08\x08 no network"}, honest=False)
    with pytest.raises(ValueError, match=r"^Cannot load the network: "):
        load(path).predict(X)


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (lambda folder: save(DummyClassifier().fit([[0]], ["a"]), folder), "a file to write"),
        (load, "a model file"),
        (read_manifest, "a model file"),
        (open_predictor, "a model file"),
        (lambda folder: OnnxClassifier(folder, classes=["a"]).predict([[0]]), "network to be"),
        (lambda folder: LiteRTClassifier(str(folder)).fit([[0]], ["a"]), "network to be"),
    ],
)
def test_folders_are_told_from_files(use, expected, tmp_path):
    message = rf"Expected {expected}.*, got the folder '{tmp_path}'\. Name a file in it\."
    with pytest.raises(IsADirectoryError, match=message):
        use(tmp_path)
    assert list(tmp_path.parent.glob(".*partial*")) == []
