"""Spectral roll-off: below which frequency most of a spectrum lies."""

from numbers import Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_spectral import SpectralRolloffFrames


class SpectralRolloff(SpectralRolloffFrames, AcousticFeature):
    """Frequency below which a share of the magnitude lies, as ``librosa.feature.spectral_rolloff``.

    Parameters
    ----------
    roll_percent : float, default=0.85
        The share, between 0 and 1.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    n_fft : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    win_length : int, default=None
        Length of the Hann window in the middle of a frame, in time points. None means `n_fft`.
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

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import SpectralRolloff
    >>> noise = np.random.default_rng(0).normal(size=16000)
    >>> SpectralRolloff(0.5).fit_transform([noise]).round(-2)
    array([[4000.]], dtype=float32)
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "roll_percent": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        roll_percent=0.85,
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
        self.roll_percent = roll_percent
