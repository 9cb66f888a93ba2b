"""Vary sequences of frames at random, for training."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator

from skemotion._compat import Interval
from skemotion._validation import check_generator
from skemotion.audio._padding import keep_off_mask


class FrameAugmenter(BaseEstimator):
    """Vary sequences of frames at random, for training: SpecAugment, noise and changes in time.

    A frame whose features all equal `mask_value` is padding. It stays padding, and nothing is drawn
    from it: only what lies between the first and the last other frame of a sequence is changed.

    Parameters
    ----------
    n_time_masks : int, default=1
        Number of stretches of frames that are set to the mean of the sequence [1]_.
    time_mask : float, default=0.1
        Longest of them, as a share of the frames of the sequence; lengths are drawn from 0 on.
    n_feature_masks : int, default=1
        Number of bands of neighbouring features that are set to their mean over the sequence.
    feature_mask : float, default=0.1
        Widest of them, as a share of the features; widths are drawn from 0 on.
    noise : float, default=0.0
        Standard deviation of the Gaussian noise, as a share of that of each feature over the
        sequence.
    crop : float, default=0.0
        Largest share of the frames that is cut away, at both ends together. The rest starts where
        the sequence started, and what is left over at its end becomes padding. In [0, 1).
    speed : float, default=0.0
        Largest change of the speed: 0.1 draws factors from 0.9 to 1.1. Frames are interpolated
        linearly; a faster sequence is shorter and ends in padding, of a slower one a part as long
        as the sequence is kept. In [0, 1).
    shift : float, default=0.0
        Largest shift in time, as a share of the frames; those that leave at one end come in at the
        other.
    mask_value : float, default=0.0
        Value of the padding.

    See Also
    --------
    AcousticFeatures : Makes sequences of frames, with ``summary=None``.
    skemotion.WaveformAugmenter : Varies waveforms, before their features are computed.

    Notes
    -----
    Strengths are drawn for each sequence, uniformly, and 0 turns a change off. A frame that would
    come out as padding has its first feature moved by a millionth. Speed does not change features
    that measure change, such as deltas, as a faster voice would.

    References
    ----------
    .. [1] D. S. Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech
       Recognition", Interspeech, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import FrameAugmenter
    >>> frames = np.ones((2, 94, 26), dtype="float32")
    >>> frames[1, 60:] = 0  # padding
    >>> augmenter = FrameAugmenter(noise=0.1, speed=0.1)
    >>> varied = augmenter.augment_batch(frames, np.random.default_rng(0))
    >>> varied.shape, bool((varied[1, 60:] == 0).all())
    ((2, 94, 26), True)
    """

    _parameter_constraints = {
        "n_time_masks": [Interval(Integral, 0, None, closed="left")],
        "time_mask": [Interval(Real, 0, 1, closed="both")],
        "n_feature_masks": [Interval(Integral, 0, None, closed="left")],
        "feature_mask": [Interval(Real, 0, 1, closed="both")],
        "noise": [Interval(Real, 0, None, closed="left")],
        "crop": [Interval(Real, 0, 1, closed="left")],
        "speed": [Interval(Real, 0, 1, closed="left")],
        "shift": [Interval(Real, 0, 1, closed="both")],
        "mask_value": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        n_time_masks=1,
        time_mask=0.1,
        n_feature_masks=1,
        feature_mask=0.1,
        noise=0.0,
        crop=0.0,
        speed=0.0,
        shift=0.0,
        mask_value=0.0,
    ):
        self.n_time_masks = n_time_masks
        self.time_mask = time_mask
        self.n_feature_masks = n_feature_masks
        self.feature_mask = feature_mask
        self.noise = noise
        self.crop = crop
        self.speed = speed
        self.shift = shift
        self.mask_value = mask_value

    def augment_batch(self, X, rng):
        """Vary each sequence once.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_frames, n_features)
            Frames of dtype float32 or float64; not changed.
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
            If a parameter or the shape of `X` is wrong.
        """
        self._validate_params()
        check_generator(rng)
        X = _check_frames(X)
        n_masks = self.n_time_masks + self.n_feature_masks
        draws = rng.random((len(X), 4 + 2 * n_masks)).T
        real = (X.dtype.type(self.mask_value) != X).any(axis=2)
        if self.crop or self.speed or self.shift:
            varied, real = self._change_time(X, real, *draws[:4])
        else:
            varied = X.copy()
        mean, spread = _measure(varied, real)
        if self.noise:
            noise = rng.standard_normal(X.shape, dtype=X.dtype)
            noise *= self.noise * spread
            np.add(varied, noise, out=varied, where=real[:, :, np.newaxis])
        if n_masks:
            draws = draws[4:].reshape(n_masks, 2, len(X))
            in_time, in_feature = draws[: self.n_time_masks], draws[self.n_time_masks :]
            frames = _cover(X.shape[1], *_extent(real), self.time_mask, in_time)
            features = _cover(X.shape[2], 0, X.shape[2], self.feature_mask, in_feature)
            masked = frames[:, :, np.newaxis] | features[:, np.newaxis]
            np.copyto(varied, mean, where=masked & real[:, :, np.newaxis])
        hidden = real & (varied == X.dtype.type(self.mask_value)).all(axis=2)
        if hidden.any():
            frames = varied[hidden]
            keep_off_mask(frames, self.mask_value)
            varied[hidden] = frames
        return varied

    def _change_time(self, X, real, cut, faster, place, moved):
        """Crop, resample and roll at once; also return which frames are real then."""
        first, length = _extent(real)
        step = 1 + self.speed * (2 * faster - 1)
        n_frames = np.minimum(np.rint(length * (1 - self.crop * cut) / step), length)
        n_frames = np.maximum(n_frames, length > 0)
        slack = np.maximum(length - 1 - (n_frames - 1) * step, 0)
        start = np.floor(place * (np.floor(slack) + 1))
        roll = np.rint(self.shift * (2 * moved - 1) * n_frames)

        target = np.arange(X.shape[1]) - first[:, np.newaxis]
        kept = (target >= 0) & (target < n_frames[:, np.newaxis]) & real
        source = (target - roll[:, np.newaxis]) % np.maximum(n_frames, 1)[:, np.newaxis]
        source = start[:, np.newaxis] + source * step[:, np.newaxis]
        last = np.maximum(length - 1, 0)[:, np.newaxis]
        source = np.minimum(source, last)
        before = source.astype(np.intp)
        after = np.minimum(before + 1, last)
        rows = np.arange(len(X))[:, np.newaxis]
        varied = X[rows, first[:, np.newaxis] + before]
        if self.speed:
            share = (source - before).astype(X.dtype)[:, :, np.newaxis]
            varied += share * (X[rows, first[:, np.newaxis] + after] - varied)
        varied[~kept] = self.mask_value
        return varied, kept


def _cover(n_places, origin, extent, share, draws):
    """Draw stretches among places: array of bool of shape (n_samples, n_places).

    Each is at most `share` of `extent` long, and lies between `origin` and ``origin + extent``;
    `draws` has the shape (n_stretches, 2, n_samples).
    """
    covered = np.zeros((draws.shape[2], n_places), dtype=bool)
    places = np.arange(n_places)
    for size, place in draws:
        size = np.floor(size * (np.floor(share * extent) + 1))
        start = (origin + np.floor(place * (extent - size + 1)))[:, np.newaxis]
        covered |= (places >= start) & (places < start + size[:, np.newaxis])
    return covered


def _extent(real):
    """Return the first real frame of each sequence, and the number of frames to the last."""
    first = real.argmax(axis=1)
    stop = real.shape[1] - real[:, ::-1].argmax(axis=1)
    return first, np.where(real.any(axis=1), stop - first, 0)


def _measure(X, real):
    """Return mean and standard deviation of each feature over the real frames of each sequence."""
    weight = real[:, :, np.newaxis] / np.maximum(real.sum(axis=1), 1)[:, np.newaxis, np.newaxis]
    weight = weight.astype(X.dtype)
    mean = (X * weight).sum(axis=1, keepdims=True)
    square = (np.square(X - mean) * weight).sum(axis=1, keepdims=True)
    return mean, np.sqrt(square)


def _check_frames(X):
    X = np.asarray(X)
    if X.dtype.name not in ("float32", "float64"):
        raise TypeError(
            f"Expected frames of dtype float32 or float64, got {X.dtype}. Convert them."
        )
    if X.ndim != 3 or 0 in X.shape[1:]:
        raise ValueError(
            f"Expected frames of shape (n_samples, n_frames, n_features), got shape {X.shape}. "
            "Make them with AcousticFeatures(summary=None)."
        )
    return X
