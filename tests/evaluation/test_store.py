import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from database_server import run_sql
from sklearn.linear_model import LogisticRegression

from skemotion.evaluation import ResultStore, StoreError, evaluate
from skemotion.evaluation.store import open_store

SCRIPT = """
import sys, time
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Bunch
import pandas as pd
from skemotion.datasets import Dataset
from skemotion.evaluation import cross_dataset

class Slow(LogisticRegression):
    def fit(self, X, y):
        time.sleep(0.05)
        return super().fit(X, y)

class Corpus(Dataset):
    modality, embedded = "voice", True
    def index(self):
        rows = np.arange(48)
        return pd.DataFrame({
            "path": rows.astype(str), "subject": (rows // 2 % 8).astype(str),
            "emotion": np.array(["sad", "happy"])[rows % 2]})
    def recordings(self, frame):
        noise = np.random.default_rng(len(self.name)).normal(size=(len(frame), 3))
        return noise + (frame["emotion"].to_numpy() == "sad")[:, None]

data = [type("Made", (Corpus,), {"name": name})().load() for name in ("a", "bb")]
print("ready", flush=True)
cross_dataset({"slow": Slow()}, data, protocol="loso", store=sys.argv[1])
"""
N_FOLDS = 2 * 8 + 2


def record(key="k", uar=0.5, **facts):
    return {
        "key": key,
        "model": "m",
        "train": "a",
        "test": "b",
        "kind": "cross",
        "protocol": "loso",
        "scheme": "",
        "fold": 0,
        "created": "2026-01-01T00:00:00+00:00",
        "facts": {"classes": ["sad"], **facts},
        "metrics": {"uar": uar, "uar_low": float("nan"), "chance": 0.5, "recall": {"sad": uar}},
        "params": {"C": 1.0},
        "history": [{"epoch": 1, "loss": 0.5}],
        "predictions": {"row": [0], "subject": ["x"], "y_true": ["sad"], "y_pred": ["sad"]},
    }


def script(tmp_path):
    path = tmp_path / "bench.py"
    path.write_text(SCRIPT)
    return path


def start(path, store):
    process = subprocess.Popen(
        [sys.executable, path, store], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == "ready"
    return process


def wait_for(path, n_wanted, process):
    """Return how many folds are stored, once they are at least so many."""
    seen = 0
    while seen < n_wanted:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
        if path.exists():
            with suppress(StoreError), ResultStore(path) as store:
                seen = len(store.keys())
    return seen


def table(store):
    with ResultStore(store) as opened:
        return opened.frame().drop(columns=["seconds_fit", "seconds_predict", "created"])


def test_what_is_put_is_found_again(tmp_path):
    for url in ("sqlite://", tmp_path / "a.sqlite", f"sqlite:///{tmp_path / 'b.sqlite'}"):
        with ResultStore(url) as store:
            store.put(record())
            store.put(record(uar=0.9))  # the first stays
            store.put(record("other"))
            found = store.get("k")
            assert pd.isna(found["metrics"].pop("uar_low"))
            expected = record()
            del expected["metrics"]["uar_low"]
            assert found == expected
            assert store.get("nobody") is None
            assert store.keys() == {"k", "other"}
            assert list(store.frame()["recall_sad"]) == [0.5, 0.5]
            assert [item["key"] for item in store.records(["other", "k"])] == ["other", "k"]


def test_a_server_keeps_results_beside_other_tables(make_database, make_data, without_times):
    url = make_database()
    run_sql(url, "CREATE TABLE trials (number INTEGER)")
    with ThreadPoolExecutor(8) as threads:  # all of them make the tables
        for store in threads.map(lambda _: ResultStore(url), range(8)):
            store.close()
    first = evaluate(LogisticRegression(), make_data(), "loso", store=url)
    run_sql(url, "DELETE FROM folds WHERE fold IN (2, 4)")
    mended = evaluate(LogisticRegression(), make_data(), "loso", store=url)
    assert (first.n_reused, mended.n_reused) == (0, 4)
    pd.testing.assert_frame_equal(without_times(mended), without_times(first))
    run_sql(url, 'ALTER TABLE folds ALTER COLUMN model TYPE text COLLATE "en-x-icu"')
    with ResultStore(url) as store:
        store.put(record("B") | {"model": "B"})
        store.put(record("a") | {"model": "a"})
        assert list(store.frame()["model"])[::7] == ["B", "a"]  # as in a file
    run_sql(url, "ALTER TABLE folds RENAME TO songs")
    sentence = (
        f"The database {url} belongs to another program: it holds the tables meta, songs, trials. "
        "Name a new database for the results."
    )
    with pytest.raises(StoreError, match=f"^{re.escape(sentence)}$"):
        ResultStore(url)


def test_a_server_that_is_not_there_is_named():
    pytest.importorskip("psycopg")
    sentence = (
        r"^The store postgresql\+psycopg://ann:\*\*\*@127.0.0.1:1/x could not be used: .* Check "
        r"its address, your rights and the server, and run the same again: finished folds are ke"
    )
    with pytest.raises(StoreError, match=sentence):
        ResultStore("postgresql+psycopg://ann:secret@127.0.0.1:1/x")


def test_only_what_is_missing_is_computed(make_data, tmp_path, without_times):
    path = tmp_path / "results.sqlite"
    first = evaluate(LogisticRegression(), make_data(), "loso", store=path)
    again = evaluate(LogisticRegression(), make_data(), "loso", store=str(path))
    assert (first.n_reused, again.n_reused) == (0, 6)
    pd.testing.assert_frame_equal(first.folds, again.folds)
    pd.testing.assert_frame_equal(first.predictions, again.predictions)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM folds WHERE fold IN (2, 4)")
    connection.close()
    mended = evaluate(LogisticRegression(), make_data(), "loso", store=path)
    assert mended.n_reused == 4
    pd.testing.assert_frame_equal(without_times(mended), without_times(first))
    for other in (
        lambda: evaluate(LogisticRegression(C=2.0), make_data(), "loso", store=path),
        lambda: evaluate(LogisticRegression(), make_data(seed=1), "loso", store=path),
        lambda: evaluate(LogisticRegression(), make_data(), "subject-3fold", store=path),
        lambda: evaluate(LogisticRegression(), make_data(), "loso", store=path, random_state=1),
        lambda: evaluate(LogisticRegression(), make_data(scheme="common4"), "loso", store=path),
    ):
        assert other().n_reused == 0


class Interrupted(LogisticRegression):
    fits = 0

    def fit(self, X, y):
        Interrupted.fits += 1
        if Interrupted.fits == 4:
            raise KeyboardInterrupt
        return super().fit(X, y)


def test_an_interrupt_keeps_what_was_finished(make_data):
    with ResultStore() as store:
        with pytest.raises(KeyboardInterrupt):
            evaluate(Interrupted(), make_data(), "loso", store=store)
        assert len(store.keys()) == 3
        assert evaluate(Interrupted(), make_data(), "loso", store=store).n_reused == 3


def test_a_killed_run_loses_nothing(tmp_path):
    bench = script(tmp_path)
    subprocess.run([sys.executable, bench, tmp_path / "whole.sqlite"], check=True)
    path = tmp_path / "killed.sqlite"
    for n_wanted in (0, 3, 9):
        process = start(bench, path)
        seen = wait_for(path, n_wanted, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        with ResultStore(path) as store:
            assert seen <= len(store.keys()) < N_FOLDS
    subprocess.run([sys.executable, bench, path], check=True)
    pd.testing.assert_frame_equal(table(path), table(tmp_path / "whole.sqlite"))
    assert len(table(path)) == N_FOLDS


def test_two_runs_share_a_store(tmp_path):
    bench, path = script(tmp_path), tmp_path / "shared.sqlite"
    processes = [start(bench, path) for _ in range(2)]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    found = table(path)
    assert len(found) == found["key"].nunique() == N_FOLDS


def _foreign(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()


def _newer(path):
    ResultStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda path: path.write_text("I am a diary. " * 100),
            "The file {path} is not a SQLite database. Name a new file for the results.",
        ),
        (
            _foreign,
            "The database {path} belongs to another program: it holds the tables songs. Name a "
            "new file for the results.",
        ),
        (
            _newer,
            "The store {path} has format 99, but this skemotion knows formats up to 1. Update "
            "skemotion, or use another file.",
        ),
        (
            Path.mkdir,
            "The store {path} cannot be opened. Check its folder and your permissions, and run "
            "the same again: finished folds are kept.",
        ),
    ],
)
def test_what_is_no_store_is_refused_and_left_alone(tmp_path, spoil, sentence):
    path = tmp_path / "results.sqlite"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=f"^{re.escape(sentence.format(path=path))}$"):
        ResultStore(path)
    assert before is None or path.read_bytes()[100:] == before[100:]


