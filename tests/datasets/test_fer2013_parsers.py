"""Two parsers of FER2013's tables, compiled and not, that give the same."""

import io
import re
import sys

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion.datasets import _fer2013_compiled, _fer2013_csv, _fer2013_text
from skemotion.datasets._fer2013_csv import read_faces
from skemotion.datasets._fer2013_text import parse

IMAGES, CODES, USAGES = trees.fer2013_rows()
HEADERS = ("emotion,pixels,Usage", "emotion, Usage, pixels", "pixels,emotion", "emotion,pixels")
DAMAGE = st.sampled_from(
    [b"", b" ", b"  ", b"0", b"00", b"256", b"999", b"1234", b"x", b"-", b".", b"\t", b"\r", b"\n",
     b"\n\n", b"\r\n", b",", b",,", b'"', b"\0", b"\x80", b"\xff", b"/", b":"]
)  # fmt: skip


def table(header, seed, n_rows, top, end):
    images = np.random.default_rng(seed).integers(0, top, (n_rows, 48, 48))
    return trees.fer2013_csv(images, CODES[:n_rows], USAGES[:n_rows], header).replace("\n", end)


def find(parser, *args):
    """Return what parsers must agree on: where rows are, and the pixels of those they parsed."""
    n_lines = len(io.BytesIO(args[0]).readlines())
    pixels = np.full((n_lines, 2304), 77, dtype=np.uint8)
    spans = parser.find_rows(*args, pixels)
    return spans.tolist(), pixels[spans[:, 1] < spans[:, 2]].tolist()


@settings(max_examples=60, deadline=None)
@given(
    header=st.sampled_from(HEADERS),
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.integers(1, 3),
    top=st.sampled_from([10, 100, 256]),
    end=st.sampled_from(["\n", "\r\n"]),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2), DAMAGE), max_size=3),
    cut=st.integers(0, 3),
)
def test_they_agree_on_whole_and_damaged_tables(header, seed, n_rows, top, end, damage, cut):
    block = table(header, seed, n_rows, top, end).encode().partition(b"\n")[2]
    for where, width, what in damage:
        start = int(where * len(block))
        block = block[:start] + what + block[start + width :]
    block = block[: len(block) - cut]
    columns = header.split(",")
    before = [column.strip() for column in columns].index("pixels")
    args = block, before, len(columns) - before - 1
    spans, pixels = find(_fer2013_text, *args)
    assert find(_fer2013_compiled, *args) == (spans, pixels)
    if not damage and not cut:
        assert len(pixels) == n_rows


@pytest.mark.parametrize("row", [0, 7, 59])
@pytest.mark.parametrize(
    "what", ["", " ", "256", "0001", "x", "-1", "1,", "\n", "\t1", "+1", "1.0"]
)
def test_both_name_the_same_faults(tmp_path, monkeypatch, row, what):
    lines = trees.fer2013_csv(IMAGES, CODES, USAGES).splitlines()
    head, _, tail = lines[row + 1].partition(" ")
    lines[row + 1] = f"{head} {what} {tail.partition(' ')[2]}"
    path = trees.write(tmp_path / "fer2013.csv", "\n\n".join(lines).encode())
    monkeypatch.setattr(_fer2013_csv, "_LARGE", np.inf)
    plain = read_faces(path)
    monkeypatch.setattr(_fer2013_csv, "_LARGE", 0)
    monkeypatch.setattr(_fer2013_csv, "_COMPILED_BLOCK", 20_000)  # many, of two lines or three
    compiled = read_faces(path)
    assert compiled.faults == plain.faults
    assert list(plain.faults)[:1] == ([] if what in ("0001", "\t1") else [row])
    for one, other in zip(compiled[:3], plain[:3], strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_numba_numpy_parses(tmp_path, monkeypatch):
    path = trees.write(tmp_path / "fer2013.csv", trees.fer2013_csv(IMAGES, CODES, USAGES).encode())
    monkeypatch.setattr(_fer2013_csv, "_LARGE", 0)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(_fer2013_compiled, "find_rows", None)
    np.testing.assert_array_equal(read_faces(path).images, IMAGES)
    assert _fer2013_csv._compiled() is None


def test_without_a_compiler_numpy_parses(monkeypatch):
    import numba

    assert _fer2013_csv._compiled() is _fer2013_compiled
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert _fer2013_csv._compiled() is None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([10, 100, 256]))
def test_parse_gives_what_int_gives(seed, n_rows, top):
    values = np.random.default_rng(seed).integers(0, top, (n_rows, 2304))
    texts = [" ".join(map(str, row)).encode() for row in values]
    np.testing.assert_array_equal(parse(texts), values)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8000), st.sampled_from([b" ", b"0", b"x", b"-", b"\t", b"999", b""]))
def test_parse_is_right_or_gives_up(where, what):
    text = " ".join(map(str, IMAGES[0].ravel())).encode()
    altered = text[:where] + what + text[where + 1 :]
    parsed = parse([altered])
    if parsed is not None:
        assert parsed.shape == (1, 2304)
        assert b" ".join(b"%d" % value for value in parsed[0]) == re.sub(
            rb"\b0+(?=\d)", b"", altered
        )
