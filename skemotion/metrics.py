"""Metrics of emotion recognition, and intervals that respect who is speaking."""

import numpy as np
from sklearn.metrics import make_scorer
from sklearn.utils.validation import check_consistent_length, column_or_1d

_SMALLEST = 1e-7  # probability whose logarithm is finite
_BATCH = 2_000_000  # entries of one batch of resampled confusion matrices: 16 MB


def uar_score(y_true, y_pred):
    r"""Compute the unweighted average recall (UAR).

    The mean over classes of the recall of each class, so that every emotion counts the same
    however rare it is. Chance level is :math:`1 / K` for :math:`K` classes.

    .. math:: \mathrm{UAR} = \frac{1}{K} \sum_{k=1}^{K} \frac{TP_k}{TP_k + FN_k}

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True emotions. The mean is over the classes found here.
    y_pred : array-like of shape (n_samples,)
        Predicted emotions.

    Returns
    -------
    float
        Score in [0, 1]; higher is better.

    See Also
    --------
    sklearn.metrics.balanced_accuracy_score : The same quantity, which warns about classes that
        appear in `y_pred` only.

    References
    ----------
    .. [1] B. Schuller, S. Steidl, A. Batliner, "The INTERSPEECH 2009 Emotion Challenge",
       Interspeech 2009.

    Examples
    --------
    >>> from skemotion.metrics import uar_score
    >>> uar_score(["angry", "angry", "angry", "neutral"], ["angry"] * 4)
    0.5
    """
    return float(_uar(_confusion(y_true, y_pred)[1]))


def wa_score(y_true, y_pred):
    """Compute the weighted average recall (WA): the accuracy.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True emotions.
    y_pred : array-like of shape (n_samples,)
        Predicted emotions.

    Returns
    -------
    float
        Share of the recordings whose emotion was recognised, in [0, 1].

    References
    ----------
    .. [1] B. Schuller, S. Steidl, A. Batliner, "The INTERSPEECH 2009 Emotion Challenge",
       Interspeech 2009.

    Examples
    --------
    >>> from skemotion.metrics import wa_score
    >>> wa_score(["angry", "angry", "angry", "neutral"], ["angry"] * 4)
    0.75
    """
    return float(_wa(_confusion(y_true, y_pred)[1]))


def macro_f1_score(y_true, y_pred):
    """Compute the mean over classes of the F1 score.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True emotions. The mean is over the classes found here.
    y_pred : array-like of shape (n_samples,)
        Predicted emotions.

    Returns
    -------
    float
        Score in [0, 1]; higher is better.

    Examples
    --------
    >>> from skemotion.metrics import macro_f1_score
    >>> round(macro_f1_score(["angry", "angry", "angry", "neutral"], ["angry"] * 4), 3)
    0.429
    """
    return float(_macro_f1(_confusion(y_true, y_pred)[1]))


def per_class_recall(y_true, y_pred):
    """Compute the recall of each class.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True emotions.
    y_pred : array-like of shape (n_samples,)
        Predicted emotions.

    Returns
    -------
    dict of str to float
        Class of `y_true`, in sorted order -> recall in [0, 1].

    Examples
    --------
    >>> from skemotion.metrics import per_class_recall
    >>> per_class_recall(["angry", "angry", "sad"], ["angry", "sad", "sad"])
    {'angry': 0.5, 'sad': 1.0}
    """
    classes, confusion = _confusion(y_true, y_pred)
    support = confusion.sum(axis=1)
    return {
        str(name): float(confusion[k, k] / support[k])
        for k, name in enumerate(classes)
        if support[k]
    }


def soft_cross_entropy(soft_labels, probabilities):
    r"""Compute the mean cross-entropy of predicted probabilities under shares of votes.

    .. math:: H = -\frac{1}{N} \sum_{n} \sum_{k} q_{nk} \ln \max(p_{nk}, 10^{-7})

    Its least value is the mean entropy of the votes, 0 where all raters agree.

    Parameters
    ----------
    soft_labels : array-like of shape (n_samples, n_classes)
        Shares :math:`q` of the classes; rows sum to 1.
    probabilities : array-like of shape (n_samples, n_classes)
        Predicted :math:`p`, classes in the same order.

    Returns
    -------
    float
        In nats, 0 or more; lower is better.

    References
    ----------
    .. [1] E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang, "Training deep networks for facial
       expression recognition with crowd-sourced label distribution", ICMI 2016.

    Examples
    --------
    >>> from skemotion.metrics import soft_cross_entropy
    >>> round(soft_cross_entropy([[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]]), 3)
    0.693
    """
    shares, probabilities = _check_shares(soft_labels, probabilities)
    logarithms = np.log(np.maximum(probabilities, _SMALLEST))
    return float(-(shares * logarithms).sum(axis=1).mean())


def soft_distance(soft_labels, probabilities):
    r"""Compute the mean total variation distance of probabilities from shares of votes.

    .. math:: D = \frac{1}{N} \sum_{n} \frac{1}{2} \sum_{k} |q_{nk} - p_{nk}|

    Parameters
    ----------
    soft_labels : array-like of shape (n_samples, n_classes)
        Shares :math:`q` of the classes; rows sum to 1.
    probabilities : array-like of shape (n_samples, n_classes)
        Predicted :math:`p`, classes in the same order.

    Returns
    -------
    float
        The share of the votes that is predicted for another class, in [0, 1]; lower is better.

    Examples
    --------
    >>> from skemotion.metrics import soft_distance
    >>> soft_distance([[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]])
    0.25
    """
    shares, probabilities = _check_shares(soft_labels, probabilities)
    return float(np.abs(shares - probabilities).sum(axis=1).mean() / 2)


