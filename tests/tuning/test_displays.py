import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from skemotion.tuning import plot_history, plot_importance, plot_slice
from skemotion.tuning._storage import open_study

SPACE = {"C": FloatDistribution(0.1, 100, log=True), "kernel": CategoricalDistribution(["a", "b"])}


def _study(values):
    study = open_study(None, "study")
    for number, value in enumerate(values):
        params = {"C": 0.1 * 2**number, "kernel": "ab"[number % 2]}
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        study.add_trial(create_trial(state=state, value=value, params=params, distributions=SPACE))
    pruned = {"C": 1.0, "kernel": "a"}
    study.add_trial(
        create_trial(
            state=TrialState.PRUNED,
            intermediate_values={0: 0.3},
            value=0.3,
            params=pruned,
            distributions=SPACE,
        )
    )
    return study


def _points(axes):
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


def test_history_shows_every_trial_and_the_best_so_far():
    figure = plot_history([_study([0.5, None, 0.4, 0.7]), _study([0.2])])
    first, second = figure.axes
    points = _points(first)
    assert points["finished"] == [[0, 0.5], [2, 0.4], [3, 0.7]]
    assert points["pruned"] == [[4, 0.3]]
    assert [x for x, _ in points["failed"]] == [1]
    assert points["best so far"] == [[0, 0.5], [2, 0.5], [3, 0.7]]
    assert (first.get_title(), second.get_title()) == ("fold 0", "fold 1")
    figure.canvas.draw()


def test_slices_put_scores_over_values():
    figure = plot_slice(_study([0.5, 0.4, 0.7]))
    by_c, by_kernel = figure.axes
    assert (by_c.get_xlabel(), by_kernel.get_xlabel()) == ("C", "kernel")
    assert by_c.get_xscale() == "log"
    assert _points(by_c)["won"] == [[0.4, 0.7]]
    assert _points(by_kernel)["finished"] == [[0, 0.5], [1, 0.4], [0, 0.7]]
    assert [label.get_text() for label in by_kernel.get_xticklabels()] == ["a", "b"]
    figure.canvas.draw()


def test_importance_tells_what_matters():
    study = open_study(None, "study")
    for number in range(20):
        params = {"C": 0.1 * 1.4**number, "kernel": "ab"[number % 2]}
        study.add_trial(
            create_trial(value=number % 2 + 0.001 * number, params=params, distributions=SPACE)
        )
    axes = plot_importance([study, study]).axes[0]
    widths = {
        label.get_text(): bar.get_width()
        for label, bar in zip(axes.get_yticklabels(), axes.patches, strict=True)
    }
    assert widths["kernel"] > 0.8 > widths["C"]
    assert plot_importance(_study([0.5, 0.5])) is None  # equal scores tell nothing
    assert plot_importance(_study([0.5])) is None


@pytest.mark.parametrize("plot", [plot_history, plot_importance, plot_slice])
def test_nothing_to_draw_is_said(plot):
    with pytest.raises(
        ValueError, match=r"^Expected a search with a trial that finished, got none"
    ):
        plot(open_study(None, "empty"))
    with pytest.raises(
        TypeError, match=r"^Expected what tune returned, a fitted OptunaSearchCV or"
    ):
        plot([1])
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
