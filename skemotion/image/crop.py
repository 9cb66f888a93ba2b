"""Cut faces out of pictures."""

import os
from functools import partial
from numbers import Real

from skemotion._compat import Interval, StrOptions
from skemotion._describe import digest_recording
from skemotion._recordings import RecordingTransformer
from skemotion._validation import check_size
from skemotion.image._functions import crop_face
from skemotion.image.detect import detect_faces


class CropFaces(RecordingTransformer):
    """Cut one face out of each picture, with the eyes level.

    Parameters
    ----------
    detector : "haar" or path-like, default="haar"
        "haar" is the cascade for faces seen from the front that OpenCV 4 brings along; a path is
        that of a YuNet network in ONNX (:func:`~skemotion.detect_faces`).
    min_face : float, default=0.1
        Side of the smallest face that is looked for, as a share of the picture's shorter side.
        Half of it takes about three times as long.
    which : {"largest", "surest"}, default="largest"
        Which of several faces is taken: the largest, or the one that the detector is surest of.
    margin : float, default=0.0
        What is added to the face's box on each side, as a share of its side. Boxes of the cascade
        reach from the middle of the forehead to the chin; a negative margin is tighter.
    align : bool, default=True
        Turn the picture around the face until the eyes are level. It stays as it is where the eyes
        are not found.
    size : tuple of int, default=None
        Height and width of the result, in pixels. None leaves each face as large as it is: squares
        of different sizes.
    on_missing : {"raise", "nan", "whole"}, default="raise"
        What to do with a picture that shows no face: count it as one that cannot be processed,
        which `on_error` decides about; keep its row as None without a warning; or take the whole
        picture.
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
    detect_faces : All faces of one picture, with scores.
    ReadImages : Read pictures into arrays; with `reduce_to` large JPEG files take half the time.
    Resize : Bring pictures to one size.

    Notes
    -----
    The box is made a square around its middle. What of it lies outside the picture is filled with
    the nearest pixels. Faces tilted by more than about 20 degrees are not found by the cascade.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import CropFaces, EqualizeHist, Resize, make_recording_pipeline
    >>> photos = [np.zeros((90, 60), "uint8"), np.zeros((64, 64), "uint8")]
    >>> crop = CropFaces(on_missing="whole")
    >>> make_recording_pipeline(crop, EqualizeHist(), Resize(48, 48)).fit_transform(photos).shape
    (2, 48, 48)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "detector": [str, os.PathLike],
        "min_face": [Interval(Real, 0, 1, closed="right")],
        "which": [StrOptions({"largest", "surest"})],
        "margin": [Interval(Real, -0.5, None, closed="neither")],
        "align": ["boolean"],
        "size": [tuple, None],
        "on_missing": [StrOptions({"raise", "nan", "whole"})],
    }
    _verb = "find a face in"
    _passes_missing = True

    def __init__(
        self,
        detector="haar",
        *,
        min_face=0.1,
        which="largest",
        margin=0.0,
        align=True,
        size=None,
        on_missing="raise",
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.detector = detector
        self.min_face = min_face
        self.which = which
        self.margin = margin
        self.align = align
        self.size = size
        self.on_missing = on_missing

    def make_function(self):
        """Return the function that cuts the face out of one picture.

        Returns
        -------
        callable
            From an array of dtype uint8 to a smaller one, or None.
        """
        check_size(self.size, "size")
        find = partial(
            detect_faces, detector=self.detector, min_face=self.min_face, eyes=self.align
        )
        return partial(
            crop_face,
            find=find,
            which=self.which,
            margin=self.margin,
            align=self.align,
            size=self.size,
            on_missing=self.on_missing,
        )

    def depends_on(self):
        """Return what its results depend on beside its parameters and its code.

        Returns
        -------
        str or None
            A hash of the model file.
        """
        if self.detector == "haar" or not os.path.isfile(self.detector):
            return None
        return digest_recording(self.detector).hex()
