"""Local binary patterns."""

from functools import lru_cache, partial
from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion._validation import check_size
from skemotion.image._descriptor import ImageDescriptor, cell_edges, to_grey

_SHIFT = 22  # bits behind the point: 255 times 2 ** 22 still fits into 31 bits


class LBP(ImageDescriptor):
    """Describe each picture by histograms of uniform local binary patterns [1]_ [2]_.

    At each pixel, points on a circle are compared with its middle: those that are as bright or
    brighter give 1, the others 0. Patterns in which ones and zeros each stand together, which are
    most of those in real pictures, are told apart; all others count as one. The shares of the
    patterns are taken in each cell of a grid. Brightness and contrast do not matter.

    Parameters
    ----------
    n_points : int, default=8
        Number of points on the circle, 16 at most.
    radius : float, default=1.0
        Radius of the circle, in pixels. Values between pixels are interpolated linearly; outside
        the picture they are 0.
    grid : tuple of int, default=(6, 6)
        Number of rows and of columns of cells.
    rotation_invariant : bool, default=False
        Tell patterns apart by their number of ones alone, whichever way they are turned.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a picture that cannot be processed: raise an error that names it, or keep
        its row as NaN and warn once. Rows that are None become NaN.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    HOG : Directions of edges.
    Gabor : Strength of stripes of several widths and directions.

    Notes
    -----
    Patterns are those of :func:`skimage.feature.local_binary_pattern` with
    ``method="nri_uniform"``, or ``"uniform"`` if `rotation_invariant`, but that equal pixels count
    as equal whatever the rounding, because weights are integers here. Of colour pictures the luma
    is taken.

    References
    ----------
    .. [1] T. Ojala, M. Pietikäinen, T. Mäenpää, "Multiresolution gray-scale and rotation invariant
       texture classification with local binary patterns", IEEE TPAMI 24(7), 2002.
       https://doi.org/10.1109/TPAMI.2002.1017623
    .. [2] T. Ahonen, A. Hadid, M. Pietikäinen, "Face description with local binary patterns:
       application to face recognition", IEEE TPAMI 28(12), 2006.
       https://doi.org/10.1109/TPAMI.2006.244

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import LBP
    >>> faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype="uint8")
    >>> lbp = LBP(grid=(4, 4)).fit(faces)
    >>> lbp.transform(faces).shape  # 16 cells of 59 patterns
    (2, 944)
    >>> lbp.get_feature_names_out()[13]
    'lbp_cell0-0_2ones_turned4'
    """

    _parameter_constraints = {
        **ImageDescriptor._parameter_constraints,
        "n_points": [Interval(Integral, 3, 16, closed="both")],
        "radius": [Interval(Real, 0, None, closed="neither")],
        "grid": [tuple],
        "rotation_invariant": ["boolean"],
    }
    _verb = "compute the LBP of"

    def __init__(
        self,
        n_points=8,
        *,
        radius=1.0,
        grid=(6, 6),
        rotation_invariant=False,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.n_points = n_points
        self.radius = radius
        self.grid = grid
        self.rotation_invariant = rotation_invariant

    def make_description(self):
        """Return the function that describes pictures of one size.

        Returns
        -------
        callable
            From an array of shape (n_samples, height, width[, n_channels]) and dtype uint8 to one
            of shape (n_samples, n_features) and dtype float32.
        """
        check_size(self.grid, "grid", of="a number of rows and of columns", such_as=(4, 4))
        return partial(
            _histograms,
            n_points=self.n_points,
            radius=self.radius,
            grid=self.grid,
            invariant=self.rotation_invariant,
        )

    def get_feature_names_out(self, input_features=None):
        """Return the names of the features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
            For instance ``lbp_cell0-5_3ones_turned2``: the cell by row and column, how many points
            are brighter, and by how many points they are turned.
        """
        points = range(1, self.n_points)
        if self.rotation_invariant:
            patterns = [f"{ones}ones" for ones in range(self.n_points + 1)]
        else:
            turned = [f"{ones}ones_turned{k}" for ones in points for k in range(self.n_points)]
            patterns = ["0ones", *turned, f"{self.n_points}ones"]
        return np.array(
            [
                f"lbp_cell{row}-{column}_{pattern}"
                for row in range(self.grid[0])
                for column in range(self.grid[1])
                for pattern in [*patterns, "other"]
            ],
            dtype=object,
        )


def _histograms(images, n_points, radius, grid, invariant):
    images = to_grey(images)
    n_samples, height, width = images.shape
    patterns, n_patterns = _patterns(n_points, invariant)
    first_bins, n_pixels = _cells((height, width), grid, n_patterns)
    n_bins = len(n_pixels) * n_patterns
    found = patterns[local_binary_codes(images, n_points, radius)]
    found += first_bins
    found += np.arange(n_samples)[:, None, None] * n_bins
    counts = np.bincount(found.ravel(), minlength=n_samples * n_bins)
    shares = counts.reshape(n_samples, -1, n_patterns) / n_pixels
    return shares.reshape(n_samples, -1).astype(np.float32)


@lru_cache(maxsize=8)
def _cells(shape, grid, n_patterns):
    """Return the first bin of the cell of each pixel, and the number of pixels of each cell."""
    rows, columns = (np.diff(edges) for edges in cell_edges(shape, grid))
    cell = np.repeat(np.arange(grid[0]) * grid[1], rows)[:, None]
    cell = cell + np.repeat(np.arange(grid[1]), columns)
    return cell * n_patterns, np.outer(rows, columns).reshape(-1, 1)


def local_binary_codes(images, n_points, radius):
    """Return which points around each pixel are as bright as it or brighter.

    Parameters
    ----------
    images : ndarray of shape (n_samples, height, width), dtype uint8
        Grey pictures.
    n_points : int
        Number of points, 31 at most.
    radius : float
        Radius of the circle, in pixels.

    Returns
    -------
    ndarray of the shape of `images`, dtype int32
        Bit k belongs to point k, counted from the right against the clock.
    """
    _, height, width = images.shape
    reach = int(np.ceil(radius))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach))).astype(np.int32)
    middle = images.astype(np.int32) << _SHIFT
    codes = np.zeros(images.shape, dtype=np.int32)
    for point in range(n_points):
        value = 0
        for (down, right), weight in _corners(point / n_points, radius):
            top, left = reach + down, reach + right
            value = value + padded[:, top : top + height, left : left + width] * weight
        codes |= (value >= middle).astype(np.int32) << point
    return codes


