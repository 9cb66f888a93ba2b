"""Histogram equalisation."""

from skemotion._recordings import RecordingTransformer
from skemotion.image._functions import equalise


class EqualizeHist(RecordingTransformer):
    """Spread the grey values of each picture evenly over 0 to 255.

    It takes out most of what lighting does to a face. Of colour pictures the luma alone is
    equalised (Y of YCrCb), so that colours stay.

    Parameters
    ----------
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a picture that cannot be processed: raise an error that names it, or keep
        its row as None and warn once. Rows that are None already stay None.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    CLAHE : The same for each neighbourhood by itself.
    ReadImages : Read pictures into arrays.
    Resize : Bring pictures to one size.

    Notes
    -----
    :func:`cv2.equalizeHist` does the work: the cumulative histogram, scaled to 0 to 255, maps the
    grey values [1]_.

    References
    ----------
    .. [1] R. C. Gonzalez, R. E. Woods, "Digital Image Processing", section 3.3.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import EqualizeHist
    >>> dim = np.array([[[10, 20], [30, 40]]], dtype="uint8")
    >>> EqualizeHist().fit_transform(dim)
    array([[[  0,  85],
            [170, 255]]], dtype=uint8)
    """

    _verb = "equalise"
    _passes_missing = True

    def make_function(self):
        """Return the function that equalises one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to one of the same shape.
        """
        return equalise
