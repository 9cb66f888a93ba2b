"""Self-training: a classifier labels rows that have no label, and learns from them."""

from contextlib import nullcontext
from numbers import Integral, Real

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import Bunch, indexable
from sklearn.utils.metadata_routing import process_routing

from skemotion._compat import Interval, StrOptions, _check_method_params, _fit_context
from skemotion.models._decision import Decision
from skemotion.models._unlabelled import find_labelled, hold_out
from skemotion.resampling._rows import take


class SelfTraining(Decision):
    """Let a classifier label rows that have no label, and fit it again with the surest of them.

    This is :class:`~sklearn.semi_supervised.SelfTrainingClassifier` for what that one does not
    take: images, clips and sequences; recordings, where `estimator` is a pipeline; labels that are
    plain strings; and metadata, which here stay with their rows. Rows without a label are those
    whose class is -1 (or "-1"). Rows that a network is validated on are chosen once, among those
    with a label, and neither they nor, with `groups`, other rows of their subjects are ever learnt
    from.

    Parameters
    ----------
    estimator : classifier
        One with `predict_proba`; not changed, clones are fitted.
    threshold : float, default=0.75
        Probability from which a predicted label is believed, in [0, 1).
    criterion : {"threshold", "k_best"}, default="threshold"
        Believe labels by their probability, or a number of them a round.
    k_best : int, default=10
        That number.
    max_iter : int or None, default=10
        Number of rounds at most; None until nothing changes.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on labels and believed labels.
    classes_ : ndarray of shape (n_classes,)
        Classes; -1 is none.
    transduction_ : ndarray of object of shape (n_samples,)
        Labels given and believed; -1 where none was believed.
    labeled_iter_ : ndarray of int of shape (n_samples,)
        Round in which a label was believed: 0 if it was given, -1 if none was.
    n_iter_ : int
        Number of rounds.
    termination_condition_ : {"max_iter", "no_change", "all_labeled"}
        Why they ended.

    See Also
    --------
    ContrastiveClassifier : Learns from rows without labels, without guessing them.

    Notes
    -----
    Each round fits a new clone. Networks are often surer than they are right: believed labels are
    only as good as the probabilities, so calibrate or raise `threshold`.

    References
    ----------
    .. [1] D. Yarowsky, "Unsupervised Word Sense Disambiguation Rivaling Supervised Methods", ACL
       1995.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skemotion import SelfTraining
    >>> X = np.array([[0.0], [1.0], [0.1], [0.9], [0.2], [0.8]])
    >>> y = ["calm", "angry", "-1", "-1", "-1", "-1"]
    >>> trained = SelfTraining(LogisticRegression(C=100), threshold=0.6).fit(X, y)
    >>> trained.transduction_.tolist()
    ['calm', 'angry', 'calm', 'angry', 'calm', 'angry']
    """

    _parameter_constraints = {
        **Decision._parameter_constraints,
        "threshold": [Interval(Real, 0, 1, closed="left")],
        "criterion": [StrOptions({"threshold", "k_best"})],
        "k_best": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 0, None, closed="left"), None],
    }

    def __init__(self, estimator, *, threshold=0.75, criterion="threshold", k_best=10, max_iter=10):
        self.estimator = estimator
        self.threshold = threshold
        self.criterion = criterion
        self.k_best = k_best
        self.max_iter = max_iter

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **params):
        """Fit, label and fit again until no label is believed any more.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        y : array-like of shape (n_samples,)
            Classes, -1 for rows without.
        **params : dict
            Metadata of all rows that the estimator asks for; no `soft_labels`, which would stand
            against the labels that are believed.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If no row has a label, or `soft_labels` are given.
        """
        X, y = indexable(X, y)
        labelled, names = find_labelled(y)
        params = dict(process_routing(self, "fit", **params).estimator.fit)
        if params.get("soft_labels") is not None:
            raise ValueError(
                "Expected no soft_labels in self-training, which believes one class a row, got "
                "some. Leave them out, or use ContrastiveClassifier."
            )
        params, free = hold_out(self.estimator, labelled, names, params)
        classes, codes = np.unique(names, return_inverse=True)
        coded = np.full(len(labelled), -1)
        coded[labelled] = codes
        rows = np.flatnonzero(free)
        held = np.flatnonzero(labelled & ~free)
        fits = _FitsByNumber(self.estimator, X, params, classes, held, codes=coded[held])
        done = self._run(fits, rows, coded[rows])
        self.estimator_ = fits.fitted_
        self.classes_ = self.estimator_.classes_
        self.n_iter_, self.termination_condition_ = done.n_iter_, done.termination_condition_
        self.labeled_iter_ = np.where(labelled, 0, -1)
        self.labeled_iter_[rows] = done.labeled_iter_
        coded[rows] = done.transduction_
        self.transduction_ = np.array([*classes.tolist(), -1], dtype=object)[coded]
        return self

    def _run(self, fits, rows, coded):
        if (coded >= 0).all():  # scikit-learn warns of it
            fits.fit(rows[:, np.newaxis], coded)
            return Bunch(
                n_iter_=0,
                termination_condition_="all_labeled",
                labeled_iter_=np.zeros(len(rows), dtype=int),
                transduction_=coded,
            )
        runs = SelfTrainingClassifier(
            fits,
            threshold=self.threshold,
            criterion=self.criterion,
            k_best=min(self.k_best, max(1, int((coded < 0).sum()))),
            max_iter=self.max_iter,
        )
        return runs.fit(rows[:, np.newaxis], coded)


class _FitsByNumber(ClassifierMixin, BaseEstimator):
    """Fits clones on rows that are named by their numbers."""

    def __init__(self, estimator, X, params, classes, held, codes):
        self.estimator = estimator
        self.X = X
        self.params = params
        self.classes = classes
        self.held = held
        self.codes = codes

    def __sklearn_clone__(self):
        return self  # a clone would copy all rows

    def fit(self, numbers, codes):
        rows = np.concatenate([numbers[:, 0], self.held])
        names = self.classes[np.concatenate([codes, self.codes])]
        params = _check_method_params(self.X, self.params, rows)
        # without routing, a pipeline would refuse what its steps ask for
        with config_context(enable_metadata_routing=True) if params else nullcontext():
            self.fitted_ = clone(self.estimator).fit(take(self.X, rows), names, **params)
        self.classes_ = np.searchsorted(self.classes, self.fitted_.classes_)
        return self

    def predict_proba(self, numbers):
        return self.fitted_.predict_proba(take(self.X, numbers[:, 0]))
