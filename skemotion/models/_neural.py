"""The base of every neural classifier."""

import threading
from abc import ABCMeta, abstractmethod
from contextlib import nullcontext

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, check_X_y
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from skemotion._compat import _fit_context
from skemotion.models import _backend, _rows
from skemotion.models._declare import network
from skemotion.models._forward import make_forward
from skemotion.models._parameters import TrainingParameters
from skemotion.models._scikeras import import_scikeras, make_runner
from skemotion.models._shelf import pack_state, unpack_state
from skemotion.models._training import Part, Phase, train, train_epoch

_TRAINING = threading.RLock()  # Keras draws from generators that all threads share
_ARRAYS = {"dtype": [*_rows.SAMPLE_TYPES], "allow_nd": True}


@network
class NeuralClassifier(ClassifierMixin, TrainingParameters, BaseEstimator, metaclass=ABCMeta):
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
    optimizer_params : dict or None, default=None
        Further parameters of it, such as ``{"momentum": 0.9}`` or ``{"weight_decay": 1e-4}``.
    learning_rate : float, default=1e-3
        Learning rate at the start.
    schedule : {"plateau", "cosine"} or None, default=None
        How the learning rate falls: halved when `monitor` has not improved for half of `patience`
        epochs, along a half cosine to 0 over all epochs, or not at all.
    warmup_epochs : int, default=0
        Number of epochs over which the learning rate first rises; not with "plateau".
    gradient_accumulation : int, default=1
        Number of batches whose gradients make one step, where a larger batch would not fit.
    loss : {"crossentropy", "focal"}, default="crossentropy"
        What is minimised. The focal loss [3]_ counts samples that are already right for less.
    focal_gamma : float, default=2.0
        How much less.
    class_weight : "balanced", dict or None, default=None
        Weight of each class, multiplied with `sample_weight`; classes left out of a dict count 1.
    balanced_batches : bool, default=False
        Draw each class equally often, some samples more than once an epoch and others not at all.
    label_smoothing : float, default=0.0
        Share of the target that is spread evenly over all classes, in [0, 1).
    mixup : float, default=0.0
        Mix each sample and its target with another of the batch [4]_: the parameter of the beta
        distribution that the shares come from. 0 mixes none.
    augment : bool or augmenter, default=False
        Vary the samples of each batch at random during training: with an object whose
        ``augment_batch(X, rng)`` returns varied samples, or with :meth:`default_augmenter`.
    early_stopping : bool, default=False
        Set rows apart, stop when `monitor` has not improved on them for `patience` epochs, and
        keep the weights of the best epoch.
    monitor : {"loss", "accuracy"}, default="loss"
        What is to improve, on the rows set apart if any.
    patience : int, default=5
        Number of epochs without improvement.
    validation_fraction : float, default=0.1
        Share of the rows that early stopping sets apart.
    precision : {"float32", "auto", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Numbers that the network computes with; "auto" means mixed_bfloat16 where a GPU is there.
        Weights and probabilities are float32 with all.
    checkpoint : path-like or None, default=None
        Folder where each epoch is saved. The same fit, started again after an interruption, goes
        on from there and ends with the same network; needs an int `random_state`. The state of
        own `callbacks` is not saved.
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
    .. [3] T.-Y. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017.
    .. [4] H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.

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

    _first_weights = None  # of a network of this architecture, where a fit is not to start anew

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

    def default_augmenter(self):
        """Return what ``augment=True`` varies samples with.

        Returns
        -------
        object
            With a method ``augment_batch(X, rng)``.

        Raises
        ------
        ValueError
            If the network has none.
        """
        raise ValueError(
            f"Expected augment to be an augmenter, got True, and {type(self).__name__} has none of "
            "its own. Pass one, such as ImageAugmenter() for images."
        )

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
        _rows.check_balancing(self.class_weight, self.balanced_batches)
        samples, y = self._check_to_fit(X, y, first=True)
        targets, self.classes_ = _rows.make_targets(y, np.unique(y), soft_labels)
        weight = _rows.weigh_rows(samples, y, self.classes_, self.class_weight, sample_weight)
        seed = self._draw_seed()
        chosen, held = slice(None), None
        if validation is not None or self.early_stopping:
            chosen, held = _rows.split_rows(
                np.searchsorted(self.classes_, y),
                self.classes_,
                groups=groups,
                mask=validation,
                fraction=self.validation_fraction,
                rng=check_random_state(seed),
            )
        _rows.check_classes(y[chosen] if weight is None else y[chosen][weight[chosen] > 0])
        self._start(samples, seed)
        rows = Part(samples, targets, weight)
        held = None if held is None else rows[held].counted()
        self._train(rows[chosen].counted(), held, seed)
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
        done = 0 if first else self.n_epochs_
        rows, trained = Part(samples, targets, weight).counted(), self._plain(self.model_)
        with _TRAINING, _backend.precision(self.precision), _backend.keras_warnings_ignored():
            history = train_epoch(self, make_runner(seed, self.verbose), trained, rows, seed, done)
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
        return self._forward(self._check_known_shape(X, _rows.check_samples(X, self)))

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
        return None, self._plain(model)

    def _plain(self, model):
        """Return the network that is trained, where `model` holds it."""
        return model

    def _phases(self, model):
        """Yield the phases of a fit; between them, `model` may be made trainable further."""
        yield Phase(self.epochs, self.learning_rate)

    def _draw_seed(self):
        if self.random_state is None:
            return None
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _start(self, samples, seed):
        self.input_shape_ = self._shape_of(samples)
        states = import_scikeras()[1]
        context = nullcontext() if seed is None else states.tensorflow_random_state(seed)
        with _TRAINING, context, _backend.precision(self.precision):
            self.model_ = self.build(self.input_shape_, len(self.classes_))
        if self._first_weights is not None:
            self.model_.set_weights(self._first_weights)
        self._forward = make_forward(self.model_)

    def _train(self, rows, held, seed):
        """Train through all phases, and note how it went, also where it is interrupted."""
        run, history, kept = make_runner(seed, self.verbose), [], []
        try:
            with _TRAINING, _backend.precision(self.precision), _backend.keras_warnings_ignored():
                for number, phase in enumerate(self._phases(self.model_)):
                    frozen, trained = self._split_frozen(self.model_)
                    parts = [rows, held]
                    if frozen is not None:
                        forward = make_forward(frozen)
                        parts = [part and part.replaced(forward) for part in parts]
                    history.append({})
                    how = {"phase": phase, "number": number, "history": history[-1]}
                    kept.append(train(self, run, trained, *parts, seed, **how))
            for checkpoint in kept:
                if checkpoint is not None:
                    checkpoint.remove()
        finally:
            self._note(pd.concat(map(pd.DataFrame, history or [{}]), ignore_index=True))

    def _note(self, history):
        history.insert(0, "epoch", np.arange(1, len(history) + 1))
        self.history_ = history
        self.n_epochs_ = len(history)

    def __getstate__(self):
        return pack_state(super().__getstate__())

    def __setstate__(self, state):
        super().__setstate__(unpack_state(state))
        if hasattr(self, "model_"):
            self._forward = make_forward(self.model_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
