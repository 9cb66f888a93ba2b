"""Histogram of oriented gradients."""

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skemotion._compat import Interval
from skemotion._validation import check_recordings
from skemotion.image._descriptor import ImageDescriptor
from skemotion.image._hog import count_blocks, describe_gradients


class HOG(ImageDescriptor):
    """Describe each picture by histograms of oriented gradients [1]_.

    The picture is divided into cells; in each, gradient magnitudes are summed by direction (without
    sign, 0 to 180 degrees). Blocks of cells, which overlap by all but one cell, are normalised to
    unit length, clipped at 0.2 and normalised again (L2-Hys). Of colour pictures the channel with
    the strongest gradient counts at each pixel.

    Parameters
    ----------
    n_orientations : int, default=9
        Number of directions between 0 and 180 degrees.
    cell_size : int, default=8
        Height and width of a cell, in pixels. What does not fill a cell at the lower and right edge
        is left out.
    block_size : int, default=2
        Height and width of a block, in cells.
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

    Attributes
    ----------
    image_shape_ : tuple of int
        Height and width of the first picture seen during `fit`; names of features need it.

    See Also
    --------
    Resize : Bring pictures to one size.

    Notes
    -----
    The values are those of :func:`skimage.feature.hog`. A pixel votes for one direction and one
    cell; the interpolation and the Gaussian window of [1]_ are left out, as there.

    References
    ----------
    .. [1] N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005.
       https://doi.org/10.1109/CVPR.2005.177

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import HOG
    >>> faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48), dtype="uint8")
    >>> hog = HOG().fit(faces)
    >>> hog.transform(faces).shape
    (2, 900)
    >>> hog.get_feature_names_out()[0]
    'hog_block0-0_cell0-0_0deg'
    """

    _parameter_constraints = {
        **ImageDescriptor._parameter_constraints,
        "n_orientations": [Interval(Integral, 1, 255, closed="both")],
        "cell_size": [Interval(Integral, 1, None, closed="left")],
        "block_size": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "compute the HOG of"

    def __init__(
        self,
        n_orientations=9,
        *,
        cell_size=8,
        block_size=2,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.n_orientations = n_orientations
        self.cell_size = cell_size
        self.block_size = block_size

    def fit(self, X, y=None):
        """Remember the size of the pictures, for the names of the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width[, n_channels])
            Pictures of dtype uint8.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        super().fit(X, y)
        shapes = (image.shape for image in check_recordings(X) if isinstance(image, np.ndarray))
        self.image_shape_ = next((shape[:2] for shape in shapes if len(shape) > 1), (0, 0))
        return self

    def make_description(self):
        """Return the function that describes pictures of one size.

        Returns
        -------
        callable
            From an array of shape (n_samples, height, width[, n_channels]) and dtype uint8 to one
            of shape (n_samples, n_features) and dtype float32.
        """
        return partial(
            describe_gradients,
            n_orientations=self.n_orientations,
            cell_size=self.cell_size,
            block_size=self.block_size,
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
            For instance ``hog_block0-1_cell1-0_40deg``: the block and the cell in it by row and
            column, and where the range of directions starts.
        """
        check_is_fitted(self, "image_shape_")
        rows, columns = count_blocks(self.image_shape_, self.cell_size, self.block_size)
        degrees = [f"{180 * k / self.n_orientations:.4g}deg" for k in range(self.n_orientations)]
        cells = range(self.block_size)
        return np.array(
            [
                f"hog_block{row}-{column}_cell{i}-{j}_{degree}"
                for row in range(rows)
                for column in range(columns)
                for i in cells
                for j in cells
                for degree in degrees
            ],
            dtype=object,
        )
