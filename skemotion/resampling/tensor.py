"""Samplers of imbalanced-learn for rows of any shape."""

from numbers import Real

import numpy as np
from imblearn.base import BaseSampler
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.utils.multiclass import check_classification_targets

from skemotion._compat import HasMethods, _fit_context
from skemotion._validation import describe_recording
from skemotion.resampling._interpolation import interpolate, names_parents, read_parents
from skemotion.resampling._rows import check_rows, like, take


class TensorSampler(BaseSampler):
    """Use a sampler of imbalanced-learn on images, clips, sequences or recordings.

    Samplers that draw rows, such as :class:`~imblearn.over_sampling.RandomOverSampler`, get row
    numbers, so that rows may be anything: images, clips, sequences, paths. Samplers that measure
    distances get flat rows of floats; what they choose is taken from `X`, and what they make is
    brought back to the shape and the type of `X`, integers rounded and cut to their range.

    Parameters
    ----------
    sampler : imbalanced-learn sampler
        Not changed; a clone is fitted.
    mask_value : float or None, default=0.0
        Value of padded frames. Sequences of floats of shape (n_samples, n_frames, n_features)
        whose lengths differ are not interpolated. None where there is no padding.

    Attributes
    ----------
    sampler_ : imbalanced-learn sampler
        The fitted clone.
    sampling_strategy_ : dict
        How many rows of which class the sampler was to draw or make.
    sample_indices_ : ndarray of int of shape (n_resampled,)
        The row that each row was drawn from; of an interpolated row the nearer parent. Missing
        where nobody can tell, as with :class:`~imblearn.over_sampling.SVMSMOTE`.
    parents_ : ndarray of int of shape (n_resampled, 2)
        Both parents of each row, the nearer first, twice the same for rows that were drawn.
    parent_shares_ : ndarray of float64 of shape (n_resampled, 2)
        How much of each parent is in a row; rows sum to 1.
    n_features_in_ : int
        Length of the first axis of a row of numbers.

    See Also
    --------
    ResamplingPipeline : Keeps validation rows as they are, and subjects with their rows.
    Augment : Adds varied copies.

    Notes
    -----
    Resample inside the folds: as step of a pipeline, never before the split. SMOTE mixes pixels
    of two images or frames of two voices, which is a picture or a voice of nobody; for images,
    drawing rows and varying them (:class:`Augment`) is the safer choice.

    References
    ----------
    .. [1] N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
       over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from imblearn.over_sampling import RandomOverSampler
    >>> from skemotion import TensorSampler
    >>> faces = np.zeros((3, 48, 48), dtype="uint8")
    >>> sampler = TensorSampler(RandomOverSampler(random_state=0))
    >>> X, y = sampler.fit_resample(faces, ["happy", "happy", "sad"])
    >>> X.shape, y, sampler.sample_indices_
    ((4, 48, 48), ['happy', 'happy', 'sad', 'sad'], array([0, 1, 2, 2]))
    """

    _sampling_type = "bypass"
    _parameter_constraints = {"sampler": [HasMethods(["fit_resample"])], "mask_value": [Real, None]}

    def __init__(self, sampler, *, mask_value=0.0):
        self.sampler = sampler
        self.mask_value = mask_value

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Check `X`, `y` and the parameters; :meth:`fit_resample` does the work.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), list or DataFrame
            Rows.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        self
        """
        self.fit_resample(X, y)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X, y):
        """Resample the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), list or DataFrame
            Images, clips, sequences, features or recordings.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        X_resampled : ndarray of shape (n_resampled, ...), list or DataFrame
            Of the type, the dtype and the shape of `X` but for the number of rows.
        y_resampled : array-like of shape (n_resampled,)
            Classes, of the type of `y`.

        Raises
        ------
        ValueError
            If a sampler that measures distances gets recordings or padded sequences.
        """
        check_classification_targets(y)
        return self._fit_resample(X, y)

    @property
    def sampling_strategy_(self):
        """How many rows of which class the sampler was to draw or make."""
        return self.sampler_.sampling_strategy_

    def _fit_resample(self, X, y):
        self.sampler_ = clone(self.sampler)
        for name in ("sample_indices_", "parents_", "parent_shares_"):
            vars(self).pop(name, None)
        draws = draws_rows(self.sampler_)
        rows, are_recordings = check_rows(self, X, y, finite=not draws)
        if draws:
            numbers = np.arange(len(rows))[:, None]
            _, y = self.sampler_.fit_resample(numbers, y)
            self._note(self.sampler_.sample_indices_)
            keeps_type = isinstance(X, list) or hasattr(X, "iloc")
            return take(X if keeps_type else rows, self.sample_indices_), y
        if are_recordings:
            raise ValueError(_refusal(self.sampler_, X))
        self._refuse_padding(rows)
        values = rows.reshape(len(rows), -1)
        values = values.astype(np.result_type(values, np.float32), copy=False)
        made, y = self._make(rows, values, y)
        return like(made, X), y

    def _make(self, rows, values, y):
        """Return rows that were chosen or made by distances between `values`."""
        if names_parents(self.sampler_):
            shares, y = interpolate(self.sampler_, values, y)
            self._note(*read_parents(shares))
            drawn = self.parent_shares_[:, 1] == 0
            made = rows[self.sample_indices_]
            mixed = shares.astype(values.dtype)[np.flatnonzero(~drawn)] @ values
            made[~drawn] = _to_dtype(mixed, rows.dtype).reshape(-1, *rows.shape[1:])
            return made, y
        mixed, y = self.sampler_.fit_resample(values, y)
        chosen = getattr(self.sampler_, "sample_indices_", None)
        if chosen is not None:
            self._note(chosen)
        if chosen is not None and getattr(self.sampler_, "shrinkage", None) is None:
            return rows[chosen], y
        return _to_dtype(mixed, rows.dtype).reshape(-1, *rows.shape[1:]), y

    def _note(self, parents, shares=None):
        if shares is None:
            parents = np.stack([parents, parents], axis=1)
            shares = np.tile([1.0, 0.0], (len(parents), 1))
        self.parents_, self.parent_shares_ = parents, shares
        self.sample_indices_ = parents[:, 0]

    def _refuse_padding(self, rows):
        if rows.ndim != 3 or rows.dtype.kind != "f" or self.mask_value is None:
            return
        real = (rows != rows.dtype.type(self.mask_value)).any(axis=2)
        lengths = np.where(real.any(axis=1), real.shape[1] - real[:, ::-1].argmax(axis=1), 0)
        if lengths.min(initial=rows.shape[1]) < lengths.max(initial=0):
            raise ValueError(
                f"Expected sequences of one length for {type(self.sampler_).__name__}, got lengths "
                f"from {lengths.min()} to {lengths.max()} frames, padded with "
                f"mask_value={self.mask_value:g}: the mean of a frame and of padding is neither. "
                "Use RandomOverSampler, cut the sequences to one length, or write mask_value=None "
                "if there is no padding."
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        draws = draws_rows(self.sampler)
        tags.input_tags.sparse = False
        tags.input_tags.dataframe = True
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = draws
        tags.sampler_tags.sample_indices = draws or names_parents(self.sampler)
        return tags


def draws_rows(sampler):
    """Return whether a sampler draws rows without looking at them.

    Parameters
    ----------
    sampler : imbalanced-learn sampler
        Any.

    Returns
    -------
    bool
    """
    if isinstance(sampler, RandomOverSampler):
        return sampler.shrinkage is None
    return isinstance(sampler, RandomUnderSampler)


def _refusal(sampler, X):
    first = next(iter(np.asarray(X, dtype=object).ravel())) if len(X) else None
    return (
        f"Expected numbers for {type(sampler).__name__}, which measures distances between rows, "
        f"got recordings, the first is {describe_recording(first)}. Put it behind the step that "
        "makes features, or use RandomOverSampler, which takes rows as they are."
    )


def _to_dtype(values, dtype):
    if dtype.kind not in "iu":
        return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    return np.rint(values).clip(limits.min, limits.max).astype(dtype)
