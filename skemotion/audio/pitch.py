"""Pitch: the fundamental frequency of voices."""

from numbers import Real

from skemotion._compat import Interval, StrOptions
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_voice import PitchedFrames, PitchFrames


class PitchFeature(PitchedFrames, AcousticFeature):
    """Base of the features that need the fundamental frequency.

    Those of one front end and one range of the pitch share one analysis.
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "fmin": [Interval(Real, 20, 1000, closed="both")],
        "fmax": [Interval(Real, 20, 1000, closed="both")],
        "voicing_threshold": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        fmin=60.0,
        fmax=600.0,
        voicing_threshold=0.45,
        sampling_rate=16000,
        n_fft=1024,
        hop_length=160,
        win_length=800,
        summary=("mean",),
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(
            sampling_rate=sampling_rate,
            n_fft=n_fft,
            hop_length=hop_length,
            win_length=win_length,
            summary=summary,
            cache=cache,
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.fmin = fmin
        self.fmax = fmax
        self.voicing_threshold = voicing_threshold


class Pitch(PitchFrames, PitchFeature):
    """Fundamental frequency of voiced frames, and how periodic frames are.

    Candidates are the peaks of the autocorrelation, corrected for the window [1]_; of these the
    path is taken that is strong and does not jump.

    Parameters
    ----------
    unit : {"semitones", "hertz"}, default="semitones"
        Semitones above 27.5 Hz, or Hz.
    fmin, fmax : float, default=60.0, 600.0
        Lowest and highest fundamental frequency, in Hz.
    voicing_threshold : float, default=0.45
        Correlation with itself one period away above which a frame is voiced, unless it is far
        softer than others or its neighbours speak against it.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=1024
        Length of a frame, in time points.
    hop_length : int, default=160
        Step between frames, in time points.
    win_length : int, default=800
        Length of the Hann window in the middle of a frame, in time points: at least three periods
        of `fmin`. None means `n_fft`.
    summary : tuple of str or None, default=("mean",)
        Functionals over the frames, those of :class:`~skemotion.audio.AcousticFeature`; None keeps
        the frames.
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

    See Also
    --------
    Jitter, Shimmer, HNR : How regular the voice is.

    References
    ----------
    .. [1] P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
       harmonics-to-noise ratio of a sampled sound", Proceedings of the Institute of Phonetic
       Sciences 17, University of Amsterdam, 1993.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Pitch
    >>> tone = np.sign(np.sin(2 * np.pi * 110 * np.arange(16000) / 16000))
    >>> Pitch("hertz").set_output(transform="pandas").fit_transform([tone]).round(1)
       pitch_mean  voicing_mean
    0       110.0           1.0
    """

    _parameter_constraints = {
        **PitchFeature._parameter_constraints,
        "unit": [StrOptions({"semitones", "hertz"})],
    }

    def __init__(
        self,
        unit="semitones",
        *,
        fmin=60.0,
        fmax=600.0,
        voicing_threshold=0.45,
        sampling_rate=16000,
        n_fft=1024,
        hop_length=160,
        win_length=800,
        summary=("mean",),
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(
            fmin=fmin,
            fmax=fmax,
            voicing_threshold=voicing_threshold,
            sampling_rate=sampling_rate,
            n_fft=n_fft,
            hop_length=hop_length,
            win_length=win_length,
            summary=summary,
            cache=cache,
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.unit = unit
