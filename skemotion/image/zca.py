"""ZCA whitening."""

from numbers import Real

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skemotion._compat import Interval, _fit_context

_AT_ONCE = 2048  # rows: bounds the memory


class ZCA(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Make pixels uncorrelated and of equal variance, and keep pictures as they look [1]_.

    Of all ways to whiten, this one changes the pictures least. What neighbours share, above all the
    light, becomes weak; edges stand out. It is learnt from the training part alone, like any
    scaler.

    Parameters
    ----------
    eps : float, default=0.01
        Regularisation, as a share of the mean variance of a pixel: it is added to the variance in
        each direction, so that directions which hardly vary are not blown up to noise.

    Attributes
    ----------
    mean_ : ndarray of float32 of shape (n_pixels,)
        Mean of each pixel.
    whitening_ : ndarray of float32 of shape (n_pixels, n_pixels)
        What pictures less their mean are multiplied with; symmetric.
    colouring_ : ndarray of float32 of shape (n_pixels, n_pixels)
        Its inverse.
    image_shape_ : tuple of int
        Shape of a picture.
    n_features_in_ : int
        Length of the second axis of `X` seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of features seen during `fit`, where `X` has them.

    See Also
    --------
    StandardizeImage : Each picture by itself, without learning anything.
    sklearn.decomposition.PCA : Whitens too, with components for pixels.

    Notes
    -----
    With the covariance ``U diag(v) U'`` of the pixels, pictures are multiplied with
    ``U diag((v + eps * mean(v)) ** -0.5) U'``. It takes the memory of two matrices of n_pixels
    squared (for 48 x 48 pixels 42 MB) and the time of one decomposition, whatever the number of
    pictures: resize before.

    References
    ----------
    .. [1] A. J. Bell, T. J. Sejnowski, "The 'independent components' of natural scenes are edge
       filters", Vision Research 37, 1997. https://doi.org/10.1016/S0042-6989(97)00121-1

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ZCA
    >>> rng = np.random.default_rng(0)
    >>> faces = rng.normal(size=(500, 1, 1)) + 0.3 * rng.normal(size=(500, 2, 2))
    >>> zca = ZCA(eps=1e-6).fit(faces)
    >>> np.cov(zca.transform(faces).reshape(500, 4).T).round(2) + 0.0
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.],
           [0., 0., 1., 0.],
           [0., 0., 0., 1.]])
    """

    _parameter_constraints = {"eps": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, eps=0.01):
        self.eps = eps

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the mean and the covariance of the pixels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width[, n_channels]) or (n_samples, n_pixels)
            Pictures of one size; at least two.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        X = self._validate(X, reset=True, ensure_min_samples=2)
        self.image_shape_ = X.shape[1:]
        rows = X.reshape(len(X), -1)
        mean = rows.mean(axis=0, dtype=np.float64)
        covariance = np.zeros((rows.shape[1], rows.shape[1]))
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE] - mean
            covariance += part.T @ part
        variances, directions = eigh(covariance / (len(rows) - 1), overwrite_a=True)
        variances = np.maximum(variances, 0)  # rounding may leave -0.0000001
        scales = np.sqrt(variances + self.eps * (variances.mean() or 1.0))
        self.mean_ = mean.astype(np.float32)
        self.whitening_ = ((directions / scales) @ directions.T).astype(np.float32)
        self.colouring_ = ((directions * scales) @ directions.T).astype(np.float32)
        return self

    def transform(self, X):
        """Whiten pictures.

        Parameters
        ----------
        X : array-like of the shape seen in `fit`, but for n_samples
            Pictures.

        Returns
        -------
        ndarray of the shape of `X`, dtype float32
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        return _in_parts(X, lambda rows: (rows - self.mean_) @ self.whitening_)

    def inverse_transform(self, X):
        """Turn whitened pictures back into pictures.

        Parameters
        ----------
        X : array-like of the shape seen in `fit`, but for n_samples
            What :meth:`transform` returned.

        Returns
        -------
        ndarray of the shape of `X`, dtype float32
            The pictures, but for rounding.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        return _in_parts(X, lambda rows: rows @ self.colouring_ + self.mean_)

    def _validate(self, X, reset, **options):
        X = validate_data(self, X, reset=reset, allow_nd=True, dtype="numeric", **options)
        if not reset and X.shape[1:] != self.image_shape_:
            raise ValueError(
                f"Expected pictures of shape {self.image_shape_}, as in fit, got {X.shape[1:]}. "
                "Put Resize before ZCA."
            )
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _in_parts(X, function):
    changed = np.empty(X.shape, dtype=np.float32)
    for start in range(0, len(X), _AT_ONCE):
        part = X[start : start + _AT_ONCE]
        rows = part.reshape(len(part), -1).astype(np.float32)
        changed[start : start + _AT_ONCE] = function(rows).reshape(part.shape)
    return changed
