"""Contrastive pre-training without labels, then a fit on those there are."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_array, check_random_state, indexable
from sklearn.utils.metadata_routing import process_routing

from skemotion._compat import HasMethods, Interval, _check_method_params, _fit_context
from skemotion.image import ImageAugmenter
from skemotion.models import _contrast, _rows
from skemotion.models._decision import Decision
from skemotion.models._neural import _ARRAYS, NeuralClassifier
from skemotion.models._unlabelled import find_labelled, hold_out
from skemotion.resampling._rows import take

# two views of a face that are to be told from other faces differ in more than light and place
_STRONGER = {
    "rotation": 15.0,
    "shift": 0.1,
    "zoom": 0.25,
    "brightness": 0.2,
    "contrast": 0.4,
    "cutout": 0.3,
}


class ContrastiveClassifier(Decision):
    """Train a network on rows without labels first, then on those that have one.

    Each sample is varied twice at random; the network learns, as in SimCLR [1]_, to tell which of
    all views in the batch are of one sample. Then it is fitted as always, from those weights
    instead of random ones. Rows without a label are those whose class is -1 (or "-1"), as in
    scikit-learn.

    All happens in `fit`, on the rows that it is given. Cross-validation hands it the rows of the
    training part alone, and no weights come from elsewhere, so that no recording is tested on
    that was learnt from. Rows that the network is validated on are set apart first, and with
    `groups` the unlabelled rows of their subjects too.

    Parameters
    ----------
    estimator : NeuralClassifier
        The network and how it is fitted in the end; not changed, a clone is fitted.
    epochs : int, default=30
        Number of passes over all rows without looking at labels.
    batch_size : int, default=128
        Number of samples a step. Each is compared with all others of its batch: larger is better.
    learning_rate : float, default=1e-3
        Learning rate at the start, from where it falls along half a cosine to 0; of Adam.
    temperature : float, default=0.1
        What similarities are divided by: the smaller, the more the most similar views count.
    projection_units : int, default=64
        Size of both dense layers that are trained in place of the last layer, and thrown away.
    augmenter : augmenter or None, default=None
        Makes the views: an object whose ``augment_batch(X, rng)`` returns varied samples. None
        means that of the network; for images with stronger settings, and changes of light, for
        which pixels must be in its `value_range`.
    random_state : int, RandomState instance or None, default=None
        Seeds the first weights, the order of the samples and the views. The fit with labels draws
        from the `random_state` of `estimator`.
    verbose : int, default=0
        As in :meth:`keras.Model.fit`.

    Attributes
    ----------
    estimator_ : NeuralClassifier
        The fitted clone.
    classes_ : ndarray of shape (n_classes,)
        Classes; -1 is none.
    pretraining_ : DataFrame with columns `epoch`, `loss`
        How the first part went, one row an epoch.
    n_pretrained_ : int
        Number of rows that it saw.

    See Also
    --------
    SelfTraining : Lets a classifier label the rest.

    Notes
    -----
    All layers but the last are pre-trained, for any network that ends with one dense layer after
    another layer, as all of this library do. A base that is frozen stays so.

    References
    ----------
    .. [1] T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A Simple Framework for Contrastive
       Learning of Visual Representations", ICML 2020. https://arxiv.org/abs/2002.05709

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import CNNClassifier, ContrastiveClassifier
    >>> faces = np.random.default_rng(0).random((24, 12, 12)) / 2
    >>> faces[::2, :6] += 0.5
    >>> emotions = ["happy", "sad"] * 4 + [-1] * 16
    >>> network = CNNClassifier((4,), learning_rate=0.01, epochs=20, random_state=0)
    >>> contrastive = ContrastiveClassifier(network, epochs=2, random_state=0)
    >>> contrastive.fit(faces, np.array(emotions, dtype=object)).predict(faces[:2])
    array(['happy', 'sad'], dtype='<U5')
    >>> contrastive.n_pretrained_
    24
    """

    _parameter_constraints = {
        "estimator": [NeuralClassifier],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "temperature": [Interval(Real, 0, None, closed="neither")],
        "projection_units": [Interval(Integral, 1, None, closed="left")],
        "augmenter": [HasMethods("augment_batch"), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator,
        *,
        epochs=30,
        batch_size=128,
        learning_rate=1e-3,
        temperature=0.1,
        projection_units=64,
        augmenter=None,
        random_state=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.temperature = temperature
        self.projection_units = projection_units
        self.augmenter = augmenter
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, **params):
        """Train without labels on all rows, then with labels on those that have one.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Samples as the network takes them.
        y : array-like of shape (n_samples,)
            Classes, -1 for rows without.
        **params : dict
            Metadata of all rows that the network asks for: `groups`, `validation`,
            `sample_weight`, `soft_labels`. The first part uses only the first two of them.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If no row has a label, if fewer than two classes are left to train on, or if there is
            no augmenter.
        """
        X, y = indexable(X, y)
        labelled, names = find_labelled(y)
        params = dict(process_routing(self, "fit", **params).estimator.fit)
        classifier = clone(self.estimator)
        rows = np.flatnonzero(labelled)
        _, names = classifier._check_to_fit(take(X, rows), names, first=True)
        params, free = hold_out(classifier, labelled, names, params)
        _rows.check_classes(names[free[labelled]])
        samples = check_array(X, estimator=classifier, **_ARRAYS)
        samples = classifier._to_samples(samples if free.all() else samples[free])
        weights, self.pretraining_ = self._pretrain(classifier, samples, len(np.unique(names)))
        self.n_pretrained_ = len(samples)
        classifier._first_weights = weights
        try:
            routed = _check_method_params(X, params, rows)
            self.estimator_ = classifier.fit(take(X, rows), names, **routed)
        finally:
            del classifier._first_weights
        self.classes_ = classifier.classes_
        return self

    def _pretrain(self, classifier, samples, n_classes):
        seed = None
        if self.random_state is not None:
            seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        return _contrast.pretrain(
            classifier,
            samples,
            n_classes,
            projection_units=self.projection_units,
            temperature=self.temperature,
            augmenter=self.augmenter or _make_augmenter(classifier),
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            random_state=seed,
            verbose=self.verbose,
        )


def _make_augmenter(classifier):
    try:
        augmenter = classifier.default_augmenter()
    except ValueError as error:
        raise ValueError(
            f"Expected an augmenter that makes two views of a sample, got None, and "
            f"{type(classifier).__name__} has none of its own. Pass one: augmenter=..."
        ) from error
    return augmenter.set_params(**_STRONGER) if isinstance(augmenter, ImageAugmenter) else augmenter