def bootstrap_interval(
    y_true,
    y_pred,
    subjects,
    metric=uar_score,
    n_resamples=1000,
    level=0.95,
    random_state=0,
):
    """Compute a confidence interval by resampling subjects.

    Recordings of one subject resemble each other, so that resampling recordings gives intervals
    that are too narrow. Here whole subjects are drawn with replacement, as many as there are, and
    the interval lies between the percentiles of the metric over the draws.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        True emotions.
    y_pred : array-like of shape (n_samples,)
        Predicted emotions.
    subjects : array-like of shape (n_samples,)
        Subject of each recording.
    metric : callable, default=uar_score
        Takes `y_true` and `y_pred`. The metrics of this module are computed on all draws at once.
    n_resamples : int, default=1000
        Number of draws.
    level : float, default=0.95
        Share of the draws that lie in the interval.
    random_state : int, default=0
        Seed of the draws.

    Returns
    -------
    low, high : float
        Ends of the interval; both NaN where there is only one subject, because one person tells
        nothing about how people differ.

    References
    ----------
    .. [1] C. A. Field, A. H. Welsh, "Bootstrapping clustered data", Journal of the Royal
       Statistical Society B 69(3), 2007. https://doi.org/10.1111/j.1467-9868.2007.00593.x

    Examples
    --------
    >>> from skemotion.metrics import bootstrap_interval
    >>> y_true = ["angry", "sad"] * 3
    >>> y_pred = ["angry", "sad", "angry", "angry", "angry", "sad"]
    >>> bootstrap_interval(y_true, y_pred, subjects=list("aabbcc"))
    (0.5, 1.0)
    """
    check_consistent_length(y_true, y_pred, subjects)
    if not 0 < level < 1:
        raise ValueError(f"Expected level to lie between 0 and 1, got {level!r}. Try 0.95.")
    names, codes = np.unique(column_or_1d(subjects), return_inverse=True)
    if len(names) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(random_state)
    if metric in _ON_CONFUSION:
        scores = _resample_confusions(y_true, y_pred, codes, metric, n_resamples, rng)
    else:
        scores = _resample_rows(y_true, y_pred, codes, metric, n_resamples, rng)
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _check_shares(soft_labels, probabilities):
    shares, probabilities = np.asarray(soft_labels, float), np.asarray(probabilities, float)
    if shares.ndim != 2 or shares.shape != probabilities.shape or not len(shares):
        raise ValueError(
            "Expected soft_labels and probabilities of one shape (n_samples, n_classes), got "
            f"{shares.shape} and {probabilities.shape}. Give both a column a class."
        )
    return shares, probabilities


def _resample_confusions(y_true, y_pred, codes, metric, n_resamples, rng):
    classes, confusion = _confusion(y_true, y_pred, codes)
    # subjects with the same confusion matrix are drawn together: the same distribution, and a
    # dataset with one recording a subject costs no more than one with ten subjects
    kinds, counts = np.unique(confusion.reshape(len(confusion), -1), axis=0, return_counts=True)
    shares = counts / counts.sum()
    scores = []
    size = max(1, _BATCH // (len(kinds) + len(classes) ** 2))
    for start in range(0, n_resamples, size):
        drawn = rng.multinomial(counts.sum(), shares, size=min(size, n_resamples - start))
        resampled = (drawn @ kinds).reshape(-1, len(classes), len(classes))
        scores.append(_ON_CONFUSION[metric](resampled))
    return np.concatenate(scores)


def _resample_rows(y_true, y_pred, codes, metric, n_resamples, rng):
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    rows = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    scores = []
    for _ in range(n_resamples):
        drawn = np.concatenate([rows[code] for code in rng.integers(len(rows), size=len(rows))])
        scores.append(metric(y_true[drawn], y_pred[drawn]))
    return np.array(scores)


def _confusion(y_true, y_pred, codes=None):
    """Return the classes and the counts [true, predicted], one matrix a code if there are codes."""
    check_consistent_length(y_true, y_pred)
    y_true, y_pred = column_or_1d(y_true), column_or_1d(y_pred)
    if len(y_true) == 0:
        raise ValueError(
            "Expected at least one recording to score, got 0. Check the test part of the fold."
        )
    classes, labels = np.unique(np.concatenate([y_true, y_pred]), return_inverse=True)
    n_classes = len(classes)
    cells = labels[: len(y_true)] * n_classes + labels[len(y_true) :]
    if codes is None:
        counts = np.bincount(cells, minlength=n_classes**2)
        return classes, counts.reshape(n_classes, n_classes)
    n_codes = codes.max() + 1
    counts = np.bincount(codes * n_classes**2 + cells, minlength=n_codes * n_classes**2)
    return classes, counts.reshape(n_codes, n_classes, n_classes)


def _uar(confusion):
    support = confusion.sum(axis=-1)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return (hits / np.maximum(support, 1)).sum(axis=-1) / (support > 0).sum(axis=-1)


def _wa(confusion):
    return np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=(-2, -1))


def _macro_f1(confusion):
    support, predicted = confusion.sum(axis=-1), confusion.sum(axis=-2)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = 2 * hits / np.maximum(support + predicted, 1)
    return (f1 * (support > 0)).sum(axis=-1) / (support > 0).sum(axis=-1)


_ON_CONFUSION = {uar_score: _uar, wa_score: _wa, macro_f1_score: _macro_f1}

uar_scorer = make_scorer(uar_score)
"""Scorer of :func:`uar_score`, for instance for ``GridSearchCV(scoring=uar_scorer)``."""
