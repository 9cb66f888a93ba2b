"""The base of features that start from mel filters."""

import warnings
from numbers import Integral, Real

from skemotion._compat import Interval
from skemotion.audio._feature import AcousticFeature
from skemotion.audio._mel import count_empty_filters


class MelFeature(AcousticFeature):
    """Base of features with the parameters `n_mels`, `fmin` and `fmax`."""

    _parameter_constraints = {
        **AcousticFeature._parameter_constraints,
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
    }

    def check(self):
        """Raise ValueError if parameters do not go together; warn of filters without a bin."""
        super().check()
        bank = self.bank(self.sampling_rate)
        _, fmin, fmax = bank
        if not fmin < fmax <= self.sampling_rate / 2:
            raise ValueError(
                f"Expected fmin < fmax <= sampling_rate / 2 = {self.sampling_rate / 2:g}, got "
                f"fmin={fmin:g} and fmax={fmax:g}. Correct them or leave fmax=None."
            )
        n_empty = count_empty_filters(self.sampling_rate, self.n_fft, *bank)
        if n_empty:
            warnings.warn(
                f"{n_empty} of {self.n_mels} mel filters are narrower than the frequency bins and "
                f"stay empty at n_fft={self.n_fft}. Raise n_fft or lower n_mels.",
                UserWarning,
                stacklevel=2,
            )

    def bank(self, sampling_rate):
        """Return what determines the filters.

        Parameters
        ----------
        sampling_rate : int
            In Hz.

        Returns
        -------
        tuple of (int, float, float)
            `n_mels`, `fmin`, and `fmax` or half the sampling rate.
        """
        return self.n_mels, self.fmin, sampling_rate / 2 if self.fmax is None else self.fmax
