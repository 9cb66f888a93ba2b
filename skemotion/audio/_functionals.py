"""Functionals: statistics that turn the frames of a feature into one value.

Each takes a :class:`Contour` of any number of features and returns one value for each of them.
Frames that are NaN, such as those of the pitch of an unvoiced sound, are left out; a feature that
is NaN throughout has the functionals of a feature that is 0 throughout.
"""

from functools import cached_property, partial

import numpy as np

from skemotion.audio._delta import delta

_DELTAS = {"delta": 1, "delta2": 2}


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
        self._derivatives = {}

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
        slope = _divide((time * self.deviations).sum(axis=0), np.square(time).sum(axis=0))
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

    def derivative(self, order):
        """Return the contour of the first or second derivative, computed once."""
        if order not in self._derivatives:
            self._derivatives[order] = Contour(delta(self.frames, order), self.step)
        return self._derivatives[order]

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


def _runs(values):
    """Return value, start and length of the runs of equal values."""
    start = np.flatnonzero(np.diff(values, prepend=values[0] + 1))
    return values[start], start, np.diff(start, append=len(values))


def _divide(numerator, denominator):
    """Divide; what is divided by 0 is 0."""
    return np.divide(
        numerator, denominator, out=np.zeros(np.shape(numerator)), where=denominator != 0
    )


def _plain(contour, *, function, without_nan):
    values = function(contour.frames, axis=0)
    return without_nan(contour.filled, axis=0) if np.isnan(values).any() else values


def _percentile(contour, *, percent):
    place = np.maximum(contour.defined.sum(axis=0) - 1, 0) * (percent / 100)
    place = np.where(contour.defined.any(axis=0), place, 0)
    below = place.astype(int)
    above = np.minimum(below + 1, np.ceil(place).astype(int))
    low, high = (np.take_along_axis(contour.ordered, at[None], axis=0)[0] for at in (below, above))
    return low + (high - low) * (place - below)


def _range(contour):
    return FUNCTIONALS["max"](contour) - FUNCTIONALS["min"](contour)


def _iqr(contour):
    return _percentile(contour, percent=75) - _percentile(contour, percent=25)


def _skewness(contour):
    third = (contour.deviations**3).sum(axis=0) / contour.count
    return _divide(third, contour.variance**1.5)


def _kurtosis(contour):
    fourth = (contour.deviations**4).sum(axis=0) / contour.count
    return np.where(contour.variance > 0, _divide(fourth, contour.variance**2) - 3, 0)


def _cv(contour):
    mean = np.where(np.abs(contour.mean) > contour.rounding, contour.mean, 0)
    return _divide(np.sqrt(contour.variance), mean)


def _slope(contour):
    return contour.line[0]


def _slope_error(contour):
    return contour.line[1]


def _parts(contour, *, sign, statistic):
    signs, slopes, features = contour.runs
    chosen = signs == sign
    return contour.by_feature(features[chosen], slopes[chosen])[statistic]


def _rising_share(contour):
    return (contour.steps > 0).sum(axis=1) / max(len(contour.frames) - 1, 1)


def _peak_rate(contour):
    n_peaks = np.bincount(contour.peaks[0], minlength=contour.frames.shape[1])
    return n_peaks / (len(contour.frames) * contour.step)


def _peak_mean(contour):
    feature, frame = contour.peaks
    return contour.by_feature(feature, contour.values[frame, feature])["mean"]


def _peak_distance(contour, *, statistic):
    feature, frame = contour.peaks
    same = feature[1:] == feature[:-1]
    distance = np.diff(frame)[same] * contour.step
    return contour.by_feature(feature[1:][same], distance)[statistic]


def _position(contour, *, where):
    return where(contour.filled, axis=0) / max(len(contour.frames) - 1, 1)


def _above(contour, *, percent):
    level = FUNCTIONALS["min"](contour) + _range(contour) * (percent / 100)
    return ((contour.values > level) & contour.defined).sum(axis=0) / contour.count


