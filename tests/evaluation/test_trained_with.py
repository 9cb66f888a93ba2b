"""What networks were trained with stands in each fold, and keeps back ends apart."""

import json
import re
import sqlite3
import sys

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import NeuralClassifier
from skemotion.evaluation import ResultStore, evaluate
from skemotion.evaluation._plan import make_candidate, plan_within
from skemotion.evaluation._sources import choose_protocol, make_source
from skemotion.models import _trained_with

_NOTED = ("backend", "precision", "device")


class Network(NeuralClassifier):
    def build(self, input_shape, n_classes):
        from keras import Input, Sequential, layers

        return Sequential([Input(input_shape), layers.Dense(n_classes, activation="softmax")])


def _make(**params):
    return make_pipeline(StandardScaler(), Network(epochs=1, **params))


def _keys(model, data):
    protocol, source = choose_protocol("subject-2fold", make_source(data))
    jobs = plan_within(make_candidate(model, 0), source, protocol, 0)
    return [target.key for job in jobs for target in job.targets]


def test_a_fold_notes_what_its_network_was_trained_with(make_data, tmp_path):
    path = tmp_path / "results.sqlite"
    model = _make(precision="mixed_bfloat16")
    results = evaluate(model, make_data(), "subject-2fold", store=path, audit=False)
    found = results.folds[list(_NOTED)].drop_duplicates()
    number = sys.modules["tensorflow"].__version__
    assert found["backend"].tolist() == [f"tensorflow {number}"]
    assert found["precision"].tolist() == ["mixed_bfloat16"]
    assert found["device"].isin(["cpu", "gpu"]).all()
    results.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    name = re.escape(f"trained with Keras on tensorflow {number}, mixed_bfloat16, ")
    assert re.search(f"Networks: [^<]*Network {name}[cg]pu", page)
    plain = evaluate(LogisticRegression(), make_data(), "subject-2fold", audit=False)
    assert set(plain.folds[list(_NOTED)].to_numpy().ravel()) == {""}


def test_a_store_of_before_opens_and_its_folds_are_used(make_data, tmp_path):
    path = tmp_path / "results.sqlite"
    options = {"store": path, "audit": False}
    evaluate(_make(), make_data(), "subject-2fold", **options)
    with sqlite3.connect(path) as connection:
        for key, facts in connection.execute("SELECT key, facts FROM folds").fetchall():
            old = {name: value for name, value in json.loads(facts).items() if name not in _NOTED}
            row = (json.dumps(old), key)
            connection.execute("UPDATE folds SET facts = ? WHERE key = ?", row)
    connection.close()
    again = evaluate(_make(), make_data(), "subject-2fold", **options)
    assert again.n_reused == 2
    assert set(again.folds[list(_NOTED)].to_numpy().ravel()) == {""}
    with ResultStore(path) as store:
        assert len(store.frame()) == 2


def test_another_back_end_has_keys_of_its_own(make_data, monkeypatch):
    data = make_data()
    default, plain = _keys(_make(), data), _keys(LogisticRegression(), data)
    monkeypatch.setattr(_trained_with, "_chosen_backend", lambda: "jax")
    assert set(default).isdisjoint(_keys(_make(), data))
    assert plain == _keys(LogisticRegression(), data)


@pytest.mark.parametrize(("variable", "written"), [("jax", "torch"), ("", "jax"), (None, "jax")])
def test_the_back_end_is_known_without_keras(tmp_path, monkeypatch, variable, written):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": written}))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if variable is not None:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    assert _trained_with._chosen_backend() == "jax"
    (tmp_path / "keras.json").write_text("{")
    assert _trained_with._chosen_backend() == (variable or "tensorflow")
