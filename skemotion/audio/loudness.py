"""Loudness: how loud a frame seems to an ear."""

from numbers import Real

from skemotion._compat import Interval
from skemotion.audio._frames_mel import LoudnessFrames
from skemotion.audio._mel_feature import MelFeature


class Loudness(LoudnessFrames, MelFeature):
    """Sum over mel bands of their power, weighted and compressed as the ear does [1]_ [2]_.

    The power of each band is weighted with the curve of equal loudness and raised to `exponent`;
    the sum is the loudness of eGeMAPS, in a unit of its own that depends on `n_fft` and the window.

    Parameters
    ----------
    n_mels : int, default=26
        Number of mel filters.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
    fmin : float, default=20.0
        Lowest frequency, in Hz.
    fmax : float, default=None
        Highest frequency, in Hz. None means 8000, or half the sampling rate if that is less.
    exponent : float, default=0.33
        Exponent of the compression.
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
    LogEnergy : The physical level.

    References
    ----------
    .. [1] H. Hermansky, "Perceptual linear predictive (PLP) analysis of speech", Journal of the
       Acoustical Society of America, 1990.
    .. [2] F. Eyben et al., "The Geneva minimalistic acoustic parameter set (GeMAPS) for voice
       research and affective computing", IEEE Transactions on Affective Computing, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import Loudness
    >>> tones = np.sin(2 * np.pi / 16000 * np.outer([100, 3000], np.arange(16000)))
    >>> low, high = Loudness().fit_transform(tones)[:, 0]
    >>> bool(high > low)
    True
    """

    _parameter_constraints = {
        **MelFeature._parameter_constraints,
        "exponent": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        n_mels=26,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        fmin=20.0,
        fmax=None,
        exponent=0.33,
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
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
        self.exponent = exponent
