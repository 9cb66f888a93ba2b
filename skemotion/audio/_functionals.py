"""Functionals: statistics that turn the frames of a feature into one value.

Each takes a :class:`~skemotion.audio._contour.Contour` of any number of features and returns one
value for each of them. Frames that are NaN, such as those of the pitch of an unvoiced sound, are
left out; a feature that is NaN throughout has the functionals of a feature that is 0 throughout.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from skemotion.audio._contour import Contour, divide
from skemotion.audio._delta import delta

_DELTAS = {"delta": 1, "delta2": 2}
_PLAIN = {"mean", "std", "min", "max", "median"}  # bits must not depend on other features


def _derivative(contour, order):
    return Contour(delta(contour.frames, order), contour.step)


def _mean(frames, axis):
    return np.add.reduce(frames, axis=axis) / frames.shape[axis]  # np.mean, half the time


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
    third = (contour.deviations * np.square(contour.deviations)).sum(axis=0) / contour.count
    return divide(third, contour.variance**1.5)


def _kurtosis(contour):
    fourth = np.square(np.square(contour.deviations)).sum(axis=0) / contour.count
    return np.where(contour.variance > 0, divide(fourth, contour.variance**2) - 3, 0)


def _cv(contour):
    mean = np.where(np.abs(contour.mean) > contour.rounding, contour.mean, 0)
    return divide(np.sqrt(contour.variance), mean)


def _slope(contour):
    return contour.line[0]


def _slope_error(contour):
    return contour.line[1]


def _slopes(contour, sign):
    signs, slopes, features = contour.runs
    return contour.by_feature(features[signs == sign], slopes[signs == sign])


def _peak_distances(contour):
    feature, frame = contour.peaks
    same = feature[1:] == feature[:-1]
    return contour.by_feature(feature[1:][same], np.diff(frame)[same] * contour.step)


def _lengths_above(contour):
    return contour.by_feature(*contour.lengths((contour.deviations > 0) & (contour.variance > 0)))


def _segment_lengths(contour):
    return contour.by_feature(*contour.lengths(contour.defined))


def _gap_lengths(contour):
    return contour.by_feature(*contour.lengths(~contour.defined))


def _statistic(contour, *, of, statistic):
    return contour.once(*of)[statistic]


def _statistics(prefix, *of, names=("mean", "std", "max")):
    """Return functionals that are statistics of several values of a feature."""
    return {f"{prefix}_{name}": partial(_statistic, of=of, statistic=name) for name in names}


def _rising_share(contour):
    return (contour.steps > 0).sum(axis=1) / max(len(contour.frames) - 1, 1)


def _peak_rate(contour):
    n_peaks = np.bincount(contour.peaks[0], minlength=contour.frames.shape[1])
    return n_peaks / (len(contour.frames) * contour.step)


def _peak_mean(contour):
    feature, frame = contour.peaks
    return contour.by_feature(feature, contour.values[frame, feature])["mean"]


def _position(contour, *, where):
    return where(contour.filled, axis=0) / max(len(contour.frames) - 1, 1)


def _above(contour, *, percent):
    level = FUNCTIONALS["min"](contour) + _range(contour) * (percent / 100)
    return ((contour.values > level) & contour.defined).sum(axis=0) / contour.count


def _segment_rate(contour):
    feature, _ = contour.lengths(contour.defined)
    n_segments = np.bincount(feature, minlength=contour.frames.shape[1])
    return n_segments / (len(contour.frames) * contour.step)


def _coverage(contour):
    return contour.defined.mean(axis=0)


FUNCTIONALS = {
    "mean": partial(_plain, function=_mean, without_nan=np.nanmean),
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
    **_statistics("rising_slope", _slopes, 1, names=("mean", "std")),
    **_statistics("falling_slope", _slopes, -1, names=("mean", "std")),
    "rising_share": _rising_share,
    "peak_rate": _peak_rate,
    "peak_mean": _peak_mean,
    **_statistics("peak_distance", _peak_distances, names=("mean", "std")),
    "position_min": partial(_position, where=np.nanargmin),
    "position_max": partial(_position, where=np.nanargmax),
    **{f"above_{percent}": partial(_above, percent=percent) for percent in (25, 50, 75, 90)},
    **_statistics("above_length", _lengths_above),
    "segment_rate": _segment_rate,
    **_statistics("segment_length", _segment_lengths),
    **_statistics("gap_length", _gap_lengths, names=("mean", "std")),
    "coverage": _coverage,
}


def summarise(parts, steps, summary):
    """Compute functionals of several features.

    Parameters
    ----------
    parts : list of ndarray of shape (n_frames, n_features)
        Frames of each feature.
    steps : list of float
        Their times from frame to frame, in seconds.
    summary : sequence of str
        Names in ``FUNCTIONALS``, after "delta_" or "delta2_" for those of the derivatives.

    Returns
    -------
    list of ndarray of shape (n_features,)
        The first functional of all parts, then the second, and so on.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio._functionals import summarise
    >>> pitch = np.array([[np.nan], [100.0], [110.0], [120.0], [np.nan]])
    >>> summarise([pitch], [0.01], ["mean", "slope", "segment_length_max"])
    [array([110.]), array([1000.]), array([0.03])]
    """
    alone = [Contour(part, step) for part, step in zip(parts, steps, strict=True)]
    if len(parts) == 1 or _PLAIN.issuperset(summary):
        return [compute(contour, name) for name in summary for contour in alone]
    joined = _join(parts, steps)
    results = []
    for name in summary:
        if name in _PLAIN:
            results += [compute(contour, name) for contour in alone]
            continue
        values = [compute(contour, name) for contour in joined.contours]
        results += [values[which][columns] for which, columns in joined.places]
    return results


class _Joined(NamedTuple):
    contours: list  # one for all parts of one length and step: a tenth of the calls
    places: list  # of each part: which contour, and which of its columns


def _join(parts, steps):
    """Put parts of one length and step side by side."""
    kinds = [(len(part), step) for part, step in zip(parts, steps, strict=True)]
    members = {kind: [] for kind in kinds}
    places, widths = [], dict.fromkeys(members, 0)
    for kind, part in zip(kinds, parts, strict=True):
        members[kind].append(part)
        columns = slice(widths[kind], widths[kind] + part.shape[1])
        widths[kind] = columns.stop
        places.append((list(members).index(kind), columns))
    contours = [Contour(np.concatenate(m, axis=1), kind[1]) for kind, m in members.items()]
    return _Joined(contours, places)


def compute(contour, name):
    """Compute one functional.

    Parameters
    ----------
    contour : Contour
        Frames of some features.
    name : str
        As in :func:`summarise`.

    Returns
    -------
    ndarray of shape (n_features,)
    """
    prefix, _, rest = name.partition("_")
    if prefix in _DELTAS:
        return FUNCTIONALS[rest](contour.once(_derivative, _DELTAS[prefix]))
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
