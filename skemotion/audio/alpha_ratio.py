"""Alpha ratio: low against high frequencies."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio._frames_spectral import AlphaRatioFrames


class AlphaRatio(AlphaRatioFrames, AcousticFeature):
    """Decibels between the energy in 50-1000 Hz and that in 1-5 kHz, of eGeMAPS [1]_.

    High for a soft or sad voice, low for a loud or angry one. openSMILE has the opposite sign.

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
    HammarbergIndex : Peaks instead of energy.
    SpectralSlope : Slopes within bands.

    References
    ----------
    .. [1] F. Eyben et al., "The Geneva minimalistic acoustic parameter set (GeMAPS) for voice
       research and affective computing", IEEE Transactions on Affective Computing, 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio import AlphaRatio
    >>> tone = np.sin(2 * np.pi * 500 / 16000 * np.arange(16000))
    >>> bool(AlphaRatio().fit_transform([tone])[0, 0] > 30)
    True
    """
