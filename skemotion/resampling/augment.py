"""A sampler that adds varied copies."""

from numbers import Integral

import numpy as np
from imblearn.base import BaseSampler
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets

from skemotion._compat import HasMethods, Interval, StrOptions, _fit_context
from skemotion.resampling._rows import check_rows, join, like, take


class Augment(BaseSampler):
    """Add children: varied copies of rows, after the rows themselves.

    Parameters
    ----------
    augmenter : object with `augment_batch`
        ``augmenter.augment_batch(X, rng)`` returns a variation of each row of `X`, of the same
        shape and type; `rng` is a :class:`numpy.random.Generator`.
    copies : int or "balanced", default=1
        Number of children of each row; "balanced" gives children to the rarer classes only, until
        all classes are as large as the largest, as evenly over the rows of a class as can be.
    random_state : int, RandomState instance or None, default=None
        Seeds the variations and the choice of parents.

    Attributes
    ----------
    sample_indices_ : ndarray of int of shape (n_resampled,)
        Row number of the parent of each row; of the first rows their own.

    See Also
    --------
    ResamplingPipeline : Keeps children out of the validation rows, and subjects with their rows.
    TensorSampler : Draws or interpolates rows.

    Notes
    -----
    A child in training whose parent is tested on is a leak. As step of a pipeline children are
    made inside each fold; for children that were written to disk, give the table a column `parent`,
    and :func:`audit` looks for them.

    References
    ----------
    .. [1] P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural
       networks applied to visual document analysis", ICDAR 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Augment
    >>> class Noise:
    ...     def augment_batch(self, X, rng):
    ...         return X + rng.normal(scale=0.1, size=X.shape)
    >>> sampler = Augment(Noise(), copies=2, random_state=0)
    >>> X, y = sampler.fit_resample(np.zeros((2, 3)), np.array(["happy", "sad"]))
    >>> X.shape, y.tolist(), sampler.sample_indices_.tolist()
    ((6, 3), ['happy', 'sad', 'happy', 'sad', 'happy', 'sad'], [0, 1, 0, 1, 0, 1])
    """

    _sampling_type = "bypass"
    _parameter_constraints = {
        "augmenter": [HasMethods(["augment_batch"])],
        "copies": [Interval(Integral, 1, None, closed="left"), StrOptions({"balanced"})],
        "random_state": ["random_state"],
    }

    def __init__(self, augmenter, *, copies=1, random_state=None):
        self.augmenter = augmenter
        self.copies = copies
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Check `X`, `y` and the parameters; :meth:`fit_resample` does the work.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        self
        """
        check_classification_targets(y)
        check_rows(self, X, y, finite=False)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X, y):
        """Return the rows, and their children behind them.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Images, clips, sequences, features, or a 1-D array of recordings, as the augmenter
            takes them.
        y : array-like of shape (n_samples,)
            Classes.

        Returns
        -------
        X_resampled : ndarray of shape (n_resampled, ...)
            Rows and children.
        y_resampled : array-like of shape (n_resampled,)
            Classes; a child has that of its parent.

        Raises
        ------
        ValueError
            If the augmenter returns another number, another shape or another type of rows.
        """
        check_classification_targets(y)
        return self._fit_resample(X, y)

    def _fit_resample(self, X, y):
        rows, _ = check_rows(self, X, y, finite=False)
        random = check_random_state(self.random_state)
        parents = self._choose_parents(np.asarray(y), random)
        rng = np.random.default_rng(random.randint(2**31))
        given = take(rows, parents)
        children = _as_rows(clone(self.augmenter, safe=False).augment_batch(given, rng), rows)
        if children.shape != given.shape or children.dtype != given.dtype:
            raise ValueError(
                f"Expected {type(self.augmenter).__name__} to return rows like those it got, "
                f"{given.dtype} of shape {given.shape}, got {children.dtype} of shape "
                f"{children.shape}. Return one variation of each row."
            )
        self.sample_indices_ = np.concatenate([np.arange(len(rows)), parents])
        return like(join(rows, children), X), take(y, self.sample_indices_)

    def _choose_parents(self, y, random):
        if self.copies != "balanced":
            return np.tile(np.arange(len(y)), self.copies)
        _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        chosen = [
            np.resize(random.permutation(np.flatnonzero(codes == code)), counts.max() - count)
            for code, count in enumerate(counts)
        ]
        return np.concatenate(chosen).astype(int)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.dataframe = True
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.sampler_tags.sample_indices = True
        return tags


def _as_rows(children, rows):
    if isinstance(children, np.ndarray) or rows.dtype != object:
        return np.asarray(children)
    made = np.empty(len(children), dtype=object)
    made[:] = list(children)
    return made
