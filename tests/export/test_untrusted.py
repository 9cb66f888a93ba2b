"""Files of others: always our error, never code of theirs, never more memory than the file has."""

import hashlib
import io
import json
import os
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from skops.io import dumps

from skemotion import CNNClassifier, load, save
from skemotion.export import (
    DamagedModelFile,
    IncompatibleModelFile,
    ModelFileError,
    UntrustedModelFile,
    read_manifest,
)

X = np.random.default_rng(0).random((8, 8, 8, 1)).astype("float32")
Y = np.array(["a", "b"] * 4)


class Evil(BaseEstimator):
    """Would leave a file behind if it were made."""

    def fit(self, X, y=None):
        return self

    def __setstate__(self, state):
        Path(state["path"]).touch()

    def __sklearn_is_fitted__(self):
        return True


@pytest.fixture(scope="module")
def steps_file(tmp_path_factory):
    """Save a model without networks."""
    path = tmp_path_factory.mktemp("steps") / "a.skemotion"
    save(make_pipeline(StandardScaler(), SVC()).fit(X.reshape(8, -1), Y), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def network_file(tmp_path_factory):
    """Save a network."""
    path = tmp_path_factory.mktemp("network") / "a.skemotion"
    save(CNNClassifier((2,), dense_units=4, epochs=1, random_state=0).fit(X, Y), path)
    return path.read_bytes()


def _members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _forge(data, changed=None, manifest=None, **parts):
    """Return the file with other parts, whose hashes and sizes the manifest tells."""
    members = _members(data) | {name.replace("__", "."): part for name, part in parts.items()}
    members |= changed or {}
    described = json.loads(members.pop("manifest.json"))
    described["parts"] = {
        name: {"sha256": hashlib.sha256(part).hexdigest(), "size": len(part)}
        for name, part in members.items()
    }
    described |= manifest or {}
    return _zip({"manifest.json": json.dumps(described), **members})


def _forge_steps(data, change):
    """Return the file with another description of its steps."""
    inner = _members(_members(data)["steps.skops"])
    schema = json.loads(inner["schema.json"])
    schema = change(schema) or schema
    inner["schema.json"] = json.dumps(schema).encode()
    return _forge(data, {"steps.skops": _zip(inner)})


def _forge_network(data, change=None, **parts):
    """Return the file with another description, or other parts, of its network."""
    inner = _members(_members(data)["network-0.keras"])
    config = json.loads(inner["config.json"])
    if change:
        change(config)
    inner["config.json"] = json.dumps(config).encode()
    inner |= {name.replace("__", "."): part for name, part in parts.items()}
    return _forge(data, {"network-0.keras": _zip(inner)})


def _load(data, folder, **options):
    path = folder / "mutated.skemotion"
    path.write_bytes(data)
    return load(path, **options)


def _node(loader, module, name, **facts):
    return {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 1, **facts}


def _string(text):
    return _node("JsonNode", "builtins", "str", content=json.dumps(text), is_json=True) | {
        "__id__": 2
    }


def test_bytes_that_were_changed_are_noticed(steps_file, network_file, tmp_path):
    rng = np.random.default_rng(0)
    kinds, told = set(), set()
    for number in range(300):
        data = bytearray(network_file if number % 10 == 0 else steps_file)
        if number % 3 == 0:
            data = data[: rng.integers(len(data))]
        elif number % 3 == 1:
            place = rng.integers(len(data))
            data[place : place + 1 + number % 40] = rng.bytes(1 + number % 40)
        else:
            data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        if bytes(data) in (steps_file, network_file):
            continue
        try:
            loaded = _load(data, tmp_path)
        except ModelFileError as error:
            kinds.add(type(error))
            told.add(str(error).count(str(tmp_path / "mutated.skemotion")))
        else:  # a date or a note in a header, which nothing depends on
            members = _members(data)
            assert members == _members(network_file if number % 10 == 0 else steps_file)
            assert hasattr(loaded, "classes_")
    assert DamagedModelFile in kinds
    assert told == {1}


@pytest.mark.parametrize("start", [b"", b"RIFF1234", b"PK\x03\x04", b"\x80\x04\x95", b"PK" * 50])
def test_other_files_are_no_models(start, tmp_path):
    with pytest.raises(DamagedModelFile, match=r"to be a model that skemotion saved, but it is no"):
        _load(start, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Expected a model file at .*none, found none"):
        load(tmp_path / "none")


@pytest.mark.parametrize("part", ["manifest.json", "steps.skops", "network-0.keras"])
def test_missing_more_and_swapped_parts(part, network_file, tmp_path):
    members = _members(network_file)
    less = {name: content for name, content in members.items() if name != part}
    with pytest.raises(DamagedModelFile, match=f"its part '{part}' is missing"):
        _load(_zip(less), tmp_path)
    with pytest.raises(DamagedModelFile, match="its part 'more' is not in its manifest"):
        _load(_zip(members | {"more": b""}), tmp_path)
    if part != "manifest.json":
        flipped = bytes([members[part][0] ^ 1]) + members[part][1:]
        with pytest.raises(DamagedModelFile, match="is not the one that its manifest tells of"):
            _load(_zip(members | {part: flipped}), tmp_path)
        with pytest.raises(DamagedModelFile, match="is not as long as its manifest says"):
            _load(_zip(members | {part: members[part] + b"1"}), tmp_path)
    swapped = {"steps.skops": members["network-0.keras"], "network-0.keras": members["steps.skops"]}
    with pytest.raises(DamagedModelFile):
        _load(_forge(network_file, swapped), tmp_path)


@pytest.mark.parametrize(
    "name", ["../a", "/tmp/a", "a/b", "a\\b", "..", ".a", "C:a", "a\nb", "ä", "a" * 300]
)
def test_names_like_paths_are_refused(name, steps_file, tmp_path):
    before = set(tmp_path.parent.iterdir())
    with pytest.raises(DamagedModelFile):
        _load(_forge(steps_file, {name: b"1"}), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mutated.skemotion"}
    assert set(tmp_path.parent.iterdir()) == before


def test_links_and_twice_named_members_are_refused(steps_file, tmp_path):
    file = io.BytesIO(steps_file)
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DamagedModelFile, match="its part 'link' is no plain file"):
        _load(file.getvalue(), tmp_path)
    file = io.BytesIO(steps_file)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("steps.skops", b"")
    with pytest.raises(DamagedModelFile, match="two members of one name"):
        _load(file.getvalue(), tmp_path)


def _bomb_compressed(data):
    return _zip(_members(data) | {"steps.skops": bytes(10**8)}, compression=zipfile.ZIP_DEFLATED)


def _bomb_inside(data):
    inner = {"schema.json": bytes(10**8)}
    return _forge(data, {"steps.skops": _zip(inner, compression=zipfile.ZIP_DEFLATED)})


def _bomb_declared(data):
    # both headers say that 4 GB follow
    data = bytearray(_zip({"manifest.json": b"{}"}))
    huge = struct.pack("<2L", 2**32 - 2, 2**32 - 2)
    place = data.index(b"PK\x01\x02")
    data[18:26], data[place + 20 : place + 28] = huge, huge
    return bytes(data)


def _bomb_overlapping(data):
    # a second name for the bytes of the first member
    data = _zip({"manifest.json": bytes(10**6), "b": b""})
    place = data.rindex(b"PK\x01\x02")
    changed = bytearray(data)
    changed[place + 20 : place + 28] = struct.pack("<2L", 10**6, 10**6)
    changed[place + 42 : place + 46] = bytes(4)
    return bytes(changed)


def _bomb_members(data):
    return _zip({str(number): b"" for number in range(60_000)})


def _bomb_array(data):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f8", "fortran_order": False, "shape": (10**11,)}
    )
    inner = _members(_members(data)["steps.skops"])
    first = next(name for name in inner if name.endswith(".npy"))
    return _forge(data, {"steps.skops": _zip(inner | {first: file.getvalue()})})


def _bomb_nested(data):
    deep = "[" * 100_000 + "]" * 100_000
    return _zip(_members(data) | {"manifest.json": deep})


@pytest.mark.parametrize(
    "bomb",
    [
        _bomb_compressed,
        _bomb_inside,
        _bomb_declared,
        _bomb_overlapping,
        _bomb_members,
        _bomb_array,
        _bomb_nested,
    ],
)
def test_bombs_take_no_memory(bomb, steps_file, tmp_path):
    path = tmp_path / "bomb.skemotion"
    path.write_bytes(bomb(steps_file))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedModelFile):
            load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30e6


