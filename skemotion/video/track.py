"""Follow a face through a clip."""

from functools import partial
from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion._faces import detect_faces
from skemotion._recordings import RecordingTransformer
from skemotion.video._check import check_clip
from skemotion.video._tracking import choose_track, crop, to_squares


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
        Takes a frame, dtype uint8, and returns boxes of shape (n_faces, 4): x and y of the upper
        left corner, width and height, in pixels. None means the cascade of Viola and Jones for
        faces from the front, which OpenCV brings along.
    margin : float, default=0.2
        What is added to the longer side of a box, as a share of it; the result is a square.
    smoothing : int, default=5
        Number of frames whose boxes are averaged; an even one counts as the next odd. 1 means none.
    on_missing : {"raise", "centre"}, default="raise"
        What to do with a clip in which no frame shows a face: count it as one that cannot be
        processed, or take the largest square in the middle of each frame.
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
        "margin": [Interval(Real, -1, None, closed="neither")],
        "smoothing": [Interval(Integral, 1, None, closed="left")],
        "on_missing": [StrOptions({"raise", "centre"})],
    }
    _verb = "follow a face in"
    _passes_missing = True

    def __init__(
        self,
        size=64,
        *,
        detector=None,
        margin=0.2,
        smoothing=5,
        on_missing="raise",
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.size = size
        self.detector = detector
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
            _follow,
            detector=self.detector or detect_faces,
            size=self.size,
            margin=self.margin,
            smoothing=self.smoothing,
            on_missing=self.on_missing,
        )


def _follow(clip, detector, size, margin, smoothing, on_missing):
    check_clip(clip)
    boxes = choose_track([_check_boxes(detector(frame)) for frame in clip])
    if not np.isnan(boxes).all():
        squares = to_squares(boxes, margin, smoothing)
    elif on_missing == "centre":
        height, width = clip.shape[1:3]
        squares = np.tile([width / 2, height / 2, min(height, width)], (len(clip), 1))
    else:
        raise ValueError(
            f"no face was found in any of its {len(clip)} frames. Leave it out, pass another "
            "detector, or set on_missing='centre'"
        )
    return np.stack(
        [crop(frame, square, size) for frame, square in zip(clip, squares, strict=True)]
    )


def _check_boxes(boxes):
    boxes = np.asarray(boxes, dtype=np.float64)
    boxes = boxes.reshape(-1, 4) if boxes.size == 0 else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4 or not (boxes[:, 2:] > 0).all():
        raise ValueError(
            "expected the detector to return boxes of shape (n_faces, 4): x, y, width and height, "
            f"got {boxes.tolist()!r:.80}"
        )
    return boxes
