"""Rescaling."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from skemotion._compat import Interval, _fit_context
from skemotion.image._functions import rescale, stack_pictures


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
        return rescale(X, self.scale, self.offset)

    def _validate(self, X, reset):
        if isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype == object:
            X = stack_pictures(X)
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
