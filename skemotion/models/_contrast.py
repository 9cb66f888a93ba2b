"""Train a network without labels: views of one picture alike, views of others different."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.base import clone

from skemotion.models import _backend
from skemotion.models._images import without_flip
from skemotion.models._neural import _TRAINING
from skemotion.models._parameters import TrainingParameters
from skemotion.models._scikeras import make_runner
from skemotion.models._training import Part, Phase, train


def pretrain(
    classifier, samples, n_classes, *, projection_units, temperature, augmenter, **training
):
    """Train all layers of a classifier's network but the last one on pairs of views.

    Parameters
    ----------
    classifier : NeuralClassifier
        Says what the network is; not changed.
    samples : ndarray of shape (n_samples, ...)
        Samples as the network takes them.
    n_classes : int
        Number of classes that it will tell apart.
    projection_units : int
        Size of both layers of the head that is trained along and thrown away.
    temperature : float
        What similarities are divided by.
    augmenter : object
        Its ``augment_batch(X, rng)`` makes the views.
    **training
        `epochs`, `batch_size`, `learning_rate`, `random_state` (an int or None) and `verbose`.

    Returns
    -------
    weights : list of ndarray
        Those of the whole network; of its last layer as they were drawn.
    history : DataFrame with columns `epoch`, `loss`
        One row an epoch.
    """
    seed = training["random_state"]
    settings = TrainingParameters(
        **training, loss=ntxent(temperature), schedule="cosine", augment=TwoViews(augmenter)
    )
    draft = clone(classifier)
    draft.classes_ = np.arange(n_classes)
    draft._start(samples, seed)
    network = without_flip(draft.model_)
    rows = Part(samples, np.zeros((len(samples), 1), np.float32), None)
    phase, history = Phase(settings.epochs, settings.learning_rate), {}
    with _TRAINING, _backend.keras_warnings_ignored():
        projector = _project(network, projection_units, seed)
        run = make_runner(seed, settings.verbose)
        train(settings, run, projector, rows, None, seed, phase=phase, number=0, history=history)
    history = pd.DataFrame({"loss": history["loss"]})
    history.insert(0, "epoch", np.arange(1, len(history) + 1))
    return network.get_weights(), history


def _project(network, units, seed):
    """Return the network with two dense layers in place of its last one."""
    keras = _backend.import_keras()
    first, second = (None, None) if seed is None else (seed, seed + 1)
    hidden = keras.layers.Dense(
        units, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(first)
    )(network.layers[-1].input)
    views = keras.layers.Dense(
        units, dtype="float32", kernel_initializer=keras.initializers.GlorotUniform(second)
    )(hidden)
    return keras.Model(network.inputs, views)


class TwoViews:
    """Make two batches of varied samples of each batch, one behind the other.

    Parameters
    ----------
    augmenter : object
        Its ``augment_batch(X, rng)`` returns varied samples.
    """

    def __init__(self, augmenter):
        self.augmenter = augmenter

    def augment_batch(self, X, rng):
        """Return first views of all samples, then second ones.

        Parameters
        ----------
        X : ndarray of shape (n_samples, ...)
            Samples.
        rng : numpy.random.Generator
            Where chance comes from.

        Returns
        -------
        ndarray of shape (2 * n_samples, ...)
        """
        return np.concatenate([self.augmenter.augment_batch(X, rng) for _ in range(2)])


@cache  # one function a temperature: networks trained with it share what was compiled
def ntxent(temperature):
    """Return the loss of SimCLR, the normalised temperature-scaled cross-entropy.

    Parameters
    ----------
    temperature : float
        What cosine similarities are divided by.

    Returns
    -------
    callable
        Maps targets, which play no part, and outputs of shape (2 * n, units), second views behind
        first ones, to a loss of shape (2 * n,).

    References
    ----------
    .. [1] T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A Simple Framework for Contrastive
       Learning of Visual Representations", ICML 2020. https://arxiv.org/abs/2002.05709

    Examples
    --------
    >>> import numpy as np
    >>> alike = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype="float32")
    >>> [round(float(loss), 3) for loss in ntxent(0.1)(None, alike)]
    [0.0, 0.0, 0.0, 0.0]
    >>> [round(float(loss), 1) for loss in ntxent(0.1)(None, alike[[0, 0, 1, 1]])]
    [10.0, 10.0, 10.0, 10.0]
    """
    ops = _backend.import_keras().ops

    def loss(_, views):
        views = ops.normalize(views, axis=1)
        similar = ops.matmul(views, ops.transpose(views)) / temperature
        n_views = ops.shape(views)[0]
        row = ops.arange(n_views)
        column = ops.expand_dims(row, 1)
        similar = ops.where(ops.equal(row, column), -1e9, similar)  # with itself: no candidate
        partner = ops.equal(row, (column + n_views // 2) % n_views)
        return ops.logsumexp(similar, axis=1) - ops.sum(ops.where(partner, similar, 0.0), axis=1)

    return loss
