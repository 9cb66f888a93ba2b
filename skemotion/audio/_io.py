"""Decode one recording to a mono waveform, or say why that is impossible."""

import io
import math
import os
from contextlib import contextmanager

import numpy as np

from skemotion.audio._wav import read_wav_header

_FORMATS = ("WAV", "WAVEX", "FLAC", "OGG", "MP3")  # in soundfile's words
_KINDS = "WAV, FLAC, OGG or MP3"
_BLOCK = 1 << 18  # time points decoded at once: many channels never stand in memory together
_SMALL = 1 << 22  # bytes of a file that is read in one go, a third of the time of many reads
_TOLERANCE = 0.05  # s that may be missing at the end; MP3 headers are no more exact
_COPY_AGAIN = "Copy it again from its source"
_LOUDEST = 1e30  # sum of squares, above which the power of float32 could overflow


def decode_audio(
    recording,
    sampling_rate,
    *,
    quality="HQ",
    max_duration=600.0,
    max_sampling_rate=192000,
    max_channels=8,
):
    """Decode one recording to a mono waveform.

    Parameters
    ----------
    recording : path-like, bytes, binary file object or ndarray
        A WAV, FLAC, OGG or MP3 file; or a waveform of shape (n_times,) or (n_times, n_channels)
        that already has `sampling_rate`, floating point as it is or int16, scaled by 1/32768. A
        file object is read from its start, and rewound.
    sampling_rate : int
        Sampling rate of the result, in Hz.
    quality : {"QQ", "LQ", "MQ", "HQ", "VHQ"}, default="HQ"
        Quality of soxr's resampling.
    max_duration : float, default=600.0
        Longest recording, in seconds.
    max_sampling_rate : int, default=192000
        Highest sampling rate of a file, in Hz.
    max_channels : int, default=8
        Largest number of channels.

    Returns
    -------
    ndarray of float32 of shape (n_times,)
        Mean over the channels, resampled with soxr; with "HQ" as ``librosa.load`` does.

    Raises
    ------
    ValueError
        With the reason, if the recording cannot be decoded or is over a limit; the limits are
        checked before samples are read.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.audio._io import decode_audio
    >>> decode_audio(np.array([[16384, 0], [0, 0]], "int16"), 16000)
    array([0.25, 0.  ], dtype=float32)
    """
    limits = max_duration, max_sampling_rate, max_channels
    if isinstance(recording, np.ndarray):
        waveform, rate = _from_array(recording, sampling_rate, limits), sampling_rate
        _check_values(waveform)
    else:
        waveform, rate, _ = read_native(recording, limits)
    return resample(waveform, rate, sampling_rate, quality)


def read_native(recording, limits=(600.0, 192000, 8)):
    """Decode one file at the sampling rate it has.

    Parameters
    ----------
    recording : path-like, bytes or binary file object
        As for :func:`decode_audio`.
    limits : (float, int, int), default=(600.0, 192000, 8)
        Longest duration in seconds, highest sampling rate in Hz, largest number of channels.

    Returns
    -------
    waveform : ndarray of float32 of shape (n_times,)
        Mean over the channels.
    sampling_rate : int
        In Hz.
    n_channels : int
        Number of channels of the file.
    """
    with _opened(recording) as file:
        waveform, rate, n_channels = _from_file(file, limits)
    _check_values(waveform)
    return waveform, rate, n_channels


def _from_array(array, sampling_rate, limits):
    if array.ndim not in (1, 2) or (array.dtype.kind != "f" and array.dtype != np.int16):
        raise ValueError(
            "expected a waveform of shape (n_times,) or (n_times, n_channels) and dtype float32 or "
            f"int16, got shape {array.shape} and dtype {array.dtype}"
        )
    columns = array[:, None] if array.ndim == 1 else array
    _check_limits(len(columns), sampling_rate, columns.shape[1], limits)
    return _mono(columns)


@contextmanager
def _opened(recording):
    if isinstance(recording, bytes | bytearray | memoryview):
        yield io.BytesIO(recording)
    elif hasattr(recording, "read"):
        _rewind(recording)
        yield recording
        _rewind(recording)
    elif isinstance(recording, str | os.PathLike):
        with _open(recording) as file:
            yield file
    else:
        raise ValueError(
            f"expected a path, bytes, a binary file object or an array, got {recording!r}"
        )


