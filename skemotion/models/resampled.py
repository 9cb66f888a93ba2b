"""A pipeline with samplers that keeps subjects, validation rows and soft labels right."""

import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.base import clone
from sklearn.utils import assert_all_finite, check_random_state, indexable
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import check_memory, column_or_1d

from skemotion._compat import _print_elapsed_time
from skemotion.models._neural import NeuralClassifier
from skemotion.models._rows import split_rows
from skemotion.resampling import TensorSampler
from skemotion.resampling._interpolation import names_parents
from skemotion.resampling._rows import join, take


class ResamplingPipeline(Pipeline):
    """Pipeline with samplers that resamples metadata with the rows, and never validation rows.

    The pipeline of imbalanced-learn hands `groups`, `validation` and `soft_labels` past its
    samplers as they came, so that they no longer fit the rows; and a network that stops early
    draws its validation rows from what the sampler made, so that copies of one recording stand on
    both sides. Here

    - rows marked by `validation` are set apart from the samplers and come behind what those make;
    - where nothing is marked and a :class:`NeuralClassifier` at the end is to stop early, its
      validation rows are drawn, by subject if `groups` is given, before the first sampler;
    - a row that was drawn or made keeps the metadata of its parent, an interpolated row that of
      the nearer one; its soft labels are mixed as the row is.

    Without samplers, or without metadata and early stopping, it does what its base does.

    Parameters
    ----------
    steps : list of (str, estimator)
        Transformers and samplers, and a last estimator.
    transform_input : list of str, default=None
        As in :class:`~sklearn.pipeline.Pipeline`.
    memory : str or object, default=None
        As in :class:`~sklearn.pipeline.Pipeline`; samplers are not cached.
    verbose : bool, default=False
        As in :class:`~sklearn.pipeline.Pipeline`.

    Attributes
    ----------
    validation_ : ndarray of bool of shape (n_samples,) or None
        The rows of `X` in `fit` that were kept from the samplers; None if there were none.

    See Also
    --------
    TensorSampler : Samplers for images, clips, sequences and recordings.
    Augment : Adds varied copies.
    make_resampling_pipeline : Shorthand that names the steps.

    Notes
    -----
    :func:`evaluate` and :func:`cross_dataset` turn pipelines of imbalanced-learn into this one.
    A search with inner folds belongs around it, not inside: children would be tested on.

    Examples
    --------
    >>> import numpy as np
    >>> from imblearn.over_sampling import RandomOverSampler
    >>> from skemotion import CNNClassifier, Rescale, TensorSampler, make_resampling_pipeline
    >>> rng = np.random.default_rng(0)
    >>> faces = rng.integers(0, 256, (12, 16, 16), dtype="uint8")
    >>> pipeline = make_resampling_pipeline(
    ...     TensorSampler(RandomOverSampler(random_state=0)),
    ...     Rescale(),
    ...     CNNClassifier((4,), epochs=2, early_stopping=True, random_state=0),
    ... )
    >>> emotions = np.array(["happy"] * 8 + ["sad"] * 4)
    >>> fitted = pipeline.fit(faces, emotions, cnnclassifier__groups=list("aabbccddabcd"))
    >>> int(fitted.validation_.sum())
    3
    """

    def _check_method_params(self, method, props, **kwargs):
        routed = super()._check_method_params(method, props, **kwargs)
        # without metadata scikit-learn returns what cannot be written to
        names = [name for name, step in self.steps if step is not None]
        return {name: routed[name] for name in names if routed.get(name) is not None}

    def _fit(self, X, y=None, routed_params=None, raw_params=None):
        self.steps = list(self.steps)
        self._validate_steps()
        places = [
            place
            for place, (_, step) in enumerate(self.steps[:-1])
            if hasattr(step, "fit_resample")
        ]
        self.validation_ = None
        if not places:
            return super()._fit(X, y, routed_params, raw_params)
        X, y = indexable(X, y)
        if np.ndim(y) == 2 and np.shape(y)[1] == 1:
            y = column_or_1d(y, warn=True)
        y = y if hasattr(y, "iloc") else np.asarray(y)
        assert_all_finite(y, input_name="y")
        mask = _find_mask(*self.steps[-1], y, routed_params)
        self.validation_ = mask
        held = np.zeros(len(y), dtype=bool) if mask is None else mask
        fit_step = check_memory(self.memory).cache(_fit_step)
        for place, name, step in self._iter(with_final=False, filter_resample=False):
            params = self._get_metadata_for_step(
                step_idx=place, step_params=routed_params[name], all_params=raw_params
            )
            with _print_elapsed_time("Pipeline", self._log_message(place)):
                if place in places:
                    new = _resample(step, X, y, held, params.get("fit_resample", {}))
                    later = [other for other, _ in self.steps[place + 1 :]]
                    _renew(routed_params, later, new, len(y), type(step).__name__)
                    X, y, held = new["X"], new["y"], new["held"]
                else:
                    step = clone(step) if self.memory is not None else step
                    X, fitted = fit_step(step, X, y, params)
                    self.steps[place] = (name, fitted)
        return X, y


