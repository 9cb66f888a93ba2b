"""The callbacks that a neural classifier trains with."""

import copy
import math

from skemotion.models._backend import import_keras


def make_callbacks(classifier, validated, partial):
    """Return the user's callbacks, copied, and those that the parameters ask for.

    Parameters
    ----------
    classifier : NeuralClassifier
        `callbacks`, `schedule`, `early_stopping`, `patience`, `epochs` and `learning_rate` are
        used.
    validated : bool
        Whether rows are set apart.
    partial : bool
        Whether a single epoch is trained, where neither schedule nor early stopping has a meaning.

    Returns
    -------
    list of keras.callbacks.Callback
    """
    callbacks = import_keras().callbacks
    # a callback keeps the network it trained: never train with the user's own
    made = [copy.deepcopy(callback) for callback in classifier.callbacks or ()]
    if partial:
        return made
    monitor, patience = "val_loss" if validated else "loss", classifier.patience
    if classifier.schedule == "cosine":
        rates = _half_cosine(classifier.learning_rate, classifier.epochs)
        made.append(callbacks.LearningRateScheduler(rates))
    if classifier.schedule == "plateau":
        made.append(
            callbacks.ReduceLROnPlateau(monitor, factor=0.5, patience=max(1, patience // 2))
        )
    if classifier.early_stopping:
        made.append(callbacks.EarlyStopping(monitor, patience=patience, restore_best_weights=True))
    return made


def _half_cosine(start, epochs):
    return lambda epoch, _: start * (1 + math.cos(math.pi * epoch / epochs)) / 2
