"""Standardise frames without touching the padding."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from skemotion._compat import Interval, _fit_context
from skemotion.audio._padding import is_real, scale_frames


class FrameScaler(TransformerMixin, BaseEstimator):
    """Standardise each feature over all frames that are not padding.

    A frame whose features all equal `mask_value` is padding. It stays exactly `mask_value`, and no
    other frame becomes so, so that a masking layer sees the same frames before and after.

    Parameters
    ----------
    mask_value : float, default=0.0
        Value of the padding.

    Attributes
    ----------
    mean_ : ndarray of float64 of shape (n_features,)
        Mean of each feature.
    scale_ : ndarray of float64 of shape (n_features,)
        Standard deviation of each feature, 1 where it does not vary.
    n_features_in_ : int
        Number of features of a frame; the number of frames may differ between calls.

    See Also
    --------
    AcousticFeatures : Makes frames with ``summary=None``.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import FrameScaler
    >>> frames = np.array([[[1.0], [3.0], [0.0]]])  # the last frame is padding
    >>> FrameScaler().fit_transform(frames).ravel()
    array([-1.,  1.,  0.], dtype=float32)
    """

    _parameter_constraints = {"mask_value": [Interval(Real, None, None, closed="neither")]}

    def __init__(self, mask_value=0.0):
        self.mask_value = mask_value

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Compute the mean and the standard deviation of each feature.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_frames, n_features)
            Frames.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        X = _check_frames(X)
        real = X[is_real(X, self.mask_value)]
        if len(real) == 0:
            raise ValueError(
                f"Expected frames that are not padding, got only frames of "
                f"mask_value={self.mask_value:g}. Check mask_value and the step before."
            )
        self.n_features_in_ = X.shape[2]
        self.mean_ = real.mean(axis=0, dtype=np.float64)
        scale = real.std(axis=0, dtype=np.float64)
        constant = scale <= 1e-7 * np.abs(self.mean_)  # no more than float32 rounds
        self.scale_ = np.where(constant | (scale == 0), 1.0, scale)
        return self

    def transform(self, X):
        """Standardise the frames.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_frames, n_features)
            Frames; any number of them.

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_frames, n_features)
        """
        check_is_fitted(self)
        X = _check_frames(X)
        if X.shape[2] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[2]} features, but FrameScaler is expecting "
                f"{self.n_features_in_} features as input. Make both with the same steps."
            )
        return scale_frames(X, self.mean_, self.scale_, self.mask_value)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _check_frames(X):
    X = check_array(
        X, dtype=np.float32, ensure_2d=False, allow_nd=True, ensure_all_finite=False, input_name="X"
    )
    if X.ndim != 3:
        raise ValueError(
            f"Expected X of shape (n_samples, n_frames, n_features), got shape {X.shape}. "
            "Make it with AcousticFeatures(summary=None)."
        )
    broken = np.flatnonzero(~np.isfinite(X).all(axis=(1, 2)))
    if len(broken):
        raise ValueError(
            f"Expected finite frames, got NaN or infinity in {len(broken)} of {len(X)} samples, "
            f"the first in row {broken[0]}. Drop recordings that could not be decoded before "
            "this step, or use on_error='raise'."
        )
    return X
