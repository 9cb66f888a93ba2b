"""Standardise features speaker by speaker."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skemotion._compat import Interval, _fit_context


class SpeakerNormalizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardise features speaker by speaker: a transductive step.

    Features of each speaker get mean 0 and standard deviation 1, so that what is left is how a
    speaker deviates from their own habit.

    .. warning::
       It is **transductive**: a speaker who was not in `fit` is standardised with the recordings
       that come with `transform`, all together, without their labels. A prediction then depends on
       which other recordings of the speaker are predicted with it. Figures obtained with it answer
       another question than those for a single recording of a stranger, are higher, and are to be
       reported as what they are.

    Parameters
    ----------
    min_samples : int, default=5
        A speaker with fewer recordings is standardised like a stranger of whom nothing is known:
        with the mean and the standard deviation over all recordings of `fit`.

    Attributes
    ----------
    knows_groups_ : bool
        Whether `fit` had `groups`.
    groups_ : ndarray of shape (n_groups,)
        Speakers of `fit` with at least `min_samples` recordings; empty without `groups`.
    mean_, scale_ : ndarray of float64 of shape (n_groups, n_features)
        Mean and standard deviation of each speaker, the latter 1 where a feature does not vary.
    overall_mean_, overall_scale_ : ndarray of float64 of shape (n_features,)
        The same over all recordings of `fit`.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the features, if `X` had some.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : Inductive: the same for all, learnt in `fit`.

    Notes
    -----
    Speakers are given as metadata. `groups` is asked for by `fit` and `transform` without further
    ado, so that in a pipeline with ``sklearn.set_config(enable_metadata_routing=True)`` it is
    enough to write ``pipeline.fit(X, y, groups=...)`` and ``pipeline.predict(X, groups=...)``.
    Scorers of scikit-learn do not pass metadata on to `predict`; ``scoring=None`` (accuracy, by
    `score`) does. Without `groups` in `fit`, all recordings count as of one unknown speaker, and it
    is a :class:`~sklearn.preprocessing.StandardScaler`. NaN is left out and stays.

    References
    ----------
    .. [1] C. Busso, A. Metallinou, S. S. Narayanan, "Iterative feature normalization for emotional
       speech detection", ICASSP, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import SpeakerNormalizer
    >>> X = np.array([[100.0], [120.0], [200.0], [240.0]])  # pitch of a man and a woman
    >>> speakers = ["man", "man", "woman", "woman"]
    >>> SpeakerNormalizer(min_samples=2).fit_transform(X, groups=speakers).ravel()
    array([-1.,  1., -1.,  1.])
    """

    _parameter_constraints = {"min_samples": [Interval(Integral, 1, None, closed="left")]}
    __metadata_request__fit = {"groups": True}
    __metadata_request__transform = {"groups": True}

    def __init__(self, *, min_samples=5):
        self.min_samples = min_samples

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, groups=None):
        """Compute mean and standard deviation of each speaker, and over all.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.
        groups : array-like of shape (n_samples,), default=None
            The speaker of each recording.

        Returns
        -------
        self
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan")
        self.overall_mean_, self.overall_scale_ = _measure(X)
        self.knows_groups_ = groups is not None
        rows = {} if groups is None else self._rows(_check_groups(groups, len(X)))
        measured = [_measure(X[places]) for places in rows.values()]
        self.groups_ = np.array(list(rows))
        self.mean_ = np.array([mean for mean, _ in measured]).reshape(len(rows), X.shape[1])
        self.scale_ = np.array([scale for _, scale in measured]).reshape(len(rows), X.shape[1])
        return self

    def transform(self, X, groups=None):
        """Standardise the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        groups : array-like of shape (n_samples,), default=None
            The speaker of each recording; needed if `fit` had it. Those who were not in `fit` are
            standardised with their recordings in `X`.

        Returns
        -------
        ndarray of float64 or float32 of shape (n_samples, n_features)
            Of the type of `X`, if it is one of these.
        """
        check_is_fitted(self)
        X = validate_data(
            self,
            X,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
            copy=True,
            reset=False,
        )
        if groups is None and self.knows_groups_:
            raise ValueError(
                "Expected groups, the speaker of each recording, in transform as in fit, got none. "
                "With sklearn.set_config(enable_metadata_routing=True), write "
                "pipeline.predict(X, groups=...)."
            )
        mean = np.broadcast_to(self.overall_mean_, X.shape).copy()
        scale = np.broadcast_to(self.overall_scale_, X.shape).copy()
        if groups is not None:
            groups = _check_groups(groups, len(X))
            known = {group: place for place, group in enumerate(self.groups_.tolist())}
            for group, places in self._rows(groups, known).items():
                if group in known:
                    mean[places], scale[places] = (
                        self.mean_[known[group]],
                        self.scale_[known[group]],
                    )
                else:
                    mean[places], scale[places] = _measure(X[places])
        X -= mean
        X /= scale
        return X

    def fit_transform(self, X, y=None, groups=None):
        """Compute means and standard deviations, and standardise the features with them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.
        groups : array-like of shape (n_samples,), default=None
            The speaker of each recording.

        Returns
        -------
        ndarray of float64 or float32 of shape (n_samples, n_features)
        """
        return self.fit(X, groups=groups).transform(X, groups=groups)

    def _rows(self, groups, known=()):
        """Return the rows of each group that is known or has enough of them."""
        names, place = np.unique(groups, return_inverse=True)
        order = np.argsort(place, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(place))[:-1])
        return {
            name: part
            for name, part in zip(names.tolist(), parts, strict=True)
            if name in known or len(part) >= self.min_samples
        }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _check_groups(groups, n_samples):
    groups = check_array(groups, ensure_2d=False, dtype=None, input_name="groups")
    if groups.shape != (n_samples,):
        raise ValueError(
            f"Expected groups of shape ({n_samples},), the speaker of each recording, got shape "
            f"{groups.shape}. Pass the groups of the rows of X."
        )
    return groups


def _measure(X):
    """Return mean and standard deviation of the columns; 0 and 1 of those that are all NaN."""
    defined = ~np.isnan(X)
    count = np.maximum(defined.sum(axis=0), 1)
    values = np.where(defined, X, 0).astype(np.float64)
    mean = values.sum(axis=0) / count
    scale = np.sqrt(np.square((values - mean) * defined).sum(axis=0) / count)
    constant = scale <= 10 * np.finfo(X.dtype).eps * np.abs(values).max(axis=0)
    return mean, np.where(constant, 1.0, scale)
