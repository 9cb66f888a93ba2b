"""Rescaling."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from skemotion._compat import Interval, _fit_context


class Rescale(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Compute ``X * scale + offset`` in float32.

    :class:`~skemotion.CNNClassifier` expects pictures in [0, 1];
    :class:`~skemotion.VGG16Classifier` takes them as they are, from 0 to 255.

    Parameters
    ----------
    scale : float, default=1/255
        Factor; 1/255 brings pictures to [0, 1].
    offset : float, default=0.0
        What is added; ``Rescale(2 / 255, offset=-1)`` brings pictures to [-1, 1].

    Attributes
    ----------
    n_features_in_ : int
        Length of the second axis of `X` seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of features seen during `fit`, where `X` has them.

    See Also
    --------
    Resize : Bring pictures to one size.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Rescale
    >>> Rescale().fit_transform(np.array([[[0, 255]]], dtype="uint8"))
    array([[[0., 1.]]], dtype=float32)
    """

    _parameter_constraints = {
        "scale": [Interval(Real, None, None, closed="neither")],
        "offset": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(self, scale=1 / 255, *, offset=0.0):
        self.scale = scale
        self.offset = offset

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters and the input; nothing is learnt.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Numbers; NaN is allowed.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._validate(X, reset=True)
        return self

    def transform(self, X):
        """Rescale.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Numbers; NaN stays NaN. None in a 1-D array of pictures of one size gives NaN.

        Returns
        -------
        ndarray of the shape of `X`, dtype float32
        """
        self._validate_params()
        X = self._validate(X, reset=False)
        scaled = np.multiply(X, np.float32(self.scale), dtype=np.float32, casting="same_kind")
        scaled += np.float32(self.offset)
        return scaled

    def _validate(self, X, reset):
        if isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype == object:
            X = _from_objects(X)
        return validate_data(
            self, X, reset=reset, allow_nd=True, dtype="numeric", ensure_all_finite="allow-nan"
        )

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _from_objects(X):
    """Stack pictures of one size, with NaN for None: what on_error="nan" leaves behind."""
    pictures = [item for item in X if isinstance(item, np.ndarray)]
    shapes = sorted({picture.shape for picture in pictures})
    if len(shapes) > 1:
        raise ValueError(
            f"Expected X to be pictures of one size, got {len(shapes)} sizes, for instance "
            f"{shapes[0]} and {shapes[1]}. Put Resize before Rescale."
        )
    if not pictures or any(item is not None and not isinstance(item, np.ndarray) for item in X):
        return X
    stacked = np.full((len(X), *shapes[0]), np.nan, dtype=np.float32)
    for row, item in enumerate(X):
        if item is not None:
            stacked[row] = item
    return stacked
