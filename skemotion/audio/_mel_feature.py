"""The base of features that start from mel filters."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_mel import MelFrames


class MelFeature(MelFrames, AcousticFeature):
    """Base of features with the parameters `n_mels`, `fmin` and `fmax`."""

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
    }
