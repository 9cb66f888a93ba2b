"""Mel-frequency cepstral coefficients."""

import warnings
from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._mel import cosine_basis, count_empty_filters, mel_spectrogram, power_to_db


class MFCC(AcousticFeature):
    """Mel-frequency cepstral coefficients [1]_, the values of ``librosa.feature.mfcc``.

    Parameters
    ----------
    n_mfcc : int, default=13
        Number of coefficients, at most `n_mels`.
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
    >>> MFCC(summary=None).fit_transform(tones).shape
    (2, 32, 13)
    """

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        n_mfcc=13,
        *,
        sampling_rate=16000,
        n_fft=2048,
        hop_length=512,
        win_length=None,
        n_mels=128,
        fmin=0.0,
        fmax=None,
        summary=("mean",),
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
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.n_mfcc = n_mfcc
        self.n_mels = n_mels
        self.fmin = fmin
        self.fmax = fmax

    def compute(self, spectrum):
        """Compute the coefficients of one waveform.

        Parameters
        ----------
        spectrum : Spectrum
            The waveform and its spectrum.

        Returns
        -------
        ndarray of float32 of shape (n_frames, n_mfcc)
        """
        bank = self._bank(spectrum.sampling_rate, spectrum.n_fft)
        decibels = power_to_db(mel_spectrogram(spectrum.power, *bank))
        return decibels @ cosine_basis(self.n_mels, self.n_mfcc)

    def names(self):
        """Return the names of the coefficients, counted from 1.

        Returns
        -------
        list of str
        """
        return [f"mfcc_{place}" for place in range(1, self.n_mfcc + 1)]

    def check(self):
        """Raise ValueError if parameters do not go together; warn of filters without a bin."""
        super().check()
        if self.n_mfcc > self.n_mels:
            raise ValueError(
                f"Expected n_mfcc to be at most n_mels={self.n_mels}, got {self.n_mfcc}. "
                "Raise n_mels or lower n_mfcc."
            )
        bank = self._bank(self.sampling_rate, self.n_fft)
        fmin, fmax = bank[-2:]
        if not fmin < fmax <= self.sampling_rate / 2:
            raise ValueError(
                f"Expected fmin < fmax <= sampling_rate / 2 = {self.sampling_rate / 2:g}, got "
                f"fmin={fmin:g} and fmax={fmax:g}. Correct them or leave fmax=None."
            )
        n_empty = count_empty_filters(*bank)
        if n_empty:
            warnings.warn(
                f"{n_empty} of {self.n_mels} mel filters are narrower than the frequency bins and "
                f"stay empty at n_fft={self.n_fft}. Raise n_fft or lower n_mels.",
                UserWarning,
                stacklevel=2,
            )

    def _bank(self, sampling_rate, n_fft):
        fmax = sampling_rate / 2 if self.fmax is None else self.fmax
        return sampling_rate, n_fft, self.n_mels, self.fmin, fmax
