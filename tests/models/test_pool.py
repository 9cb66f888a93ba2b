"""Networks that are read and trained on share what was compiled; their optimizers are their own."""

import pickle

import numpy as np
import pytest

from skemotion import MLPClassifier
from skemotion.models import _pool
from skemotion.models._forward import describe_architecture

X = np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32)
Y = np.array(["happy", "sad"])[(X[:, 0] > 0).astype(int)]


@pytest.fixture
def made(monkeypatch):
    """Return a list that gets an entry for each network that is compiled to train in."""
    _pool._TRAINERS.clear()
    made, make = [], _pool._Trainer.make
    monkeypatch.setattr(_pool._Trainer, "make", lambda *given: made.append(1) or make(*given))
    return made


def _new(**params):
    return MLPClassifier((4,), random_state=0, **params)


def test_unpickled_networks_are_trained_in_one_compiled_copy(made):
    kept = pickle.dumps(_new().partial_fit(X, Y))
    copies = [pickle.loads(kept).partial_fit(X, Y) for _ in range(3)]
    assert len(made) == 1
    assert all(copy.model_.train_function is None for copy in copies)  # nothing traced for it
    first, *others = [copy.predict_proba(X) for copy in copies]
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_optimizers_do_not_mix(made):
    alone = _new().partial_fit(X, Y).partial_fit(X, Y).partial_fit(X, Y).predict_proba(X)
    one, other = _new().partial_fit(X, Y), _new().partial_fit(X[::-1], Y[::-1])
    for _ in range(2):  # in turn
        other.partial_fit(X[::-1], Y[::-1])
        one.partial_fit(X, Y)
    assert len(made) == 1
    np.testing.assert_array_equal(one.predict_proba(X), alone)
    assert int(one.model_.optimizer.iterations) == int(other.model_.optimizer.iterations) == 3
    again = pickle.loads(pickle.dumps(one)).partial_fit(X, Y)  # lent from where another one was
    assert int(again.model_.optimizer.iterations) == 4
    assert any(np.abs(v).max() > 0 for v in again.model_.optimizer.variables[2:])


def test_an_optimizer_that_is_set_later_does_not_replace_the_one_in_use(made):
    goes_on = _new().partial_fit(X, Y).partial_fit(X, Y).predict_proba(X)
    changed = _new().partial_fit(X, Y).set_params(optimizer="sgd").partial_fit(X, Y)
    np.testing.assert_array_equal(changed.predict_proba(X), goes_on)


@pytest.mark.parametrize("names", [("activation", "activation_1"), ("name", "x")])
def test_names_of_layers_do_not_tell_networks_apart(names):
    import keras

    def describe(name, function="relu"):
        return describe_architecture(
            keras.Sequential([keras.Input((2,)), keras.layers.Activation(function, name=name)])
        )

    assert describe(names[0]) == describe(names[1]) != describe(names[0], "tanh")
