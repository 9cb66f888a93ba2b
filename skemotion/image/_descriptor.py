"""The base of what describes pictures by numbers."""

from abc import abstractmethod
from functools import partial

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

from skemotion._recordings import RecordingTransformer
from skemotion._reuse import find_cache
from skemotion.image._functions import describe_one

_AT_ONCE = 64  # pictures: enough to outweigh what a call costs, few enough for the caches


class ImageDescriptor(RecordingTransformer):
    """Base of the steps that describe each picture by a row of numbers.

    A sub-class writes :meth:`make_description`. An array of pictures of one size is described many
    at a time, which is several times as fast as one by one.

    Parameters
    ----------
    cache : path-like or False, default=None
        Folder where results are kept. None means ``$SKEMOTION_CACHE`` where that is set, else none;
        False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a picture that cannot be processed: raise an error that names it, or keep
        its row as NaN and warn once. Rows that are None become NaN.
    verbose : bool, default=False
        Show progress.
    """

    _passes_missing = True

    @abstractmethod
    def make_description(self):
        """Return the function that describes pictures of one size.

        Returns
        -------
        callable
            From an array of shape (n_samples, height, width) or (n_samples, height, width, 1 or 3)
            and dtype uint8 to one of shape (n_samples, n_features) and dtype float32.
        """

    def make_function(self):
        """Return the function that describes one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to one of shape (n_features,), dtype float32.
        """
        return partial(describe_one, describe=self.make_description())

    def transform(self, X):
        """Describe the pictures.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width[, n_channels])
            Pictures of dtype uint8.

        Returns
        -------
        ndarray of shape (n_samples, n_features), dtype float32

        Raises
        ------
        RecordingError
            If a picture cannot be described and ``on_error="raise"``.
        """
        self._validate_params()
        if _is_stack(X) and find_cache([self])[1] is None:
            try:
                return self._describe_stack(X)
            except ValueError:  # for all of them alike: what follows names the first
                return super().transform(X)
        return super().transform(X)

    def _describe_stack(self, X):
        describe = self.make_description()
        parts = (X[start : start + _AT_ONCE] for start in range(0, len(X), _AT_ONCE))
        if effective_n_jobs(self.n_jobs) == 1:
            return np.concatenate([describe(part) for part in parts])
        parallel = Parallel(self.n_jobs, prefer="threads")
        return np.concatenate(parallel(delayed(describe)(part) for part in parts))

    def stack(self, results):
        """Put the descriptions together.

        Parameters
        ----------
        results : list of (ndarray of shape (n_features,) or None)
            One a picture.

        Returns
        -------
        ndarray of shape (n_samples, n_features), dtype float32
        """
        features = super().stack(results)
        if features.dtype == object:
            lengths = sorted({len(result) for result in results if result is not None})
            raise ValueError(
                f"Expected X to be pictures of one size, got some with {lengths[0]} and some with "
                f"{lengths[-1]} features. Put Resize before {type(self).__name__}."
            )
        return features


def _is_stack(X):
    return isinstance(X, np.ndarray) and X.dtype == np.uint8 and X.ndim in (3, 4) and X.size > 0


def to_grey(images):
    """Return pictures without their colours.

    Parameters
    ----------
    images : ndarray of shape (n_samples, height, width) or (n_samples, height, width, 1 or 3)
        Grey or RGB, dtype uint8.

    Returns
    -------
    ndarray of shape (n_samples, height, width), dtype uint8
        The luma of ITU-R BT.601.
    """
    if images.ndim == 3:
        return images
    if images.shape[3] == 1:
        return images[:, :, :, 0]
    weighted = images.astype(np.int32) @ np.array([19595, 38470, 7471], dtype=np.int32)
    return ((weighted + 0x8000) >> 16).astype(np.uint8)


def cell_edges(shape, grid):
    """Return where the cells of a grid begin and end.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the picture.
    grid : tuple of int
        Number of rows and of columns of cells.

    Returns
    -------
    rows : ndarray of int of shape (n_rows + 1,)
    columns : ndarray of int of shape (n_columns + 1,)

    Raises
    ------
    ValueError
        If there are more cells than pixels in one direction.
    """
    if shape[0] < grid[0] or shape[1] < grid[1]:
        raise ValueError(
            f"expected at least {grid[0]} x {grid[1]} pixels, one for each cell, got an image of "
            f"shape {shape}. Enlarge it with Resize, or take a smaller grid"
        )
    return tuple(
        np.linspace(0, side, n_cells + 1).astype(int)
        for side, n_cells in zip(shape, grid, strict=True)
    )
