"""Read recordings into waveforms."""

from functools import partial
from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval, StrOptions
from skemotion._recordings import RecordingTransformer, stack_results
from skemotion.audio._io import decode_audio
from skemotion.audio._waveform_step import list_waveforms


class ReadAudio(RecordingTransformer):
    """Decode WAV, FLAC, OGG and MP3 files to mono waveforms of one sampling rate.

    Channels are averaged, and other sampling rates brought to `sampling_rate` with soxr; at the
    default quality the values are those of ``librosa.load``. Features decode on their own: this
    step is for those who want the waveform.

    Parameters
    ----------
    sampling_rate : int, default=16000
        Sampling rate of the waveforms, in Hz.
    duration : float, default=None
        Length that waveforms are cut or padded with zeros to at their end, in seconds. None keeps
        their lengths.
    quality : {"QQ", "LQ", "MQ", "HQ", "VHQ"}, default="HQ"
        Quality of soxr's resampling, from quick to very high. Features decode with "HQ".
    cache : path-like or False, default=None
        Folder where results are kept, so that a recording whose content did not change is not
        processed again with the same parameters. None means ``$SKEMOTION_CACHE`` where that is
        set, else none; False means none.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be decoded: raise an error that names it, or keep
        its row as NaN (None without `duration`) and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    AcousticFeatures : Features from recordings, in one step.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import ReadAudio
    >>> recordings = [np.zeros(9000, "int16"), np.zeros((7000, 2))]
    >>> [len(waveform) for waveform in ReadAudio().fit_transform(recordings)]
    [9000, 7000]
    >>> ReadAudio(duration=0.5).fit_transform(recordings).shape
    (2, 8000)
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "quality": [StrOptions({"QQ", "LQ", "MQ", "HQ", "VHQ"})],
    }
    _verb = "decode"
    _cached_by_default = False  # decoded they are larger than their files

    def __init__(
        self,
        sampling_rate=16000,
        *,
        duration=None,
        quality="HQ",
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.sampling_rate = sampling_rate
        self.duration = duration
        self.quality = quality

    def make_function(self):
        """Return the function that reads one recording.

        Returns
        -------
        callable
        """
        if self.duration is None:
            return partial(decode_audio, sampling_rate=self.sampling_rate, quality=self.quality)
        n_times = max(1, round(self.duration * self.sampling_rate))
        return partial(
            _read, sampling_rate=self.sampling_rate, quality=self.quality, n_times=n_times
        )

    def stack(self, results):
        """Put the waveforms together.

        Parameters
        ----------
        results : list of (ndarray or None)
            Waveforms, None where decoding failed.

        Returns
        -------
        ndarray
            1-D of float32 arrays; with `duration`, float32 of shape (n_samples, n_times).
        """
        if self.duration is not None:
            return stack_results(results)
        return list_waveforms(results)


def _read(recording, sampling_rate, quality, n_times):
    waveform = decode_audio(recording, sampling_rate, quality=quality)[:n_times]
    return np.pad(waveform, (0, n_times - len(waveform)))
