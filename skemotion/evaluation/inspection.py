"""Look at each recording once: can it be read, what is it, what is it a copy of."""

import os
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

from skemotion._recordings import RecordingError
from skemotion._validation import check_recordings, describe_recording
from skemotion.evaluation._near import group_near

__all__ = ["Inspection", "exact_duplicates", "inspect_recordings", "near_duplicates"]

_CHUNK = 50  # recordings a task
_SILENT = 1e-3  # of full scale, -60 dB
_FULL = 0.999  # of full scale
_CLIPPED = 1e-3  # share of the samples at full scale
_LFS = b"version https://git-lfs"
_VIDEO_LIMITS = {"max_pixels": 40_000_000, "max_duration": 86_400.0, "max_bytes": 10**10}


class Inspection(NamedTuple):
    """What was seen of one recording.

    Parameters
    ----------
    content : bytes or None
        The first 16 bytes of the SHA-256 of its content; None where it cannot be read.
    fault : {"missing", "empty", "lfs", "unreadable"} or None
        What makes it unusable.
    reason : str or None
        More about an unreadable one.
    remark : {"silent", "clipped", "black", "wordless", "unopened"} or None
        What is odd about one that can be read; a video is unopened where PyAV is not installed.
    form : tuple or None
        Sampling rate in Hz and number of channels of a voice, height and width of a picture, height
        and width and frames a second of a video.
    duration : float or None
        Of a voice or video, in seconds.
    print : ndarray of uint32, (uint64, ndarray of float32), or None
        What copies are recognised by.
    """

    content: bytes | None = None
    fault: str | None = None
    reason: str | None = None
    remark: str | None = None
    form: tuple | None = None
    duration: float | None = None
    print: object = None