def test_size_is_bounded(steps_file, tmp_path):
    with pytest.raises(DamagedModelFile, match=r"^Cannot read .*at most 100 bytes, got .* Raise"):
        _load(steps_file, tmp_path, max_size=100)


@pytest.mark.parametrize(
    ("manifest", "kind", "message"),
    [
        ({"format_version": 2}, IncompatibleModelFile, r"got 2\. Update skemotion\."),
        ({"format_version": "1"}, DamagedModelFile, "Expected a number as format version, got '1'"),
        ({"format_version": 0}, DamagedModelFile, "manifest with parts"),
        ({"format": "pickle"}, DamagedModelFile, "Expected a manifest of skemotion"),
        ({"parts": []}, DamagedModelFile, "manifest with parts"),
        ({"parts": {"steps.skops": {"sha256": 1, "size": 1}}}, DamagedModelFile, "with parts"),
        ({"versions": None}, DamagedModelFile, "parts and versions"),
        ({"versions": {"numpy": "99.1"}}, IncompatibleModelFile, r"pip install 'numpy>=99\.1'"),
        ({"versions": {"numpy": "1.26"}}, IncompatibleModelFile, "Fit and save the model again"),
        ({"versions": {"scikit-learn": "1.2.0"}}, IncompatibleModelFile, "scikit-learn==1.2.0"),
        (
            {"input": "text"},
            DamagedModelFile,
            "Expected input in the manifest to be a dict, got 't",
        ),
        ({"input": {"modality": ["voice"]}}, DamagedModelFile, "Expected a word as modality"),
        ({"classes": 5}, DamagedModelFile, "Expected classes in the manifest to be a list, got 5"),
        ({"card": [float("nan")]}, DamagedModelFile, "Expected a manifest in JSON"),
        ({"versions": {"keras": "new"}}, IncompatibleModelFile, "versions that can be compared"),
    ],
)
def test_forged_manifests(manifest, kind, message, steps_file, tmp_path):
    with pytest.raises(kind, match=message):
        _load(_forge(steps_file, manifest=manifest), tmp_path)


