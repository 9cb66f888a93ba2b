import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.svm import LinearSVC
from toy import make_toy

from skemotion import list_models, load_model
from skemotion.protocols import get_protocol
from skemotion.tuning import to_grid, to_scipy
from skemotion.tuning.spaces import check_space


@pytest.mark.parametrize("name", list_models())
def test_every_model_has_a_space_of_its_parameters(name):
    model = load_model(name)
    space, pipeline = model.search_space(), model.pipeline()
    check_space(space, pipeline)
    for params in ParameterSampler(to_scipy(space), 3, random_state=0):
        got = pipeline.set_params(**params).get_params()
        assert all(got[key] == value for key, value in params.items())


@st.composite
def distributions(draw):
    kind = draw(st.sampled_from(["float", "int", "categorical"]))
    if kind == "categorical":
        return CategoricalDistribution(draw(st.lists(st.text(max_size=3), min_size=1, unique=True)))
    log = draw(st.booleans())
    if kind == "int":
        low = draw(st.integers(1 if log else -5, 5))
        step = 1 if log else draw(st.integers(1, 3))
        return IntDistribution(low, low + step * draw(st.integers(0, 9)), log=log, step=step)
    step = None if log else draw(st.sampled_from([None, 0.25, 0.5]))
    low = draw(st.floats(1e-3 if log else -5, 5)) if step is None else draw(st.integers(-3, 3))
    return FloatDistribution(low, low + (step or 1) * draw(st.integers(1, 9)), log=log, step=step)


def _allows(values, value):
    if isinstance(values, CategoricalDistribution):
        return value in values.choices
    within = values.low - 1e-9 <= value <= values.high + 1e-9
    if isinstance(values, IntDistribution):
        within &= isinstance(value, int | np.integer)
    steps = 0 if values.step is None else (value - values.low) / values.step
    return within and abs(steps - round(steps)) < 1e-6


@given(distributions(), st.integers(1, 5))
def test_what_is_converted_lies_in_the_distribution(values, n):
    (grid,) = to_grid({"a": values}, n).values()
    assert grid == list(dict.fromkeys(grid))
    assert isinstance(values, CategoricalDistribution) or len(grid) <= n
    (drawn,) = to_scipy({"a": values}).values()
    if not isinstance(drawn, list):
        drawn = drawn.rvs(size=8, random_state=0).tolist()
    assert all(_allows(values, value) for value in [*grid, *drawn])


def test_a_grid_reaches_from_end_to_end():
    space = {
        "a": FloatDistribution(1e-3, 10, log=True),
        "b": IntDistribution(1, 64, log=True),
        "c": FloatDistribution(0, 1, step=0.25),
        "d": IntDistribution(2, 3),
    }
    grid = to_grid(space, 3)
    np.testing.assert_allclose(grid["a"], [1e-3, 0.1, 10])
    assert grid["b"] == [1, 8, 64]
    assert grid["c"] == [0, 0.5, 1]
    assert grid["d"] == [2, 3]
    assert to_grid(space, 1)["a"] == [pytest.approx(0.1)]


def test_logarithmic_whole_numbers_are_drawn_evenly_in_octaves():
    drawn = to_scipy({"n": IntDistribution(1, 1024, log=True)})["n"].rvs(2000, random_state=0)
    assert 0.4 < np.mean(drawn <= 32) < 0.7  # a tenth of the range, half of the octaves


def test_searches_of_scikit_learn_take_them():
    data = make_toy()
    space = {"C": FloatDistribution(0.01, 100, log=True)}
    cv = get_protocol("subject-3fold").cv(data.frame)
    searches = (
        GridSearchCV(LinearSVC(), to_grid(space), cv=cv),
        RandomizedSearchCV(LinearSVC(), to_scipy(space), n_iter=3, cv=cv, random_state=0),
        HalvingGridSearchCV(LinearSVC(), to_grid(space), cv=cv, min_resources=24, random_state=0),
    )
    for search in searches:
        assert search.fit(data.X, data.y).best_score_ > 0.5
        assert 0.01 <= search.best_params_["C"] <= 100


@pytest.mark.parametrize(
    ("space", "error", "sentence"),
    [
        ({}, ValueError, "Expected a search space to be a dict of parameter -> distribution"),
        (
            {"c": FloatDistribution(0, 1)},
            ValueError,
            "Expected the search space to name parameters of the estimator, got 'c'. See its",
        ),
        (
            {"class_weigth": CategoricalDistribution(["balanced", None])},
            ValueError,
            "got 'class_weigth'. Did you mean 'class_weight'?",
        ),
        ({"C": [1, 2]}, TypeError, "Expected 'C' to have a distribution of optuna.distributions"),
    ],
)
def test_wrong_spaces_are_refused(space, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        check_space(space, LinearSVC())


def test_unknown_distributions_are_refused():
    with pytest.raises(TypeError, match="Expected 'a' to have a float, int or categorical"):
        to_grid({"a": 3})
    with pytest.raises(ValueError, match="Expected n to be 1 or more, got 0"):
        to_grid({"a": IntDistribution(0, 1)}, 0)
