"""The leak gap: what a random split would have claimed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skemotion.evaluation._sources import choose_protocol, make_source
from skemotion.evaluation.results import Results
from skemotion.evaluation.run import evaluate
from skemotion.metrics import uar_score

_N_RESAMPLES = 1000


@dataclass
class LeakGap:
    """What :func:`leak_gap` found.

    Parameters
    ----------
    model, dataset : str
        What was evaluated.
    disjoint, random : Results
        Results under the subject-disjoint protocol, and under random folds.
    interval : (float, float)
        95 % interval of the gap in UAR, from a bootstrap over subjects that draws the same subjects
        for both.
    """

    model: str
    dataset: str
    disjoint: Results
    random: Results
    interval: tuple

    @property
    def gap(self):
        """UAR under random folds less UAR under the subject-disjoint protocol."""
        table = self.to_frame()
        return float(table["uar"].iloc[1] - table["uar"].iloc[0])

    def to_frame(self):
        """Return one row a protocol.

        Returns
        -------
        DataFrame with columns `protocol`, `n_folds`, `leaky`, `uar`, `uar_low`, `uar_high`, `wa`
            Metrics are pooled over folds.
        """
        rows = pd.concat([self.disjoint.summary(), self.random.summary()], ignore_index=True)
        return rows[["protocol", "n_folds", "leaky", "uar", "uar_low", "uar_high", "wa"]]

    def to_dict(self):
        """Return it as a dictionary of plain values, for JSON.

        Returns
        -------
        dict
        """
        return {
            "model": self.model,
            "dataset": self.dataset,
            "protocols": self.to_frame().to_dict("records"),
            "gap": self.gap,
            "interval": list(self.interval),
        }

    def __str__(self):
        lines = [f"{self.model} on {self.dataset}"]
        for row in self.to_frame().itertuples():
            between = f"[{row.uar_low:.3f}, {row.uar_high:.3f}]"
            lines.append(
                f"  {row.protocol}: UAR {row.uar:.3f} {between}, accuracy {row.wa:.3f}"
                + (" (leaky)" if row.leaky else "")
            )
        low, high = self.interval
        lines.append(f"  leak gap: {self.gap:+.3f} [{low:+.3f}, {high:+.3f}] UAR")
        return "\n".join(lines)


def leak_gap(model, data, protocol=None, *, store=None, random_state=0, n_jobs=None, verbose=False):
    """Evaluate a model under a subject-disjoint protocol and under random folds, side by side.

    Both have the same number of folds, so that the model learns from about as many recordings; the
    difference is what knowing the subjects is worth.

    Parameters
    ----------
    model : str, Model or estimator
        A name of :func:`~skemotion.list_models`, a model, or any estimator that takes recordings.
    data : str or :class:`~sklearn.utils.Bunch`
        A name of :func:`~skemotion.list_datasets`, or what :func:`~skemotion.load_dataset` gave.
    protocol : str or Protocol, default=None
        The subject-disjoint one; None means the dataset's own protocol.
    store : ResultStore, str or path-like, default=None
        Where each fold's result is kept and looked up first.
    random_state : int, default=0
        Set as every `random_state` of the model, nested ones too.
    n_jobs : int, default=None
        Number of processes over the folds.
    verbose : bool, default=False
        Show progress.

    Returns
    -------
    LeakGap

    Raises
    ------
    ValueError
        If nobody knows the subjects, or the protocol does not keep them apart, or has one fold.

    Examples
    --------
    >>> from skemotion import leak_gap, load_dataset
    >>> from sklearn.dummy import DummyClassifier
    >>> data = load_dataset("synthetic-voices", scheme="common4")
    >>> print(leak_gap(DummyClassifier(strategy="constant", constant="sad"), data))
    DummyClassifier on synthetic-voices
      synthetic-voices/subject-3fold: UAR 0.250 [0.250, 0.250], accuracy 0.250
      random-3fold: UAR 0.250 [0.250, 0.250], accuracy 0.250 (leaky)
      leak gap: +0.000 [+0.000, +0.000] UAR
    """
    chosen, source = choose_protocol(protocol, make_source(data))
    if not source.subjects_known:
        raise ValueError(
            f"Nobody knows the subjects of dataset {source.name!r}, so that no split keeps them "
            "apart, and there is no gap to measure. Use a dataset with subjects."
        )
    if chosen.leaky or "subject" not in chosen.disjoint:
        raise ValueError(
            f"Expected a protocol that keeps subjects apart, got {chosen.name!r}. "
            "Use 'loso' or 'subject-5fold'."
        )
    n_folds = len(chosen(source.data.frame))
    if n_folds < 2:
        raise ValueError(
            f"Expected a protocol of two folds or more, got {chosen.name!r} with one. "
            "Use 'loso' or 'subject-5fold'."
        )
    options = {"store": store, "random_state": random_state, "n_jobs": n_jobs, "verbose": verbose}
    disjoint, random = (
        evaluate(model, source.data, name, audit=False, **options)
        for name in (chosen, f"random-{n_folds}fold")
    )
    interval = _interval(disjoint.predictions, random.predictions, random_state)
    return LeakGap(disjoint.models[0], source.name, disjoint, random, interval)


def _interval(disjoint, random, random_state):
    """Return the 95 % interval of the difference in UAR; subjects are drawn for both at once."""
    honest = disjoint.set_index("row").sort_index()
    leaky = random.set_index("row").loc[honest.index]  # a protocol may leave some rows untested
    subjects, codes = np.unique(honest["subject"], return_inverse=True)
    rows = [np.flatnonzero(codes == code) for code in range(len(subjects))]
    rng = np.random.default_rng(random_state)
    gaps = []
    for _ in range(_N_RESAMPLES):
        drawn = np.concatenate([rows[code] for code in rng.integers(0, len(rows), len(rows))])
        gaps.append(_uar(leaky, drawn) - _uar(honest, drawn))
    return tuple(float(value) for value in np.quantile(gaps, [0.025, 0.975]))


def _uar(table, rows):
    return uar_score(table["y_true"].to_numpy()[rows], table["y_pred"].to_numpy()[rows])
