"""Cut silence off both ends."""

from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion.audio._spectrum import Spectrum, root_mean_square
from skemotion.audio._waveform_step import WaveformStep

_FLOOR = np.float32(1e-5)  # amplitude, as in librosa


class TrimSilence(WaveformStep):
    """Cut silence off both ends of recordings, as ``librosa.effects.trim``.

    A recording that is silent throughout is kept as it is.

    Parameters
    ----------
    top_db : float, default=60.0
        How far below its loudest frame a recording counts as silent, in decibels.
    frame_length : int, default=2048
        Length of a frame, in time points.
    hop_length : int, default=512
        Step between frames, in time points.
    sampling_rate : int, default=16000
        Sampling rate that files are brought to and that waveforms have, in Hz.
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as None and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    VoiceActivity : Takes pauses out too, and stands noise.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import TrimSilence
    >>> tone = np.pad(np.sin(0.1 * np.arange(8000)), 16000)
    >>> [len(waveform) for waveform in TrimSilence(30).fit_transform([tone])]
    [9728]
    """

    _parameter_constraints = {
        **WaveformStep._parameter_constraints,
        "top_db": [Interval(Real, 0, None, closed="neither")],
        "frame_length": [Interval(Integral, 2, None, closed="left")],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        top_db=60.0,
        *,
        frame_length=2048,
        hop_length=512,
        sampling_rate=16000,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(
            sampling_rate=sampling_rate,
            cache=cache,
            n_jobs=n_jobs,
            on_error=on_error,
            verbose=verbose,
        )
        self.top_db = top_db
        self.frame_length = frame_length
        self.hop_length = hop_length

    def process(self, waveform):
        """Cut the ends off one waveform.

        Parameters
        ----------
        waveform : ndarray of float32 of shape (n_times,)
            The waveform.

        Returns
        -------
        ndarray of float32 of shape (any,)
        """
        frames = Spectrum(waveform, self.sampling_rate, self.frame_length, self.hop_length).frames
        decibels = 20 * np.log10(np.maximum(root_mean_square(frames), _FLOOR))
        loud = np.flatnonzero(decibels > decibels.max() - self.top_db)
        return waveform[loud[0] * self.hop_length : (loud[-1] + 1) * self.hop_length]
