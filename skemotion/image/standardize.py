"""Standardisation of each picture."""

from skemotion._recordings import RecordingTransformer
from skemotion.image._functions import standardise


class StandardizeImage(RecordingTransformer):
    """Bring each picture to mean 0 and standard deviation 1, over all its pixels and channels.

    It takes out brightness and contrast, which belong to the light and the camera, and hands
    networks small numbers around 0. Pictures without contrast become 0.

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
        its row as NaN and warn once. Rows that are None become NaN.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    Rescale : The same factor for all pictures.
    ZCA : Take out what neighbouring pixels share, too.
    EqualizeHist : Spread the grey values, in integers.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import StandardizeImage
    >>> StandardizeImage().fit_transform(np.array([[[10, 30]], [[7, 7]]], dtype="uint8"))
    array([[[-1.,  1.]],
           [[ 0.,  0.]]], dtype=float32)
    """

    _verb = "standardise"
    _passes_missing = True

    def make_function(self):
        """Return the function that standardises one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to one of the same shape, dtype float32.
        """
        return standardise
