"""Read videos."""

from functools import partial
from numbers import Integral, Real

from skemotion._compat import Interval, StrOptions
from skemotion._optional import import_extra
from skemotion._recordings import RecordingTransformer
from skemotion._validation import check_size
from skemotion.video._frames import read_clip, sample_evenly, sample_steadily

_N_FRAMES = 16


class ReadVideo(RecordingTransformer):
    """Read videos into clips: some frames of each, chosen by time.

    MP4, MOV, AVI, MKV, WEBM, FLV, WMV and MPEG are decoded by FFmpeg through PyAV (extra
    ``video``). Limits are checked before anything is decoded, and only the content is handed over,
    so that files of unknown origin cannot make it open others. A rotation that the file asks for is
    applied; pixels are taken as square.

    Parameters
    ----------
    n_frames : int, default=None
        Number of frames, evenly over the video: those shown in the middle of `n_frames` parts of
        equal duration [1]_. A video that has fewer gives some twice. None means 16, unless `fps` is
        given.
    fps : float, default=None
        Instead of `n_frames`, how many frames to take in a second, beginning with the first; clips
        then differ in length.
    max_frames : int, default=300
        Most frames taken with `fps`; those after them are left out.
    size : (int, int), default=None
        Height and width that frames are brought to, in pixels; areas are averaged where they
        shrink. None keeps the size that each video has.
    mode : {"grey", "rgb"}, default="grey"
        What to return. Grey is the luma of the video, stretched to 0 to 255 where it is stored
        with less.
    max_pixels : int, default=10_000_000
        Most pixels of a frame; a 4K frame has 8.8 million.
    max_duration : float, default=300.0
        Longest video, in seconds.
    max_bytes : int, default=1_000_000_000
        Largest file.
    cache : path-like or False, default=None
        Folder where results are kept, so that a video whose content did not change is not decoded
        again with the same parameters. None and False mean none: decoded videos are large.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a video that cannot be read: raise an error that names it, or keep its row
        as None and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    FaceTrack : Cut the face out of clips.
    AggregateFrames : Describe clips by features of their frames.
    ExtractAudio : Read the sound of videos.

    Notes
    -----
    What is damaged inside a frame, decoders mostly conceal; damage to the structure, and files that
    hold much less than their header promises, are errors.

    References
    ----------
    .. [1] L. Wang et al., "Temporal Segment Networks: Towards Good Practices for Deep Action
       Recognition", ECCV 2016. https://doi.org/10.1007/978-3-319-46484-8_2

    Examples
    --------
    >>> import io
    >>> import av
    >>> import numpy as np
    >>> from skemotion import ReadVideo
    >>> file = io.BytesIO()
    >>> with av.open(file, "w", "mp4") as container:
    ...     stream = container.add_stream("mpeg4", rate=25)
    ...     stream.width, stream.height = 64, 48
    ...     for grey in range(50):
    ...         frame = av.VideoFrame.from_ndarray(np.full((48, 64), grey, "uint8"), "gray")
    ...         container.mux(stream.encode(frame))
    ...     container.mux(stream.encode())
    >>> ReadVideo(8, size=(24, 32)).fit_transform([file]).shape
    (1, 8, 24, 32)
    >>> ReadVideo(fps=5, mode="rgb").fit_transform([file]).shape
    (1, 10, 48, 64, 3)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "n_frames": [Interval(Integral, 1, None, closed="left"), None],
        "fps": [Interval(Real, 0, None, closed="neither"), None],
        "max_frames": [Interval(Integral, 1, None, closed="left")],
        "size": [tuple, list, None],
        "mode": [StrOptions({"grey", "rgb"})],
        "max_pixels": [Interval(Integral, 1, None, closed="left")],
        "max_duration": [Interval(Real, 0, None, closed="neither")],
        "max_bytes": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "decode"
    _cached_by_default = False  # decoded they are larger than their files

    def __init__(
        self,
        n_frames=None,
        *,
        fps=None,
        max_frames=300,
        size=None,
        mode="grey",
        max_pixels=10_000_000,
        max_duration=300.0,
        max_bytes=1_000_000_000,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.n_frames = n_frames
        self.fps = fps
        self.max_frames = max_frames
        self.size = size
        self.mode = mode
        self.max_pixels = max_pixels
        self.max_duration = max_duration
        self.max_bytes = max_bytes

    def make_function(self):
        """Return the function that reads one video.

        Returns
        -------
        callable
            From a path, bytes or binary file object to an array of dtype uint8 and shape
            (n_frames, height, width) or (n_frames, height, width, 3).
        """
        import_extra("av", extra="video")
        if self.fps is not None and self.n_frames is not None:
            raise ValueError(
                f"Expected n_frames=None with fps, got n_frames={self.n_frames} and "
                f"fps={self.fps}. Give one of them."
            )
        check_size(self.size, "size", such_as=(112, 112))
        if self.fps is None:
            sample = partial(sample_evenly, n_frames=self.n_frames or _N_FRAMES)
        else:
            sample = partial(sample_steadily, fps=self.fps, max_frames=self.max_frames)
        return partial(
            read_clip,
            sample=sample,
            mode=self.mode,
            size=self.size,
            max_pixels=self.max_pixels,
            max_duration=self.max_duration,
            max_bytes=self.max_bytes,
        )