def make_resampling_pipeline(*steps, memory=None, verbose=False):
    """Make a :class:`ResamplingPipeline` whose steps are named by their classes.

    Parameters
    ----------
    *steps : estimators
        Transformers and samplers, and a last estimator.
    memory : str or object, default=None
        As in :class:`ResamplingPipeline`.
    verbose : bool, default=False
        As in :class:`ResamplingPipeline`.

    Returns
    -------
    ResamplingPipeline

    Examples
    --------
    >>> from imblearn.over_sampling import SMOTE
    >>> from sklearn.svm import SVC
    >>> from skemotion import make_resampling_pipeline
    >>> list(make_resampling_pipeline(SMOTE(), SVC()).named_steps)
    ['smote', 'svc']
    """
    from sklearn.pipeline import make_pipeline

    return ResamplingPipeline(make_pipeline(*steps).steps, memory=memory, verbose=verbose)


def carry_metadata(estimator):
    """Return an estimator in which pipelines of imbalanced-learn are :class:`ResamplingPipeline`.

    Parameters
    ----------
    estimator : estimator
        Left as it is; pipelines inside a search or another meta-estimator count, too.

    Returns
    -------
    estimator
        The same object if it holds no such pipeline.
    """
    nested = {
        name: _adopt(value)
        for name, value in estimator.get_params().items()
        if type(value) is Pipeline
    }
    if nested:
        estimator = clone(estimator).set_params(**nested)
    return _adopt(estimator)


def _adopt(estimator):
    if type(estimator) is not Pipeline:
        return estimator
    return ResamplingPipeline(**clone(estimator).get_params(deep=False))


def _fit_step(step, X, y, params):
    if hasattr(step, "fit_transform"):
        return step.fit_transform(X, y, **params["fit_transform"]), step
    return step.fit(X, y, **params["fit"]).transform(X, **params["transform"]), step


def _find_mask(name, last, y, routed_params):
    """Return the validation rows: as marked, or as drawn for a network that stops early."""
    params = routed_params.get(name, {}).get("fit", {})
    marked = params.get("validation")
    network = None if marked is not None else find_network(last)
    if marked is None and network is None:
        return None
    classes, codes = np.unique(y, return_inverse=True)
    _, rows = split_rows(
        codes,
        classes,
        groups=params.get("groups"),
        mask=marked,
        fraction=network and network.validation_fraction,
        rng=network and check_random_state(network.random_state),
    )
    params["validation"] = np.isin(np.arange(len(y)), rows)
    return params["validation"]


def find_network(last):
    """Return the network in a last step that stops early on rows it can be told; else None.

    Parameters
    ----------
    last : estimator
        A network, or what holds one.

    Returns
    -------
    NeuralClassifier or None
    """
    if not hasattr(last, "get_params"):
        return None
    if not get_routing_for_object(last).consumes("fit", ["validation"]):
        return None
    for item in [last, *last.get_params().values()]:
        if isinstance(item, NeuralClassifier) and item.early_stopping:
            return item
    return None


def _resample(sampler, X, y, held, params):
    """Return the rows that a sampler makes of those not held, the held ones behind them."""
    free, kept = np.flatnonzero(~held), np.flatnonzero(held)
    sampler = TensorSampler(sampler) if names_parents(sampler) else sampler
    params = {
        name: take(value, free) if _is_per_row(value, len(y)) else value
        for name, value in params.items()
    }
    X_new, y_new = sampler.fit_resample(take(X, free), take(y, free), **params)
    n_new = len(y_new)
    new = {"held": np.arange(n_new + len(kept)) >= n_new, "parents": None}
    new["X"] = join(X_new, take(X, kept)) if len(kept) else X_new
    new["y"] = join(y_new, take(y, kept)) if len(kept) else y_new
    chosen = getattr(sampler, "sample_indices_", None)
    if chosen is not None:
        first = np.stack([chosen, chosen], axis=1)
        shares = np.tile([1.0, 0.0], (n_new, 1))
        parents = free[getattr(sampler, "parents_", first)]
        shares = getattr(sampler, "parent_shares_", shares)
        new["parents"] = np.concatenate([parents, np.stack([kept, kept], axis=1)])
        new["shares"] = np.concatenate([shares, np.tile([1.0, 0.0], (len(kept), 1))])
    return new


def _renew(routed_params, names, new, n_rows, sampler):
    """Bring the metadata of later steps to the new rows, in place."""
    for name in names:
        for method in ("fit", "fit_transform", "transform", "fit_resample", "fit_predict"):
            params = routed_params.get(name, {}).get(method, {})
            for key, value in params.items():
                if key == "validation" and value is not None:
                    params[key] = new["held"]
                elif _is_per_row(value, n_rows):
                    params[key] = _inherit(value, key, new, sampler)


def _is_per_row(value, n_rows):
    return not isinstance(value, str | dict) and hasattr(value, "__len__") and len(value) == n_rows


def _inherit(values, key, new, sampler):
    if new["parents"] is None:
        raise ValueError(
            f"Expected to know of which rows {sampler} made each row, to carry {key!r} along, got "
            "no sample_indices_. Use RandomOverSampler, SMOTE, BorderlineSMOTE, ADASYN or Augment."
        )
    first = take(values, new["parents"][:, 0])
    if key != "soft_labels":
        return first
    second = take(values, new["parents"][:, 1])
    return first * new["shares"][:, :1] + second * new["shares"][:, 1:]