def _replaced_by(node):
    return lambda schema: {**node, "protocol": schema["protocol"], "_skops_version": "0.13"}


def _touch(path):
    return _node("TupleNode", "builtins", "tuple", content=[_string(f"touch {path}")])


@pytest.mark.parametrize(
    ("loader", "module", "name"),
    [
        ("FunctionNode", "os", "system"),
        ("TypeNode", "os", "system"),
        ("ObjectNode", "os", "system"),
        ("NdArrayNode", "os", "system"),
        ("ConstructorFromReduceNode", "os", "system"),
        ("ConstructorFromReduceNode", "posix", "system"),
        # what our own modules import, or offer, is no type of ours
        ("ConstructorFromReduceNode", "skemotion._files", "os"),
        ("ConstructorFromReduceNode", "skemotion.models._backend", "import_module"),
        ("ConstructorFromReduceNode", "skemotion.datasets.fetching", "fetch"),
        ("FunctionNode", "skemotion.metrics", "import_module"),
        ("ConstructorFromReduceNode", "sklearn.utils", "all_estimators"),
        ("ObjectNode", "skemotion.__main__", "main"),
        ("ObjectNode", "sklearn.utils._testing", "TempMemmap"),
        ("ListNode", "subprocess", "Popen"),
        ("SetNode", "subprocess", "Popen"),
        ("LossNode", "os", "system"),
        ("LossNode", "sklearn.svm._classes", "SVC"),
        ("RandomGeneratorNode", "numpy.random._generator", "Generator"),
        ("MethodNode", "builtins", "str"),
        ("OperatorFuncNode", "operator", "attrgetter"),
        ("PartialNode", "functools", "partial"),
        ("CachedNode", "os", "system"),
        ("NoNode", "builtins", "dict"),
    ],
)
def test_types_that_run_something_are_refused(loader, module, name, steps_file, tmp_path):
    sentinel = tmp_path / "sentinel"
    content = _touch(sentinel)
    node = _node(loader, module, name, content=content, type="numpy", file="x", attrs=content)
    node |= {"__reduce__": {"args": content}}
    data = _forge_steps(steps_file, _replaced_by(node))
    with pytest.raises(UntrustedModelFile, match=f"harmless, got .*{module}.{name}"):
        _load(data, tmp_path)
    assert not sentinel.exists()


