"""The base of every acoustic feature, and how features are computed together."""

from abc import abstractmethod
from functools import partial
from numbers import Integral

import numpy as np
from sklearn.utils.metaestimators import available_if

from skemotion._compat import Interval
from skemotion._recordings import RecordingTransformer
from skemotion.audio._io import decode_audio
from skemotion.audio._spectrum import Spectrum

FRONT_END = ("sampling_rate", "n_fft", "hop_length", "win_length")
_STATISTICS = {
    "mean": np.mean,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "median": np.median,
}


def _has_summary(estimator):
    return estimator.summary is not None


class AcousticFeature(RecordingTransformer):
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
    summary : tuple of {"mean", "std", "min", "max", "median"} or None, default=("mean",)
        Statistics over the frames; None keeps the frames.
    n_jobs : int, default=None
        Number of processes. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as NaN and warn once.
    verbose : bool, default=False
        Show progress.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import AcousticFeature
    >>> class ZeroCrossings(AcousticFeature):
    ...     def compute(self, spectrum):
    ...         negative = np.signbit(spectrum.frames)
    ...         return np.diff(negative, axis=1).mean(axis=1, keepdims=True)
    ...     def names(self):
    ...         return ["zero_crossings"]
    >>> tone = np.sin(np.arange(16000) * 0.1 * np.pi)
    >>> ZeroCrossings().fit_transform([tone]).round(2)
    array([[0.1]], dtype=float32)
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
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(n_jobs=n_jobs, on_error=on_error, verbose=verbose)
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
        """

    @abstractmethod
    def names(self):
        """Return the names of the columns of :meth:`compute`.

        Returns
        -------
        list of str
        """

    def check(self):
        """Raise ValueError if parameters that are right on their own do not go together."""
        if self.win_length is not None and self.win_length > self.n_fft:
            raise ValueError(
                f"Expected win_length to be at most n_fft={self.n_fft}, got {self.win_length}. "
                "Raise n_fft or lower win_length."
            )

    def front_end(self):
        """Return what determines the spectrum.

        Returns
        -------
        tuple of int
            Sampling rate, n_fft, hop_length and win_length.
        """
        return self.sampling_rate, self.n_fft, self.hop_length, self.win_length or self.n_fft

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


def analyse(recording, *, features, summary):
    """Decode one recording and compute features that share its spectra.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        As in :func:`~skemotion.audio._io.decode_audio`.
    features : list of AcousticFeature
        Of one sampling rate.
    summary : tuple of str or None
        Statistics over the frames, or None for the frames.

    Returns
    -------
    ndarray of float32
        Of shape (n_features,): the first statistic of all features, then the second, and so on; or
        of shape (n_frames, n_features).
    """
    waveform = decode_audio(recording, features[0].sampling_rate)
    front_ends = [feature.front_end() for feature in features]
    spectra = {front_end: Spectrum(waveform, *front_end) for front_end in set(front_ends)}
    frames = [
        _compute(feature, spectra[front_end])
        for feature, front_end in zip(features, front_ends, strict=True)
    ]
    if summary is None:
        n_frames = min(map(len, frames))  # an odd n_fft may give one less than an even one
        return np.concatenate([part[:n_frames] for part in frames], axis=1, dtype=np.float32)
    parts = [_STATISTICS[name](part, axis=0) for name in summary for part in frames]
    return np.concatenate(parts, dtype=np.float32)


def _compute(feature, spectrum):
    frames = feature.compute(spectrum)
    if frames.ndim != 2:
        raise TypeError(
            f"expected {type(feature).__name__}.compute to return an array of shape "
            f"(n_frames, n_features), got shape {frames.shape}"
        )
    return frames


def check_summary(summary):
    """Raise ValueError unless `summary` is None or names statistics.

    Parameters
    ----------
    summary : tuple of str or None
        What to check.
    """
    if summary is None:
        return
    unknown = [name for name in summary if name not in _STATISTICS]
    if unknown or len(summary) == 0 or len(set(summary)) < len(summary):
        raise ValueError(
            f"Expected summary to be None or a tuple of different names out of "
            f"{', '.join(_STATISTICS)}, got {summary!r}. Write summary=('mean', 'std'), for "
            "example."
        )


def summary_names(names, summary):
    """Return the names of summarised features, in the order of :func:`analyse`.

    Parameters
    ----------
    names : list of str
        Names of the features.
    summary : tuple of str
        Statistics.

    Returns
    -------
    ndarray of str objects of shape (n_features,)
    """
    return np.array([f"{name}_{statistic}" for statistic in summary for name in names], object)
