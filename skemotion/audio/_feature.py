"""The base of every acoustic feature, and how features are computed together."""

from abc import abstractmethod
from functools import partial
from numbers import Integral

import numpy as np
from sklearn.utils.metaestimators import available_if

from skemotion._compat import Interval
from skemotion._recordings import RecordingTransformer
from skemotion.audio._frames import FeatureFrames, analyse
from skemotion.audio._functionals import FUNCTIONALS, is_functional

FRONT_END = ("sampling_rate", "n_fft", "hop_length", "win_length")


def _has_summary(estimator):
    return estimator.summary is not None


class AcousticFeature(FeatureFrames, RecordingTransformer):
    """Base of the features that are computed frame by frame from a waveform.

    A sub-class writes :meth:`compute` and :meth:`names`; it is then a transformer on its own, and
    can stand in the list of :class:`~skemotion.AcousticFeatures`, where all features share one
    decoding and one spectrum.

    Parameters
    ----------
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
    summary : tuple of str or None, default=("mean",)
        Functionals over the frames, listed below; None keeps the frames.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of processes. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as NaN and warn once.
    verbose : bool, default=False
        Show progress.

    Notes
    -----
    The functionals of a feature, in the spirit of openSMILE [1]_ and eGeMAPS [2]_. Times are in
    seconds. Frames where a feature is undefined (NaN), such as the pitch of unvoiced sounds, are
    left out of all of them; a feature that is undefined throughout counts as 0 throughout.

    ========================================== =====================================================
    mean, std, min, max, median, range         of the frames; `range` is `max` - `min`
    p1 p5 p10 p20 p25 p50 p75 p80 p90 p95 p99  percentiles, linearly interpolated
    iqr                                        p75 - p25
    skewness, kurtosis                         third and fourth moment (a normal one has 0 and 0)
    cv                                         std / mean, "stddevNorm" of eGeMAPS
    slope, slope_error                         linear regression over time: its slope per second,
                                               and the root mean square of what it leaves
    rising_slope_mean, rising_slope_std        slopes per second from each minimum to the next
                                               maximum
    falling_slope_mean, falling_slope_std      slopes per second from each maximum to the next
                                               minimum
    rising_share                               share of the steps between frames that go up
    peak_rate, peak_mean                       frames higher than both neighbours: number per second
                                               and mean value
    peak_distance_mean, peak_distance_std      time between neighbouring ones
    position_min, position_max                 where they are first reached, 0 (start) to 1 (end)
    above_25, above_50, above_75, above_90     share of frames above that part of the range
    above_length_mean, _std, _max              duration of stretches above the mean
    segment_length_mean, _std, _max            duration of stretches where the feature is defined
    segment_rate                               number of such stretches per second
    gap_length_mean, gap_length_std            duration of stretches where it is not
    coverage                                   share of frames where it is
    ========================================== =====================================================

    With ``delta_`` or ``delta2_`` before its name, such as ``"delta_std"``, a functional is that of
    the first or second derivative: per frame, over nine frames, as ``librosa.feature.delta``.

    With ``summary=None``, undefined values are 0, so that NaN in frames only ever means a recording
    that could not be decoded.

    References
    ----------
    .. [1] F. Eyben, M. Wöllmer, B. Schuller, "openSMILE: the Munich versatile and fast open-source
       audio feature extractor", ACM Multimedia, 2010.
    .. [2] F. Eyben et al., "The Geneva minimalistic acoustic parameter set (GeMAPS) for voice
       research and affective computing", IEEE Transactions on Affective Computing, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import AcousticFeature
    >>> class Peak(AcousticFeature):
    ...     def compute(self, spectrum):
    ...         return np.abs(spectrum.frames).max(axis=1, keepdims=True)
    ...     def names(self):
    ...         return ["peak"]
    >>> tone = 0.5 * np.sin(0.1 * np.arange(16000))
    >>> Peak(summary=("mean", "slope")).fit_transform([tone]).round(1) + 0
    array([[0.5, 0. ]], dtype=float32)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
        "n_fft": [Interval(Integral, 2, None, closed="left")],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "win_length": [Interval(Integral, 1, None, closed="left"), None],
        "summary": [tuple, list, None],
    }
    _verb = "decode"
    _prefer = "processes"  # numpy on short arrays holds the interpreter lock most of the time

    def __init__(
        self,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        summary=("mean",),
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.sampling_rate = sampling_rate
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.win_length = win_length
        self.summary = summary

    @abstractmethod
    def compute(self, spectrum):
        """Compute the feature of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            Has ``waveform``, ``sampling_rate``, ``n_fft``, ``hop_length``, ``win_length``,
            ``frames`` of shape (n_frames, n_fft) and ``power`` of shape
            (n_frames, n_fft // 2 + 1). Not to be written to: other features share it.

        Returns
        -------
        ndarray of shape (n_frames, n_features)
            NaN where a feature is undefined.
        """

    @abstractmethod
    def names(self):
        """Return the names of the columns of :meth:`compute`.

        Returns
        -------
        list of str
        """

    def make_function(self):
        """Return the function that computes the feature of one recording.

        Returns
        -------
        callable
        """
        check_summary(self.summary)
        self.check()
        return partial(analyse, features=[self], summary=self.summary)

    @available_if(_has_summary)
    def get_feature_names_out(self, input_features=None):
        """Return the names of the features, such as ``"rms_mean"``.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects of shape (n_features,)
        """
        return summary_names(self.names(), self.summary)


def check_summary(summary):
    """Raise ValueError unless `summary` is None or names functionals.

    Parameters
    ----------
    summary : tuple of str or None
        What to check.
    """
    if summary is None:
        return
    known = all(map(is_functional, summary))
    if not known or len(summary) == 0 or len(set(summary)) < len(summary):
        raise ValueError(
            "Expected summary to be None or a tuple of different names of functionals, got "
            f"{summary!r}. Choose from {', '.join(FUNCTIONALS)}; each also with 'delta_' or "
            "'delta2_' before it."
        )


def summary_names(names, summary):
    """Return the names of summarised features, in the order of :func:`analyse`.

    Parameters
    ----------
    names : list of str
        Names of the features.
    summary : tuple of str
        Functionals.

    Returns
    -------
    ndarray of str objects of shape (n_features,)
    """
    return np.array([f"{name}_{functional}" for functional in summary for name in names], object)
