"""Bring clips to one number of frames."""

from functools import partial
from numbers import Integral

import numpy as np

from skemotion._compat import Interval
from skemotion._recordings import RecordingTransformer
from skemotion.video._check import check_clip


class PadClips(RecordingTransformer):
    """Bring clips to one number of frames: shorter ones are padded, longer ones are thinned out.

    Networks for clips leave padded frames, which are black, out of account.

    Parameters
    ----------
    n_frames : int, default=16
        Number of frames. Longer clips keep so many, evenly over their length.
    cache : path-like or False, default=None
        Folder where results are kept, so that a clip that did not change is not processed again
        with the same parameters. None and False mean none: padding is quick.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a clip that cannot be processed: raise an error that names it, or keep its
        row as None and warn once. Rows that are None already stay None.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    ReadVideo : Reads videos into clips, of different lengths with `fps`.
    VideoTransformerClassifier : A network for clips.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import PadClips
    >>> clips = np.empty(2, dtype=object)
    >>> clips[:] = [np.ones((3, 8, 8), "uint8"), np.ones((20, 8, 8), "uint8")]
    >>> padded = PadClips(5).fit_transform(clips)
    >>> padded.shape
    (2, 5, 8, 8)
    >>> padded[:, :, 0, 0]
    array([[1, 1, 1, 0, 0],
           [1, 1, 1, 1, 1]], dtype=uint8)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "n_frames": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "pad"
    _passes_missing = True
    _cached_by_default = False  # reading a result back takes longer

    def __init__(self, n_frames=16, *, cache=None, n_jobs=None, on_error="raise", verbose=False):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.n_frames = n_frames

    def make_function(self):
        """Return the function that pads or thins out one clip.

        Returns
        -------
        callable
            From an array of dtype uint8 and shape (n_any, height, width[, n_channels]) to one of
            shape (n_frames, height, width[, n_channels]).
        """
        return partial(_fit_length, n_frames=self.n_frames)


def _fit_length(clip, n_frames):
    check_clip(clip)
    if len(clip) > n_frames:
        middles = (np.arange(n_frames) + 0.5) * (len(clip) / n_frames)
        return clip[middles.astype(int)]
    return np.pad(clip, [(0, n_frames - len(clip))] + [(0, 0)] * (clip.ndim - 1))
