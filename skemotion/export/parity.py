"""Compare an exported model with its original: predictions, accuracy, size and time."""

import time

import numpy as np
from sklearn.utils.validation import check_consistent_length

from skemotion.export.errors import ModelFileError
from skemotion.metrics import bootstrap_interval, uar_score, wa_score

# of probabilities; quantised networks are expected to differ
TOLERANCES = {"float32": 1e-4, "float16": 1e-2, "dynamic": 0.1, "int8": 0.2}
HALF_TOLERANCE = 0.05  # of originals that compute in fewer than 32 bits themselves
_MOST_WRONG = 0.01  # share of labels
_ROUNDS, _SECONDS = 30, 2.0  # of timing: the most rounds, and when to stop before
_BATCH = 32


def parity_report(original, exported, X, y=None, groups=None, *, tolerance=TOLERANCES["float32"]):
    """Compare an exported model with its original on real data.

    Parameters
    ----------
    original, exported : estimator
        Fitted classifiers that take the same `X`.
    X : array-like of shape (n_samples,) or (n_samples, ...)
        Recordings or arrays, best of people that the original was not trained on.
    y : array-like of shape (n_samples,), default=None
        Their classes, to compare the accuracies.
    groups : array-like of shape (n_samples,), default=None
        Subjects, which intervals are drawn by; without, each recording counts as a subject.
    tolerance : float, default=1e-4
        Largest difference of a probability that is expected.

    Returns
    -------
    dict
        Plain data, which manifests of saved models hold as `parity`:

        - `samples` ("given"), `n_samples`, `labels_equal` (how many are predicted alike);
        - `max_difference` of a probability (None where there are none), `tolerance`, and
          `within_tolerance`: no difference is larger, and 99 % of the labels are equal or are the
          most probable class of each;
        - `metrics` (None without `y`): for `wa` and `uar` the values of both (`original`,
          `exported`), the `change`, and the 95 % bootstrap `interval` of the change [1]_ (None with
          one subject); `drawn_by` says whether subjects or recordings were drawn;
        - `size_bytes` of both as saved (None where a model cannot be saved);
        - `latency_ms`: medians of both, alternating, for one sample (`single`) and for `n_batch`
          samples (`batch`), with the front end; `n_threads` of the exported network.

    Raises
    ------
    ValueError
        If the models do not answer the same classes in the same order.

    References
    ----------
    .. [1] C. A. Field, A. H. Welsh, "Bootstrapping clustered data", Journal of the Royal
       Statistical Society B 69(3), 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion.export import parity_report
    >>> X, y = np.zeros((4, 1)), ["calm", "calm", "calm", "angry"]
    >>> one, other = (DummyClassifier(strategy="prior").fit(X, y) for _ in range(2))
    >>> report = parity_report(one, other, X, y)
    >>> report["labels_equal"], report["max_difference"], report["metrics"]["uar"]["change"]
    (4, 0.0, 0.0)
    """
    check_consistent_length(X, y, groups)
    _check_classes(original, exported)
    before, after = (_predict(model, X) for model in (original, exported))
    report = compare_outputs(before, after, np.asarray(original.classes_), tolerance)
    report |= {"samples": "given", "metrics": None}
    if y is not None:
        report["metrics"] = _compare_metrics(np.asarray(y), before[0], after[0], groups)
    sizes = {"original": _measure_size(original), "exported": _measure_size(exported)}
    return {**report, "size_bytes": sizes, "latency_ms": _measure_latency(original, exported, X)}


def _check_classes(original, exported):
    """Refuse to compare columns of probabilities that mean different classes."""
    given = [np.asarray(model.classes_).tolist() for model in (original, exported)]
    if given[0] != given[1]:
        raise ValueError(
            f"Expected models of the same classes in the same order, got {given[0]} and "
            f"{given[1]}. Give the exported one its classes in the order of its outputs."
        )


def compare_outputs(before, after, classes, tolerance):
    """Compare labels and probabilities.

    Parameters
    ----------
    before, after : tuple of (ndarray, ndarray or None)
        Labels and probabilities of the original and of what was exported.
    classes : ndarray of shape (n_classes,)
        In the order of the probabilities.
    tolerance : float
        Largest difference of a probability.

    Returns
    -------
    dict
        The first entries of :func:`parity_report`.
    """
    labels, others = np.asarray(before[0]), np.asarray(after[0])
    wrong, within, difference = labels != others, True, None
    n_equal = int((~wrong).sum())
    if before[1] is not None and after[1] is not None:
        difference = float(np.abs(np.asarray(before[1]) - np.asarray(after[1])).max())
        within = difference <= tolerance  # not of NaN
        probable, others_probable = (classes[one[1].argmax(axis=1)] for one in (before, after))
        # classes that are nearly as probable may change places, other decisions not
        wrong &= (labels != probable) | (others != others_probable)
    return {
        "n_samples": len(labels),
        "labels_equal": n_equal,
        "max_difference": difference if difference is None or np.isfinite(difference) else None,
        "tolerance": tolerance,
        "within_tolerance": bool(within and wrong.mean() <= _MOST_WRONG),
    }


def _predict(model, X):
    """Return labels and probabilities, those None where a model has none."""
    shares = model.predict_proba(X) if hasattr(model, "predict_proba") else None
    return model.predict(X), shares


def _compare_metrics(y, before, after, groups):
    drawn_by = "recording" if groups is None else "subject"
    subjects = np.arange(len(y)) if groups is None else groups
    rows = np.arange(len(y))
    compared = {"drawn_by": drawn_by, "n_drawn": len(np.unique(subjects))}
    for name, metric in (("wa", wa_score), ("uar", uar_score)):

        def change(truth, chosen, metric=metric):
            return metric(truth, after[chosen]) - metric(truth, before[chosen])

        low, high = (0.0, 0.0)
        if compared["n_drawn"] < 2:
            low = high = None
        elif (before != after).any():
            low, high = bootstrap_interval(y, rows, subjects, change)
        compared[name] = {
            "original": metric(y, before),
            "exported": metric(y, after),
            "change": change(y, rows),
            "interval": None if low is None else [low, high],
        }
    return compared


def _measure_size(model):
    from skemotion.export.saving import make_parts

    try:
        return sum(map(len, make_parts(model)[0].values()))
    except ModelFileError:
        return None


def _measure_latency(original, exported, X):
    n_batch = min(len(X), _BATCH)
    threads = [step.n_threads for step in _last_steps(exported) if hasattr(step, "n_threads")]
    return {
        "n_threads": threads[0] if threads else None,
        "n_batch": n_batch,
        "single": _race(original, exported, X[:1]),
        "batch": _race(original, exported, X[:n_batch]),
    }


def _last_steps(model):
    return [getattr(model, "steps", [(None, model)])[-1][1]]


def _race(original, exported, X):
    """Return the medians of alternating calls, in milliseconds."""
    taken = {"original": [], "exported": []}
    models = {"original": original, "exported": exported}
    start = time.perf_counter()
    for round_ in range(_ROUNDS + 1):
        for name, model in models.items():
            predict = getattr(model, "predict_proba", model.predict)
            before = time.perf_counter()
            predict(X)
            if round_:  # the first is not counted
                taken[name].append(time.perf_counter() - before)
        if round_ and time.perf_counter() - start > _SECONDS:
            break
    return {name: round(float(np.median(times)) * 1000, 4) for name, times in taken.items()}
