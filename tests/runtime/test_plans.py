"""Plans of others: what is not in the table, or beyond its limits, is refused."""

import copy
import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from runtime.exported import export_tiny

from skemotion import CropFaces, ReadImages, Rescale, Resize, save
from skemotion.audio import AcousticFeatures, FrameScaler
from skemotion.export import DamagedModelFile, load
from skemotion.export._plan import Plan, read_plan, write_plan
from skemotion.runtime import open_predictor


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """Return a plan for voices and one for faces."""
    folder = tmp_path_factory.mktemp("plans")
    voices = [np.sin(0.1 * np.arange(n)).astype("float32") for n in (9000, 12_000)]
    faces = [np.random.default_rng(0).integers(0, 256, (20, 20), "uint8")] * 2
    crop = CropFaces(on_missing="whole", size=(16, 16))
    fronts = [
        ([AcousticFeatures(preset="voice88"), FrameScaler()], voices),
        ([AcousticFeatures(summary=None), FrameScaler()], voices),
        ([ReadImages(), crop, Resize(8, 8), Rescale()], faces),
    ]
    made = [
        write_plan(export_tiny(front, X, folder / "net.onnx", any_length=True))
        for front, X in fronts[1:]
    ]
    preset = export_tiny([AcousticFeatures(preset="voice88")], voices, folder / "net.onnx")
    return [json.loads(data) for data in (*made, write_plan(preset))]


def _places(node, path=()):
    """Yield where everything in a plan is."""
    yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _places(value, (*path, key))


def _changed(plan, path, value):
    if not path:
        return value
    plan = copy.deepcopy(plan)
    node = plan
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return plan


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), value=ANYTHING)
def test_any_other_plan_is_one_or_is_refused(data, value, plans):
    plan = data.draw(st.sampled_from(plans))
    path = data.draw(st.sampled_from(list(_places(plan))))
    try:
        made = read_plan(json.dumps(_changed(plan, path, value)).encode())
    except ValueError:
        return
    assert isinstance(made, Plan)


VOICE, FACE, PRESET = 0, 1, 2
CALL = ("recordings", 0, "call")
FEATURE = ("recordings", 0, "with", "features", 0)


@pytest.mark.parametrize(
    ("kind", "path", "value", "message"),
    [
        (FACE, CALL, "os.system", r"got 'os\.system', expected one of \('decode_image'"),
        (FACE, CALL, "rescale", "got 'rescale', expected one of"),
        (FACE, CALL, "import_module", "got 'import_module', expected one of"),
        (FACE, ("recordings", 1, "with", "find", "with", "detector"), "/etc/x", "'/etc/x'"),
        (FACE, ("recordings", 1, "with", "find", "call"), "equalise", "got 'equalise'"),
        (FACE, ("recordings", 2, "with", "height"), 10**9, "from 1 to 2048, got 1000000000"),
        (FACE, ("recordings", 2, "with", "height"), True, "expected a whole number .*got True"),
        (FACE, ("recordings", 2, "with", "more"), 1, "expected the parameters .*'more'"),
        (FACE, ("recordings", 0, "verb"), "\x1b[2J", "expected some words"),
        (FACE, ("arrays", 0, "call"), "decode_image", "got 'decode_image'"),
        (FACE, ("format",), 2, "expected a whole number from 1 to 1, got 2"),
        (FACE, ("classes",), ["a" * 1000], "expected a short text"),
        (FACE, ("recordings",), [], "expected a list of 1 to 50 values"),
        (VOICE, (*FEATURE, "feature"), "MelFrames", "expected the name of a feature"),
        (VOICE, (*FEATURE, "parameters", "n_fft"), 2**20, "from 2 to 16384, got 1048576"),
        (VOICE, (*FEATURE, "parameters", "hop_length"), 8, "at least n_fft / 64, got 8"),
        (VOICE, (*FEATURE, "parameters", "n_mels"), 1, "n_mfcc to be at most n_mels=1"),
        (VOICE, (*FEATURE, "parameters", "fmax"), float("nan"), "expected a number .*got nan"),
        (VOICE, (*FEATURE, "parameters", "compute"), 1, "expected the parameters"),
        (VOICE, ("stack", "with", "n_frames"), 10**9, "from 1 to 20000"),
        (VOICE, ("arrays", 0, "with", "mean"), "abc", "expected a list of 1 to 100000 values"),
        (VOICE, (), [], "expected the parameters"),
        (VOICE, (*FEATURE, "parameters", "sampling_rate"), 8000, "expected one sampling rate"),
        (VOICE, (*FEATURE, "parameters", "hop_length"), 256, "frames of one hop_length"),
        (VOICE, ("recordings", 0, "with", "summary"), ["mode"], "the name of a functional"),
        (PRESET, ("recordings", 0, "with", "groups", 0, 0), ["x"], r"there are, got \['x'\]"),
        (PRESET, ("recordings", 0, "with", "groups", 0, 1), ["mode"], "the name of a functional"),
        (
            PRESET,
            ("recordings", 0, "with", "groups"),
            [[["pitch"] * 1000, ["mean"] * 101, ""]],
            "at most 100000 values a recording, got 101000",
        ),
        (
            FACE,
            ("recordings", 2),
            {"verb": "x", "call": "look_up", "with": {"table": [300] * 256}},
            "out of bounds",
        ),
        (PRESET, ("recordings", 0, "with", "groups", 0, 2), "often", "got 'often'"),
    ],
)
def test_forged_plans(kind, path, value, message, plans):
    with pytest.raises(ValueError, match=f"^its plan cannot be followed: (?s:.*){message}"):
        read_plan(json.dumps(_changed(plans[kind], path, value)).encode())


