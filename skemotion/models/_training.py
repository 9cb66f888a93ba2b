"""Train a network: phases, batches, checkpoints, and what an interruption leaves behind."""

from dataclasses import dataclass

import numpy as np

from skemotion.models import _backend, _batches
from skemotion.models._callbacks import copy_callbacks, keep_best, make_callbacks, make_watch
from skemotion.models._checkpoint import Checkpoint
from skemotion.models._pool import compiled

_COMPILED = (
    "optimizer",
    "optimizer_params",
    "gradient_accumulation",
    "loss",
    "focal_gamma",
    "label_smoothing",
)
_NO_MEMORY = {"ResourceExhaustedError", "OutOfMemoryError", "MemoryError"}


@dataclass(frozen=True)
class Phase:
    """One part of a fit, with its own learning rate.

    Parameters
    ----------
    epochs : int
        Number of epochs.
    learning_rate : float
        Learning rate at the start.
    """

    epochs: int
    learning_rate: float


@dataclass
class Part:
    """Rows to train on or to validate on.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, ...)
        Samples.
    targets : ndarray of shape (n_samples, n_classes)
        Shares of the classes.
    weight : ndarray of shape (n_samples,) or None
        Weights.
    """

    samples: np.ndarray
    targets: np.ndarray
    weight: np.ndarray | None

    def __getitem__(self, rows):
        weight = None if self.weight is None else self.weight[rows]
        return Part(self.samples[rows], self.targets[rows], weight)

    def counted(self):
        """Return the part without its rows of weight 0."""
        return self if self.weight is None or self.weight.all() else self[self.weight > 0]

    def replaced(self, function):
        """Return the part with `function` applied to its samples."""
        return Part(function(self.samples), self.targets, self.weight)


def train(classifier, run, model, train_part, held, seed, *, phase, number, history):
    """Train `model` for one phase in a compiled copy of it.

    Parameters
    ----------
    classifier : NeuralClassifier
        Its parameters say how.
    run : callable
        Trains a compiled network on batches: ``run(network, batches, held, epochs=...,
        initial_epoch=..., callbacks=...)``.
    model : keras.Model
        Not compiled; it has the trained weights afterwards, even if that was interrupted.
    train_part : Part
        Rows to train on.
    held : Part or None
        Rows to validate on.
    seed : int or None
        Seed of the fit.
    phase : Phase
        Epochs and learning rate.
    number : int
        Number of the phase.
    history : dict of str to list of float
        Empty; gets one entry an epoch, and keeps those of a fit that was interrupted.

    Returns
    -------
    Checkpoint or None
        To be removed when the fit has ended: until then, a later phase may be interrupted.
    """
    if held is not None and not len(held.samples):
        raise ValueError(
            "Expected rows to validate on, all of them have weight 0. "
            "Give some of them a weight, or mark others."
        )
    settings = _settings(classifier)
    callbacks = make_callbacks(
        classifier, held is not None, epochs=phase.epochs, learning_rate=phase.learning_rate
    )
    checkpoint = _make_checkpoint(classifier, train_part, held, number)
    with compiled(model, tuple(settings.items()), phase.learning_rate, seed is not None) as network:
        memory, stopped = [], False
        if checkpoint is not None:
            before, memory, stopped = checkpoint.restore(network)
            history.update(before)
        watch = make_watch(callbacks, history, remembered=memory, checkpoint=checkpoint)
        done = len(history.get("loss", ()))
        if stopped or done >= phase.epochs:
            watch.on_train_begin()
            keep_best(network, callbacks)
        else:
            _run(run, network, callbacks, watch, classifier, train_part, held, seed, done, phase)
    _check_loss(watch, history, phase)
    return checkpoint


