"""The base of what decides by the probabilities of another classifier."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted

from skemotion._compat import HasMethods


class Decision(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base of what decides by the probabilities of another classifier."""

    _parameter_constraints = {"estimator": [HasMethods(["fit", "predict_proba"])]}

    def _fit_estimator(self, X, y, params):
        """Fit a clone with what it asks for of the metadata."""
        routed = process_routing(self, "fit", **params)
        self.estimator_ = clone(self.estimator).fit(X, y, **routed.estimator.fit)
        self.classes_ = self.estimator_.classes_
        return self

    def _probabilities(self, X, params, method):
        check_is_fitted(self)
        routed = process_routing(self, method, **params)
        return self.estimator_.predict_proba(X, **routed.estimator.predict_proba)

    def predict_proba(self, X, **params):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        **params : dict
            Metadata that the estimator asks for.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; rows sum to 1.
        """
        return self._adjust(self._probabilities(X, params, "predict_proba"))

    def predict(self, X, **params):
        """Predict the class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            What the estimator takes.
        **params : dict
            Metadata that the estimator asks for.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        decided = self._decide(self._probabilities(X, params, "predict"))
        return self.classes_[decided]

    def _adjust(self, probabilities):
        return probabilities

    def _decide(self, probabilities):
        return self._adjust(probabilities).argmax(axis=1)

    def get_metadata_routing(self):
        """Return what metadata goes where.

        Returns
        -------
        :class:`~sklearn.utils.metadata_routing.MetadataRouter`
            All goes to the estimator, as far as it asks for it.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        for caller in ("predict", "predict_proba"):
            mapping = mapping.add(caller=caller, callee="predict_proba")
        return MetadataRouter(owner=type(self).__name__).add(
            estimator=self.estimator, method_mapping=mapping
        )

    @property
    def n_features_in_(self):
        """Number of features that the estimator saw during `fit`."""
        try:
            check_is_fitted(self)
        except ValueError as error:
            raise AttributeError(f"{type(self).__name__} has no n_features_in_ yet.") from error
        return self.estimator_.n_features_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags


def weigh(probabilities, weights):
    """Multiply probabilities with weights of the classes, and bring rows back to sum 1.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes)
        Not changed.
    weights : ndarray of shape (n_classes,)
        Positive numbers.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
    """
    weighted = probabilities * weights
    sums = weighted.sum(axis=1, keepdims=True)
    return np.divide(weighted, sums, out=np.array(probabilities, weighted.dtype), where=sums > 0)
