"""Decode the frames of a video that are shown at given times."""

from bisect import bisect_right

import numpy as np

from skemotion.video._container import damaged, open_container, pick_stream, read_packets

_TOLERANCE = 0.001  # s: containers round the times of frames to this


def read_clip(recording, sample, *, mode, size, max_pixels, max_duration, max_bytes):
    """Decode some frames of one video.

    Of what is not needed, only what needed frames build on is decoded.

    Parameters
    ----------
    recording : path-like, bytes or binary file object
        As for :func:`~skemotion.video._container.open_container`.
    sample : callable
        From the duration in seconds to the times of the frames, ascending.
    mode : {"grey", "rgb"}
        What to return.
    size : (int, int) or None
        Height and width that frames are brought to.
    max_pixels : int
        Most pixels of a frame.
    max_duration : float
        Longest duration, in seconds.
    max_bytes : int
        Largest size of the file.

    Returns
    -------
    ndarray of uint8 of shape (n_frames, height, width) or (n_frames, height, width, 3)

    Raises
    ------
    ValueError
        With the reason, if it cannot be decoded or is over a limit.
    """
    with open_container(recording, max_bytes) as container:
        context, packets, time_base = _coded(container, max_pixels, max_duration)
        ticks = _to_ticks(packets, sample, time_base, max_duration)
        pictures, last = [], None
        for frame in frames_at(context, packets, ticks):
            if frame is not last:
                picture, last = _to_picture(frame, mode, size), frame
            if pictures and picture.shape != pictures[0].shape:
                raise ValueError(
                    f"its frames change from {pictures[0].shape} to {picture.shape}. Set size"
                )
            pictures.append(picture)
    return np.array(pictures)


def look_at_video(recording, *, max_pixels, max_duration, max_bytes):
    """Decode the first frame of one video, and measure the rest.

    Parameters
    ----------
    recording, max_pixels, max_duration, max_bytes
        As for :func:`read_clip`.

    Returns
    -------
    picture : ndarray of uint8 of shape (height, width)
        The first frame, grey.
    fps : float
        Frames in a second, on average.
    duration : float
        In seconds.

    Raises
    ------
    ValueError
        As :func:`read_clip`.
    """
    with open_container(recording, max_bytes) as container:
        context, packets, time_base = _coded(container, max_pixels, max_duration)
        first, duration = _span(packets, time_base, max_duration)
        picture = _to_picture(next(frames_at(context, packets, [first])), "grey", None)
    return picture, len(packets) / duration, duration


def frames_at(context, packets, ticks):
    """Yield the frame that is shown at each time.

    Parameters
    ----------
    context : :class:`av.codec.CodecContext`
        The decoder.
    packets : list of :class:`av.packet.Packet`
        All of the stream, in the order of decoding.
    ticks : sequence of int
        Times in units of the stream, ascending. What is before the first frame gets the first.

    Yields
    ------
    :class:`av.video.frame.VideoFrame`
        One for each time; the same object where nothing changed.
    """
    keys = [(_time(one), place) for place, one in enumerate(packets) if one.is_keyframe]
    keys = [key for key in keys if key[0] is not None]
    needed = _needed(packets, ticks)
    shown, done, place = None, 0, 0
    while place <= len(packets):
        jump = _last_key(keys, ticks[done])
        if jump > place:  # what lies between is not needed
            context.flush_buffers()
            place = jump
        packet = packets[place] if place < len(packets) else None
        if needed and packet is not None:  # of frames that no other builds on
            context.skip_frame = "DEFAULT" if packet.pts in needed else "NONREF"
        for frame in _decode(context, packet):
            time = frame.pts if frame.pts is not None else frame.dts
            while shown is not None and time is not None and time > ticks[done]:
                yield shown
                done += 1
                if done == len(ticks):
                    return
            shown = frame
        place += 1
    if shown is None:
        raise ValueError("it holds no pictures that can be decoded")
    for _ in range(done, len(ticks)):
        yield shown


def _needed(packets, ticks):
    """Return the times of the frames that are shown; none if some are unknown."""
    times = [packet.pts for packet in packets]
    if None in times:
        return set()
    times.sort()
    return {times[max(0, bisect_right(times, tick) - 1)] for tick in ticks}


def _last_key(keys, tick):
    """Return the place of the last key frame that is shown at `tick` or before."""
    place = bisect_right(keys, tick, key=lambda key: key[0]) - 1
    return keys[place][1] if place >= 0 else 0


def _decode(context, packet):
    try:
        return context.decode(packet)
    except EOFError:
        return []
    except Exception as error:
        raise damaged(error) from error


def _coded(container, max_pixels, max_duration):
    """Return the decoder of a container's pictures, their packets and the unit of time in s."""
    stream = pick_stream(container, "video")
    context = stream.codec_context
    _check_pixels(context.width, context.height, max_pixels)
    context.options = {"max_pixels": str(max_pixels)}  # frames may be larger than the header
    packets = read_packets(container, stream, max_duration)
    return context, packets, float(stream.time_base)


def _to_ticks(packets, sample, time_base, max_duration):
    first, duration = _span(packets, time_base, max_duration)
    tolerance = min(0.5, _TOLERANCE / time_base)
    ticks = np.asarray(sample(duration)) / time_base + tolerance
    return (first + np.floor(ticks)).astype(np.int64).tolist()


def _span(packets, time_base, max_duration):
    """Return the time of the first frame in units of the stream, and the duration in s."""
    times = sorted(time for time in map(_time, packets) if time is not None)
    if not times:
        raise ValueError("its frames have no times. Convert it, for instance to MP4")
    steps = np.diff(times)
    lasts = packets[-1].duration or (float(np.median(steps)) if len(steps) else 1)
    duration = (times[-1] - times[0] + lasts) * time_base
    if duration > max_duration:
        raise ValueError(
            f"it lasts {duration:.1f} s, more than the {max_duration:g} s that are read. Cut it "
            "into clips"
        )
    return times[0], duration


def _time(packet):
    return packet.pts if packet.pts is not None else packet.dts


def _check_pixels(width, height, max_pixels):
    if width * height > max_pixels:
        raise ValueError(
            f"its frames have {width} x {height} pixels, expected at most {max_pixels:,} in all. "
            "Shrink it, or raise max_pixels"
        )


def _to_picture(frame, mode, size):
    turns = frame.rotation // 90 % 4 if frame.rotation % 90 == 0 else 0
    height, width = size or (frame.height, frame.width)
    if size and turns % 2:
        height, width = width, height
    smaller = height * width < frame.height * frame.width
    picture = frame.reformat(
        width,
        height,
        "gray" if mode == "grey" else "rgb24",
        interpolation="AREA" if smaller else "BILINEAR",
    ).to_ndarray()
    return np.rot90(picture, turns)


def sample_evenly(duration, n_frames):
    """Return the middles of equal parts of a clip.

    Parameters
    ----------
    duration : float
        Length of the clip, in seconds.
    n_frames : int
        Number of parts.

    Returns
    -------
    ndarray of float64 of shape (n_frames,)
        In seconds from the start.
    """
    return (np.arange(n_frames) + 0.5) * (duration / n_frames)


def sample_steadily(duration, fps, max_frames):
    """Return times at a constant rate from the start of a clip.

    Parameters
    ----------
    duration : float
        Length of the clip, in seconds.
    fps : float
        Frames a second.
    max_frames : int
        Most times.

    Returns
    -------
    ndarray of float64 of shape (n_frames,)
        In seconds from the start.
    """
    n_frames = max(1, int(np.ceil(round(duration * fps, 6))))
    return np.arange(min(n_frames, max_frames)) / fps