def train_epoch(classifier, run, model, part, seed, epoch):
    """Train `model` for one epoch more; its optimizer goes on where it was.

    What TensorFlow compiles is never freed, so that networks that were read from files, one after
    the other, are trained in one compiled copy.

    Parameters
    ----------
    classifier : NeuralClassifier
        Its parameters say how.
    run : callable
        As for :func:`train`.
    model : keras.Model
        Compiled at the first call.
    part : Part
        Rows to train on.
    seed : int or None
        Seed of the epoch.
    epoch : int
        Number of epochs before.

    Returns
    -------
    dict of str to list of float
        The history, of one entry.
    """
    settings, learning_rate = _settings(classifier), classifier.learning_rate
    if not model.compiled:
        _backend.compile_model(model, learning_rate=learning_rate, **settings)
    if seed is not None:
        _seed_layers(model, seed, epoch)
    callbacks, history = copy_callbacks(classifier), {}
    watch = make_watch(callbacks, history)
    watch.batches = _make_batches(classifier, part, seed, epoch)
    lent = compiled(
        model, tuple(settings.items()), learning_rate, seed is not None, model.optimizer
    )
    with lent as network, _advice_on_memory(classifier):
        run(
            network,
            watch.batches,
            None,
            epochs=1,
            initial_epoch=epoch,
            callbacks=[*callbacks, watch],
        )
    _check_loss(watch, history, Phase(1, classifier.learning_rate))
    return history


def _settings(classifier):
    if "learning_rate" in (classifier.optimizer_params or {}):
        raise ValueError(
            "Expected optimizer_params without 'learning_rate', which is a parameter of its own, "
            f"got {classifier.optimizer_params!r}. Set learning_rate."
        )
    return {name: getattr(classifier, name) for name in _COMPILED}


def _seed_layers(model, seed, epoch):
    # a network that was pickled in between draws what it would have drawn
    for number, variable in enumerate(_backend.state_variables(model)):
        if variable.name == "seed_generator_state":
            drawn = np.random.SeedSequence((seed, epoch, number))
            variable.assign(drawn.generate_state(2))


def _run(run, network, callbacks, watch, classifier, train_part, held, seed, done, phase):
    watch.batches = _make_batches(classifier, train_part, seed, done)
    n_batches = len(watch.batches) * phase.epochs
    if n_batches < classifier.gradient_accumulation:
        raise ValueError(
            f"Expected gradient_accumulation of at most {n_batches}, the batches of all epochs, "
            f"got {classifier.gradient_accumulation}: no step would be made. Lower it, or "
            "batch_size."
        )
    try:
        with _advice_on_memory(classifier):
            run(
                network,
                watch.batches,
                held,
                epochs=phase.epochs - done,
                initial_epoch=done,
                callbacks=[*callbacks, watch],
            )
    except KeyboardInterrupt:
        keep_best(network, callbacks)
        raise


def _make_batches(classifier, part, seed, epoch):
    change = []
    if classifier.augment:
        default = classifier.augment is True
        augmenter = classifier.default_augmenter() if default else classifier.augment
        change.append(_batches.augment_with(augmenter))
    if classifier.mixup:
        change.append(_batches.mix_with(classifier.mixup))
    return _batches.make_batches(
        part.samples,
        part.targets,
        part.weight,
        batch_size=classifier.batch_size,
        seed=np.random.SeedSequence().entropy if seed is None else seed,
        epoch=epoch,
        balanced=classifier.balanced_batches,
        change=change,
    )


def _make_checkpoint(classifier, train_part, held, number):
    if classifier.checkpoint is None:
        return None
    if not isinstance(classifier.random_state, (int, np.integer)):
        raise ValueError(
            f"Expected random_state to be an int where a checkpoint is kept, got "
            f"{classifier.random_state!r}. A fit can only go on where it drew the same numbers."
        )
    parts = [train_part] if held is None else [train_part, held]
    arrays = [a for part in parts for a in (part.samples, part.targets, part.weight)]
    arrays += classifier._first_weights or ()
    return Checkpoint(classifier.checkpoint, classifier, arrays, number)


def _check_loss(watch, history, phase):
    if watch.lost:
        raise ValueError(
            f"Expected the loss to stay finite, got {history['loss'][-1]} in epoch "
            f"{len(history['loss'])} with a learning rate of {phase.learning_rate:g}. "
            "Lower learning_rate, or scale the samples."
        )


class _advice_on_memory:
    """Say what to do when memory ran out."""

    def __init__(self, classifier):
        self._batch_size = classifier.batch_size

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None and kind.__name__ in _NO_MEMORY:
            raise MemoryError(
                f"Expected a batch of {self._batch_size} samples to fit in memory, it did not. "
                "Lower batch_size; gradient_accumulation keeps the size of a step."
            ) from error
        return False
