"""The frames of features, and what several functionals need of them."""

from functools import cached_property

import numpy as np


class Contour:
    """The frames of some features, and what several functionals need of them.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, n_features)
        At least one frame. NaN where a feature is undefined.
    step : float
        Time from frame to frame, in seconds.

    Attributes
    ----------
    defined : ndarray of bool of shape (n_frames, n_features)
        Where the frames are not NaN.
    filled : ndarray of shape (n_frames, n_features)
        The frames; features that are NaN throughout are 0.
    values : ndarray of float64 of shape (n_frames, n_features)
        The frames, 0 where they are NaN.
    count : ndarray of float64 of shape (n_features,)
        Number of frames that are not NaN, at least 1.
    mean : ndarray of float64 of shape (n_features,)
        Mean.
    deviations : ndarray of float64 of shape (n_frames, n_features)
        Differences from the mean, 0 where the frames are NaN.
    rounding : ndarray of float64 of shape (n_features,)
        What float32 may be wrong by at the largest of the values.
    variance : ndarray of float64 of shape (n_features,)
        Variance; exactly 0 where it is no more than rounding.
    line : tuple of ndarray of float64 of shape (n_features,)
        Slope per second and root mean square error of the regression over time.
    ordered : ndarray of shape (n_frames, n_features)
        The frames in ascending order, NaN at the end.
    steps : ndarray of float64 of shape (n_features, n_frames)
        Differences from each frame to the next; 0 at gaps and at the last frame.
    runs : tuple of ndarray
        Of the parts that rise or fall: sign, slope per second, and the feature they belong to.
    peaks : tuple of ndarray of int
        Feature and frame of each frame that is higher than both its neighbours.
    """

    def __init__(self, frames, step):
        self.frames = frames
        self.step = step
        self._done = {}

    @cached_property
    def defined(self):
        return ~np.isnan(self.frames)

    @cached_property
    def filled(self):
        return np.where(self.defined.any(axis=0), self.frames, 0)

    @cached_property
    def values(self):
        return np.where(self.defined, self.frames, 0).astype(np.float64)

    @cached_property
    def count(self):
        return np.maximum(self.defined.sum(axis=0), 1.0)

    @cached_property
    def mean(self):
        return self.values.sum(axis=0) / self.count

    @cached_property
    def deviations(self):
        return (self.values - self.mean) * self.defined

    @cached_property
    def rounding(self):
        return np.finfo(np.float32).eps * np.abs(self.values).max(axis=0)

    @cached_property
    def variance(self):
        variance = np.square(self.deviations).sum(axis=0) / self.count
        return np.where(variance > self.rounding**2, variance, 0)

    @cached_property
    def line(self):
        time = self.step * np.arange(len(self.frames))[:, None]
        time = (time - (time * self.defined).sum(axis=0) / self.count) * self.defined
        slope = divide((time * self.deviations).sum(axis=0), np.square(time).sum(axis=0))
        error = np.square(self.deviations - slope * time).sum(axis=0) / self.count
        return slope, np.sqrt(error)

    @cached_property
    def ordered(self):
        return np.sort(self.filled, axis=0)

    @cached_property
    def steps(self):
        steps = np.zeros(self.frames.T.shape)  # the zero at the end parts a feature from the next
        steps[:, :-1] = np.diff(self.frames.T.astype(np.float64))
        return np.nan_to_num(steps, copy=False)

    @cached_property
    def runs(self):
        sign, start, length = _runs(np.sign(self.steps).astype(np.int8).ravel())
        slope = np.add.reduceat(self.steps.ravel(), start) / (length * self.step)
        return sign, slope, start // len(self.frames)

    @cached_property
    def peaks(self):
        feature, frame = np.nonzero((self.steps[:, :-1] > 0) & (self.steps[:, 1:] < 0))
        return feature, frame + 1

    def once(self, function, *args):
        """Return ``function(self, *args)``, computed the first time only."""
        key = function, args
        if key not in self._done:
            self._done[key] = function(self, *args)
        return self._done[key]

    def by_feature(self, feature, values):
        """Compute mean, standard deviation and maximum of values that belong to features.

        Parameters
        ----------
        feature : ndarray of int of shape (n_values,)
            Which feature each value belongs to, in ascending order.
        values : ndarray of shape (n_values,)
            Values.

        Returns
        -------
        dict of str to ndarray of float64 of shape (n_features,)
            Under "mean", "std" and "max"; 0 for features without values.
        """
        n_features = self.frames.shape[1]
        count = np.maximum(np.bincount(feature, minlength=n_features), 1)
        mean = np.bincount(feature, values, n_features) / count
        spread = np.bincount(feature, np.square(values - mean[feature]), n_features) / count
        highest = np.zeros(n_features)
        first = np.flatnonzero(np.diff(feature, prepend=-1))
        highest[feature[first]] = np.maximum.reduceat(values, first) if len(first) else 0
        return {"mean": mean, "std": np.sqrt(spread), "max": highest}

    def lengths(self, mask):
        """Return the lengths in seconds of the runs of true frames, and their features."""
        ended = np.zeros((mask.shape[1], len(mask) + 1), np.int8)
        ended[:, :-1] = mask.T
        inside, start, length = _runs(ended.ravel())
        inside = inside == 1
        return start[inside] // (len(mask) + 1), length[inside] * self.step


def divide(numerator, denominator):
    """Divide, and take what is divided by 0 for 0.

    Parameters
    ----------
    numerator, denominator : ndarray of shape (n_features,)
        Numbers.

    Returns
    -------
    ndarray of float64 of shape (n_features,)
    """
    return np.divide(
        numerator, denominator, out=np.zeros(np.shape(numerator)), where=denominator != 0
    )


def _runs(values):
    """Return value, start and length of the runs of equal values."""
    start = np.flatnonzero(np.diff(values, prepend=values[0] + 1))
    return values[start], start, np.diff(start, append=len(values))
