"""What an evaluation gives: a row a fold, the predictions, and what is made of them."""

import json
import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from skemotion.evaluation._frames import folds_frame, long_frame
from skemotion.metrics import bootstrap_interval, macro_f1_score, uar_score, wa_score

SOFT_METRICS = ("soft_cross_entropy", "soft_distance")
METRICS = {"uar": uar_score, "wa": wa_score, "macro_f1": macro_f1_score}
CELL = ["model", "train", "test", "kind", "protocol", "scheme", "random_state"]


class Failure(NamedTuple):
    """A part of an evaluation that could not be done.

    Parameters
    ----------
    model, train, test : str
        The cell.
    kind : {"within", "cross"}
        Within one dataset, or across two.
    fold : int or None
        The fold; None where the whole cell failed.
    reason : str
        What went wrong.
    """

    model: str
    train: str
    test: str
    kind: str
    fold: int | None
    reason: str

    def __str__(self):
        cell = self.train if self.kind == "within" else f"{self.train} -> {self.test}"
        fold = "" if self.fold is None or self.kind == "cross" else f", fold {self.fold}"
        return f"{self.model}, {cell}{fold}: {self.reason}"


class BenchmarkError(RuntimeError):
    """Some folds failed. The others were computed, and are in `results` and in the store.

    Parameters
    ----------
    results : Results
        All that was finished, with its `failures`.
    """

    def __init__(self, results):
        lines = "\n".join(f"- {failure}" for failure in results.failures)
        n_failed, n_done = len(results.failures), len(results.folds)
        super().__init__(
            f"{n_failed} of {n_failed + n_done} folds or cells failed; the others are finished "
            f"and kept. Mend what follows and run the same again:\n{lines}"
        )
        self.results = results

    def __reduce__(self):
        return type(self), (self.results,)


