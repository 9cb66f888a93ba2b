"""Figures of an evaluation, as matplotlib figures that need no display."""

import math

import numpy as np
import pandas as pd

from skemotion.evaluation._style import COLOURS, MAP, WIDTH, make_figure, make_panels, plain


def plot_matrix(results, model, metric="uar"):
    """Draw the matrix of train and test datasets of a model.

    Parameters
    ----------
    results : Results
        Results of an evaluation.
    model : str
        Name of the model.
    metric : {"uar", "wa", "macro_f1"}, default="uar"
        What to show, pooled over folds, with its 95 % interval.

    Returns
    -------
    :class:`matplotlib.figure.Figure`
        Rows are trained on, columns tested on; cells within one dataset have a frame.
    """
    table = results.matrix(model, metric)
    cells = results.summary().query("model == @model").set_index(["train", "test"])
    n_rows, n_columns = table.shape
    figure = make_figure(1.9 + 1.5 * n_columns, 1.5 + 0.85 * n_rows)
    axes = figure.subplots()
    image = axes.imshow(table, cmap=MAP, vmin=0, vmax=1, aspect="auto")
    for row, train in enumerate(table.index):
        for column, test in enumerate(table.columns):
            if (train, test) not in cells.index:
                axes.text(column, row, "-", ha="center", va="center")
                continue
            cell = cells.loc[(train, test)]
            text = f"{cell[metric]:.2f}"
            if not math.isnan(cell[f"{metric}_low"]):
                text += f"\n[{cell[f'{metric}_low']:.2f}, {cell[f'{metric}_high']:.2f}]"
            if cell["leaky"]:
                text += "\nleaky"
            if cell["transductive"]:
                text += "\ntransductive"
            _label(axes, column, row, text, cell[metric])
            if train == test:
                _frame(axes, column, row)
    _ticks(axes.xaxis, table.columns, rotate=True)
    _ticks(axes.yaxis, table.index)
    axes.set(xlabel="tested on", ylabel="trained on")
    name = {"uar": "UAR", "wa": "WA", "macro_f1": "macro F1"}[metric]
    axes.set_title(f"{plain(model)}: {name} ({_chance(cells)})", fontsize="medium")
    figure.colorbar(image, ax=axes, fraction=0.05)
    return figure


def plot_confusion(results, model, train):
    """Draw the confusion matrices of a model trained on one dataset.

    Parameters
    ----------
    results : Results
        Results of an evaluation.
    model : str
        Name of the model.
    train : str
        Dataset it was trained on.

    Returns
    -------
    :class:`matplotlib.figure.Figure`
        One panel a test dataset: shares of each true class by colour, with counts, over all folds.
    """
    cells = [
        (cell, predictions)
        for cell, _, predictions in results.cells()
        if cell["model"] == model and cell["train"] == train
    ]
    if not cells:
        raise ValueError(
            f"There are no results of the model {model!r} trained on {train!r}. "
            f"There are the models {', '.join(results.models) or 'none'}."
        )
    most = max(predictions["y_true"].nunique() for _, predictions in cells)
    size = max(WIDTH, 0.75 + 0.56 * most)
    figure, panels = make_panels(len(cells), size, size + 0.35)
    for axes, (cell, predictions) in zip(panels, cells, strict=True):
        kind = "within" if cell["kind"] == "within" else "tested on"
        _draw_confusion(axes, predictions)
        axes.set_title(f"{kind} {plain(cell['test'])}", fontsize="medium")
    figure.suptitle(f"{plain(model)}, trained on {plain(train)}", fontsize="medium")
    return figure


def plot_histories(results, model):
    """Draw how a model learnt.

    Parameters
    ----------
    results : Results
        Results of an evaluation.
    model : str
        Name of the model.

    Returns
    -------
    :class:`matplotlib.figure.Figure` or None
        One panel a dataset and measure, one line a fold: solid in training, dashed on the
        validation part. None if the model does not learn in epochs.
    """
    folds = results.folds.query("model == @model")[["key", "train", "kind"]]
    table = results.histories.merge(folds, on="key")
    measures = [name for name in table if f"val_{name}" in table or name in ("loss", "accuracy")]
    measures = sorted(measures, key=lambda name: name != "loss")
    measures = [name for name in measures if table[name].notna().any()]
    if table.empty or not measures:
        return None
    datasets = list(dict.fromkeys(table["train"]))
    figure = make_figure(WIDTH * 1.25 * len(measures), 0.6 + 2.2 * len(datasets))
    grid = figure.subplots(len(datasets), len(measures), squeeze=False, sharex="col")
    for row, dataset in zip(grid, datasets, strict=True):
        for axes, measure in zip(row, measures, strict=True):
            _draw_history(axes, table[table["train"] == dataset], measure)
            axes.set_title(f"{plain(dataset)}: {measure}", fontsize="medium")
    for axes in grid[-1]:
        axes.set_xlabel("epoch")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(f"{plain(model)}: learning curves, one line a fit", fontsize="medium")
    return figure


def _draw_confusion(axes, predictions):
    y_true, y_pred = predictions["y_true"], predictions["y_pred"]
    classes = sorted(set(y_true))
    others = sorted(set(y_pred) - set(y_true))
    counts = pd.crosstab(y_true, y_pred).reindex(
        index=classes, columns=classes + others, fill_value=0
    )
    shares = counts.div(counts.sum(axis=1), axis=0)
    axes.imshow(shares, cmap=MAP, vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares.to_numpy()):
        text = f"{100 * share:.0f} %\n{counts.iat[row, column]}"
        _label(axes, column, row, text, share, fontsize=7.5)
    _ticks(axes.xaxis, counts.columns, rotate=True)
    _ticks(axes.yaxis, counts.index)
    axes.set(xlabel="predicted", ylabel="true")


def _draw_history(axes, table, measure):
    styles = [(measure, COLOURS[0], "-", "training")]
    styles.append((f"val_{measure}", COLOURS[1], "--", "validation"))
    # targets that share a fit share its curve
    fits = {tuple(fit[measure]): fit for _, fit in table.groupby("key", sort=False)}.values()
    for column, colour, style, label in styles:
        if column not in table:
            axes.plot([], [], style, color=colour, label=label)
            continue
        for number, fit in enumerate(fits):
            axes.plot(
                fit["epoch"],
                fit[column],
                style,
                color=colour,
                marker="." if len(fit) < 3 else None,
                linewidth=1.2,
                alpha=max(0.25, 1 / math.sqrt(len(fits))),
                label=label if number == 0 else None,
            )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)


def _label(axes, column, row, text, value, fontsize=9):
    colour = "white" if value > 0.7 else "black"
    axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=fontsize)


def _frame(axes, column, row):
    from matplotlib.patches import Rectangle

    corner = (column - 0.48, row - 0.47)
    axes.add_patch(Rectangle(corner, 0.96, 0.94, fill=False, edgecolor="black", linewidth=1.5))


def _ticks(axis, names, rotate=False):
    axis.set_ticks(range(len(names)), [plain(_short(name)) for name in names], fontsize="small")
    if rotate and max(map(len, map(str, names))) > 6:
        for label in axis.get_ticklabels():
            label.set(rotation=35, ha="right", rotation_mode="anchor")


def _chance(cells):
    low, high = cells["chance"].min(), cells["chance"].max()
    return f"chance {low:.2f}" if high - low < 0.005 else f"chance {low:.2f} to {high:.2f}"


def _short(name, length=24):
    name = str(name)
    return name if len(name) <= length else f"{name[: length - 1]}…"
