"""The base of steps that change waveforms."""

from abc import abstractmethod
from functools import partial
from numbers import Integral

import numpy as np

from skemotion._compat import Interval
from skemotion._recordings import RecordingTransformer
from skemotion.audio._io import decode_audio


class WaveformStep(RecordingTransformer):
    """Base of the steps that take recordings and make waveforms of one sampling rate.

    A sub-class writes :meth:`process`. Its results are recordings again, for other steps and for
    features of the same sampling rate.
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "decode"
    _cached_by_default = False  # decoded they are larger than their files

    def __init__(
        self, *, sampling_rate=16000, cache=None, n_jobs=None, on_error="raise", verbose=False
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.sampling_rate = sampling_rate

    @abstractmethod
    def process(self, waveform):
        """Change one waveform.

        Parameters
        ----------
        waveform : ndarray of float32 of shape (n_times,)
            At least one time point. Not to be written to.

        Returns
        -------
        ndarray of float32 of shape (any,)
            At least one time point.
        """

    def make_function(self):
        """Return the function that decodes and changes one recording.

        Returns
        -------
        callable
        """
        self.check()
        return partial(_run, step=self)

    def check(self):
        """Raise ValueError if parameters that are right on their own do not go together."""

    def stack(self, results):
        """Put the waveforms together.

        Parameters
        ----------
        results : list of (ndarray or None)
            Waveforms, None where decoding failed.

        Returns
        -------
        ndarray of object of shape (n_samples,)
            Of float32 arrays.
        """
        return list_waveforms(results)


def list_waveforms(results):
    """Put waveforms into an array of objects, also where they have one length.

    Parameters
    ----------
    results : list of (ndarray or None)
        Waveforms.

    Returns
    -------
    ndarray of object of shape (n_samples,)
    """
    waveforms = np.empty(len(results), dtype=object)
    waveforms[:] = results
    return waveforms


def _run(recording, step):
    return step.process(decode_audio(recording, step.sampling_rate))
