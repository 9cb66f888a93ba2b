"""Figures of a search, as matplotlib figures that need no display."""

import math

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState

from skemotion.evaluation._style import COLOURS, WIDTH, make_figure, make_panels, plain

_GREY = "#999999"


def plot_history(search):
    """Draw the score of each trial in the order in which they began, and the best so far.

    Parameters
    ----------
    search : Tuning, OptunaSearchCV, :class:`optuna.Study` or list of them
        A search that has run.

    Returns
    -------
    :class:`matplotlib.figure.Figure`
        One panel a study. Pruned trials stand, hollow, at the score they had when they were
        stopped; crosses on the lower edge are trials that failed.

    Raises
    ------
    ValueError
        If no trial finished.

    Examples
    --------
    >>> import optuna
    >>> from skemotion.tuning import plot_history
    >>> from skemotion.tuning._storage import quiet_optuna
    >>> with quiet_optuna():
    ...     study = optuna.create_study(direction="maximize")
    ...     study.optimize(lambda trial: -trial.suggest_float("x", -1, 1) ** 2, n_trials=3)
    >>> len(plot_history(study).axes)
    1
    """
    studies = _studies_of(search)
    figure, panels = make_panels(len(studies), WIDTH * 1.15, 2.4)
    for number, (axes, study) in enumerate(zip(panels, studies, strict=True)):
        _draw_history(axes, study)
        axes.set_title(f"fold {number}" if len(studies) > 1 else "history", fontsize="medium")
        axes.set(xlabel="trial", ylabel="inner score")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def plot_importance(search):
    """Draw how much of the variance of the score each parameter explains.

    Parameters
    ----------
    search : Tuning, OptunaSearchCV, :class:`optuna.Study` or list of them
        A search that has run.

    Returns
    -------
    :class:`matplotlib.figure.Figure` or None
        A bar a parameter, the mean over studies, with a point a study. None where no study has
        enough trials that differ to tell: two that finished, with different scores.

    Raises
    ------
    ValueError
        If no trial finished.

    References
    ----------
    .. [1] F. Hutter, H. Hoos, K. Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
       Importance", ICML 2014.
    """
    known = [shares for study in _studies_of(search) if (shares := _importance(study))]
    if not known:
        return None
    names = sorted({name for shares in known for name in shares})
    table = np.array([[shares.get(name, 0.0) for name in names] for shares in known])
    order = np.argsort(table.mean(axis=0))
    figure = make_figure(WIDTH * 1.6, 0.9 + 0.38 * len(names))
    axes = figure.subplots()
    places = np.arange(len(names))
    axes.barh(places, table.mean(axis=0)[order], color=COLOURS[0], height=0.6)
    if len(known) > 1:
        axes.plot(
            table[:, order].ravel(),
            np.tile(places, len(known)),
            "o",
            color="black",
            markersize=3,
            alpha=0.6,
        )
    axes.set_yticks(places, [plain(names[place]) for place in order], fontsize="small")
    axes.set(xlim=(0, 1), xlabel="share of the variance of the score (fANOVA)")
    return figure


def plot_slice(search):
    """Draw the score of each trial over the value of each parameter.

    Parameters
    ----------
    search : Tuning, OptunaSearchCV, :class:`optuna.Study` or list of them
        A search that has run.

    Returns
    -------
    :class:`matplotlib.figure.Figure`
        One panel a parameter, a point a finished trial; what won in each study stands out.

    Raises
    ------
    ValueError
        If no trial finished.
    """
    studies = _studies_of(search)
    space = {}
    for study in studies:
        for trial in _finished(study):
            space |= trial.distributions
    names = sorted(space)
    figure, panels = make_panels(len(names), WIDTH, 2.4)
    for axes, name in zip(panels, names, strict=True):
        for study in studies:
            _draw_slice(axes, study, name, space[name])
        axes.set_xlabel(plain(name), fontsize="small")
        axes.set_ylabel("inner score", fontsize="small")
        axes.grid(alpha=0.3)
        if getattr(space[name], "log", False):
            axes.set_xscale("log")
    handles, labels = panels[0].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(
        unique.values(), unique.keys(), loc="outside lower center", ncols=2, frameon=False
    )
    return figure


def _studies_of(search):
    """Return the studies of what a user gave; ValueError if there is nothing to draw."""
    studies = getattr(search, "studies", None) or getattr(search, "study_", search)
    studies = list(studies) if isinstance(studies, list | tuple) else [studies]
    for study in studies:
        if not hasattr(study, "get_trials"):
            raise TypeError(
                f"Expected what tune returned, a fitted OptunaSearchCV or a study, got {study!r}. "
                "Run the search first."
            )
    if not any(_finished(study) for study in studies):
        raise ValueError(
            f"Expected a search with a trial that finished, got none in {len(studies)} studies. "
            "Run more trials."
        )
    return studies


def _finished(study):
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _draw_history(axes, study):
    trials = study.get_trials(deepcopy=False)
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    pruned = [t for t in trials if t.state == TrialState.PRUNED and t.value is not None]
    failed = [trial.number for trial in trials if trial.state == TrialState.FAIL]
    numbers, values = [t.number for t in done], [t.value for t in done]
    axes.plot(numbers, values, "o", color=COLOURS[0], markersize=4, label="finished")
    axes.plot(
        [t.number for t in pruned],
        [t.value for t in pruned],
        "o",
        markersize=4,
        markerfacecolor="none",
        color=_GREY,
        label="pruned",
    )
    axes.plot(
        failed,
        [0.02] * len(failed),
        "x",
        color="black",
        markersize=5,
        transform=axes.get_xaxis_transform(),
        label="failed",
    )
    axes.plot(
        numbers,
        np.maximum.accumulate(values) if values else [],
        color=COLOURS[1],
        drawstyle="steps-post",
        linewidth=1.2,
        label="best so far",
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)


def _draw_slice(axes, study, name, values):
    trials = [trial for trial in _finished(study) if name in trial.params]
    if not trials:
        return
    points = [trial.params[name] for trial in trials]
    if isinstance(values, CategoricalDistribution):
        places = [values.choices.index(point) for point in points]
        labels = [plain(choice) for choice in values.choices]
        axes.set_xticks(range(len(labels)), labels, fontsize="small")
        axes.set_xlim(-0.5, len(labels) - 0.5)
        points = places
    scores = [trial.value for trial in trials]
    best = int(np.argmax(scores))
    axes.plot(points, scores, "o", color=COLOURS[0], markersize=4, alpha=0.6, label="finished")
    axes.plot(points[best], scores[best], "D", color=COLOURS[1], markersize=6, label="won")


def _importance(study):
    trials = _finished(study)
    if len(trials) < 2 or math.isclose(min(t.value for t in trials), max(t.value for t in trials)):
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(study, evaluator=evaluator)
