"""From probabilities to decisions: other priors, costs of mistakes."""

import numpy as np
import pandas as pd

from skemotion._compat import StrOptions, _fit_context
from skemotion.models._decision import Decision, weigh


class PriorCorrection(Decision):
    r"""Correct predicted probabilities for other frequencies of the classes.

    A classifier learns how frequent each class is in its training rows, and favours the frequent
    ones. Where that is not so in use, or where each class is to count the same, as in the UAR,
    its probabilities are corrected by Bayes' rule, without training again:

    .. math:: p'(k \mid x) \propto p(k \mid x) \, \frac{\pi'_k}{\pi_k}

    with the priors :math:`\pi` that it learnt and the new ones :math:`\pi'`.

    Parameters
    ----------
    estimator : classifier
        One with `predict_proba`; not changed, a clone is fitted.
    priors : {"uniform", "train"}, array-like of shape (n_classes,) or dict, default="uniform"
        The new priors: all the same, the shares of the classes in `y`, or any, in the order of the
        sorted classes or by class. They are divided by their sum.
    learnt : {"train", "uniform"}, array-like of shape (n_classes,) or dict, default="train"
        The priors that the estimator learnt: the shares of the classes in `y`, or all the same
        where it weighs classes (``class_weight="balanced"``) or oversamples them.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    weights_ : ndarray of float64 of shape (n_classes,)
        What probabilities are multiplied by, before they are brought to sum 1.

    See Also
    --------
    TunedWeights : Chooses the weights by what they bring.
    CostSensitive : Weighs kinds of mistakes.

    Notes
    -----
    It is as good as the probabilities are. Where a class is rare, its probabilities are estimated
    from few rows, and its correction is large: look at the recall of every class.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001.
    .. [2] M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the Outputs of a Classifier to New a
       Priori Probabilities: A Simple Procedure", Neural Computation 14(1), 2002.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion import PriorCorrection
    >>> X, y = [[0]] * 4, ["happy", "happy", "happy", "sad"]
    >>> DummyClassifier(strategy="prior").fit(X, y).predict_proba([[0]])
    array([[0.75, 0.25]])
    >>> PriorCorrection(DummyClassifier(strategy="prior")).fit(X, y).predict_proba([[0]])
    array([[0.5, 0.5]])
    """

    _parameter_constraints = {
        **Decision._parameter_constraints,
        "priors": [StrOptions({"uniform", "train"}), "array-like", dict],
        "learnt": [StrOptions({"uniform", "train"}), "array-like", dict],
    }

    def __init__(self, estimator, *, priors="uniform", learnt="train"):
        self.estimator = estimator
        self.priors = priors
        self.learnt = learnt

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **params):
        """Fit the estimator, and compare the priors.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        y : array-like of shape (n_samples,)
            Classes.
        **params : dict
            Metadata that the estimator asks for.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If priors are not one positive number a class.
        """
        self._fit_estimator(X, y, params)
        counts = (np.asarray(y)[:, None] == self.classes_).sum(axis=0)
        # a class known from soft labels alone has no rows: half a row
        shares = np.maximum(counts, 0.5)
        new = _read_priors(self.priors, "priors", self.classes_, shares)
        old = _read_priors(self.learnt, "learnt", self.classes_, shares)
        self.weights_ = new / old
        return self

    def _adjust(self, probabilities):
        return weigh(probabilities, self.weights_)


class CostSensitive(Decision):
    """Decide for the class with the least expected cost.

    Parameters
    ----------
    estimator : classifier
        One with `predict_proba`; not changed, a clone is fitted.
    costs : array-like of shape (n_classes, n_classes), DataFrame, dict or None, default=None
        Cost of predicting the class of a column where that of the row is true. Rows and columns of
        an array are the sorted classes; a DataFrame names them; a dict
        ``{(true, predicted): cost}`` names what does not cost 1, or 0 where both are the same.
        None: every mistake costs 1.

    Attributes
    ----------
    estimator_ : classifier
        The fitted clone.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    costs_ : ndarray of float64 of shape (n_classes, n_classes)
        Costs, true classes in rows and predicted ones in columns.

    See Also
    --------
    PriorCorrection : Weighs classes by how frequent they are.

    Notes
    -----
    `predict_proba` gives the probabilities of the estimator as they are: costs change what is
    decided, not what is believed. The decision is as good as these probabilities; calibrate them
    (:class:`~sklearn.calibration.CalibratedClassifierCV`) where they are too sure.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001.

    Examples
    --------
    To miss sadness is ten times as bad as any other mistake:

    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion import CostSensitive
    >>> X, y = [[0]] * 4, ["happy", "happy", "happy", "sad"]
    >>> estimator = DummyClassifier(strategy="prior")
    >>> CostSensitive(estimator, costs={("sad", "happy"): 10}).fit(X, y).predict([[0]])
    array(['sad'], dtype='<U5')
    """

    _parameter_constraints = {
        **Decision._parameter_constraints,
        "costs": ["array-like", dict, None],
    }

    def __init__(self, estimator, costs=None):
        self.estimator = estimator
        self.costs = costs

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **params):
        """Fit the estimator, and read the costs.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        y : array-like of shape (n_samples,)
            Classes.
        **params : dict
            Metadata that the estimator asks for.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If costs are missing for a class, or name one that is not in `y`.
        """
        self._fit_estimator(X, y, params)
        self.costs_ = _read_costs(self.costs, self.classes_)
        return self

    def _decide(self, probabilities):
        return (probabilities @ self.costs_).argmin(axis=1)


def _read_priors(given, name, classes, shares):
    if isinstance(given, str):
        return (
            np.full(len(classes), 1 / len(classes))
            if given == "uniform"
            else (shares / shares.sum())
        )
    if isinstance(given, dict):
        missing = [item for item in classes.tolist() if item not in given]
        if missing:
            raise ValueError(
                f"Expected {name} to hold every class, got no prior of {missing[0]!r}. "
                f"Give one for each of {classes.tolist()}."
            )
        given = [given[item] for item in classes.tolist()]
    priors = np.asarray(given, dtype=float)
    if priors.shape != classes.shape or not (np.isfinite(priors) & (priors > 0)).all():
        raise ValueError(
            f"Expected {name} to be {len(classes)} positive numbers, got {given!r}. "
            f"Give one for each of {classes.tolist()}."
        )
    return priors / priors.sum()


def _read_costs(given, classes):
    names = classes.tolist()
    if given is None or isinstance(given, dict):
        costs = pd.DataFrame(1.0 - np.eye(len(names)), names, names)
        for pair, cost in (given or {}).items():
            unknown = [name for name in pair if name not in names]
            if unknown:
                raise ValueError(
                    f"Expected costs of pairs of classes, got {unknown[0]!r} in {pair!r}. "
                    f"Use some of {names}."
                )
            costs.loc[pair] = cost
    elif hasattr(given, "loc"):
        missing = [name for name in names if name not in given.index or name not in given.columns]
        if missing:
            raise ValueError(
                f"Expected costs to have a row and a column for each class, got none for "
                f"{missing[0]!r}. Name all of {names} in both."
            )
        costs = given.loc[names, names]
    else:
        costs = given
    costs = np.asarray(costs, dtype=float)
    if costs.shape != (len(names), len(names)) or not np.isfinite(costs).all():
        raise ValueError(
            f"Expected costs to be finite and of shape ({len(names)}, {len(names)}), got shape "
            f"{costs.shape}. Give a row for each true and a column for each predicted class of "
            f"{names}."
        )
    return costs
