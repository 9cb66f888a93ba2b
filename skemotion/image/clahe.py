"""Contrast-limited adaptive histogram equalisation."""

from functools import partial
from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion._recordings import RecordingTransformer
from skemotion.image._functions import equalise_tiles
from skemotion.image._luma import on_luma


class CLAHE(RecordingTransformer):
    """Equalise each neighbourhood of a picture by itself, with limited contrast [1]_.

    Where light falls from one side, one equalisation for the whole face leaves the dark half dark;
    this one does not. Of colour pictures the luma alone is equalised (Y of YCrCb), so that colours
    stay.

    Parameters
    ----------
    clip_limit : float, default=2.0
        How many times the mean height of a histogram its bins may have; what lies above is spread
        over all bins. The larger, the stronger the contrast, and the noise in flat areas.
    n_rows, n_columns : int, default=8
        Number of tiles in each direction. Between their centres what they make of a grey value is
        interpolated.
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
    EqualizeHist : One equalisation for the whole picture.
    Gamma : Brighten or darken.

    Notes
    -----
    :func:`cv2.createCLAHE` does the work.

    References
    ----------
    .. [1] K. Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV,
       Academic Press, 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import CLAHE
    >>> dim = np.random.default_rng(0).integers(40, 60, (1, 48, 48), dtype="uint8")
    >>> clear = CLAHE(clip_limit=4.0).fit_transform(dim)
    >>> clear.shape, bool(np.ptp(clear) > 2 * np.ptp(dim))
    ((1, 48, 48), True)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "clip_limit": [Interval(Real, 0, None, closed="neither")],
        "n_rows": [Interval(Integral, 1, None, closed="left")],
        "n_columns": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "equalise"
    _passes_missing = True

    def __init__(
        self,
        clip_limit=2.0,
        *,
        n_rows=8,
        n_columns=8,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.clip_limit = clip_limit
        self.n_rows = n_rows
        self.n_columns = n_columns

    def make_function(self):
        """Return the function that equalises one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to one of the same shape.
        """
        function = partial(
            equalise_tiles, clip_limit=self.clip_limit, n_rows=self.n_rows, n_columns=self.n_columns
        )
        return partial(on_luma, function=function)
