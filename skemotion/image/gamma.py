"""Gamma correction."""

from functools import partial
from numbers import Real

import numpy as np

from skemotion._compat import Interval
from skemotion._recordings import RecordingTransformer
from skemotion.image._functions import look_up


class Gamma(RecordingTransformer):
    """Raise the values of pictures, taken from 0 to 1, to a power.

    Parameters
    ----------
    gamma : float, default=0.5
        The power: below 1 pictures become brighter, above 1 darker.
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
    EqualizeHist : Spread the grey values, whatever the light was.

    Notes
    -----
    ``255 * (value / 255) ** gamma``, rounded [1]_, for each channel.

    References
    ----------
    .. [1] R. C. Gonzalez, R. E. Woods, "Digital Image Processing", section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Gamma
    >>> Gamma(0.5).fit_transform(np.array([[[0, 64, 255]]], dtype="uint8"))
    array([[[  0, 128, 255]]], dtype=uint8)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="neither")],
    }
    _verb = "correct the gamma of"
    _passes_missing = True

    def __init__(self, gamma=0.5, *, cache=None, n_jobs=None, on_error="raise", verbose=False):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.gamma = gamma

    def make_function(self):
        """Return the function that changes one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to one of the same shape.
        """
        table = np.round(255 * np.linspace(0, 1, 256) ** self.gamma).astype(np.uint8)
        return partial(look_up, table=table)
