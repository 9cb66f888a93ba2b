"""Resizing."""

from functools import partial
from numbers import Integral

from skemotion._compat import Interval, StrOptions
from skemotion._recordings import RecordingTransformer
from skemotion.image._functions import resize_image


class Resize(RecordingTransformer):
    """Bring pictures to one size.

    The aspect ratio is not kept.

    Parameters
    ----------
    height, width : int, default=48
        Size in pixels.
    interpolation : {"area", "linear", "cubic", "nearest"}, default="area"
        How values between pixels are found. "area" averages where the picture shrinks, which
        avoids aliasing, and is linear where it grows.
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
    ReadImages : Read pictures into arrays.
    Rescale : Multiply values, for instance to [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Resize
    >>> photos = [np.zeros((90, 60, 3), "uint8"), np.zeros((64, 64, 3), "uint8")]
    >>> Resize(48, 48).fit_transform(photos).shape
    (2, 48, 48, 3)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "height": [Interval(Integral, 1, None, closed="left")],
        "width": [Interval(Integral, 1, None, closed="left")],
        "interpolation": [StrOptions({"area", "linear", "cubic", "nearest"})],
    }
    _verb = "resize"
    _passes_missing = True

    def __init__(
        self,
        height=48,
        width=48,
        *,
        interpolation="area",
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.height = height
        self.width = width
        self.interpolation = interpolation

    def make_function(self):
        """Return the function that resizes one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to one of shape (height, width) or (height, width,
            n_channels).
        """
        return partial(resize_image, height=self.height, width=self.width, how=self.interpolation)
