"""Log-mel spectrogram."""

from numbers import Real

from skemotion._compat import Interval
from skemotion.audio._frames_mel import LogMelFrames
from skemotion.audio._mel_feature import MelFeature


class LogMel(LogMelFrames, MelFeature):
    """Mel spectrogram in decibels, the values of ``librosa.power_to_db`` of one.

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
    floor : float, default=1e-10
        Power that less is taken for: -100 dB.
    top_db : float, default=80.0
        What is further below the loudest value of the recording is raised to that level. None
        means no such limit.
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
    PCEN : Adapts to the level of each band.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import LogMel
    >>> tones = np.sin(np.outer([0.1, 0.2], np.arange(16000)))
    >>> LogMel(64, summary=None).fit_transform(tones).shape
    (2, 32, 64)
    """

    _parameter_constraints = {
        **MelFeature._parameter_constraints,
        "floor": [Interval(Real, 0, None, closed="neither")],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
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
        floor=1e-10,
        top_db=80.0,
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
        self.floor = floor
        self.top_db = top_db
