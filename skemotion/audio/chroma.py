"""Chroma: how strong each pitch class is."""

from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_waveform import ChromaFrames


class Chroma(ChromaFrames, AcousticFeature):
    """Strength of each pitch class [1]_, the values of ``librosa.feature.chroma_stft``.

    Parameters
    ----------
    n_chroma : int, default=12
        Number of pitch classes of an octave.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
    tuning : float, default=None
        Deviation from A = 440 Hz, in pitch classes. None estimates it for each recording.
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
    .. [1] D. P. W. Ellis, "Chroma feature analysis and synthesis", 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Chroma
    >>> a4 = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000))
    >>> chroma = Chroma().set_output(transform="pandas").fit_transform([a4])
    >>> chroma.columns[chroma.to_numpy().argmax()]
    'chroma_A_mean'
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "n_chroma": [Interval(Integral, 1, None, closed="left")],
        "tuning": [Real, None],
    }

    def __init__(
        self,
        n_chroma=12,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        tuning=None,
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
        self.n_chroma = n_chroma
        self.tuning = tuning