def test_a_class_of_others_is_not_made_unless_trusted(tmp_path, monkeypatch):
    path = tmp_path / "evil.skemotion"
    evil = Evil()
    evil.path = str(tmp_path / "sentinel")
    monkeypatch.setattr("skemotion.export._steps.load_steps", lambda *_: None)
    manifest = save(evil, path)
    with pytest.raises(UntrustedModelFile, match="Evil"):
        load(path)
    assert not (tmp_path / "sentinel").exists()
    load(path, trusted=manifest["needs_trust"])
    assert (tmp_path / "sentinel").exists()  # the test would see it


def test_functions_of_others_inside_known_steps(steps_file, tmp_path):
    evil = make_pipeline(FunctionTransformer(os.system))
    data = _forge(steps_file, {"steps.skops": dumps(evil)})
    with pytest.raises(UntrustedModelFile, match=r"posix\.system \(in steps\.0\.1\.func\)"):
        _load(data, tmp_path)


def test_older_readers_and_foreign_parts_are_refused(steps_file, tmp_path):
    with pytest.raises(DamagedModelFile, match="its protocol is 0"):
        _load(_forge_steps(steps_file, lambda schema: schema | {"protocol": 0}), tmp_path)
    inner = _members(_members(steps_file)["steps.skops"])
    with pytest.raises(DamagedModelFile, match=r"a part 'a\.pkl' that steps do not have"):
        _load(_forge(steps_file, {"steps.skops": _zip(inner | {"a.pkl": b""})}), tmp_path)
    pickled = next(name for name in inner if name.endswith(".npy"))
    file = io.BytesIO()
    np.save(file, np.array([{}]), allow_pickle=True)
    forged = _zip(inner | {pickled: file.getvalue()})
    with pytest.raises(DamagedModelFile, match="not as long as it says"):
        _load(_forge(steps_file, {"steps.skops": forged}), tmp_path)


def test_a_network_comes_from_its_own_part_alone(network_file, tmp_path):
    def smuggle(schema):
        model = schema["content"]["content"]["model_"]
        model |= {"__loader__": "BytesNode", "__class__": "bytes", "file": "a.bin"}

    inner = _members(_members(network_file)["steps.skops"]) | {"a.bin": b"PK"}
    data = _forge(network_file, {"steps.skops": _zip(inner)})
    with pytest.raises(
        DamagedModelFile, match=r"Expected a network to be one of .*, got <class 'b"
    ):
        _load(_forge_steps(data, smuggle), tmp_path)


def _first_dense(config):
    return next(layer for layer in config["config"]["layers"] if layer["class_name"] == "Dense")


