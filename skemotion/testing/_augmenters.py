"""The contract of augmenters."""

import pickle

import numpy as np
from sklearn.base import clone

from skemotion.testing._common import check_parameters, ensure, same

_SEEDS = range(5)  # chance may leave a row as it is once


def check_augmenter(augmenter, X):
    """Check that an augmenter keeps the promises of :class:`~skemotion.ImageAugmenter`.

    Parameters are stored untouched; ``augment_batch(X, rng)`` gives samples of the shape and dtype
    of `X`, the same for the same state of `rng` and for clones and pickles, others for other
    states; each row comes from the same row alone; `X` and NumPy's global generator are left as
    they were.

    Parameters
    ----------
    augmenter : estimator with a method `augment_batch`
        What to check. It is cloned.
    X : ndarray of shape (n_samples, ...)
        At least two samples that it can vary.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ImageAugmenter
    >>> from skemotion.testing import check_augmenter
    >>> check_augmenter(ImageAugmenter(), np.random.default_rng(0).random((3, 48, 48)))
    """
    name = type(augmenter).__name__
    ensure(len(X) >= 2, f"{name} needs two samples to be checked, not fewer.")
    check_parameters(augmenter)
    before, state = pickle.dumps(X), _global_state()
    expected = _augment(augmenter, X)
    ensure(pickle.dumps(X) == before, f"{name} modified its input.")
    ensure(
        _global_state() == state,
        f"{name} draws from NumPy's global generator instead of rng.",
    )
    _check_shapes(expected, X, name)
    copies = {"a clone": clone(augmenter), "a pickle": pickle.loads(pickle.dumps(augmenter))}
    for way, copy in copies.items():
        ensure(
            same(_augment(copy, X), expected),
            f"{name} gives other values for {way} and the same state of rng.",
        )
    ensure(
        not all(same(_augment(augmenter, X, seed), X) for seed in _SEEDS),
        f"{name} does not vary its input.",
    )
    ensure(
        not all(same(_augment(augmenter, X, seed), expected) for seed in _SEEDS),
        f"{name} gives the same for {len(_SEEDS)} states of rng.",
    )
    changed = X.copy()
    changed[0] = changed[0] * 0  # also in an array of objects
    ensure(
        same(_augment(augmenter, changed)[1:], expected[1:]),
        f"{name} lets a sample change the variations of others.",
    )


def _augment(augmenter, X, seed=0):
    return clone(augmenter).augment_batch(X, np.random.default_rng(seed))


def _check_shapes(varied, X, name):
    ensure(
        isinstance(varied, np.ndarray) and (varied.shape, varied.dtype) == (X.shape, X.dtype),
        f"{name} made {getattr(varied, 'dtype', type(varied))} of shape {np.shape(varied)} of "
        f"{X.dtype} of shape {X.shape}.",
    )
    for row, (made, given) in enumerate(zip(varied, X, strict=True)):
        ensure(
            getattr(made, "dtype", None) == getattr(given, "dtype", None),
            f"{name} changed the dtype of sample {row}.",
        )


def _global_state():
    return pickle.dumps(np.random.get_state())  # noqa: NPY002 - others may draw from it
