"""Per-channel energy normalisation."""

from numbers import Real

from skemotion._compat import Interval
from skemotion.audio._frames_mel import PCENFrames
from skemotion.audio._mel_feature import MelFeature


class PCEN(PCENFrames, MelFeature):
    """Mel spectrogram with per-channel energy normalisation [1]_, the values of ``librosa.pcen``.

    Each band is divided by its own recent level, which takes away what stays the same, such as
    loudness, distance, the microphone and steady noise, and then compressed.

    Parameters
    ----------
    n_mels : int, default=128
        Number of mel filters.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
    fmin : float, default=0.0
        Lowest frequency, in Hz.
    fmax : float, default=None
        Highest frequency, in Hz. None means half the sampling rate.
    gain : float, default=0.98
        How much of the level is taken away, 0 to 1.
    bias : float, default=2.0
        Offset before the compression.
    power : float, default=0.5
        Exponent of the compression.
    time_constant : float, default=0.4
        How long the level looks back, in seconds.
    eps : float, default=1e-6
        Least level, in the magnitude of 32-bit integers, the scale that the other defaults are for.
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
    LogMel : The same filters in decibels.

    References
    ----------
    .. [1] Y. Wang, P. Getreuer, T. Hughes, R. F. Lyon, R. A. Saurous, "Trainable frontend for
       robust and far-field keyword spotting", ICASSP, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import PCEN
    >>> tone = np.sin(0.1 * np.arange(16000))
    >>> loud, soft = PCEN(64).fit_transform([tone, 0.1 * tone])
    >>> bool(np.abs(loud - soft).max() < 0.1)
    True
    """

    _parameter_constraints = {
        **MelFeature._parameter_constraints,
        "gain": [Interval(Real, 0, 1, closed="both")],
        "bias": [Interval(Real, 0, None, closed="neither")],
        "power": [Interval(Real, 0, None, closed="neither")],
        "time_constant": [Interval(Real, 0, None, closed="neither")],
        "eps": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        n_mels=128,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        fmin=0.0,
        fmax=None,
        gain=0.98,
        bias=2.0,
        power=0.5,
        time_constant=0.4,
        eps=1e-6,
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
        self.gain = gain
        self.bias = bias
        self.power = power
        self.time_constant = time_constant
        self.eps = eps
