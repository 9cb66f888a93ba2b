"""Read the sound of videos."""

import math
from functools import partial
from numbers import Integral, Real

import numpy as np

from skemotion._compat import Interval
from skemotion._optional import import_extra
from skemotion._recordings import RecordingTransformer, stack_results
from skemotion.video._container import damaged, open_container, pick_stream, read_packets

_MAX_CHANNELS = 8
_MAX_RATE = 192_000  # Hz
_SCALES = {"u": 2**7, "i2": 2**15, "i4": 2**31}  # full scale of integer samples


class ExtractAudio(RecordingTransformer):
    """Read the sound of videos as mono waveforms of one sampling rate.

    The first sound track counts, from its first sample. Channels are averaged, and other sampling
    rates brought to `sampling_rate` with the high quality of soxr, as
    :class:`~skemotion.ReadAudio` does for sound files; acoustic features take the result. Files
    are read by FFmpeg through PyAV (extra ``video``); M4A and other containers without pictures
    are read, too.

    Parameters
    ----------
    sampling_rate : int, default=16000
        Sampling rate of the waveforms, in Hz.
    duration : float, default=None
        Length that waveforms are cut or padded with zeros to at their end, in seconds. None keeps
        their lengths.
    max_duration : float, default=600.0
        Longest recording, in seconds.
    max_bytes : int, default=1_000_000_000
        Largest file.
    cache : path-like or False, default=None
        Folder where results are kept, so that a video whose content did not change is not decoded
        again with the same parameters. None and False mean none: decoded videos are large.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a video that cannot be read or has no sound: raise an error that names it,
        or keep its row as NaN (None without `duration`) and warn once.
    verbose : bool, default=False
        Show progress.

    See Also
    --------
    ReadAudio : Read sound files.
    ReadVideo : Read the pictures of videos.

    Examples
    --------
    >>> import io
    >>> import av
    >>> import numpy as np
    >>> from skemotion import ExtractAudio
    >>> file = io.BytesIO()
    >>> with av.open(file, "w", "mov") as container:
    ...     stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
    ...     frame = av.AudioFrame.from_ndarray(np.zeros((1, 48000), "int16"), "s16", "mono")
    ...     frame.sample_rate = 48000
    ...     container.mux(stream.encode(frame))
    >>> [waveform.shape for waveform in ExtractAudio().fit_transform([file])]
    [(16000,)]
    """

    _parameter_constraints = {
        **RecordingTransformer._parameter_constraints,
        "sampling_rate": [Interval(Integral, 1, None, closed="left")],
        "duration": [Interval(Real, 0, None, closed="neither"), None],
        "max_duration": [Interval(Real, 0, None, closed="neither")],
        "max_bytes": [Interval(Integral, 1, None, closed="left")],
    }
    _verb = "read the sound of"
    _cached_by_default = False  # decoded it is larger than the file

    def __init__(
        self,
        sampling_rate=16000,
        *,
        duration=None,
        max_duration=600.0,
        max_bytes=1_000_000_000,
        cache=None,
        n_jobs=None,
        on_error="raise",
        verbose=False,
    ):
        super().__init__(cache=cache, n_jobs=n_jobs, on_error=on_error, verbose=verbose)
        self.sampling_rate = sampling_rate
        self.duration = duration
        self.max_duration = max_duration
        self.max_bytes = max_bytes

    def make_function(self):
        """Return the function that reads the sound of one video.

        Returns
        -------
        callable
            From a path, bytes or binary file object to an array of dtype float32 and shape
            (n_times,).
        """
        import_extra("av", extra="video")
        n_times = None
        if self.duration is not None:
            n_times = max(1, round(self.duration * self.sampling_rate))
        return partial(
            _read,
            sampling_rate=self.sampling_rate,
            n_times=n_times,
            max_duration=self.max_duration,
            max_bytes=self.max_bytes,
        )

    def stack(self, results):
        """Put the waveforms together.

        Parameters
        ----------
        results : list of (ndarray or None)
            Waveforms, None where there is none.

        Returns
        -------
        ndarray
            1-D of float32 arrays; with `duration`, float32 of shape (n_samples, n_times).
        """
        if self.duration is not None:
            return stack_results(results)
        waveforms = np.empty(len(results), dtype=object)
        waveforms[:] = results
        return waveforms


def _read(recording, sampling_rate, n_times, max_duration, max_bytes):
    with open_container(recording, max_bytes) as container:
        stream = pick_stream(container, "audio")
        _check_limits(stream.codec_context)
        packets = read_packets(container, stream, max_duration)
        waveform, rate = _decode(stream.codec_context, packets, max_duration)
    waveform = _resample(waveform, rate, sampling_rate)
    if n_times is None:
        return waveform
    return np.pad(waveform[:n_times], (0, max(0, n_times - len(waveform))))


def _check_limits(context):
    if not 1 <= context.channels <= _MAX_CHANNELS:
        raise ValueError(
            f"its sound has {context.channels} channels, expected 1 to {_MAX_CHANNELS}"
        )
    if not 1 <= context.sample_rate <= _MAX_RATE:
        raise ValueError(
            f"the sampling rate of its sound is {context.sample_rate} Hz, expected 1 to "
            f"{_MAX_RATE} Hz"
        )


def _decode(context, packets, max_duration):
    """Return the mean over the channels, and the sampling rate."""
    parts, n_times, rate = [], 0, context.sample_rate
    try:
        for packet in [*packets, None]:
            for frame in context.decode(packet):
                if frame.sample_rate != rate:
                    raise ValueError(f"its sampling rate changes to {frame.sample_rate} Hz")
                n_times += frame.samples
                if n_times > max_duration * rate:
                    raise ValueError(f"more than {max_duration:g} s of sound come out of it")
                parts.append(_mono(frame))
    except EOFError:
        pass
    except Exception as error:
        raise damaged(error) from error
    if n_times == 0:
        raise ValueError("it holds no sound that can be decoded")
    waveform = np.concatenate(parts)
    if not np.isfinite(waveform).all():
        raise damaged(ValueError("its sound holds NaN or infinite values"))
    return waveform, rate


def _mono(frame):
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    mean = samples.mean(axis=0, dtype=np.float32)
    kind = samples.dtype
    if kind.kind == "f":
        return mean
    scale = _SCALES["u" if kind.kind == "u" else f"i{kind.itemsize}"]
    return (mean - scale * (kind.kind == "u")) / np.float32(scale)


def _resample(waveform, rate, sampling_rate):
    if rate == sampling_rate:
        return waveform
    import soxr

    n_times = math.ceil(len(waveform) * (sampling_rate / rate))
    resampled = soxr.resample(waveform, rate, sampling_rate, "HQ")[:n_times]
    return np.pad(resampled, (0, n_times - len(resampled)))
