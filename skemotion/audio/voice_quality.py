"""Voice quality: jitter, shimmer and the harmonics-to-noise ratio."""

from skemotion.audio._frames_voice import HNRFrames, JitterFrames, ShimmerFrames
from skemotion.audio.pitch import PitchFeature


class Jitter(JitterFrames, PitchFeature):
    """How much each period of the voice differs in length from the next.

    Around the middle of a voiced frame three neighbouring peaks of the low-passed waveform are
    found; the difference of the two periods between them is divided by their mean, which averages
    to the local jitter of Praat [1]_.

    Parameters
    ----------
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
    Pitch : The fundamental frequency itself.

    References
    ----------
    .. [1] P. Boersma, "Should jitter be measured by peak picking or by waveform matching?", Folia
       Phoniatrica et Logopaedica 61, 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import Jitter
    >>> pulses = np.zeros(16000)
    >>> pulses[::160] = 1
    >>> Jitter().fit_transform([pulses]).round(2)
    array([[0.]], dtype=float32)
    """


class Shimmer(ShimmerFrames, PitchFeature):
    """How much each period of the voice differs in amplitude from the next.

    It is taken at the peaks that :class:`Jitter` finds, in dB as the local shimmer of Praat [1]_.

    Parameters
    ----------
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
    Pitch : The fundamental frequency itself.

    References
    ----------
    .. [1] P. Boersma, "Should jitter be measured by peak picking or by waveform matching?", Folia
       Phoniatrica et Logopaedica 61, 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import Shimmer
    >>> pulses = np.zeros(16000)
    >>> pulses[::160] = 1
    >>> Shimmer().fit_transform([pulses]).round(2)
    array([[0.]], dtype=float32)
    """


class HNR(HNRFrames, PitchFeature):
    """Harmonics-to-noise ratio of the voice [1]_.

    The correlation of a frame with itself one period away, corrected for the window, is the share
    of its harmonics in its power.

    Parameters
    ----------
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
    Pitch : The fundamental frequency itself.

    References
    ----------
    .. [1] P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
       harmonics-to-noise ratio of a sampled sound", Proceedings of the Institute of Phonetic
       Sciences 17, University of Amsterdam, 1993.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import HNR
    >>> tone = np.sin(2 * np.pi * 200 * np.arange(16000) / 16000)
    >>> noise = np.random.default_rng(0).standard_normal(16000)
    >>> HNR().fit_transform([tone + np.sqrt(0.05) * noise]).round()
    array([[10.]], dtype=float32)
    """