def inspect_recordings(X, modality, *, n_jobs=None, progress=None):
    """Read every recording once.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Recordings: paths, bytes, binary file objects or arrays.
    modality : {"voice", "face", "video", "text"}
        What they are. Videos are measured and their first frame is decoded, with PyAV (extra
        ``video``); of videos and texts only the content is compared.
    n_jobs : int, default=None
        Number of processes. None means 1 unless in a :obj:`joblib.parallel_config` context.
    progress : callable, default=None
        Called as ``progress(n_done, n_samples)``.

    Returns
    -------
    list of Inspection
        One a recording.

    Examples
    --------
    >>> from skemotion import load_dataset
    >>> from skemotion.evaluation.inspection import inspect_recordings
    >>> data = load_dataset("synthetic-voices")
    >>> seen = inspect_recordings(data.X[:2], "voice")
    >>> seen[0].form, seen[0].fault, seen[0].remark
    ((16000, 1), None, None)
    """
    if modality == "face" and isinstance(X, np.ndarray) and X.dtype == np.uint8 and X.ndim == 3:
        return _inspect_stack(X)
    recordings = check_recordings(X)
    n_jobs = effective_n_jobs(n_jobs)
    size = max(1, min(_CHUNK, len(recordings) // (4 * n_jobs) or 1))
    chunks = [recordings[start : start + size] for start in range(0, len(recordings), size)]
    if n_jobs == 1 or len(recordings) < 2 * _CHUNK:
        parts = (_inspect_chunk(chunk, modality) for chunk in chunks)
    else:
        parallel = Parallel(n_jobs, prefer="processes", return_as="generator")
        parts = parallel(delayed(_inspect_chunk)(chunk, modality) for chunk in chunks)
    found = []
    for part in parts:
        found += part
        if progress is not None:
            progress(len(found), len(recordings))
    return found


def exact_duplicates(inspections):
    """Return the groups of recordings that have the same content.

    Parameters
    ----------
    inspections : list of Inspection
        What was seen.

    Returns
    -------
    list of list of int
        Row numbers, in order.
    """
    rows = {}
    for row, seen in enumerate(inspections):
        if seen.content is not None:
            rows.setdefault(seen.content, []).append(row)
    return [group for group in rows.values() if len(group) > 1]


def near_duplicates(inspections):
    """Return the groups of recordings that are copies of each other, exact ones among them.

    Pictures are copies if their perceptual hashes differ in at most 5 of 64 bits and their
    thumbnails correlate by 0.98 or more; voices, if 85 % of the bits of their fingerprints agree.
    Silent, black and unreadable recordings are copies of nothing, unless their content is the same.

    Parameters
    ----------
    inspections : list of Inspection
        What was seen, of one modality.

    Returns
    -------
    list of list of int
        Row numbers, in order.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.evaluation.inspection import inspect_recordings, near_duplicates
    >>> faces = np.random.default_rng(0).integers(0, 200, (3, 48, 48)).astype("uint8")
    >>> faces[2] = faces[0] + 30
    >>> near_duplicates(inspect_recordings(faces, "face"))
    [[0, 2]]
    """
    representatives, copies = {}, {}
    for row, seen in enumerate(inspections):
        key = seen.content if seen.content is not None else row
        first = representatives.setdefault(key, row)
        copies.setdefault(first, []).append(row)
    firsts = list(copies)
    prints = [
        inspections[row].print if inspections[row].remark in (None, "clipped") else None
        for row in firsts
    ]
    groups = [
        sorted(row for index in group for row in copies[firsts[index]])
        for group in group_near(prints)
    ]
    return sorted(group for group in groups if len(group) > 1)


def _inspect_stack(images):
    from skemotion.image.hashing import perceptual_hash

    images = np.ascontiguousarray(images)
    hashes, thumbnails = perceptual_hash(images)
    lit = images.reshape(len(images), -1).any(axis=1)
    return [
        Inspection(
            _digest(memoryview(image).cast("B")),
            remark=None if is_lit else "black",
            form=image.shape,
            print=(value, thumbnail),
        )
        for image, value, thumbnail, is_lit in zip(images, hashes, thumbnails, lit, strict=True)
    ]


def _inspect_chunk(recordings, modality):
    return [_inspect(recording, modality) for recording in recordings]


def _inspect(recording, modality):
    if modality == "text":
        return _read(recording)
    if isinstance(recording, np.ndarray):
        content = np.ascontiguousarray(recording).tobytes()
    else:
        try:
            content = _content(recording)
        except FileNotFoundError:
            return Inspection(fault="missing")
        except (OSError, ValueError, RecordingError) as error:
            return Inspection(fault="unreadable", reason=str(error))
        if not content:
            return Inspection(fault="empty")
        if content.startswith(_LFS):
            return Inspection(fault="lfs")
        recording = content
    digest = _digest(content)
    try:
        look = {"voice": _hear, "face": _see, "video": _watch}.get(modality, lambda _: {})
        facts = look(recording)
    except (ValueError, OSError) as error:
        return Inspection(digest, "unreadable", str(error))
    return Inspection(digest, **facts)


def _content(recording):
    if isinstance(recording, bytes | bytearray | memoryview):
        return bytes(recording)
    if isinstance(recording, str | os.PathLike):
        with open(recording, "rb") as file:
            return file.read()
    if not hasattr(recording, "read"):
        raise RecordingError(f"expected a recording, got {describe_recording(recording)}")
    recording.seek(0)
    content = recording.read()
    recording.seek(0)
    return content


def _digest(content):
    return sha256(content).digest()[:16]


def _read(text):
    if not isinstance(text, str) or not text.strip():
        return Inspection(remark="wordless")
    return Inspection(_digest(text.encode()))


def _hear(recording):
    from skemotion.audio._io import decode_audio, read_native
    from skemotion.audio.fingerprint import fingerprint

    if isinstance(recording, np.ndarray):
        waveform, rate, n_channels = decode_audio(recording, 16000), 16000, 1
    else:
        waveform, rate, n_channels = read_native(recording)
    loudness = np.abs(waveform)
    remark = None
    if loudness.max(initial=0) < _SILENT:
        remark = "silent"
    elif (loudness >= _FULL).mean() > _CLIPPED:
        remark = "clipped"
    return {
        "remark": remark,
        "form": (rate, n_channels),
        "duration": len(waveform) / rate,
        "print": fingerprint(waveform, rate),
    }


def _see(recording):
    from skemotion.image._io import decode_image
    from skemotion.image.hashing import perceptual_hash

    image = decode_image(recording)
    hashes, thumbnails = perceptual_hash(image[None])
    return {
        "remark": None if image.any() else "black",
        "form": image.shape,
        "print": (hashes[0], thumbnails[0]),
    }


def _watch(recording):
    from skemotion.video._frames import look_at_video

    if isinstance(recording, np.ndarray):
        return {"form": recording.shape[1:3]}
    try:
        picture, fps, duration = look_at_video(recording, **_VIDEO_LIMITS)
    except ImportError:
        return {"remark": "unopened"}
    return {"form": (*picture.shape, round(fps, 2)), "duration": duration}
