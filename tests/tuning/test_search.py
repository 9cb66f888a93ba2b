"""OptunaSearchCV is used as the searches of scikit-learn are."""

import pickle

import numpy as np
import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.pruners import BasePruner
from optuna.trial import TrialState
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from toy import make_toy

from skemotion import OptunaSearchCV
from skemotion.evaluation import evaluate, fit_model
from skemotion.metrics import uar_scorer

SPACE = {"n_neighbors": IntDistribution(1, 20)}


def _search(estimator=None, space=SPACE, **options):
    options = {"cv": 3, "n_trials": 6, "random_state": 0} | options
    return OptunaSearchCV(estimator or KNeighborsClassifier(), space, **options)


@pytest.fixture(scope="module")
def data():
    return make_toy()


def test_results_are_those_of_a_grid_search_over_what_was_tried(data):
    search = _search(scoring=uar_scorer).fit(data.X, data.y)
    tried = [{name: [value] for name, value in p.items()} for p in search.cv_results_["params"]]
    grid = GridSearchCV(KNeighborsClassifier(), tried, cv=3, scoring=uar_scorer)
    grid.fit(data.X, data.y)
    assert set(grid.cv_results_) == set(search.cv_results_) - {"state"}
    for name, values in grid.cv_results_.items():
        if not name.endswith("_time"):
            np.testing.assert_array_equal(search.cv_results_[name], values)
    assert search.best_params_ == grid.best_params_
    assert search.best_score_ == grid.best_score_ == search.study_.best_value
    np.testing.assert_array_equal(search.predict_proba(data.X), grid.predict_proba(data.X))
    assert search.score(data.X, data.y) == grid.score(data.X, data.y)
    assert list(search.classes_) == list(grid.classes_)


def test_what_it_is_comes_from_the_estimator(data):
    assert is_classifier(_search())
    assert is_regressor(_search(Ridge(), {"alpha": FloatDistribution(0, 1)}))
    assert not hasattr(_search(SVC(), {"C": FloatDistribution(1, 2)}), "predict_proba")
    assert clone(_search()).set_params(estimator__weights="distance").estimator.weights


def test_the_same_seed_gives_the_same_search(data):
    one, two, three = (
        _search(random_state=seed).fit(data.X, data.y).cv_results_["params"] for seed in (0, 0, 1)
    )
    assert one == two != three
    seeded = _search(random_state=np.random.RandomState(0))
    assert seeded.fit(data.X, data.y).cv_results_["params"] != one


def test_groups_reach_the_splitter_plainly_and_by_routing(data):
    search = _search(cv=GroupKFold(3))
    plain = search.fit(data.X, data.y, groups=data.groups).cv_results_
    with config_context(enable_metadata_routing=True):
        routed = search.fit(data.X, data.y, groups=data.groups).cv_results_
    np.testing.assert_array_equal(plain["mean_test_score"], routed["mean_test_score"])
    for row, params in enumerate(plain["params"]):
        scores = cross_val_score(
            KNeighborsClassifier(**params), data.X, data.y, groups=data.groups, cv=GroupKFold(3)
        )
        assert plain["mean_test_score"][row] == pytest.approx(scores.mean())
    assert fit_model(search, data).best_params_ == search.best_params_
    assert len(evaluate(search, data, "subject-3fold", audit=False).folds) == 3


def test_sample_weight_is_divided_with_the_rows(data):
    weight = np.where(data.y == "angry", 1e-9, 1.0)
    search = _search(GaussianNB(), {"var_smoothing": FloatDistribution(1e-9, 1)}, n_trials=1)
    search.fit(data.X, data.y, sample_weight=weight)
    assert "angry" not in search.predict(data.X)


def test_it_survives_pickling(data):
    search = pickle.loads(pickle.dumps(_search().fit(data.X, data.y)))
    assert len(search.study_.trials) == 6
    assert set(search.predict(data.X)) <= set(data.y)


def test_a_refit_is_done_as_asked(data):
    search = _search(refit=False).fit(data.X, data.y)
    assert not hasattr(search, "predict")
    assert search.best_params_
    last = _search(refit=lambda results: len(results["params"]) - 1).fit(data.X, data.y)
    assert last.best_params_ == last.cv_results_["params"][-1]
    assert not hasattr(last, "best_score_")


class After(BasePruner):
    def prune(self, study, trial):
        return trial.number > 0


def test_pruned_trials_keep_the_splits_they_reached(data):
    results = _search(pruner=After(), n_trials=3).fit(data.X, data.y).cv_results_
    assert results["state"].tolist() == ["complete", "pruned", "pruned"]
    assert np.isfinite(results["split0_test_score"]).all()
    assert np.isnan(results["split1_test_score"]).tolist() == [False, True, True]
    assert results["rank_test_score"].tolist() == [1, 2, 2]


class Picky(KNeighborsClassifier):
    def fit(self, X, y):
        if self.n_neighbors > 15:
            raise ValueError("too many")
        return super().fit(X, y)


def test_errors_are_counted_or_raised(data):
    with pytest.warns(FitFailedWarning, match=r"of 12 trials failed, the first with ValueError: t"):
        search = _search(Picky(), n_trials=12).fit(data.X, data.y)
    wrong = np.array([params["n_neighbors"] > 15 for params in search.cv_results_["params"]])
    assert 0 < wrong.sum() < 12
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == wrong.tolist()
    assert search.best_params_["n_neighbors"] <= 15
    scored = _search(Picky(), n_trials=12, error_score=0.0).fit(data.X, data.y)
    assert 0.0 in scored.cv_results_["mean_test_score"]
    with pytest.raises(ValueError, match=r"^too many$"):
        _search(Picky(), n_trials=12, error_score="raise").fit(data.X, data.y)
    space = {"n_neighbors": IntDistribution(16, 20)}
    with pytest.raises(ValueError, match=r"^Expected a trial that finishes, got none: all trials"):
        _search(Picky(), space).fit(data.X, data.y)


def test_a_stored_study_goes_on(data, tmp_path):
    kept = {"storage": str(tmp_path / "studies.sqlite"), "study_name": "mine"}
    first = _search(n_trials=12, **kept).fit(data.X, data.y)
    again = _search(n_trials=14, **kept).fit(data.X, data.y)
    whole = _search(n_trials=14).fit(data.X, data.y)
    assert again.cv_results_["params"][:12] == first.cv_results_["params"]
    assert again.cv_results_["params"] == whole.cv_results_["params"]
    with pytest.raises(ValueError, match=r"^Expected the study 'mine' to have searched the same"):
        _search(**kept).fit(data.X + 1, data.y)


def test_workers_share_the_trials(data):
    search = _search(n_jobs=2).fit(data.X, data.y)
    assert len(search.cv_results_["params"]) == 6
    assert all(trial.state == TrialState.COMPLETE for trial in search.study_.trials)
    assert len({trial.params["n_neighbors"] for trial in search.study_.trials}) > 1
