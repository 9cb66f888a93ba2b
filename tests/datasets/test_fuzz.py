"""Every reader on damaged trees: never a wrong label in silence."""

import random
import shutil

import pytest
import trees

from skemotion.datasets import get_dataset
from skemotion.datasets._names import SUFFIXES
from skemotion.plugins import DATASETS

MEDIA = frozenset.union(*SUFFIXES.values())
TEXTS = {".csv", ".txt", ".tsv", ".json", ".yaml"}
NAMES = [name for name in DATASETS.names() if not DATASETS.load(name).embedded]
N_TREES = 6  # a hundred by hand


def kinds(path):
    return "media" if path.suffix.lower() in MEDIA else "text"


def files(root, kind=None):
    found = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in found if kind in (None, kinds(path))]


def empty(rng, root):
    rng.choice(files(root)).write_bytes(b"")


def cut(rng, root):
    path = rng.choice(files(root, "text") or files(root))
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content) + 1)])


def pointer(rng, root):
    path = rng.choice(files(root))
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")


def lose(rng, root):
    rng.choice(files(root)).unlink()


def lose_folder(rng, root):
    folders = [path for path in root.rglob("*") if path.is_dir() and not path.is_symlink()]
    if folders:
        shutil.rmtree(rng.choice(folders))


def double(rng, root):
    path = rng.choice(files(root))
    (root / "copy").mkdir(exist_ok=True)
    shutil.copy(path, root / "copy" / path.name)


def rename(rng, root):
    path = rng.choice(files(root))
    place = rng.randrange(len(path.name))
    name = path.name[:place] + rng.choice("~#§") + path.name[place + 1 :]
    path.rename(path.with_name(name))


def other_encoding(rng, root):
    path = rng.choice(files(root, "text") or files(root))
    path.write_bytes("ä".encode("latin-1") + path.read_bytes())


def flip(rng, root):
    path = rng.choice(files(root, "text") or files(root))
    content = bytearray(path.read_bytes())
    if content:
        content[rng.randrange(len(content))] = 0xFF
    path.write_bytes(content)


def loop(rng, root):
    if not (root / "loop").exists():
        (root / "loop").symlink_to(root)


def strangers(rng, root):
    (root / "Thumbs.db").write_bytes(b"x")
    (root / "._03a01Fa.wav").write_bytes(b"x")
    (root / "notes.docx").write_bytes(b"x")


FAULTS = (
    *(empty, cut, pointer, lose, lose_folder, double, rename, other_encoding, flip),
    *(loop, strangers),
)


@pytest.fixture
def tree(name, request, tmp_path):
    """Return a copy of the dataset's tree, and what is its root there."""
    root = request.getfixturevalue(trees.root_fixture(name))
    folder = root if root.is_dir() else root.parent
    shutil.copytree(folder, tmp_path / "tree", symlinks=True)
    return tmp_path / "tree", tmp_path / "tree" / root.relative_to(folder)


def labels(data):
    """Return path -> what was said of it."""
    rows = data.frame[["path", "emotion", "subject"]].itertuples(index=False)
    return {path: (emotion, subject) for path, emotion, subject in rows}


@pytest.mark.parametrize("seed", range(N_TREES))
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::UserWarning")  # what a reader says of its data
def test_a_damaged_tree_gives_right_labels_or_a_clear_error(name, tree, seed):
    folder, root = tree
    truth = labels(get_dataset(name, root).load())
    known = {}  # a file that was copied keeps its name, one that was renamed its folder
    for path, label in truth.items():
        parent, _, file = path.rpartition("/")
        known |= {file: {*known.get(file, ()), label}, parent: {*known.get(parent, ()), label}}
    rng = random.Random(f"{name} {seed}")
    for fault in rng.sample(FAULTS, rng.randint(1, 4)):
        if files(folder):
            fault(rng, folder)
    for on_error in ("raise", "skip"):
        found, message = load_or_explain(name, root, on_error)
        if found is None:
            assert str(folder) in message or name in message  # it says where
            assert message.rstrip(")").endswith(".")
        for path, label in (found or {}).items():
            parent, _, file = path.rpartition("/")
            right = {truth[path]} if path in truth else known.get(file) or known.get(parent, ())
            assert label in right, path


def load_or_explain(name, root, on_error):
    try:
        return labels(get_dataset(name, root).load(on_error=on_error)), ""
    except (ValueError, FileNotFoundError) as error:
        return None, str(error)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_one_recording_in_twenty_is_damaged(name, tree):
    _, root = tree
    data = get_dataset(name, root).load()
    first = data.X.iloc[:, 0] if hasattr(data.X, "iloc") else data.X
    if not isinstance(first[0], str):
        return  # pictures in a table: damage to it is tested with its reader
    damaged = random.Random(0).sample(list(first), max(1, len(first) // 20))
    for path in damaged:
        open(path, "wb").close()
    with pytest.raises(ValueError, match=f"^{len(damaged)} of the "):
        get_dataset(name, root).load()
    kept = get_dataset(name, root).load(on_error="skip")
    assert len(kept.y) == len(data.y) - len(damaged)
    assert kept.left_out["the file is empty"] == len(damaged)
    assert len(kept.faults) == len(damaged)
