"""Train through SciKeras: the only file that imports it."""

import sys
from contextlib import contextmanager
from functools import cache

from skemotion.models import _backend
from skemotion.models._batches import feed, in_order
from skemotion.models._generators import generators_kept


def make_runner(seed, verbose):
    """Return what trains a compiled network on batches.

    Parameters
    ----------
    seed : int or None
        Python, NumPy and the back end are seeded with it while training, and left as they were.
    verbose : int
        As in :meth:`keras.Model.fit`.

    Returns
    -------
    callable
        Takes a network, batches and the part to validate on, or None; `epochs` to come,
        `initial_epoch` and `callbacks`.
    """

    def run(network, batches, held, *, epochs, initial_epoch, callbacks):
        wrapper = _wrapper_class()(network, callbacks=callbacks, random_state=seed, verbose=verbose)
        wrapper.batches = batches
        options = {}
        if held is not None:
            watched = in_order(held.samples, held.targets, held.weight)
            options["validation_data"] = feed(watched)
        with generators_kept(), _errors_of(batches):
            # what is passed here is checked once more, and not fed
            wrapper.fit(
                batches.samples[:1],
                batches.targets[:1],
                epochs=epochs,
                initial_epoch=initial_epoch,
                shuffle=False,  # the batches are in their order already
                **options,
            )

    return run


@contextmanager
def _errors_of(batches):
    try:
        yield
    except Exception:
        if batches.error is not None:
            raise batches.error from None
        raise


@cache
def _wrapper_class():
    # KerasClassifier would learn the classes of the training rows alone
    class BatchWrapper(import_scikeras()[0].BaseWrapper):
        def _fit_keras_model(self, X, y, **options):
            super()._fit_keras_model(feed(self.batches), None, **options)

    return BatchWrapper


def import_scikeras():
    """Return SciKeras' wrappers and its random states.

    Returns
    -------
    wrappers, states : module
    """
    with _tensorflow_only_if_chosen():
        wrappers = _backend.import_quietly("scikeras.wrappers")
        states = _backend.import_quietly("scikeras.utils.random_state")
    if hasattr(states, "config"):
        # SciKeras sets a variable that TensorFlow reads at its first look: let it look before,
        # or it stays deterministic and whoever draws without a seed later fails
        states.config.is_op_determinism_enabled()
    return wrappers, states


@contextmanager
def _tensorflow_only_if_chosen():
    # SciKeras imports TensorFlow to seed it, which takes seconds, where Keras runs on another
    if _backend.name_backend() == "tensorflow" or "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None
    try:
        yield
    finally:
        del sys.modules["tensorflow"]
