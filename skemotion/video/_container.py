"""Open containers of pictures and sound that nobody vouches for."""

import io
import os
import stat
from contextlib import contextmanager
from threading import Lock

from skemotion._optional import import_extra
from skemotion._validation import describe_recording

KINDS = "MP4, MOV, AVI, MKV, WEBM, FLV, WMV or MPEG"
COPY_AGAIN = "Copy it again from its source"
_LFS = b"version https://git-lfs"
_HEAD = 200  # bytes: the second packet of an MPEG transport stream begins at 188
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
_MOST_A_SECOND = 1000  # packets of one stream; MP3 has 42, a fast camera 240
_READING = Lock()  # one file object may stand in several rows, read from several threads
# FFmpeg knows hundreds of decoders, many of them without users: those of videos of faces
_CODECS = (
    "h264,hevc,av1,libdav1d,vp8,vp9,vp6,vp6a,vp6f,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,"
    "msmpeg4,h263,flv,wmv1,wmv2,wmv3,vc1,mjpeg,theora,dvvideo,rawvideo,ffv1,huffyuv,ffvhuff,png,"
    "aac,mp2,mp2float,mp3,mp3float,ac3,eac3,flac,alac,opus,libopus,vorbis,amrnb,amrwb,"
    "libopencore_amrnb,libopencore_amrwb,wmav1,wmav2,wmapro,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,"
    "adpcm_swf,nellymoser,speex,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,"
    "pcm_f32le,pcm_f32be,pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw"
)


@contextmanager
def open_container(recording, max_bytes):
    """Open a container, told by how it begins.

    FFmpeg gets the content only, never a name: no play list, device or address is followed.

    Parameters
    ----------
    recording : path-like, bytes or binary file object
        File objects are read from their start and left at the position they had.
    max_bytes : int
        Largest size.

    Yields
    ------
    :class:`av.container.InputContainer`

    Raises
    ------
    ValueError
        With the reason, if it cannot be opened.
    """
    av = import_extra("av", extra="video")
    with _opened(recording, max_bytes) as file:
        kind = _sniff(file.read(_HEAD))
        file.seek(0)
        # FFmpeg would decode the first frames to guess what headers leave out, whatever their size;
        # only MPEG program streams need that, where frames lack times
        options = {"codec_whitelist": _CODECS if kind == "mpeg" else "none"}
        try:
            container = av.open(
                file, "r", kind, container_options=options, metadata_errors="replace"
            )
        except Exception as error:  # FFmpeg has dozens
            raise damaged(error) from error
        with container:
            yield container


def pick_stream(container, kind):
    """Return the first stream of a kind, or say that there is none.

    Parameters
    ----------
    container : :class:`av.container.InputContainer`
        An open container.
    kind : {"video", "audio"}
        Pictures that only decorate, such as covers, are no video.

    Returns
    -------
    :class:`av.stream.Stream`
        Decoding in one thread.
    """
    from av.stream import Disposition

    streams = [one for one in container.streams if not one.disposition & Disposition.attached_pic]
    stream = next((one for one in streams if one.type == kind), None)
    if stream is None:
        names = {"video": "pictures", "audio": "sound"}
        held = " and ".join(sorted({names.get(one.type, one.type) for one in streams}))
        raise ValueError(f"it has no {names[kind]}, only {held or 'a header'}. Leave the row out")
    coding = stream.codec_context.codec.name if stream.codec_context is not None else "unknown"
    if coding not in _CODECS.split(","):
        raise ValueError(
            f"its {kind} has the coding {coding}, which is not read. Convert it, for instance to "
            "H.264 and AAC"
        )
    stream.codec_context.thread_count = 1  # recordings run in threads
    return stream


