"""Search for the weights of classes that make decisions best."""

import numpy as np

_SWEEPS = 10
_CANDIDATES = 60  # weights of one class that are tried in a sweep
_SMALLEST = 1e-12  # probability that is taken for 0


def search_weights(probabilities, codes, metric):
    """Return the weights of the classes whose decisions score best.

    Parameters
    ----------
    probabilities : ndarray of float of shape (n_samples, n_classes)
        Of rows that were not trained on.
    codes : ndarray of int of shape (n_samples,)
        True classes.
    metric : callable
        ``metric(codes, predicted)``, higher is better.

    Returns
    -------
    weights : ndarray of float of shape (n_classes,)
        Their geometric mean is 1.
    score, plain_score : float
        With the weights, and without.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.metrics import uar_score
    >>> from skemotion.models._weights import search_weights
    >>> probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])
    >>> weights, score, plain_score = search_weights(probabilities, np.array([0, 0, 1]), uar_score)
    >>> score, plain_score
    (1.0, 0.5)
    """
    logs = np.log(np.maximum(probabilities, _SMALLEST))
    counts = np.bincount(codes, minlength=logs.shape[1])
    plain = np.zeros(logs.shape[1])
    found = [
        _ascend(logs, codes, start, metric) for start in (plain, -np.log(np.maximum(counts, 0.5)))
    ]
    weights, score = max(found, key=lambda item: item[1])
    return np.exp(weights - weights.mean()), score, _score(logs, codes, plain, metric)


def _ascend(logs, codes, weights, metric):
    weights, score = weights.copy(), _score(logs, codes, weights, metric)
    for _ in range(_SWEEPS):
        before = score
        for k in range(logs.shape[1]):
            tried = _candidates(logs, weights, k)
            scores = [_score(logs, codes, _replaced(weights, k, one), metric) for one in tried]
            if len(tried) and max(scores) > score + 1e-12:
                # of the best ones the middle, which is farthest from where decisions change
                best = np.flatnonzero(np.array(scores) > max(scores) - 1e-12)
                weights[k], score = tried[best[len(best) // 2]], max(scores)
        if score <= before + 1e-12:
            break
    return weights, float(score)


def _candidates(logs, weights, k):
    """Return weights of class `k` between those at which the decision on a row changes."""
    others = np.delete(logs + weights, k, axis=1).max(axis=1)
    changes = np.unique(others - logs[:, k])
    if len(changes) > _CANDIDATES:
        changes = np.quantile(changes, np.linspace(0, 1, _CANDIDATES))
    return np.concatenate([changes[:1] - 1, (changes[1:] + changes[:-1]) / 2, changes[-1:] + 1])


def _replaced(weights, k, value):
    weights = weights.copy()
    weights[k] = value
    return weights


def _score(logs, codes, weights, metric):
    return float(metric(codes, (logs + weights).argmax(axis=1)))
