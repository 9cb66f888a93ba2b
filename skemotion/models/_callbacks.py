"""The callbacks that a neural classifier trains with."""

import copy
import math
from functools import cache

import numpy as np

from skemotion.models._backend import import_keras
from skemotion.models._generators import seed_epoch

# what the callbacks of Keras remember from one epoch to the next
_REMEMBERED = {
    "EarlyStopping": ("wait", "stopped_epoch", "best", "best_epoch", "best_weights"),
    "ReduceLROnPlateau": ("wait", "best", "cooldown_counter"),
}


def make_callbacks(classifier, validated, *, epochs, learning_rate):
    """Return the user's callbacks, copied, and those that the parameters ask for.

    Parameters
    ----------
    classifier : NeuralClassifier
        `callbacks`, `schedule`, `warmup_epochs`, `early_stopping`, `monitor` and `patience` are
        used.
    validated : bool
        Whether rows are set apart.
    epochs : int
        Number of epochs to come.
    learning_rate : float
        Learning rate at the start.

    Returns
    -------
    list of keras.callbacks.Callback
    """
    callbacks = import_keras().callbacks
    made = copy_callbacks(classifier)
    monitor = f"val_{classifier.monitor}" if validated else classifier.monitor
    patience = classifier.patience
    if classifier.schedule == "plateau":
        plateau = callbacks.ReduceLROnPlateau(monitor, factor=0.5, patience=max(1, patience // 2))
        made.append(plateau)
    elif classifier.schedule == "cosine" or classifier.warmup_epochs:
        made.append(
            callbacks.LearningRateScheduler(
                _rates(learning_rate, epochs, classifier.warmup_epochs, classifier.schedule)
            )
        )
    if classifier.early_stopping:
        made.append(callbacks.EarlyStopping(monitor, patience=patience, restore_best_weights=True))
    return made


def copy_callbacks(classifier):
    """Return copies of the user's callbacks: a callback keeps the network that it trained.

    Parameters
    ----------
    classifier : NeuralClassifier
        Its `callbacks` are copied.

    Returns
    -------
    list of keras.callbacks.Callback

    Raises
    ------
    TypeError
        If one is something else.
    """
    for callback in classifier.callbacks or ():
        if not isinstance(callback, import_keras().callbacks.Callback):
            raise TypeError(
                f"Expected callbacks to hold Keras callbacks, got {callback!r}. Derive it from "
                "keras.callbacks.Callback."
            )
    return [copy.deepcopy(callback) for callback in classifier.callbacks or ()]


def make_watch(callbacks, history, *, remembered=(), checkpoint=None):
    """Return the callback that starts epochs, keeps the history and saves, and stops at lost loss.

    It comes last, after those that it saves.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        The others.
    history : dict of str to list of float
        Of the epochs before; later ones are added.
    remembered : sequence of dict
        What the others knew when the fit was interrupted, from :func:`read_memory`.
    checkpoint : Checkpoint or None
        Where each epoch is saved.

    Returns
    -------
    keras.callbacks.Callback
        Its `lost` is True once a loss was not finite; its `batches` are those to start anew.
    """
    return _watch_class()(callbacks, history, remembered, checkpoint)


@cache
def _watch_class():
    class Watch(import_keras().callbacks.Callback):
        def __init__(self, callbacks, history, remembered, checkpoint):
            super().__init__()
            self.lost, self.batches = False, None
            self._callbacks, self._history = callbacks, history
            self._remembered, self._checkpoint = remembered, checkpoint

        def on_train_begin(self, logs=None):
            # the others have forgotten all just before; from the end, as the user's, which come
            # first, may be others than before
            remembered = zip(self._callbacks[::-1], self._remembered[::-1], strict=False)
            for callback, memory in remembered:
                vars(callback).update(memory)

        def on_epoch_begin(self, epoch, logs=None):
            self.batches.start_epoch(epoch)
            seed_epoch(self.batches.seed, epoch)

        def on_epoch_end(self, epoch, logs=None):
            for name, value in (logs or {}).items():
                self._history.setdefault(name, []).append(float(value))
            if not np.isfinite(logs["loss"]):
                self.lost = True
                self.model.stop_training = True
            elif self._checkpoint is not None:
                self._checkpoint.save(self.model, self._callbacks, self._history)

    return Watch


def keep_best(network, callbacks):
    """Give an interrupted network the best weights that early stopping has seen, if any.

    Parameters
    ----------
    network : keras.Model
        The network.
    callbacks : list of keras.callbacks.Callback
        Those that it was trained with.
    """
    for callback in callbacks:
        if getattr(callback, "best_weights", None) is not None:
            network.set_weights(callback.best_weights)


def read_memory(callbacks):
    """Return what the callbacks of Keras remember, the best weights among it.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        Those of a fit.

    Returns
    -------
    list of dict
        Attributes of each; empty for those of the user.
    """
    return [
        {name: getattr(callback, name) for name in _REMEMBERED.get(type(callback).__name__, ())}
        for callback in callbacks
    ]


def _rates(start, epochs, warmup, schedule):
    def rate(epoch, _=None):
        if epoch < warmup:
            return start * (epoch + 1) / (warmup + 1)
        if schedule != "cosine":
            return start
        done = (epoch - warmup) / max(1, epochs - warmup)
        return start * (1 + math.cos(math.pi * done)) / 2

    return rate
