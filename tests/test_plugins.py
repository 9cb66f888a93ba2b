"""The registry: ours and others' plugins, clashes, broken ones."""

import json
import subprocess
import sys
import sysconfig
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from skemotion.plugins import DATASETS, MODELS, Registry, list_datasets

ROOT = Path(__file__).parents[1]


class _Package:
    """Stands for an installed distribution."""

    def __init__(self, name):
        self.name, self.version = name, "1.0"


def _registry(monkeypatch, *declared):
    points = [
        EntryPoint(name, value, "skemotion.datasets")._for(_Package(package))
        for package, name, value in declared
    ]
    registry = Registry("skemotion.datasets", kind="dataset")
    monkeypatch.setattr("skemotion.plugins.entry_points", lambda group: points)
    return registry


def test_every_built_in_is_declared_and_loads():
    for registry in (DATASETS, MODELS):
        for plugin in registry.plugins():
            if plugin.package == "skemotion":
                assert registry.load(plugin.name).name == plugin.name


def test_unknown_name_suggests_a_close_one():
    with pytest.raises(ValueError, match=r"^Unknown dataset 'emobd'\. Did you mean 'emodb'\? "):
        DATASETS.load("emobd")


def test_two_packages_claiming_one_name_are_both_named(monkeypatch):
    registry = _registry(
        monkeypatch, ("one", "emodb", "json:loads"), ("two", "emodb", "json:dumps")
    )
    with pytest.raises(
        ValueError,
        match=r"^The dataset 'emodb' is declared by several packages: one, two\. "
        r"Uninstall all but one of them\.$",
    ):
        registry.load("emodb")


def test_a_broken_plugin_fails_on_use_and_leaves_the_others(monkeypatch):
    registry = _registry(
        monkeypatch, ("bad", "broken", "no_such_module:Data"), ("good", "fine", "json:loads")
    )
    assert registry.names() == ["broken", "fine"]
    assert registry.load("fine") is json.loads
    with pytest.raises(
        ImportError,
        match=r"^The dataset 'broken' could not be imported from 'no_such_module:Data' "
        r"\(package 'bad'\): ModuleNotFoundError: No module named 'no_such_module'\. "
        r"Update or uninstall 'bad'\.$",
    ):
        registry.load("broken")


def test_listing_imports_nothing():
    code = (
        "import sys, skemotion; skemotion.list_datasets(); skemotion.list_models(); "
        "heavy = {'numpy', 'pandas', 'sklearn', 'cv2', 'librosa', 'tensorflow', 'keras'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Make a fresh environment with the wheels of skemotion and of the plugin package.

    Other dependencies are borrowed from the running environment, so that nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("environment")
    python = folder / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    for source in (ROOT, ROOT / "tests" / "plugin"):
        _run(
            *(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"),
            *("--wheel-dir", folder, source),
        )
    wheels = sorted(folder.glob("*.whl"))
    assert len(wheels) == 2
    _run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", *wheels)
    site = sysconfig.get_path("purelib", vars={"base": str(folder / "venv")})
    (Path(site) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def _run(*command, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _write_tones(folder):
    import wave

    import numpy as np

    time = np.arange(4000) / 8000
    for tone, pitch in (("hi", 900), ("lo", 300)):
        for person in range(3):
            for take in range(4):
                wobble = 1 + 0.03 * person + 0.01 * take
                samples = (8000 * np.sin(2 * np.pi * pitch * wobble * time)).astype("<i2")
                with wave.open(str(folder / f"{tone}_p{person:02}_{take}.wav"), "wb") as file:
                    file.setparams((1, 2, 8000, 0, "NONE", ""))
                    file.writeframes(samples.tobytes())


@pytest.mark.slow
def test_third_party_package_is_listed_checked_and_benchmarked(environment, tmp_path):
    where = _run(environment, "-c", "import skemotion; print(skemotion.__file__)", cwd=tmp_path)
    assert "venv" in where  # the wheel, not the sources
    listing = _run(environment, "-m", "skemotion", "plugins", cwd=tmp_path)
    assert listing.count("skemotion-tones") == 2
    suite = ROOT / "tests" / "plugin" / "tests"
    _run(environment, "-m", "pytest", "-q", "-p", "no:cacheprovider", suite, cwd=tmp_path)
    _write_tones(tmp_path)
    _run(
        *(environment, "-m", "skemotion", "bench", "--datasets", f"tones={tmp_path}"),
        *("--models", "tone-knn,voice-svm", "--out", tmp_path / "out"),
        cwd=tmp_path,
    )
    results = (tmp_path / "out" / "results.csv").read_text()
    assert results.count("tones/loso") == 6
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000


def test_own_package_is_not_listed_here():
    assert "tones" not in list_datasets()
