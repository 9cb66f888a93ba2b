"""What an upload is, by its content, and whether it is within the limits."""

import struct
from dataclasses import dataclass
from io import BytesIO

from skemotion.audio._io import check_head
from skemotion.image._io import inspect_image
from skemotion.serving.problems import Refusal

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*", b"GIF8")
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
MODALITIES = {"image": "face", "audio": "voice", "video": "video"}  # kind -> what models take


@dataclass
class Media:
    """An upload, as far as its header tells.

    Parameters
    ----------
    kind : {"image", "audio", "video"}
    format : str
    width, height : int, default=None
        Of a picture as it is shown, in pixels.
    duration : float, default=None
        Of a recording, in seconds.
    """

    kind: str
    format: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None

    def as_dict(self):
        """Return what :class:`~skemotion.serving.schema.Media` describes.

        Returns
        -------
        dict
        """
        return dict(vars(self))


def sniff(data):
    """Tell the kind of an upload by how it begins.

    Parameters
    ----------
    data : bytes
        The upload.

    Returns
    -------
    {"image", "audio", "video"}

    Raises
    ------
    Refusal
        If it is none of these.

    Examples
    --------
    >>> from skemotion.serving.media import sniff
    >>> sniff(b"RIFF" + bytes(4) + b"WAVE")
    'audio'
    """
    if data.startswith(_IMAGES):
        return "image"
    if data[:4] == b"RIFF":
        kind = {b"WAVE": "audio", b"WEBP": "image", b"AVI ": "video"}.get(data[8:12])
        if kind:
            return kind
    if data[:4] in (b"fLaC", b"OggS") or data[:3] == b"ID3":
        return "audio"
    if data[4:8] in _BOXES or data[:4] == b"\x1aE\xdf\xa3":
        return "video"
    if data[:1] == b"\xff" and data[1:2] >= b"\xe0":
        return "audio"
    if not data:
        raise Refusal(
            422,
            "empty",
            "Expected a picture, a recording or a video, got 0 bytes. Send the content of a file.",
        )
    raise Refusal(
        415,
        "unsupported_media",
        "Expected a picture (PNG, JPEG, WEBP, BMP, TIFF, GIF), a recording (WAV, FLAC, OGG, MP3) "
        f"or a video (MP4, WEBM, MKV, AVI, MOV), got something that begins with {data[:8]!r}. "
        "Convert it to one of these.",
    )


def inspect(data, kind, settings):
    """Read the header of an upload and compare it with the limits; nothing is decoded.

    Parameters
    ----------
    data : bytes
        The upload.
    kind : {"image", "audio", "video"}
        What it is.
    settings : Settings
        The limits.

    Returns
    -------
    Media

    Raises
    ------
    Refusal
        If it is damaged, or over a limit.
    """
    try:
        return _INSPECT[kind](data, settings)
    except ValueError as error:
        raise undecodable(kind, f"{error}".rstrip(".")) from error


def check_length(data, kind, settings):
    """Refuse an upload that is longer than its kind may be.

    Parameters
    ----------
    data : bytes
        The upload.
    kind : {"image", "audio", "video"}
        What it is.
    settings : Settings
        The limits.

    Raises
    ------
    Refusal
        If it is longer.
    """
    most = getattr(settings, f"max_{kind}_bytes")
    if len(data) > most:
        raise Refusal(
            413,
            "too_large",
            f"Expected {_A[kind]} of at most {most} bytes, got {len(data)}. Shrink or cut it.",
        )


def as_wav(samples, sampling_rate):
    """Return samples as a WAV file, for models that read at whatever rate a file has.

    Parameters
    ----------
    samples : ndarray of shape (n_times,), dtype float32 or int16
        Mono.
    sampling_rate : int
        In Hz.

    Returns
    -------
    bytes

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.serving.media import as_wav, sniff
    >>> sniff(as_wav(np.zeros(3, "int16"), 8000))
    'audio'
    """
    encoding, size = (3, 4) if samples.dtype.kind == "f" else (1, 2)
    data = samples.tobytes()
    rates = sampling_rate, sampling_rate * size, size, 8 * size
    return (
        struct.pack("<4sI8sIHHIIHH", b"RIFF", 36 + len(data), b"WAVEfmt ", 16, encoding, 1, *rates)
        + struct.pack("<4sI", b"data", len(data))
        + data
    )


def undecodable(kind, reason):
    """Return the refusal of an upload that cannot be decoded.

    Parameters
    ----------
    kind : {"image", "audio", "video"}
        What it claims to be.
    reason : str
        Why not; what to do.

    Returns
    -------
    Refusal
    """
    return Refusal(422, "undecodable", f"Cannot decode the {_NAMES[kind]}: {reason}.")


_NAMES = {"image": "picture", "audio": "recording", "video": "video"}
_A = {kind: f"a {name}" for kind, name in _NAMES.items()}


def _inspect_image(data, settings):
    name, width, height = inspect_image(data, settings.max_pixels, settings.max_side)
    return Media("image", name, width, height)


def _inspect_audio(data, settings):
    import soundfile

    check_head(data[:200])
    try:
        with soundfile.SoundFile(BytesIO(data)) as sound:
            facts = sound.format, sound.frames, sound.samplerate, sound.channels
    except Exception as error:  # libsndfile raises eight kinds
        reason = str(getattr(error, "error_string", error)).rstrip(".") or "unknown error"
        raise ValueError(
            f"it is damaged or no WAV, FLAC, OGG or MP3 ({reason}). Replace it"
        ) from error
    name, n_times, rate, n_channels = facts
    if not settings.min_sampling_rate <= rate <= settings.max_sampling_rate:
        raise ValueError(
            f"its sampling rate is {rate} Hz, expected {settings.min_sampling_rate} to "
            f"{settings.max_sampling_rate} Hz. Resample it"
        )
    if not 1 <= n_channels <= settings.max_channels:
        raise ValueError(
            f"it has {n_channels} channels, expected 1 to {settings.max_channels}. Mix it down"
        )
    if n_times > settings.max_duration * rate:
        raise ValueError(
            f"it lasts {n_times / rate:.1f} s, expected at most {settings.max_duration:g} s. Cut it"
        )
    return Media("audio", name, duration=round(n_times / rate, 3))


def _inspect_video(data, settings):
    from skemotion.video._container import open_container

    with open_container(data, settings.max_video_bytes) as container:
        duration = container.duration and container.duration / 1e6
        name = container.format.name.split(",")[0].upper()
    if duration and duration > settings.max_duration:
        raise ValueError(
            f"it lasts {duration:.1f} s, expected at most {settings.max_duration:g} s. Cut it"
        )
    return Media("video", name, duration=duration and round(duration, 3))


_INSPECT = {"image": _inspect_image, "audio": _inspect_audio, "video": _inspect_video}
