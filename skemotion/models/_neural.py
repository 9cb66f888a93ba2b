"""The base of every neural classifier: the only file that imports SciKeras."""

import threading
from abc import ABCMeta, abstractmethod
from contextlib import nullcontext
from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_array, check_random_state, check_X_y
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from skemotion._compat import Interval, StrOptions, _fit_context
from skemotion.models import _backend, _rows
from skemotion.models._callbacks import make_callbacks

_TRAINING = threading.RLock()  # Keras draws from generators that all threads share
_ARRAYS = {"dtype": [np.float32, np.uint8], "allow_nd": True}  # what samples are converted to


class NeuralClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """Base of the neural classifiers: trains a Keras network through SciKeras.

    A sub-class writes :meth:`build` and its constructor; training, early stopping by subject,
    class weights, prediction and pickling come from here. The global generators of Python, NumPy
    and TensorFlow are left as they were found whenever `random_state` is set.

    Parameters
    ----------
    epochs : int, default=30
        Number of passes over the training rows; the most there are with early stopping.
    batch_size : int, default=32
        Number of samples a step.
    optimizer : str, default="adam"
        Name of a Keras optimizer.
    learning_rate : float, default=1e-3
        Learning rate at the start.
    schedule : {"plateau", "cosine"} or None, default=None
        How the learning rate falls: halved when the loss has not improved for half of `patience`
        epochs, along a half cosine to 0 over all epochs, or not at all.
    class_weight : "balanced", dict or None, default=None
        Weight of each class, multiplied with `sample_weight`; classes left out of a dict count 1.
    label_smoothing : float, default=0.0
        Share of the target that is spread evenly over all classes, in [0, 1).
    early_stopping : bool, default=False
        Set rows apart, stop when the loss on them has not improved for `patience` epochs, and keep
        the weights of the best epoch.
    patience : int, default=5
        Number of epochs without improvement.
    validation_fraction : float, default=0.1
        Share of the rows that early stopping sets apart.
    augment : bool, default=False
        Vary the samples at random during training, inside the network.
    callbacks : list of :class:`keras.callbacks.Callback` or None, default=None
        Copied before each fit.
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights, the order of the samples, dropout, augmentation and the rows
        set apart. An int gives the same network at every fit.
    verbose : int, default=0
        As in :meth:`keras.Model.fit`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes, those of soft labels among them.
    model_ : keras.Model
        The trained network.
    history_ : DataFrame with columns `epoch`, `loss`, `accuracy`
        One row an epoch, `epoch` from 1; also `val_loss` and `val_accuracy` with rows set apart.
    n_epochs_ : int
        Number of epochs trained.
    input_shape_ : tuple of int or None
        Shape of one sample as the network takes it; None where any length goes.
    n_features_in_ : int
        Length of the first axis of a sample seen during `fit`.

    References
    ----------
    .. [1] A. Garcia Badaracco, "SciKeras", https://github.com/adriangb/scikeras
    .. [2] L. Prechelt, "Early Stopping -- But When?", in Neural Networks: Tricks of the Trade,
       Springer, 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import NeuralClassifier
    >>> class Perceptron(NeuralClassifier):
    ...     def build(self, input_shape, n_classes):
    ...         from keras import Input, Sequential, layers
    ...         return Sequential(
    ...             [Input(input_shape), layers.Dense(n_classes, activation="softmax")]
    ...         )
    >>> X = np.array([[0.0], [0.1], [0.9], [1.0]])
    >>> classifier = Perceptron(epochs=80, learning_rate=0.1, random_state=0)
    >>> classifier.fit(X, ["calm", "calm", "angry", "angry"]).predict([[0.0], [1.0]])
    array(['calm', 'angry'], dtype='<U5')
    """

    # requested by default: a pipeline routes them without set_fit_request
    __metadata_request__fit = {"groups": True, "soft_labels": True, "validation": True}

    _parameter_constraints = {
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "optimizer": [str],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "schedule": [StrOptions({"plateau", "cosine"}), None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "early_stopping": ["boolean"],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "augment": ["boolean"],
        "callbacks": [list, tuple, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        *,
        epochs=30,
        batch_size=32,
        optimizer="adam",
        learning_rate=1e-3,
        schedule=None,
        class_weight=None,
        label_smoothing=0.0,
        early_stopping=False,
        patience=5,
        validation_fraction=0.1,
        augment=False,
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.early_stopping = early_stopping
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.augment = augment
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def build(self, input_shape, n_classes):
        """Build the network, not compiled.

        Parameters
        ----------
        input_shape : tuple of int or None
            Shape of one sample.
        n_classes : int
            Number of classes.

        Returns
        -------
        keras.Model
            Maps (batch, *input_shape) to (batch, n_classes) probabilities.
        """

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, groups=None, validation=None, soft_labels=None):
        """Build and train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples, finite numbers.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample; those of weight 0 are left out.
        groups : array-like of shape (n_samples,), default=None
            Subjects. Early stopping then validates on whole subjects that are not trained on;
            otherwise on rows drawn class by class.
        validation : array-like of bool of shape (n_samples,), default=None
            Rows to validate on and not to train on; wins over `groups`.
        soft_labels : DataFrame or array-like of shape (n_samples, n_classes), default=None
            Shares of the classes to train towards instead of `y`, where raters disagree; a
            DataFrame has one column a class. Rows sum to 1.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If fewer than two classes, or with early stopping fewer than two subjects, are there
            to train on, or if a parameter or an array is not what it should be.
        """
        samples, y = self._check_to_fit(X, y, first=True)
        targets, self.classes_ = _rows.make_targets(y, np.unique(y), soft_labels)
        weight = _rows.weigh_rows(samples, y, self.classes_, self.class_weight, sample_weight)
        seed = self._draw_seed()
        train, held = slice(None), None
        if validation is not None or self.early_stopping:
            train, held = _rows.split_rows(
                np.searchsorted(self.classes_, y),
                len(self.classes_),
                groups=groups,
                mask=validation,
                fraction=self.validation_fraction,
                rng=check_random_state(seed),
            )
        _rows.check_classes(y[train] if weight is None else y[train][weight[train] > 0])
        self._start(samples, seed)
        history = self._train(
            _rows.take_rows(train, samples, targets, weight),
            None if held is None else _rows.take_rows(held, samples, targets, weight),
            seed,
        )
        self._note(pd.DataFrame(history))
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch more; the first call builds the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples.
        y : array-like of shape (n_samples,)
            Classes.
        classes : array-like of shape (n_classes,), default=None
            All classes; needed at the first call where `y` does not hold them all.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample.

        Returns
        -------
        self
        """
        first = not hasattr(self, "history_")
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all rows at once, partial_fit sees some of them. "
                "Pass a dict of class weights."
            )
        samples, y = self._check_to_fit(X, y, first=first)
        if first:
            self.classes_ = np.unique(y if classes is None else classes)
            _rows.check_classes(self.classes_)
        for named in (y, self.classes_ if classes is None else classes):
            _rows.check_known(named, self.classes_)
        weight = _rows.weigh_rows(samples, y, self.classes_, self.class_weight, sample_weight)
        seed = self._draw_seed()
        if first:
            self._start(samples, seed)
        targets, _ = _rows.make_targets(y, self.classes_, None)
        history = self._train((samples, targets, weight), None, seed, partial=True)
        before = [] if first else [self.history_.drop(columns="epoch")]
        self._note(pd.concat([*before, pd.DataFrame(history)], ignore_index=True))
        return self

    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype float32
            In the order of `classes_`.
        """
        check_is_fitted(self)
        samples = self._check_known_shape(X, check_array(X, estimator=self, **_ARRAYS))
        return self._forward(samples)

    def predict(self, X):
        """Predict the class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,)
            The most probable class of each sample.
        """
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _check_to_fit(self, X, y, *, first):
        """Return the samples as the network takes them, and their classes."""
        if first:
            X, y = validate_data(self, X, y, **_ARRAYS)
            samples = self._to_samples(X)
        else:
            given, (X, y) = X, check_X_y(X, y, estimator=self, **_ARRAYS)
            samples = self._check_known_shape(given, X)
        check_classification_targets(y)
        return samples, y

    def _check_known_shape(self, given, X):
        if X.ndim == 2:
            validate_data(self, given, reset=False, skip_check_array=True)
        samples = self._to_samples(X)
        _rows.check_shape(self.input_shape_, samples, X.shape)
        return samples

    def _to_samples(self, X):
        """Return `X` as the network takes it."""
        return X

    def _shape_of(self, samples):
        """Return the shape of one sample, None where any length goes."""
        return samples.shape[1:]

    def _split_frozen(self, model):
        """Return the part whose outputs never change while training, or None, and the rest."""
        return None, model

    def _draw_seed(self):
        if self.random_state is None:
            return None
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _start(self, samples, seed):
        self.input_shape_ = self._shape_of(samples)
        states = _import_scikeras()[1]
        context = nullcontext() if seed is None else states.tensorflow_random_state(seed)
        with _TRAINING, context:
            self.model_ = self.build(self.input_shape_, len(self.classes_))
        self._forward = _backend.make_forward(self.model_)

    def _train(self, rows, held, seed, *, partial=False):
        """Train on (samples, targets, weights) and return the history of SciKeras."""
        frozen, trained = self._split_frozen(self.model_)
        if frozen is not None:
            rows, held = _rows.replace_samples(_backend.make_forward(frozen), rows, held)
        if not trained.compiled:
            _backend.compile_model(
                trained, self.optimizer, self.learning_rate, self.label_smoothing
            )
        samples, targets, weight = rows
        # KerasClassifier would learn the classes of the training rows alone
        wrapper = _import_scikeras()[0].BaseWrapper(
            trained,
            epochs=1 if partial else self.epochs,
            batch_size=self.batch_size,
            callbacks=make_callbacks(self, held is not None, partial),
            random_state=seed,
            verbose=self.verbose,
        )
        with _TRAINING, _backend.keras_warnings_ignored():
            wrapper.fit(samples, targets, sample_weight=weight, validation_data=held)
        return wrapper.history_

    def _note(self, history):
        history.insert(0, "epoch", np.arange(1, len(history) + 1))
        self.history_ = history
        self.n_epochs_ = len(history)

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = _backend.model_to_bytes(state["model_"])
            del state["_forward"]
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "model_"):
            self.model_ = _backend.model_from_bytes(self.model_)
            self._forward = _backend.make_forward(self.model_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _import_scikeras():
    wrappers = _backend.import_quietly("scikeras.wrappers")
    states = _backend.import_quietly("scikeras.utils.random_state")
    if hasattr(states, "config"):
        # SciKeras sets a variable that TensorFlow reads at its first look: let it look before,
        # or it stays deterministic and whoever draws without a seed later fails
        states.config.is_op_determinism_enabled()
    return wrappers, states