def test_a_locked_store_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(ResultStore, "_timeout", 0.1)
    path = tmp_path / "results.sqlite"
    with ResultStore(path) as store:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        sentence = (
            f"The store {path} was locked by another program for 0.1 s. Wait for it to end, or "
            "close what has the file open, and run the same again: finished folds are kept."
        )
        with pytest.raises(StoreError, match=f"^{re.escape(sentence)}$"):
            store.put(record())
        other.rollback()
        other.close()
        store.put(record())
        assert store.keys() == {"k"}


def test_a_full_disk_keeps_what_was_finished(tmp_path):
    with ResultStore(tmp_path / "results.sqlite") as store:
        store.put(record())
        plain = store._on_connect

        def small(connection, entry):
            plain(connection, entry)
            connection.execute("PRAGMA max_page_count = 6")

        from sqlalchemy import event

        event.listen(store._engine, "connect", small)
        big = {"subject": [os.urandom(8).hex() for _ in range(9000)]}
        sentence = (
            f"The disk is full at {tmp_path / 'results.sqlite'}. Free some space, and run the "
            "same again: finished folds are kept."
        )
        with pytest.raises(StoreError, match=f"^{re.escape(sentence)}$"):
            store.put(record("big") | {"predictions": big})
        assert store.keys() == {"k"}


def test_wrong_places_are_named(tmp_path):
    with pytest.raises(StoreError, match=r"^The folder '.*nowhere' of the store .* does not exist"):
        ResultStore(tmp_path / "nowhere" / "results.sqlite")
    with pytest.raises(TypeError, match=r"^Expected a store to be a file name, a URL or a Result"):
        ResultStore(3)
    with pytest.raises(StoreError, match=r"^Cannot use the store nosuch://host/name: "):
        ResultStore("nosuch://host/name")
    with pytest.raises(
        StoreError, match=r"^Cannot read the URL of the store: invalid literal.* Giv"
    ):
        ResultStore("postgresql+psycopg://ann:secret@host:port/name")


def test_a_store_that_is_given_stays_open():
    with ResultStore() as store:
        with open_store(store) as opened:
            opened.put(record())
        assert store.keys() == {"k"}
