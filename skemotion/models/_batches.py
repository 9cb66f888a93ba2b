"""Feed a network batch by batch, in an order that depends on the seed and the epoch alone."""

import weakref
from functools import cache

import numpy as np

from skemotion.models._backend import import_keras, import_quietly, name_backend

_HELD_BATCH = 256  # samples a batch of validation
_AHEAD = 2  # batches that are made while the network learns
_ORDER, _CHANGE = 0, 1  # what a random stream is for


def make_batches(samples, targets, weight, *, batch_size, seed, epoch, balanced, change):
    """Return the batches of an epoch; its ``start_epoch(epoch)`` changes to those of another.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, ...)
        Samples.
    targets : ndarray of shape (n_samples, n_classes)
        Shares of the classes.
    weight : ndarray of shape (n_samples,) or None
        Weights of the samples.
    batch_size : int
        Number of samples a batch.
    seed : int
        With the number of the epoch and the batch, it decides on all that is random: a fit that
        goes on at a later epoch sees what it would have seen.
    epoch : int
        The first epoch, from 0.
    balanced : bool
        Draw the classes equally often, instead of each sample once an epoch.
    change : sequence of callable
        Called one after the other with samples, targets, weights and a
        :class:`numpy.random.Generator`; each returns the first three anew.

    Returns
    -------
    keras.utils.PyDataset
    """
    return _batches_class()(samples, targets, weight, batch_size, seed, epoch, balanced, change)


def in_order(samples, targets, weight):
    """Return batches of all rows in their order, to validate on.

    Parameters
    ----------
    samples, targets, weight : ndarray
        As for :func:`make_batches`.

    Returns
    -------
    keras.utils.PyDataset
    """
    return _in_order_class()(samples, targets, weight, _HELD_BATCH)


def feed(batches):
    """Return what Keras is given for batches: on TensorFlow a dataset that is not tuned as it runs.

    TensorFlow tunes the datasets that Keras makes of arrays and batches; what does so sleeps longer
    each time, and the end of an epoch waits for it, now and then as long as the epoch has taken.
    TensorFlow also keeps what makes a dataset for ever: here that does not hold the batches, which
    the caller does.

    Parameters
    ----------
    batches : keras.utils.PyDataset
        The batches of an epoch, as tuples of arrays.

    Returns
    -------
    tf.data.Dataset or keras.utils.PyDataset
    """
    if name_backend() != "tensorflow":
        return batches
    tf = import_quietly("tensorflow")
    # recurrent layers gain a quarter where the size of a batch is known; the bits stay the same
    filled = len(batches.samples) % batches.batch_size == 0
    signature = tuple(
        tf.TensorSpec(part.shape if filled else (None, *part.shape[1:]), part.dtype)
        for part in batches[0]
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    held = weakref.ref(batches)
    return (
        tf.data.Dataset.from_generator(lambda: _each_of(held()), output_signature=signature)
        .apply(tf.data.experimental.assert_cardinality(len(batches)))
        .prefetch(_AHEAD)
        .with_options(options)
    )


def _each_of(batches):
    for number in range(len(batches)):
        try:
            batch = batches[number]
        except Exception as error:
            batches.error = error  # TensorFlow would bury it in one of its own
            raise
        yield batch


@cache
def _in_order_class():
    class InOrder(import_keras().utils.PyDataset):
        def __init__(self, samples, targets, weight, batch_size):
            super().__init__()
            self.samples, self.targets, self.weight = samples, targets, weight
            self.batch_size = batch_size
            self.order = np.arange(len(samples))
            self.error = None  # what went wrong while a batch was made

        def __len__(self):
            return -(-len(self.samples) // self.batch_size)

        def __getitem__(self, number):
            rows = self.order[number * self.batch_size : (number + 1) * self.batch_size]
            parts = self.samples, self.targets, self.weight
            return tuple(part[rows] for part in parts if part is not None)

    return InOrder


@cache
def _batches_class():
    class Batches(_in_order_class()):
        def __init__(self, samples, targets, weight, batch_size, seed, epoch, balanced, change):
            super().__init__(samples, targets, weight, batch_size)
            self.seed, self.balanced, self.change = seed, balanced, change
            self.start_epoch(epoch)

        def __getitem__(self, number):
            samples, targets, *weight = super().__getitem__(number)
            batch = samples, targets, weight[0] if weight else None
            rng = np.random.default_rng((self.seed, self.epoch, number, _CHANGE))
            for change in self.change:
                batch = change(*batch, rng)
            return batch if weight else batch[:2]

        def start_epoch(self, epoch):
            # Keras' own on_epoch_end also comes at the end of no epoch
            self.epoch = epoch
            self.order = self._draw_order()

        def _draw_order(self):
            rng = np.random.default_rng((self.seed, self.epoch, 0, _ORDER))
            if self.balanced:
                return _balanced_order(self.targets.argmax(axis=1), rng)
            return rng.permutation(len(self.samples))

    return Batches


def _balanced_order(codes, rng):
    """Return as many rows as there are, in runs that hold each class once."""
    names = np.unique(codes)
    n_runs = -(-len(codes) // len(names))
    drawn = []
    for name in names:
        rows = np.flatnonzero(codes == name)
        rounds = -(-n_runs // len(rows))
        drawn.append(np.concatenate([rng.permutation(rows) for _ in range(rounds)])[:n_runs])
    runs = rng.permuted(np.stack(drawn, axis=1), axis=1)
    return runs.ravel()[: len(codes)]


def augment_with(augmenter):
    """Return the change of a batch that varies its samples.

    Parameters
    ----------
    augmenter : object
        Its ``augment_batch(samples, rng)`` returns varied samples.

    Returns
    -------
    callable
    """

    def change(samples, targets, weight, rng):
        return augmenter.augment_batch(samples, rng), targets, weight

    return change


def mix_with(alpha):
    """Return the change of a batch that mixes each sample with another, as mixup does.

    Parameters
    ----------
    alpha : float
        Both parameters of the beta distribution that the shares come from.

    Returns
    -------
    callable

    References
    ----------
    .. [1] H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
    """

    def change(samples, targets, weight, rng):
        share = rng.beta(alpha, alpha, len(samples)).astype(np.float32)
        other = rng.permutation(len(samples))

        def mix(values):
            kept = share.reshape(-1, *(1,) * (values.ndim - 1))
            return kept * values + (1 - kept) * values[other]

        return mix(samples), mix(targets), None if weight is None else mix(weight)

    return change