def _above_length(contour, *, statistic):
    above = contour.deviations > 0
    return contour.by_feature(*contour.lengths(above & (contour.variance > 0)))[statistic]


def _segment_rate(contour):
    feature, _ = contour.lengths(contour.defined)
    n_segments = np.bincount(feature, minlength=contour.frames.shape[1])
    return n_segments / (len(contour.frames) * contour.step)


def _segment_length(contour, *, statistic):
    return contour.by_feature(*contour.lengths(contour.defined))[statistic]


def _gap_length(contour, *, statistic):
    return contour.by_feature(*contour.lengths(~contour.defined))[statistic]


def _coverage(contour):
    return contour.defined.mean(axis=0)


FUNCTIONALS = {
    "mean": partial(_plain, function=np.mean, without_nan=np.nanmean),
    "std": partial(_plain, function=np.std, without_nan=np.nanstd),
    "min": partial(_plain, function=np.min, without_nan=np.nanmin),
    "max": partial(_plain, function=np.max, without_nan=np.nanmax),
    "median": partial(_plain, function=np.median, without_nan=np.nanmedian),
    "range": _range,
    **{
        f"p{percent}": partial(_percentile, percent=percent)
        for percent in (1, 5, 10, 20, 25, 50, 75, 80, 90, 95, 99)
    },
    "iqr": _iqr,
    "skewness": _skewness,
    "kurtosis": _kurtosis,
    "cv": _cv,
    "slope": _slope,
    "slope_error": _slope_error,
    "rising_slope_mean": partial(_parts, sign=1, statistic="mean"),
    "rising_slope_std": partial(_parts, sign=1, statistic="std"),
    "falling_slope_mean": partial(_parts, sign=-1, statistic="mean"),
    "falling_slope_std": partial(_parts, sign=-1, statistic="std"),
    "rising_share": _rising_share,
    "peak_rate": _peak_rate,
    "peak_mean": _peak_mean,
    "peak_distance_mean": partial(_peak_distance, statistic="mean"),
    "peak_distance_std": partial(_peak_distance, statistic="std"),
    "position_min": partial(_position, where=np.nanargmin),
    "position_max": partial(_position, where=np.nanargmax),
    **{f"above_{percent}": partial(_above, percent=percent) for percent in (25, 50, 75, 90)},
    **{
        f"above_length_{statistic}": partial(_above_length, statistic=statistic)
        for statistic in ("mean", "std", "max")
    },
    "segment_rate": _segment_rate,
    **{
        f"segment_length_{statistic}": partial(_segment_length, statistic=statistic)
        for statistic in ("mean", "std", "max")
    },
    "gap_length_mean": partial(_gap_length, statistic="mean"),
    "gap_length_std": partial(_gap_length, statistic="std"),
    "coverage": _coverage,
}


def summarise(contour, name):
    """Compute one functional.

    Parameters
    ----------
    contour : Contour
        Frames of some features.
    name : str
        Name in ``FUNCTIONALS``, after "delta_" or "delta2_" for that of the derivative.

    Returns
    -------
    ndarray of shape (n_features,)

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio._functionals import Contour, summarise
    >>> pitch = np.array([[np.nan], [100.0], [110.0], [120.0], [np.nan]])
    >>> contour = Contour(pitch, step=0.01)
    >>> [summarise(contour, name)[0] for name in ("mean", "slope", "segment_length_max")]
    [np.float64(110.0), np.float64(1000.0), np.float64(0.03)]
    """
    prefix, _, rest = name.partition("_")
    if prefix in _DELTAS:
        return FUNCTIONALS[rest](contour.derivative(_DELTAS[prefix]))
    return FUNCTIONALS[name](contour)


def is_functional(name):
    """Tell whether there is a functional of this name.

    Parameters
    ----------
    name : object
        What may be a name.

    Returns
    -------
    bool
    """
    if not isinstance(name, str):
        return False
    prefix, _, rest = name.partition("_")
    return (rest if prefix in _DELTAS else name) in FUNCTIONALS