def read_packets(container, stream, max_duration):
    """Return what is coded of one stream, in memory.

    Parameters
    ----------
    container : :class:`av.container.InputContainer`
        An open container.
    stream : :class:`av.stream.Stream`
        One of its streams.
    max_duration : float
        Longest duration, in seconds.

    Returns
    -------
    list of :class:`av.packet.Packet`
        In the order of decoding.

    Raises
    ------
    ValueError
        If it is damaged, cut off or longer.
    """
    _check_duration(_promised(container, stream), max_duration)
    most = int(_MOST_A_SECOND * max_duration)
    packets, size, end = [], 0, 0.0
    try:
        for packet in container.demux():
            end = max(end, _end(packet))
            if packet.stream_index != stream.index or not packet.size:
                continue
            packets.append(packet)
            size += packet.size
            if len(packets) > most or size > 2 * container.size:
                raise ValueError("its table of contents is wrong")
    except Exception as error:
        raise damaged(error) from error
    if not packets:
        raise ValueError("it holds no pictures" if stream.type == "video" else "it holds no sound")
    _check_complete(container, stream, len(packets), end)
    return packets


def damaged(error):
    """Return what to raise for a file that FFmpeg cannot read.

    Parameters
    ----------
    error : Exception
        What FFmpeg says.

    Returns
    -------
    ValueError
    """
    reason = getattr(error, "strerror", None) or f"{error}".rstrip(".") or type(error).__name__
    return ValueError(f"the file is damaged or cut off ({reason}). {COPY_AGAIN}")


def _promised(container, stream):
    """Return the duration that the header gives in seconds, or None."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1e6


def _check_duration(duration, max_duration):
    if duration is not None and duration > max_duration:
        raise ValueError(
            f"it lasts {duration:.1f} s, more than the {max_duration:g} s that are read. Cut it "
            "into clips"
        )


def _end(packet):
    time = packet.pts if packet.pts is not None else packet.dts
    return 0.0 if time is None else float((time + (packet.duration or 0)) * packet.time_base)


def _check_complete(container, stream, n_packets, end):
    """Raise ValueError if the header promises more than there is."""
    if stream.type == "video" and n_packets < 0.95 * stream.frames - 1:
        raise ValueError(
            f"the file is cut off: its header promises {stream.frames} frames, {n_packets} are "
            f"there. {COPY_AGAIN}"
        )
    if container.duration is not None:
        promised, there = container.duration / 1e6, end - (container.start_time or 0) / 1e6
        if there < 0.9 * promised - 0.5:
            raise ValueError(
                f"the file is cut off: its header promises {promised:.2f} s, {there:.2f} s are "
                f"there. {COPY_AGAIN}"
            )


@contextmanager
def _opened(recording, limit):
    if isinstance(recording, str | os.PathLike):
        with _open_path(recording, limit) as file:
            yield file
        return
    if isinstance(recording, bytes | bytearray | memoryview):
        data = recording
    elif hasattr(recording, "read"):
        data = _read_file(recording, limit)
    else:
        raise TypeError(
            "expected a path, bytes or a binary file object, got "
            f"{describe_recording(recording)}. Give the video itself"
        )
    _check_length(len(data), limit)
    yield io.BytesIO(data)


def _open_path(path, limit):
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        raise ValueError("there is no such file. Check the path") from None
    if not stat.S_ISREG(facts.st_mode):
        kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "a device or pipe"
        raise ValueError(f"it is {kind}, not a file. Pass the paths of the videos")
    _check_length(facts.st_size, limit)
    return open(path, "rb")


def _read_file(file, limit):
    with _READING:
        position = file.tell()
        file.seek(0)
        data = file.read(limit + 1)
        file.seek(position)
    if not isinstance(data, bytes):
        raise TypeError("the file object gives text, not bytes. Open it with mode 'rb'")
    return data


def _check_length(length, limit):
    if length == 0:
        raise ValueError(f"it is empty (0 bytes). {COPY_AGAIN}")
    if length > limit:
        raise ValueError(
            f"it is larger than max_bytes, which is {limit:,}. Shorten it, or raise max_bytes"
        )


def _sniff(head):
    """Return FFmpeg's name of the container."""
    if head[4:8] in _BOXES:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:3] == b"FLV":
        return "flv"
    if head[:4] == b"0&\xb2u":
        return "asf"
    if head[:4] == b"\x00\x00\x01\xba":
        return "mpeg"
    if head[:1] == b"G" and head[188:189] == b"G":
        return "mpegts"
    if head.startswith(_LFS):
        raise ValueError(
            "the file is a Git-LFS pointer, not a video. Run 'git lfs pull' in its repository"
        )
    raise ValueError(f"it begins with {head[:12]!r} and is none of {KINDS}. Convert it")