def _open(path):
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise ValueError("the file does not exist. Check the path") from error
    except IsADirectoryError as error:
        raise ValueError("it is a folder, not a file. Pass the files in it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"the file cannot be opened: {reason}") from error


def _rewind(file):
    try:
        file.seek(0)
    except (AttributeError, OSError, ValueError) as error:
        raise ValueError("the file object cannot be rewound. Pass its bytes instead") from error


def _from_file(file, limits):
    small = file.seek(0, os.SEEK_END) <= _SMALL
    file.seek(0)
    head = file.read() if small else file.read(200)
    if isinstance(head, str):
        raise ValueError("the file object is open in text mode. Open it with mode 'rb'")
    if small:
        file = io.BytesIO(head)
    check_head(head[:200])
    if head[:4] == b"RIFF":
        header = read_wav_header(file)
        _check_wav(header)
        if header.is_pcm16:
            return _read_pcm16(file, header, limits), header.sampling_rate, header.n_channels
    file.seek(0)
    return _read_soundfile(file, limits)


def check_head(head):
    """Refuse what does not begin like a recording.

    Parameters
    ----------
    head : bytes
        The first bytes of a file; 200 are enough.

    Raises
    ------
    ValueError
        With the reason.
    """
    if not head:
        raise ValueError(f"the file is empty (0 bytes). {_COPY_AGAIN}")
    if head.startswith(b"version https://git-lfs"):
        raise ValueError(
            "the file is a Git-LFS pointer, not audio. Run 'git lfs pull' in its repository"
        )
    known = (
        (head[:4] == b"RIFF" and head[8:12] == b"WAVE")
        or head[:4] in (b"fLaC", b"OggS")
        or head[:3] == b"ID3"
        or (head[0] == 0xFF and head[1:2] >= b"\xe0")
    )
    if not known:
        text = head[:20].decode("latin-1")
        what = f"text ({text!r})" if _is_text(head) else f"of another kind ({head[:8]!r})"
        raise ValueError(f"expected {_KINDS}, but the content is {what}. Convert or replace it")


def _is_text(head):
    return all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)


def _check_wav(header):
    if header is None:
        raise ValueError(f"the file is damaged: its header names no samples. {_COPY_AGAIN}")
    missing = header.promised - header.available
    if missing > max(_TOLERANCE * header.byte_rate, 1):
        raise ValueError(_cut_off(f"{header.promised} bytes", header.available))


def _cut_off(promised, there):
    return (
        f"the file is cut off: its header promises {promised} of samples, {there} are there. "
        + _COPY_AGAIN
    )


def _check_limits(n_times, rate, n_channels, limits):
    max_duration, max_sampling_rate, max_channels = limits
    if not 1 <= n_channels <= max_channels:
        raise ValueError(f"it has {n_channels} channels, expected 1 to {max_channels}")
    if not 1 <= rate <= max_sampling_rate:
        raise ValueError(f"its sampling rate is {rate} Hz, expected 1 to {max_sampling_rate} Hz")
    if n_times == 0:
        raise ValueError("it holds no samples")
    if n_times > max_duration * rate:
        raise ValueError(
            f"it lasts {n_times / rate:.1f} s, more than the {max_duration:g} s that are read. "
            "Cut it into utterances"
        )


def _read_pcm16(file, header, limits):
    n_times = min(header.promised, header.available) // (2 * header.n_channels or 1)
    _check_limits(n_times, header.sampling_rate, header.n_channels, limits)
    file.seek(header.start)
    data = file.read(n_times * 2 * header.n_channels)
    return _mono(np.frombuffer(data, "<i2").reshape(n_times, header.n_channels))


def _read_soundfile(file, limits):
    import soundfile

    try:
        with soundfile.SoundFile(file) as sound:
            if sound.format not in _FORMATS:
                raise ValueError(f"expected {_KINDS}, got {sound.format}. Convert it")
            _check_limits(sound.frames, sound.samplerate, sound.channels, limits)
            return _read_blocks(sound), sound.samplerate, sound.channels
    except ValueError:
        raise
    except Exception as error:  # libsndfile raises eight kinds
        reason = str(getattr(error, "error_string", error)).rstrip(".") or "unknown error"
        raise ValueError(f"the file is damaged or no {_KINDS} ({reason}). Replace it") from error


def _read_blocks(sound):
    waveform = np.empty(sound.frames, np.float32)
    done = 0
    while done < len(waveform):
        n_times = min(_BLOCK, len(waveform) - done)
        block = sound.read(n_times, dtype="float32", always_2d=True)
        if len(block) == 0:
            break
        waveform[done : done + len(block)] = _mono(block)
        done += len(block)
    if len(waveform) - done > _TOLERANCE * sound.samplerate or done == 0:
        raise ValueError(_cut_off(f"{len(waveform)} time points", done))
    return waveform[:done]


def _mono(columns):
    with np.errstate(over="ignore"):  # what is too large for float32 is refused as infinite
        total = columns[:, 0].astype(np.float32)
    for channel in columns.T[1:]:
        total += channel
    if columns.shape[1] > 1:
        total /= columns.shape[1]
    if columns.dtype.kind == "i":
        total *= np.float32(1 / 32768)
    return total


def _check_values(waveform):
    with np.errstate(over="ignore", invalid="ignore"):
        energy = np.dot(waveform, waveform)
    if not energy < _LOUDEST:
        finite = np.isfinite(waveform).all()
        what = f"values up to {np.abs(waveform).max():.3g}" if finite else "NaN or infinite values"
        raise ValueError(f"the waveform holds {what}, expected values within about [-1, 1]")


def resample(waveform, rate, sampling_rate, quality="HQ"):
    """Return a waveform at another sampling rate."""
    if rate == sampling_rate:
        return waveform
    import soxr

    n_times = math.ceil(len(waveform) * (float(sampling_rate) / rate))
    resampled = soxr.resample(waveform, rate, sampling_rate, quality)[:n_times]
    missing = n_times - len(resampled)
    return np.pad(resampled, (0, missing)) if missing else resampled