@pytest.mark.parametrize(
    "layer",
    [
        {"module": "keras.layers", "class_name": "Lambda", "registered_name": None},
        {"module": "keras.layers", "class_name": "TFSMLayer", "registered_name": None},
        {"module": "keras.layers", "class_name": "StringLookup", "registered_name": None},
        {"module": "os", "class_name": "system", "registered_name": None},
        {"module": "keras.utils", "class_name": "get_file", "registered_name": None},
        {"module": "builtins", "class_name": "function", "config": "get_file"},
        {"module": None, "class_name": "__lambda__"},
        {"module": None, "class_name": "__typespec__", "registered_name": None},
        {"module": "evil", "class_name": "AsBool", "registered_name": "skemotion>AsBool"},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": "evil>Dense"},
        {"module": ["keras"], "class_name": {}, "registered_name": 1},
    ],
    ids=lambda layer: str(layer["class_name"]),
)
def test_layers_that_run_something_are_refused(layer, network_file, tmp_path):
    data = _forge_network(network_file, lambda config: _first_dense(config).update(layer))
    with pytest.raises(UntrustedModelFile, match="Expected layers that are known to be harmless"):
        _load(data, tmp_path)


def test_a_real_lambda_is_not_run(network_file, tmp_path):
    import keras

    sentinel = tmp_path / "sentinel"
    place = str(sentinel)
    evil = keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x: __import__("os").mkdir(place) or x)]
    )
    sentinel.rmdir()  # building ran it once
    evil.save(tmp_path / "evil.keras")
    data = _forge(network_file, {"network-0.keras": (tmp_path / "evil.keras").read_bytes()})
    with pytest.raises(UntrustedModelFile, match=r"keras\.layers\.Lambda"):
        _load(data, tmp_path)
    assert not sentinel.exists()
    with pytest.raises(DamagedModelFile, match="lambda"):  # safe mode is a second wall
        _load(data, tmp_path, trusted=["keras.layers.Lambda", "__lambda__"])
    assert not sentinel.exists()


def _weights(fill):
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        fill(weights)
    return file.getvalue()


def _link_outside(weights):
    weights["layers"] = h5py.ExternalLink("/etc/passwd", "/")


def _store_outside(weights):
    weights.create_dataset("a", (10,), "u1", external=[("/etc/passwd", 0, 10)])


def _compress(weights):
    weights.create_dataset("a", data=np.zeros(10**6), compression="gzip")


def _promise(weights):
    weights.create_dataset("a", (10**11,), "f4")


@pytest.mark.parametrize("fill", [_link_outside, _store_outside, _compress, _promise])
def test_weights_are_in_the_file(fill, network_file, tmp_path):
    data = _forge_network(network_file, model__weights__h5=_weights(fill))
    with pytest.raises(DamagedModelFile, match="its weights"):
        _load(data, tmp_path)


def test_a_network_is_not_larger_than_its_weights(network_file, tmp_path):
    def grow(config):
        _first_dense(config)["config"]["units"] = 10**9

    with pytest.raises(DamagedModelFile, match="more weights than it holds"):
        _load(_forge_network(network_file, grow), tmp_path)


def test_networks_without_assets_and_with_whole_descriptions(network_file, tmp_path):
    with pytest.raises(DamagedModelFile, match="has more than 3 members"):
        _load(_forge_network(network_file, assets__txt=b""), tmp_path)
    with pytest.raises(DamagedModelFile, match=r"no \.keras file without assets"):
        _load(_forge(network_file, {"network-0.keras": _zip({"a": b""})}), tmp_path)
    with pytest.raises(DamagedModelFile, match="Expected a network of Keras"):
        _load(_forge_network(network_file, config__json=b"{}"), tmp_path)


def test_the_manifest_can_be_read_where_the_model_cannot(steps_file, tmp_path):
    data = _forge(steps_file, manifest={"versions": {"numpy": "99.1"}})
    with pytest.raises(IncompatibleModelFile):
        _load(data, tmp_path)
    assert read_manifest(tmp_path / "mutated.skemotion")["versions"] == {"numpy": "99.1"}


def test_compressed_parts_are_refused(steps_file, tmp_path):
    packed = _zip(_members(steps_file), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(DamagedModelFile, match=r"its part '.*' is compressed"):
        _load(packed, tmp_path)