def test_long_and_deep_plans_are_refused():
    with pytest.raises(ValueError, match="its plan is too long"):
        read_plan(b" " * (17 * 2**20))
    with pytest.raises(ValueError, match="its plan cannot be followed"):
        read_plan(b"[" * 100_000)


@pytest.fixture
def saved(tmp_path):
    """Return the path of a model that is light."""
    faces = [np.random.default_rng(0).integers(0, 256, (20, 20), "uint8")] * 2
    pipeline = export_tiny([ReadImages(), Resize(8, 8)], faces, tmp_path / "net.onnx")
    save(pipeline, tmp_path / "a.skemotion")
    return tmp_path / "a.skemotion"


def _forge(path, name, content, *, honest=True):
    """Exchange a part; its hash in the manifest too, where `honest`."""
    with zipfile.ZipFile(path) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    parts[name] = content
    manifest = json.loads(parts.pop("manifest.json"))
    if honest:
        facts = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        manifest["parts"][name] = facts
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for member, data in parts.items():
            archive.writestr(member, data)


def _plan(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("plan.json")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"resize_image", b"system_image", "its plan cannot be followed"),
        (b'"angry", ', b"", "its plan names 2 classes, its network has 3"),
    ],
)
def test_files_with_forged_plans_are_refused(old, new, message, saved):
    _forge(saved, "plan.json", _plan(saved).replace(old, new))
    with pytest.raises(DamagedModelFile, match=rf"a\.skemotion to be a .*, but {message}"):
        open_predictor(saved)
    assert load(saved).classes_.tolist() == ["angry", "calm", "happy"]  # which needs no plan


def test_changed_plans_and_networks_are_refused(saved):
    plan = _plan(saved).replace(b'"height": 8', b'"height": 9')
    _forge(saved, "plan.json", plan, honest=False)
    with pytest.raises(DamagedModelFile, match=r"'plan\.json' is not the one that its manifest"):
        open_predictor(saved)
    _forge(saved, "plan.json", plan)
    face = io.BytesIO()
    Image.new("L", (8, 8)).save(face, "PNG")
    with pytest.raises(ValueError, match=r"^The network cannot take samples of shape \(9, 8\)"):
        open_predictor(saved).predict_proba([face.getvalue()])
    _forge(saved, "network-0.onnx", b"nothing")
    with pytest.raises(DamagedModelFile, match="Cannot load the network"):
        open_predictor(saved)


@pytest.mark.parametrize("call", ["standardize", "scale_frames"])
def test_numbers_for_more_features_than_there_are_do_not_blow_them_up(call, plans):
    numbers = [1.0] * 100_000
    parameters = {"mean": numbers, "scale": numbers} | (
        {"mask_value": 0} if call == "scale_frames" else {}
    )
    forged = _changed(plans[VOICE], ("arrays", 0), {"call": call, "with": parameters})
    (function,) = read_plan(json.dumps(forged).encode()).arrays
    frames = np.ones((2, 5000, 1), "float32")  # 4 GB
    with pytest.raises(ValueError, match=r"^Expected 100000 features, .* got X of shape \(2, 5000"):
        function(frames)
