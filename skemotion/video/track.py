"""Follow a face through a clip."""

from functools import partial
from numbers import Integral, Real

from skemotion._compat import Interval, StrOptions
from skemotion._recordings import RecordingTransformer
from skemotion.video._tracking import find_frontal, follow_face


class FaceTrack(RecordingTransformer):
    """Cut one face out of clips, the same in all frames.

    Faces are looked for in each frame. Boxes that overlap from frame to frame are one face; of
    several, the one that is largest, summed over the frames, is followed. Frames in which it is
    not found are filled in between their neighbours, and places and sizes are smoothed, so that
    the face neither jumps nor trembles.

    Parameters
    ----------
    size : int, default=64
        Height and width of the frames that come out, in pixels.
    detector : callable, default=None
        Takes a frame, dtype uint8, and returns a list of boxes, which begin with x and y of the
        upper left corner, width and height, in pixels; :func:`~skemotion.detect_faces` is one. None
        means the cascade for faces from the front that OpenCV 4 brings along [1]_.
    min_face : float, default=0.1
        Side of the smallest face that the cascade looks for, as a share of the shorter side of
        the frames. Half of it takes about three times as long.
    margin : float, default=0.2
        What is added to the longer side of a box, as a share of it; the result is a square.
    smoothing : int, default=5
        Number of frames whose boxes are averaged; an even one counts as the next odd. 1 means none.
    on_missing : {"raise", "nan", "whole"}, default="raise"
        What to do with a clip in which no frame shows a face: count it as one that cannot be
        processed, make its row None, or keep its frames whole, brought to the size.
    cache : path-like or False, default=None
        Folder where results are kept, so that a clip that did not change is not processed again
        with the same parameters. None means ``$SKEMOTION_CACHE`` where that is set, else none;
        False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a clip that cannot be processed: raise an error that names it, or keep its
        row as None and warn once. Rows that are None already stay None.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    ReadVideo : Read videos into clips.
    AggregateFrames : Describe clips by features of their frames.
    CropFaces : Cut faces out of single pictures.

    References
    ----------
    .. [1] P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features",
       CVPR 2001. https://doi.org/10.1109/CVPR.2001.990517

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import FaceTrack
    >>> clips = np.random.default_rng(0).integers(0, 256, (2, 5, 48, 64), dtype="uint8")
    >>> FaceTrack(32, detector=lambda frame: [(20, 10, 24, 24)]).fit_transform(clips).shape
    (2, 5, 32, 32)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "size": [Interval(Integral, 1, None, closed="left")],
        "detector": [callable, None],
        "min_face": [Interval(Real, 0, 1, closed="right")],
        "margin": [Interval(Real, -1, None, closed="neither")],
        "smoothing": [Interval(Integral, 1, None, closed="left")],
        "on_missing": [StrOptions({"raise", "nan", "whole"})],
    }
    _verb = "follow a face in"
    _passes_missing = True

    def __init__(
        self,
        size=64,
        *,
        detector=None,
        min_face=0.1,
        margin=0.2,
        smoothing=5,
        on_missing="raise",
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.size = size
        self.detector = detector
        self.min_face = min_face
        self.margin = margin
        self.smoothing = smoothing
        self.on_missing = on_missing

    def make_function(self):
        """Return the function that cuts the face out of one clip.

        Returns
        -------
        callable
            From an array of dtype uint8 and shape (n_frames, height, width[, n_channels]) to one of
            shape (n_frames, size, size[, n_channels]).
        """
        return partial(
            follow_face,
            detector=self.detector or partial(find_frontal, min_face=self.min_face),
            size=self.size,
            margin=self.margin,
            smoothing=self.smoothing,
            on_missing=self.on_missing,
        )
