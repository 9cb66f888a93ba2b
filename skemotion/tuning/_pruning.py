"""Report to a trial after each epoch, so that a hopeless training is cut short."""

import optuna

from skemotion.models import NeuralClassifier
from skemotion.models._backend import import_keras

MONITOR = "val_accuracy"


def add_epoch_reports(estimator, trial):
    """Let the neural classifiers of a pipeline report to a trial after each epoch.

    Parameters
    ----------
    estimator : estimator
        Its callbacks are set; others than neural classifiers are left as they are.
    trial : optuna.trial.Trial
        The trial. It is pruned by :data:`MONITOR`, where rows are set apart to validate on.

    Returns
    -------
    estimator
        The same.
    """
    if isinstance(estimator, NeuralClassifier):
        return estimator.set_params(callbacks=[*(estimator.callbacks or ()), _make(trial)])
    nets = [
        (name, value)
        for name, value in estimator.get_params().items()
        if isinstance(value, NeuralClassifier)
    ]
    for name, net in nets:
        callbacks = [*(net.callbacks or ()), _make(trial)]
        estimator.set_params(**{f"{name}__callbacks": callbacks})
    return estimator


def _make(trial):
    class EpochReport(import_keras().callbacks.Callback):
        def __deepcopy__(self, memo):
            # classifiers copy callbacks before each fit; the trial stays the same
            return type(self)()

        def on_epoch_end(self, epoch, logs=None):
            value = (logs or {}).get(MONITOR)
            if value is None:
                return
            trial.report(float(value), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned(f"after epoch {epoch + 1}")

    return EpochReport()