class Results:
    """Results of an evaluation.

    Parameters
    ----------
    records : list of dict
        Records of a :class:`ResultStore`.
    failures : list of Failure, default=()
        What could not be done.
    datasets : DataFrame, default=None
        One row a dataset: what was loaded and what was left out.
    n_reused : int, default=0
        How many of the folds were in the store already.
    audits : list of AuditReport, default=()
        What training and test share.

    Attributes
    ----------
    folds : DataFrame
        One row a fold. The columns are described in the user guide on evaluation.
    predictions : DataFrame with columns `key`, `row`, `subject`, `y_true`, `y_pred`
        One row a recording and fold; `row` is its position in the loaded test dataset.
    histories : DataFrame with columns `key`, `epoch`, `loss`, ...
        One row an epoch, of models that learn in epochs.
    failures : list of Failure
        What could not be done.
    datasets : DataFrame
        One row a dataset.
    n_reused : int
        How many of the folds were in the store already.
    audits : list of AuditReport
        What training and test share; empty where nobody looked.
    """

    def __init__(self, records, failures=(), datasets=None, n_reused=0, audits=()):
        self.folds = folds_frame(records)
        self.predictions = long_frame(
            records, "predictions", ["row", "subject", "y_true", "y_pred"]
        )
        self.histories = long_frame(records, "history", ["epoch"])
        self.failures = list(failures)
        self.datasets = pd.DataFrame() if datasets is None else datasets
        self.n_reused = n_reused
        self.audits = list(audits)
        self._summary = None

    def __repr__(self):
        return (
            f"<Results: {len(self.folds)} folds of {len(self.models)} models, "
            f"{len(self.failures)} failures>"
        )

    @property
    def models(self):
        """Return the names of the models, in the order in which they were given."""
        return list(dict.fromkeys(self.folds["model"]))

    def cells(self):
        """Yield each cell of the matrix with its folds and their predictions.

        Yields
        ------
        cell : dict
            Its model, train, test, kind, protocol, scheme and random_state.
        folds : DataFrame
            Its rows of :attr:`folds`.
        predictions : DataFrame
            Its rows of :attr:`predictions`.
        """
        by_key = dict(tuple(self.predictions.groupby("key", sort=False)))
        for values, folds in self.folds.groupby(CELL, sort=False):
            predictions = pd.concat([by_key[key] for key in folds["key"]], ignore_index=True)
            yield dict(zip(CELL, values, strict=True)), folds, predictions

    def summary(self):
        """Return one row a cell: metrics pooled over its folds, and their mean and spread.

        Pooled metrics are computed once on the predictions of all folds together, with a 95 %
        interval from a bootstrap over subjects; they differ from the mean over folds, in which
        every fold counts the same. Both are given.

        Returns
        -------
        DataFrame
            With the cell (`model`, `train`, `test`, `kind`, `protocol`, `scheme`,
            `random_state`), `classes`, `n_folds`, `n_test`, `n_subjects`, `chance`, `leaky`,
            `transductive`, `subjects_known`, and for each of uar, wa and macro_f1: the pooled
            value, `_low`, `_high`, `_mean` and `_std` (NaN with one fold). `soft_cross_entropy` and
            `soft_distance`, pooled, are NaN where there are no votes or no probabilities.
        """
        if self._summary is None:
            self._summary = self._summarise()
        return self._summary.copy()

    def _summarise(self):
        rows = []
        for cell, folds, predictions in self.cells():
            y_true, y_pred = predictions["y_true"].to_numpy(), predictions["y_pred"].to_numpy()
            subjects = predictions["subject"].to_numpy()
            row = cell | {
                "classes": folds["classes"].iloc[0],
                "n_folds": len(folds),
                "n_test": len(predictions),
                "n_subjects": len(np.unique(subjects)),
                "chance": 1 / len(np.unique(y_true)),
                "leaky": bool(folds["leaky"].any()),
                "transductive": bool(folds["transductive"].any()),
                "subjects_known": bool(folds["subjects_known"].all()),
            }
            for name, metric in METRICS.items():
                low, high = bootstrap_interval(y_true, y_pred, subjects, metric)
                row |= {name: metric(y_true, y_pred), f"{name}_low": low, f"{name}_high": high}
                row |= {f"{name}_mean": folds[name].mean(), f"{name}_std": folds[name].std()}
            for name in SOFT_METRICS:  # means over recordings, so pooling weighs folds by size
                scored = folds[name].notna() if name in folds else False
                row[name] = (
                    np.average(folds[name], weights=folds["n_test"]) if np.all(scored) else np.nan
                )
            rows.append(row)
        return pd.DataFrame(rows)

    def matrix(self, model, metric="uar", *, pooled=True):
        """Return the matrix of train and test datasets of one model.

        Parameters
        ----------
        model : str
            Name of the model.
        metric : {"uar", "wa", "macro_f1"}, default="uar"
            What to show.
        pooled : bool, default=True
            Whether to compute the metric on the predictions of all folds together; otherwise it is
            the mean over folds.

        Returns
        -------
        DataFrame
            One row a dataset trained on, one column a dataset tested on. NaN where there is no
            result.
        """
        if metric not in METRICS:
            raise ValueError(
                f"Expected metric to be one of {', '.join(METRICS)}, got {metric!r}. "
                "Other columns are in Results.folds."
            )
        if model not in self.models:
            raise ValueError(
                f"There are no results of the model {model!r}. "
                f"There are: {', '.join(self.models) or 'none'}."
            )
        summary = self.summary().query("model == @model")
        table = summary.pivot_table(
            index="train",
            columns="test",
            values=metric if pooled else f"{metric}_mean",
            sort=False,
        )
        names = list(dict.fromkeys([*summary["train"], *summary["test"]]))
        return table.reindex(
            index=[name for name in names if name in table.index],
            columns=[name for name in names if name in table.columns],
        )

    def to_csv(self, path):
        """Write :attr:`folds` as CSV.

        Parameters
        ----------
        path : path-like
            File to write.
        """
        folds = self.folds.copy()
        if len(folds):
            folds["classes"] = folds["classes"].map(" ".join)
            folds["versions"] = folds["versions"].map(json.dumps)
        folds.to_csv(path, index=False)

    def to_html(self, path):
        """Write a page with pictures and tables, in one file.

        Parameters
        ----------
        path : path-like
            File to write.
        """
        from skemotion.evaluation.report import write_page

        write_page(self, path)


def format_interval(cell, metric):
    """Return a metric of a cell with its interval, as people read it.

    Parameters
    ----------
    cell : mapping
        A row of :meth:`Results.summary`.
    metric : {"uar", "wa", "macro_f1"}
        Which metric.

    Returns
    -------
    str

    Examples
    --------
    >>> from skemotion.evaluation.results import format_interval
    >>> format_interval({"uar": 0.5, "uar_low": 0.41, "uar_high": 0.62}, "uar")
    '0.500 [0.41, 0.62]'
    """
    low, high = cell[f"{metric}_low"], cell[f"{metric}_high"]
    return f"{cell[metric]:.3f}" + ("" if math.isnan(low) else f" [{low:.2f}, {high:.2f}]")
