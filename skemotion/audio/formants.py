"""Formants, and what harmonics tell of the glottis."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._frames_voice import FormantsFrames, HarmonicDifferenceFrames, ResonanceFrames
from skemotion.audio.pitch import PitchFeature


class FormantFeature(ResonanceFrames, PitchFeature):
    """Base of the features that need formants; they share one analysis."""

    _parameter_constraints = {
        **PitchFeature._parameter_constraints,
        "ceiling": [Interval(Real, 4000, None, closed="left")],
    }


class Formants(FormantsFrames, FormantFeature):
    """Resonances of the vocal tract in voiced frames [1]_.

    Linear prediction below `ceiling`; the lowest resonances that are narrower than 800 Hz are the
    formants. The higher a voice, the more they are drawn to its harmonics.

    Parameters
    ----------
    n_formants : int, default=3
        Number of formants, at most 4.
    ceiling : float, default=5500.0
        Frequency below which formants are looked for, in Hz; the order is two for each 1100 Hz,
        rounded. 5000 suits the longer vocal tract of most men; 4400 takes two thirds of the time.
    fmin, fmax : float, default=60.0, 600.0
        Lowest and highest fundamental frequency, in Hz.
    voicing_threshold : float, default=0.45
        Correlation with itself one period away above which a frame is voiced; see
        :class:`~skemotion.Pitch`.
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
    HarmonicDifference : How steeply the harmonics fall.

    References
    ----------
    .. [1] J. D. Markel, A. H. Gray, "Linear prediction of speech", Springer, 1976.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import Formants
    >>> tone = np.sign(np.sin(2 * np.pi * 150 * np.arange(16000) / 16000))
    >>> Formants(2).set_output(transform="pandas").fit_transform([tone]).columns.tolist()
    ['f1_frequency_mean', 'f1_bandwidth_mean', 'f1_amplitude_mean',
     'f2_frequency_mean', 'f2_bandwidth_mean', 'f2_amplitude_mean']
    """

    _parameter_constraints = {
        **FormantFeature._parameter_constraints,
        "n_formants": [Interval(Integral, 1, 4, closed="both")],
    }

    def __init__(
        self,
        n_formants=3,
        *,
        ceiling=5500.0,
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
        self.n_formants = n_formants
        self.ceiling = ceiling


class HarmonicDifference(HarmonicDifferenceFrames, FormantFeature):
    """How steeply the harmonics of the voice fall: breathy voices steeply, pressed ones less [1]_.

    Levels are those of the spectrum as it is, without taking the formants out of it.

    Parameters
    ----------
    ceiling : float, default=5500.0
        Frequency below which formants are looked for, in Hz; see :class:`Formants`.
    fmin, fmax : float, default=60.0, 600.0
        Lowest and highest fundamental frequency, in Hz.
    voicing_threshold : float, default=0.45
        Correlation with itself one period away above which a frame is voiced; see
        :class:`~skemotion.Pitch`.
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
    Formants : The formants themselves.

    References
    ----------
    .. [1] H. M. Hanson, "Glottal characteristics of female speakers: acoustic correlates", Journal
       of the Acoustical Society of America 101, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import HarmonicDifference
    >>> phase = 2 * np.pi * 200 * np.arange(16000) / 16000
    >>> HarmonicDifference().fit_transform([np.sin(phase) + 0.1 * np.sin(2 * phase)])[0, 0].round()
    np.float32(20.0)
    """

    def __init__(
        self,
        *,
        ceiling=5500.0,
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
        self.ceiling = ceiling
