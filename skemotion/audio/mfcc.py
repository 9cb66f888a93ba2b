"""Mel-frequency cepstral coefficients."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._frames_mel import MFCCFrames
from skemotion.audio._mel_feature import MelFeature


class MFCC(MFCCFrames, MelFeature):
    """Mel-frequency cepstral coefficients [1]_, the values of ``librosa.feature.mfcc``.

    Parameters
    ----------
    n_mfcc : int, default=13
        Number of coefficients, at most `n_mels`.
    deltas : {0, 1, 2}, default=0
        How many derivatives over time follow the coefficients: none, the first, or the first and
        the second, each over nine frames as in ``librosa.feature.delta``.
    lifter : float, default=0
        Strength of liftering, which evens out the sizes of the coefficients; 22 is usual in speech
        recognition. 0 means none.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
    n_mels : int, default=128
        Number of mel filters.
    fmin : float, default=0.0
        Lowest frequency, in Hz.
    fmax : float, default=None
        Highest frequency, in Hz. None means half the sampling rate.
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
    AcousticFeatures : Several features from one decoding and one spectrum.

    References
    ----------
    .. [1] S. Davis, P. Mermelstein, "Comparison of parametric representations for monosyllabic
       word recognition in continuously spoken sentences", IEEE Transactions on Acoustics, Speech,
       and Signal Processing, 1980.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import MFCC
    >>> tones = np.sin(np.outer([0.1, 0.2], np.arange(16000)))
    >>> MFCC(n_mfcc=20).fit_transform(tones).shape
    (2, 20)
    >>> MFCC(deltas=2, summary=None).fit_transform(tones).shape
    (2, 32, 39)
    """

    _parameter_constraints = {
        **MelFeature._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "deltas": [Interval(Integral, 0, 2, closed="both")],
        "lifter": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_mfcc=13,
        *,
        deltas=0,
        lifter=0,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        n_mels=128,
        fmin=0.0,
        fmax=None,
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
        self.n_mfcc = n_mfcc
        self.deltas = deltas
        self.lifter = lifter
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax
