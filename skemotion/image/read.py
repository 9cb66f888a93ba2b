"""Read images."""

from functools import partial
from numbers import Integral

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion._recordings import RecordingTransformer
from skemotion._validation import check_size
from skemotion.image._io import decode_image


class ReadImages(RecordingTransformer):
    """Read pictures into arrays.

    PNG, JPEG, WEBP, BMP, TIFF and GIF are decoded by Pillow with the size checked first, so that
    files of unknown origin are safe to read. The EXIF orientation is applied; alpha is dropped; of
    several frames or pages the first is taken.

    Parameters
    ----------
    mode : {"grey", "rgb", "yuv"}, default="grey"
        What to return. Grey is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B. YUV is the
        luma with the two colour differences, from 0 to 255 each, as JPEG files store them (Y'CbCr
        of JFIF); steps behind this one take three channels for RGB, so read YUV for networks.
    reduce_to : tuple of int, default=None
        Least height and width of interest, in pixels, such as the size that
        :class:`~skemotion.Resize` brings pictures to. JPEG files are then decoded at a half, a
        quarter or an eighth of their size, as long as neither side falls below it, which saves most
        of the time; other recordings come whole. The picture is not the same as with None, but
        an average over areas, in which details that small have no part.
    max_pixels : int, default=25_000_000
        Most pixels of a picture; a larger one is refused. A side may have 16,384 at most.
    decoder : {"pillow", "opencv"}, default="pillow"
        What decodes plain PNG and JPEG files of less than 64 KiB, to the same pixels. OpenCV saves
        time on pictures of some ten pixels a side; use it for a collection that you trust. See
        Notes.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a picture that cannot be read: raise an error that names it, or keep its
        row as None and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    EqualizeHist : Spread the grey values.
    Resize : Bring pictures to one size.
    make_recording_pipeline : Run these steps picture by picture, in threads.

    Notes
    -----
    With ``decoder="opencv"`` a file reaches OpenCV only after its size was checked and its
    container walked from the first to the last byte, with the checksums of PNG; what is large,
    reduced, unusual or damaged stays with Pillow. The compressed pixels of JPEG have no checksum:
    of damaged ones both make the same picture, but OpenCV writes a line to standard error. As a
    fault of OpenCV would be open to whoever made a file, trust means that you know where all files
    come from; what is uploaded is not to be trusted.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> from skemotion import ReadImages
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (64, 48), "white").save(file, "PNG")
    >>> ReadImages().fit_transform([file]).shape
    (1, 48, 64)
    >>> ReadImages("rgb").fit_transform([file, file.getvalue()]).shape
    (2, 48, 64, 3)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "mode": [StrOptions({"grey", "rgb", "yuv"})],
        "reduce_to": [tuple, None],
        "max_pixels": [Interval(Integral, 1, None, closed="left")],
        "decoder": [StrOptions({"pillow", "opencv"})],
    }
    _verb = "decode"
    _cached_by_default = False  # decoded they are larger than their files

    def __init__(
        self,
        mode="grey",
        *,
        reduce_to=None,
        max_pixels=25_000_000,
        decoder="pillow",
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.mode = mode
        self.reduce_to = reduce_to
        self.max_pixels = max_pixels
        self.decoder = decoder

    def make_function(self):
        """Return the function that reads one picture.

        Returns
        -------
        callable
            From a path, bytes, binary file object or array to an array of dtype uint8 and shape
            (height, width) or (height, width, 3).
        """
        check_size(self.reduce_to, "reduce_to")
        return partial(
            decode_image,
            mode=self.mode,
            reduce_to=self.reduce_to,
            max_pixels=self.max_pixels,
            decoder=self.decoder,
        )

    def transform(self, X):
        """Read the pictures.

        Parameters
        ----------
        X : array-like of shape (n_samples,), or ndarray of shape (n_samples, height, width, ...)
            Paths, bytes, binary file objects, or arrays with integers in [0, 255] or floats in
            [0, 1].

        Returns
        -------
        ndarray of dtype uint8 and shape (n_samples, height, width) or (..., 3)
            `X` itself where it is that already. 1-D of arrays while sizes differ, and of arrays
            and None where a picture could not be read.

        Raises
        ------
        RecordingError
            If a picture cannot be read and ``on_error="raise"``.
        """
        if isinstance(X, np.ndarray) and X.ndim == 3 and X.dtype.kind in "iuf":
            _check_stack(X)
            if X.dtype == np.uint8 and self.mode == "grey" and X.size:
                self._validate_params()
                return X
        return super().transform(X)


def _check_stack(X):
    if X.shape[2] == 3:
        raise ValueError(
            f"Expected X to be a list of images, got an array of shape {X.shape}, which is one "
            "colour image. Put it into a list."
        )
