"""The house rules that a machine can check."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skemotion

PACKAGE = Path(skemotion.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_is_short(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("scikeras", {"models/_scikeras.py"}),
        ("sklearn.utils._param_validation", {"_compat.py"}),
        ("sqlalchemy", {"evaluation/store.py"}),
    ],
)
def test_only_one_file_imports(package, allowed):
    found = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if re.search(
            rf"^\s*(from|import) {re.escape(package)}\b|import_quietly\(\"{re.escape(package)}\b",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    assert found == allowed


@pytest.mark.parametrize("name", skemotion.__all__)
def test_public_name_exists_and_is_documented(name):
    public = getattr(skemotion, name)
    assert public.__doc__
    assert ">>>" in public.__doc__ or isinstance(public, type)


def test_import_and_help_import_nothing_heavy():
    code = (
        "import sys\n"
        "import skemotion\n"
        "from skemotion.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'scipy', 'cv2', 'librosa', 'tensorflow', 'keras', "
        "'matplotlib', 'sqlalchemy', 'soundfile', 'PIL', 'optuna'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "heavy: []" in done.stdout


def test_unknown_attribute_is_named():
    with pytest.raises(AttributeError, match="module 'skemotion' has no attribute 'MFFC'"):
        _ = skemotion.MFFC


def test_nothing_unfinished():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", text), path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{path}:{node.lineno} catches everything"
