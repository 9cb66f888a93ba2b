"""Vary pictures and clips at random, for training."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator

from skemotion._compat import Interval, StrOptions
from skemotion._validation import check_generator

_DTYPES = ("uint8", "float32", "float64")
_N_DRAWS = 10  # one column a change, whether it is used or not: none moves the others' draws


class ImageAugmenter(BaseEstimator):
    """Vary pictures and clips at random, for training.

    Rotation, shear, zoom, flip and shift of a picture are one affine map, so that pixels are
    interpolated once, linearly, to 1/32 of their size. All frames of a clip are changed alike,
    except for the noise.

    Parameters
    ----------
    rotation : float, default=10.0
        Largest angle of the rotation about the centre, in degrees, to either side.
    shift : float, default=0.1
        Largest shift, as a share of height and width, in each direction.
    zoom : float, default=0.1
        Largest change of the size: 0.1 draws factors from 0.9 to 1.1. In [0, 1).
    shear : float, default=0.0
        Largest angle by which upright lines are slanted, in degrees below 90, to either side.
    flip : bool, default=True
        Mirror left and right every other time.
    brightness : float, default=0.0
        Largest value that is added or subtracted, as a share of the range of the values.
    contrast : float, default=0.0
        Largest change of the contrast: 0.2 multiplies what differs from the picture's mean by 0.8
        to 1.2.
    cutout : float, default=0.0
        Height and width of the rectangle that is painted over with the mean colour of the picture,
        as a share of the picture's; its centre is any pixel [1]_.
    noise : float, default=0.0
        Standard deviation of the Gaussian noise, as a share of the range of the values.
    fill : {"nearest", "constant"}, default="nearest"
        What comes in from outside the picture: its nearest pixel, or 0.
    value_range : (float, float), default=(0.0, 1.0)
        Darkest and brightest value of floating-point pictures, to which brightness, contrast and
        noise refer; results are clipped to it. That of uint8 is always 0 to 255.

    See Also
    --------
    skemotion.FrameAugmenter : The same for frames of voices.
    skemotion.WaveformAugmenter : The same for waveforms.

    Notes
    -----
    Strengths are drawn for each picture, uniformly from the interval, and 0 turns a change off. It
    is not a transformer: a pipeline would vary the pictures at prediction too.

    References
    ----------
    .. [1] T. DeVries, G. W. Taylor, "Improved Regularization of Convolutional Neural Networks with
       Cutout", arXiv:1708.04552, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ImageAugmenter
    >>> faces = np.zeros((2, 48, 48), dtype="uint8")
    >>> varied = ImageAugmenter(noise=0.1).augment_batch(faces, np.random.default_rng(0))
    >>> varied.shape, varied.dtype
    ((2, 48, 48), dtype('uint8'))
    """

    _parameter_constraints = {
        "rotation": [Interval(Real, 0, 180, closed="both")],
        "shift": [Interval(Real, 0, 1, closed="both")],
        "zoom": [Interval(Real, 0, 1, closed="left")],
        "shear": [Interval(Real, 0, 90, closed="left")],
        "flip": ["boolean"],
        "brightness": [Interval(Real, 0, 1, closed="both")],
        "contrast": [Interval(Real, 0, 1, closed="both")],
        "cutout": [Interval(Real, 0, 1, closed="both")],
        "noise": [Interval(Real, 0, 1, closed="both")],
        "fill": [StrOptions({"nearest", "constant"})],
        "value_range": [tuple, list],
    }

    def __init__(
        self,
        *,
        rotation=10.0,
        shift=0.1,
        zoom=0.1,
        shear=0.0,
        flip=True,
        brightness=0.0,
        contrast=0.0,
        cutout=0.0,
        noise=0.0,
        fill="nearest",
        value_range=(0.0, 1.0),
    ):
        self.rotation = rotation
        self.shift = shift
        self.zoom = zoom
        self.shear = shear
        self.flip = flip
        self.brightness = brightness
        self.contrast = contrast
        self.cutout = cutout
        self.noise = noise
        self.fill = fill
        self.value_range = value_range

    def augment_batch(self, X, rng):
        """Vary each picture or clip once.

        Parameters
        ----------
        X : ndarray of shape (n_samples, height, width), (n_samples, height, width, n_channels) or \
                (n_samples, n_frames, height, width, n_channels)
            Pictures or clips of dtype uint8, float32 or float64, with at most 4 channels; not
            changed.
        rng : numpy.random.Generator
            Where chance comes from. The same state gives the same result.

        Returns
        -------
        ndarray of the shape and dtype of `X`
            Row `i` is a variation of row `i`, whatever the other rows hold.

        Raises
        ------
        TypeError
            If `X` has another dtype, or `rng` is no generator.
        ValueError
            If a parameter or the shape of `X` is wrong, or floating-point values are outside
            `value_range` while brightness, contrast or noise is to change.
        """
        self._validate_params()
        check_generator(rng)
        X = _check_images(X)
        relit = bool(self.brightness or self.contrast or self.noise)
        limits = _check_range(X, self.value_range) if relit else None
        clips = X if X.ndim == 5 else X[:, np.newaxis]
        draws = rng.uniform(-1, 1, (len(X), _N_DRAWS))
        varied = self._warp(clips, *draws[:, :6].T)
        if relit:
            varied = self._relight(varied, limits, *draws[:, 6:8].T, rng)
        self._cut_out(varied, *draws[:, 8:].T)
        return varied.reshape(X.shape)

    def _warp(self, clips, angle, slant, size, flip, down, right):
        if not (self.rotation or self.shear or self.zoom or self.flip or self.shift):
            return clips.copy()
        import cv2

        height, width = clips.shape[2:4]
        angle = angle * np.radians(self.rotation)
        cosine, sine = np.cos(angle), np.sin(angle)
        slant = np.tan(slant * np.radians(self.shear))
        size = 1 + size * self.zoom
        side = np.where((flip < 0) & self.flip, -1, 1)
        # from places in the result back to places in the picture, both seen from the centre
        matrices = np.empty((len(clips), 2, 3))
        matrices[:, 0, 0] = side * (cosine + slant * sine) / size
        matrices[:, 0, 1] = side * (sine - slant * cosine) / size
        matrices[:, 1, 0] = -sine / size
        matrices[:, 1, 1] = cosine / size
        centre = np.array([(width - 1) / 2, (height - 1) / 2])
        moved = centre + self.shift * np.stack([right * width, down * height], axis=1)
        matrices[:, :, 2] = centre - (matrices[:, :, :2] @ moved[:, :, np.newaxis])[:, :, 0]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        border = cv2.BORDER_REPLICATE if self.fill == "nearest" else cv2.BORDER_CONSTANT
        warped = np.empty(clips.shape, clips.dtype)
        for clip, matrix, result in zip(_planes(clips), matrices, _planes(warped), strict=True):
            for frame, target in zip(clip, result, strict=True):
                cv2.warpAffine(
                    frame, matrix, (width, height), dst=target, flags=flags, borderMode=border
                )
        return warped

    def _relight(self, clips, limits, brighter, stronger, rng):
        low, high = limits
        values = clips if clips.dtype != np.uint8 else clips.astype(np.float32)
        each = (-1, *[1] * (clips.ndim - 1))
        if self.contrast:
            mean = values.mean(axis=tuple(range(1, values.ndim)), keepdims=True)
            values -= mean
            values *= (1 + stronger * self.contrast).astype(values.dtype).reshape(each)
            values += mean
        if self.brightness:
            added = brighter * self.brightness * (high - low)
            values += added.astype(values.dtype).reshape(each)
        if self.noise:
            noise = rng.standard_normal(values.shape, dtype=np.float32)
            noise *= np.float32(self.noise * (high - low))
            values += noise
        np.clip(values, low, high, out=values)
        return values if clips.dtype != np.uint8 else np.rint(values, out=values).astype(np.uint8)

    def _cut_out(self, clips, down, right):
        sizes = [round(self.cutout * length) for length in clips.shape[2:4]]
        if min(sizes) == 0:
            return
        for clip, *place in zip(clips, down, right, strict=True):
            where = [slice(None)]
            for length, size, draw in zip(clip.shape[1:3], sizes, place, strict=True):
                start = int((draw + 1) / 2 * length) - size // 2
                where.append(slice(max(start, 0), start + size))
            mean = clip.mean(axis=(0, 1, 2))
            clip[tuple(where)] = mean if clip.dtype != np.uint8 else np.rint(mean)


def _planes(clips):
    """Drop a single channel: OpenCV gives none back."""
    return clips[..., 0] if clips.ndim == 5 and clips.shape[-1] == 1 else clips


def _check_images(X):
    X = np.asarray(X, order="C")
    if X.dtype.name not in _DTYPES:
        raise TypeError(
            f"Expected images of dtype uint8, float32 or float64, got {X.dtype}. "
            "Bring them to one size and convert them."
        )
    if X.ndim not in (3, 4, 5) or 0 in X.shape[1:]:
        raise ValueError(
            "Expected images of shape (n_samples, height, width[, n_channels]) or clips of shape "
            "(n_samples, n_frames, height, width, n_channels), got an array of shape "
            f"{X.shape}. Pass one picture or clip a row."
        )
    if X.ndim > 3 and X.shape[-1] > 4:
        raise ValueError(
            f"Expected at most 4 channels, got an array of shape {X.shape}. "
            "Put the channels last, and give grey clips a channel: X[..., numpy.newaxis]."
        )
    return X


def _check_range(X, value_range):
    """Return the lowest and the highest value that pixels of `X` may have."""
    if X.dtype == np.uint8:
        return 0, 255
    known = len(value_range) == 2 and all(isinstance(value, Real) for value in value_range)
    if not known or not value_range[0] < value_range[1]:
        raise ValueError(
            f"Expected value_range to be the darkest and the brightest value, got {value_range!r}. "
            "Write for instance value_range=(0, 1)."
        )
    low, high = value_range
    if len(X) and not (X.min() >= low and X.max() <= high):
        raise ValueError(
            f"Expected pixels from {low:g} to {high:g}, got values from {X.min():g} to "
            f"{X.max():g}. Set value_range to what they can be, or rescale them."
        )
    return low, high