@lru_cache(maxsize=64)
def _corners(turn, radius):
    """Return the pixels around a point and their integer weights, of which those of 0 are out."""
    down = round(-radius * np.sin(2 * np.pi * turn), 5)  # rounded as in scikit-image
    right = round(radius * np.cos(2 * np.pi * turn), 5)
    row, column = int(np.floor(down)), int(np.floor(right))
    lower, later = down - row, right - column
    shares = {
        (row, column): (1 - lower) * (1 - later),
        (row, column + 1): (1 - lower) * later,
        (row + 1, column): lower * (1 - later),
        (row + 1, column + 1): lower * later,
    }
    weights = {where: round(share * 2**_SHIFT) for where, share in shares.items()}
    largest = max(weights, key=weights.get)
    weights[largest] += 2**_SHIFT - sum(weights.values())  # so that flat areas stay flat
    return [(where, np.int32(weight)) for where, weight in weights.items() if weight]


@lru_cache(maxsize=8)
def _patterns(n_points, invariant):
    """Return the number of the pattern that each code is, and how many there are."""
    codes = np.arange(2**n_points)
    bits = codes[:, None] >> np.arange(n_points) & 1
    ones = bits.sum(axis=1)
    starts = bits & ~np.roll(bits, 1, axis=1)  # a one after a zero
    uniform = starts.sum(axis=1) <= 1
    if invariant:
        return np.where(uniform, ones, n_points + 1).astype(np.intp), n_points + 2
    turned = -starts.argmax(axis=1) % n_points
    n_uniform = n_points * (n_points - 1) + 2
    number = 1 + (ones - 1) * n_points + turned
    number = np.where(ones == 0, 0, np.where(ones == n_points, n_uniform - 1, number))
    return np.where(uniform, number, n_uniform).astype(np.intp), n_uniform + 1
