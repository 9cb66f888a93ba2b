"""Copies of large tables: used as long as nothing changed, noticed when damaged."""

import os
import time

import numpy as np
import pytest
import trees

from skemotion import load_dataset
from skemotion._cache import RecordingCache
from skemotion._table_cache import Source, TableCache, describe_source
from skemotion.datasets import _fer2013_csv
from skemotion.datasets._fer2013_csv import read_faces

IMAGES, CODES, USAGES = trees.fer2013_rows()
SOURCE = Source("name", [1, "a"], 0.0)
ARRAYS = [np.arange(300, dtype=np.uint8).reshape(3, 10, 10), np.array(["a", "bc"]), np.ones(2)]


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Return a table of some time ago, with a cache that keeps it."""
    monkeypatch.setenv("SKEMOTION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_fer2013_csv, "_MANY", 1)
    monkeypatch.setattr("skemotion._table_cache._SETTLED", 0)
    return trees.write(tmp_path / "fer2013.csv", trees.fer2013_csv(IMAGES, CODES, USAGES).encode())


def no_parser(*args):
    raise AssertionError("the table was parsed again")


def kept_files(path):
    return [file for *_, file in TableCache(path.parent / "cache").files()]


def test_a_table_is_parsed_once(table, monkeypatch):
    first = load_dataset("fer2013", table)
    assert len(kept_files(table)) == 1
    monkeypatch.setattr(_fer2013_csv, "_read", no_parser)
    again = load_dataset("fer2013", table)
    np.testing.assert_array_equal(again.X, first.X)
    assert again.frame.equals(first.frame)
    assert again.X.flags.writeable
    with pytest.raises(AssertionError, match="parsed again"):
        read_faces(table, n_codes=8)  # other emotions are known
    RecordingCache(table.parent / "cache").clear()
    with pytest.raises(AssertionError, match="parsed again"):
        read_faces(table)


def test_a_change_is_seen_although_size_and_time_are_kept(table):
    facts = table.stat()
    assert read_faces(table).images[0, 0, 0] == IMAGES[0, 0, 0]
    content = bytearray(table.read_bytes())
    content[-9] = ord("V")  # of PrivateTest
    table.write_bytes(content)
    os.utime(table, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert list(read_faces(table).faults) == [59]


def test_other_code_reads_anew(table, monkeypatch):
    read_faces(table)
    monkeypatch.setattr(_fer2013_csv, "code_version", lambda cls: "other")
    monkeypatch.setattr(_fer2013_csv, "_read", no_parser)
    with pytest.raises(AssertionError, match="parsed again"):
        read_faces(table)


def test_nothing_is_kept_of_faulty_small_or_fresh_tables_or_without_a_folder(table, monkeypatch):
    monkeypatch.setattr(_fer2013_csv, "_MANY", 61)
    read_faces(table)
    monkeypatch.setattr(_fer2013_csv, "_MANY", 1)
    monkeypatch.setattr("skemotion._table_cache._SETTLED", 60)
    read_faces(table)
    monkeypatch.setattr("skemotion._table_cache._SETTLED", 0)
    table.write_bytes(table.read_bytes()[:-3])
    assert read_faces(table).faults
    assert kept_files(table) == []
    monkeypatch.delenv("SKEMOTION_CACHE")
    monkeypatch.setattr(TableCache, "put", no_parser)
    read_faces(table)


def test_a_table_that_changes_while_it_is_read_is_not_kept(table, monkeypatch):
    read = _fer2013_csv._read

    def slow_read(path, member, n_codes):
        faces = read(path, member, n_codes)
        path.write_bytes(path.read_bytes() + b"\n")
        return faces

    monkeypatch.setattr(_fer2013_csv, "_read", slow_read)
    read_faces(table)
    assert kept_files(table) == []


@pytest.mark.parametrize("where", range(0, 500, 7))
def test_any_damage_is_noticed(tmp_path, where):
    cache = TableCache(tmp_path)
    cache.put(SOURCE, ARRAYS)
    path = cache.folder / SOURCE.name
    content = path.read_bytes()
    assert len(content) < 500
    for one, other in zip(cache.get(SOURCE), ARRAYS, strict=True):
        np.testing.assert_array_equal(one, other)
    where %= len(content)
    path.write_bytes(content[:where])
    assert cache.get(SOURCE) is None
    for bit in range(8):
        path.write_bytes(
            content[:where] + bytes([content[where] ^ (1 << bit)]) + content[where + 1 :]
        )
        found = cache.get(SOURCE)
        assert found is None or where < 9  # the checksum's own case, or what separates it
        for one, other in zip(found or ARRAYS, ARRAYS, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_oldest_goes_first_and_results_have_the_rest(tmp_path):
    cache = RecordingCache(tmp_path, max_bytes=400_000)
    for number, name in enumerate("abcd"):
        source = SOURCE._replace(name=name)
        cache.tables.put(source, [np.zeros(90_000, np.uint8)])
        os.utime(cache.tables.folder / name, (number, number))
        if number == 1:
            assert cache.tables.get(SOURCE._replace(name="a"))  # used now
    assert {path.name for *_, path in cache.tables.files()} == {"a", "d"}
    facts = cache.info()
    assert facts["n_tables"] == 2
    assert 180_000 < facts["bytes"] < 200_000
    cache.put({bytes([n]): np.zeros(5_000) for n in range(20)})
    assert cache.info()["bytes"] <= 400_000
    cache.clear()
    assert cache.info()["n_tables"] == 0


def test_a_folder_that_cannot_be_written_warns(tmp_path):
    (tmp_path / "tables").write_bytes(b"")
    with pytest.warns(UserWarning, match="Cannot keep a table in"):
        TableCache(tmp_path).put(SOURCE, ARRAYS)
    assert TableCache(tmp_path).get(SOURCE) is None
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_samples_reach_from_start_to_end(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(1 << 20))
    before = describe_source(path, "", "").state[-1]
    for where in (0, (1 << 20) - 1):
        content = bytearray(1 << 20)
        content[where] = 1
        path.write_bytes(content)
        assert describe_source(path, "", "").state[-1] != before
    assert abs(describe_source(path, "", "").modified - time.time()) < 60
