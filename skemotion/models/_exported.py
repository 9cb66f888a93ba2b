"""The base of classifiers that run an exported network."""

import json
import os
from abc import ABCMeta, abstractmethod
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length

from skemotion._compat import Interval, _fit_context
from skemotion._files import refuse_folder
from skemotion.models import _rows
from skemotion.models._graph import add_axes
from skemotion.models._shelf import in_use


class NetworkBytes(bytes):
    """The content of a network file, which is not printed.

    Parameters
    ----------
    content : bytes
        The file.
    """

    def __repr__(self):
        return f"<network of {len(self):,} bytes>"


def _has_probabilities(classifier):
    """Whether a network has them, or cannot be asked: the method itself says why."""
    try:
        return classifier._graph.has_probabilities
    except (ValueError, OSError, ImportError):
        return True


class ExportedClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """Base of classifiers around a network that was exported: everything but its runtime.

    Parameters
    ----------
    network : bytes or path-like
        The file, or its content.
    classes : array-like of shape (n_classes,), default=None
        Classes, in the order of its outputs. None: the sorted classes of `y` in `fit`.
    n_threads : int, default=1
        Threads inside the network.
    """

    _parameter_constraints = {
        "network": [bytes, str, os.PathLike],
        "classes": ["array-like", None],
        "n_threads": [Interval(Integral, 1, None, closed="left")],
    }
    _ending = None  # of its files
    parity_ = None  # what was measured against the original when it was exported

    def __init__(self, network, *, classes=None, n_threads=1):
        self.network = network
        self.classes = classes
        self.n_threads = n_threads

    @abstractmethod
    def _open(self, content):
        """Return the network, opened."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Compare data with the network, which stays as it is.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the network has another number of classes, or takes samples of another shape.
        """
        check_consistent_length(self._check(X), y)
        y = np.asarray(y)
        check_classification_targets(y)
        if self.classes is None:
            self._seen_classes = np.unique(y)
        else:
            _rows.check_known(y, self.classes_)
        self._check_classes(self._graph)
        return self

    @available_if(_has_probabilities)
    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples; any number of them, of any length where the network takes that.

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        self.classes_  # noqa: B018 - says that it is not fitted
        shares = self._graph.predict_proba(self._check(X))
        self._check_classes(self._graph)  # not all say how many they have before
        return shares

    def predict(self, X):
        """Predict the class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples; any number of them, of any length where the network takes that.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        classes = self.classes_
        decided = self._graph.decide(self._check(X))
        self._check_classes(self._graph)
        return classes[decided]

    @property
    def classes_(self):
        """Classes, in the order of the outputs."""
        if self.classes is not None:
            return np.asarray(self.classes)
        if "_seen_classes" not in vars(self):
            raise NotFittedError(
                f"This {type(self).__name__} does not know the classes of its network yet. Give "
                "classes, or call fit first."
            )
        return self._seen_classes

    @property
    def input_shape_(self):
        """Shape of one sample as the network takes it; None where any length goes."""
        return self._graph.input_shape

    @property
    def n_features_in_(self):
        """Length of the first axis of a sample, where the network takes one only."""
        if not self.input_shape_ or self.input_shape_[0] is None:
            raise AttributeError(f"{type(self).__name__} takes any number of features.")
        return self.input_shape_[0]

    @property
    def _graph(self):
        """The network, opened once in each process."""
        key = (self.network, self.n_threads, id(self.classes), os.getpid())
        kept = vars(self).get("_kept")
        if kept is None or kept[0] != key:
            self._validate_params()  # nobody has to call fit
            graph = self._open(self._read())
            if self.classes is not None:
                self._check_classes(graph)
            kept = self._kept = key, graph
        return kept[1]

    def _check_classes(self, graph):
        if graph.n_classes not in (None, len(self.classes_)):
            raise ValueError(
                f"Expected as many classes as the network has outputs, {graph.n_classes}, got "
                f"{len(self.classes_)}: {self.classes_.tolist()}. "
                "Give classes, in the order of its outputs."
            )

    def _read(self):
        if isinstance(self.network, bytes):
            return self.network
        refuse_folder(self.network, "network to be a file")
        try:
            with open(self.network, "rb") as file:
                return file.read()
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"Expected network to be a file, got {os.fspath(self.network)!r}, which is none. "
                "Check the path."
            ) from error

    def _check(self, X):
        """Return samples as the network takes them."""
        X = _rows.check_samples(X, self)
        expected = self._graph.input_shape
        samples = add_axes(X, expected)
        _rows.check_shape(expected, samples, X.shape)
        return samples

    def __getstate__(self):
        state = {name: value for name, value in super().__getstate__().items() if name != "_kept"}
        shelf = in_use()
        if shelf is not None:
            state["network"] = shelf.put(self._read(), self._ending)
            state["parity_"] = json.dumps(self.parity_)  # one text, not a part for each number
        return state

    def __setstate__(self, state):
        shelf = in_use()
        if shelf is not None:
            content = shelf.take(state["network"])
            if not (isinstance(content, bytes) and state["network"].endswith(self._ending)):
                raise ValueError(f"Expected a network in {self._ending}, got {state['network']}.")
            state = {**state, "network": NetworkBytes(content)}
            state["parity_"] = json.loads(state["parity_"])
        super().__setstate__(state)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "classes_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.requires_fit = self.classes is None
        return tags
