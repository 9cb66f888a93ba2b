"""Models written for Keras Tuner, without it."""

import pickle
import re

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from toy import make_toy

from skemotion import tune
from skemotion.tuning import from_hypermodel
from skemotion.tuning.hypermodel import HyperValues


class Hyper:
    """As one would write it for Keras Tuner."""

    def build(self, hp):
        from keras import Input, Sequential, layers

        model = Sequential([Input((4,))])
        with hp.conditional_scope("deep", [True]):
            model.add(layers.Dense(hp.Int("units", 4, 16, step=4, default=8), activation="relu"))
        model.add(layers.Dropout(hp.Float("dropout", 0.0, 0.5)))
        model.add(layers.Dense(4, activation="softmax", use_bias=hp.Boolean("bias")))
        rate = hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")
        model.compile(optimizer=hp.Choice("optimizer", ["adam", "sgd"]), loss="mse")
        assert rate == hp.get("learning_rate")
        return model


def test_what_it_asks_for_is_the_space():
    classifier = from_hypermodel(Hyper())
    assert classifier.search_space("net__") == {
        "net__hp__units": IntDistribution(4, 16, step=4),
        "net__hp__dropout": FloatDistribution(0.0, 0.5),
        "net__hp__bias": CategoricalDistribution([False, True]),
        "net__hp__learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "net__hp__optimizer": CategoricalDistribution(["adam", "sgd"]),
    }
    assert classifier.get_params()["hp__units"] == 8


def test_what_it_asks_for_only_when_it_is_large_is_found():
    def build(hp):
        from keras import Input, Sequential, layers

        net = Sequential([Input((4,))])
        for number in range(hp.Int("n_layers", 1, 3)):
            net.add(layers.Dense(hp.Int(f"units_{number}", 2, 4)))
        return net

    classifier = from_hypermodel(build)
    assert sorted(classifier.search_space()) == [
        "hp__n_layers",
        *(f"hp__units_{number}" for number in range(3)),
    ]
    assert classifier.hp.get_params() == {"n_layers": 1, "units_0": 2, "units_1": 2, "units_2": 2}


def test_values_reach_the_network_and_survive_clones_and_pickles():
    classifier = from_hypermodel(Hyper(), epochs=30, learning_rate=0.1, random_state=0)
    twin = clone(classifier).set_params(hp__units=12)
    assert classifier.hp.get_params()["units"] == 8
    data = make_toy()
    fitted = twin.fit(data.X, data.y)
    assert fitted.model_.layers[1].units == 12
    assert fitted.score(data.X, data.y) > 0.5  # it learns with our loss, not with its own
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(data.X), fitted.predict(data.X))


def test_it_is_tuned_in_a_pipeline():
    net = from_hypermodel(Hyper(), epochs=2)
    space = net.search_space("hypermodelclassifier__")
    found = tune(
        make_pipeline(StandardScaler(), net),
        make_toy(),
        n_trials=2,
        space=space,
        outer=False,
        inner="validation",
        storage=None,
        audit=False,
    )
    assert set(found.best_params[0]) == set(space)
    assert len(found.results.folds) == 1


def test_what_does_not_fit_is_said():
    data = make_toy(classes=("angry", "sad"))
    message = "Expected a hypermodel from (4,) to 2 classes, got one from (4,) to (4,). Change its"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        from_hypermodel(Hyper(), epochs=1).fit(data.X, data.y)
    with pytest.raises(
        ValueError, match=r"^Expected the hyperparameter 'n' to be sampled linearly"
    ):
        HyperValues().Int("n", 1, 64, step=2, sampling="log")
