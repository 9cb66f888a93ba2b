"""Weights of the classes that are best on inner folds."""

from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.utils import indexable
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import column_or_1d

from skemotion._compat import HasMethods, Interval, _fit_context
from skemotion.metrics import uar_score
from skemotion.models._decision import Decision, weigh
from skemotion.models._weights import search_weights
from skemotion.resampling._rows import take


class TunedWeights(Decision):
    """Multiply probabilities with weights of the classes that are best on inner folds.

    With two classes this tunes a threshold; with more, a weight for each. The weights are chosen
    on probabilities that come from inner folds, of other subjects than were trained on where
    `groups` is given; then the estimator is fitted on all rows.

    Parameters
    ----------
    estimator : classifier
        One with `predict_proba`; not changed, clones are fitted.
    metric : callable, default=uar_score
        ``metric(y_true, y_pred)``, higher is better; classes are numbered from 0.
    cv : int, cross-validation splitter or iterable, default=5
        Inner folds; an int means stratified ones, kept apart by subject where `groups` is given.
    n_jobs : int, default=None
        Number of processes over the inner folds.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on all rows.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    weights_ : ndarray of float64 of shape (n_classes,)
        What probabilities are multiplied by, before they are brought to sum 1; their geometric
        mean is 1.
    score_, plain_score_ : float
        The metric over all inner test rows with the weights, and without. The first is
        optimistic: the weights were chosen by it.

    See Also
    --------
    PriorCorrection : Weights from the frequencies alone, with nothing to tune.
    sklearn.model_selection.TunedThresholdClassifierCV : For two classes.

    Notes
    -----
    Coordinate ascent from no weights and from those of :class:`PriorCorrection`: one class after
    the other gets the best of the weights at which decisions change, until nothing improves.
    `validation` goes to the fit on all rows only; networks in the inner folds choose their own.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skemotion import TunedWeights
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = np.where(X[:, 0] + X[:, 1] > 2, "sad", "happy")
    >>> tuned = TunedWeights(LogisticRegression(C=0.01)).fit(X, y)
    >>> tuned.score_ > tuned.plain_score_, bool(tuned.weights_[1] > tuned.weights_[0])
    (True, True)
    """

    _parameter_constraints = {
        **Decision._parameter_constraints,
        "metric": [callable],
        "cv": [Interval(Integral, 2, None, closed="left"), HasMethods(["split"]), list, tuple],
        "n_jobs": [Integral, None],
    }

    __metadata_request__fit = {"groups": True}

    def __init__(self, estimator, *, metric=uar_score, cv=5, n_jobs=None):
        self.estimator = estimator
        self.metric = metric
        self.cv = cv
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None, **params):
        """Choose the weights on inner folds, then fit the estimator on all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        y : array-like of shape (n_samples,)
            Classes.
        groups : array-like of shape (n_samples,), default=None
            Subjects; also given to the estimator and to `cv` if they ask for them.
        **params : dict
            Metadata that the estimator asks for.

        Returns
        -------
        self
        """
        y = column_or_1d(y, warn=True)
        (X,) = indexable(X)
        if groups is not None:
            params = params | {"groups": groups}
        self._fit_estimator(X, y, params)
        routed = process_routing(self, "fit", **params).estimator.fit
        routed = {name: value for name, value in routed.items() if name != "validation"}
        tasks = (
            delayed(_predict_fold)(clone(self.estimator), X, y, routed, self.classes_, *fold)
            for fold in self._folds(X, y, groups)
        )
        done = list(Parallel(self.n_jobs, prefer="processes")(tasks))
        rows = np.concatenate([test for test, _ in done])
        probabilities = np.concatenate([shares for _, shares in done])
        codes = np.searchsorted(self.classes_, y[rows])
        self.weights_, self.score_, self.plain_score_ = search_weights(
            probabilities, codes, self.metric
        )
        return self

    def _folds(self, X, y, groups):
        if isinstance(self.cv, list | tuple):
            return self.cv
        cv = self.cv
        if isinstance(cv, Integral):
            cv = StratifiedKFold(cv) if groups is None else StratifiedGroupKFold(cv)
        return cv.split(np.zeros(len(y)), y, groups)

    def _adjust(self, probabilities):
        return weigh(probabilities, self.weights_)

    def get_metadata_routing(self):
        """Return what metadata goes where.

        Returns
        -------
        :class:`~sklearn.utils.metadata_routing.MetadataRouter`
            `groups` to the inner folds, and all to the estimator, as far as it asks for it.
        """
        return super().get_metadata_routing().add_self_request(self)


def _predict_fold(estimator, X, y, params, classes, train, test):
    params = {
        name: take(value, train) if np.ndim(value) and len(value) == len(y) else value
        for name, value in params.items()
    }
    fitted = estimator.fit(take(X, train), y[train], **params)
    shares = np.zeros((len(test), len(classes)))  # of a class that is not in a fold: 0
    shares[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(take(X, test))
    return test, shares
