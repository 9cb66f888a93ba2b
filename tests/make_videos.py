"""Tiny videos that tests draw themselves."""

import io
from fractions import Fraction

import av
import numpy as np

KINDS = {  # container -> video codec, pixel format, audio codec
    "mp4": ("libx264", "yuv420p", "aac"),
    "avi": ("mpeg4", "yuv420p", "mp3"),
    "matroska": ("libx264", "yuv420p", "flac"),
    "webm": ("libvpx", "yuv420p", "libopus"),
    "flv": ("flv", "yuv420p", "mp3"),
    "mpegts": ("mpeg2video", "yuv420p", "mp2"),
    "mpeg": ("mpeg1video", "yuv420p", "mp2"),
    "mov": ("mjpeg", "yuvj420p", "pcm_s16le"),
}


def waves(n_frames=30, height=48, width=64):
    """Return grey frames that differ everywhere and move: most are coded as differences."""
    rows, columns = np.mgrid[:height, :width]
    phases = 0.3 * np.arange(n_frames)[:, None, None]
    frames = 128 + 60 * np.sin(0.3 * columns + phases) + 40 * np.cos(0.2 * rows - phases)
    return frames.astype(np.uint8)


def shades(n_frames=25, height=48, width=64):
    """Return grey frames, each of one value: 10 for the first, 8 more for each that follows."""
    values = np.minimum(10 + 8 * np.arange(n_frames), 245).astype(np.uint8)
    return np.broadcast_to(values[:, None, None], (n_frames, height, width))


def tone(frequency=440.0, duration=1.0, sampling_rate=48000):
    """Return a stereo tone of amplitude 0.5 on the left and 0.3 on the right."""
    seconds = np.arange(round(duration * sampling_rate)) / sampling_rate
    wave = np.sin(2 * np.pi * frequency * seconds)
    return np.stack([0.5 * wave, 0.3 * wave], axis=1).astype(np.float32)


def encode(frames=None, sound=None, kind="mp4", *, fps=25, rate=48000, times=None, **facts):
    """Return the bytes of a video.

    Parameters
    ----------
    frames : ndarray of uint8 of shape (n_frames, height, width) or (..., 3), or None
    sound : ndarray of float32 of shape (n_times, 2), or None
    kind : str
        A key of `KINDS`.
    fps, rate : int
        Frames and samples a second.
    times : list of int, default=None
        When frames are shown, in units of 1 / fps. None means one after the other.
    facts : int, str or dict
        `rotation` in degrees; `codec`, `pixels` and `options` of the video; `gop` between key
        frames; `container` options.
    """
    codec, pixels, audio_codec = KINDS[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=kind, options=facts.get("container", {})) as container:
        if frames is not None:
            video = container.add_stream(
                facts.get("codec", codec), rate=fps, options=facts.get("options", {})
            )
            video.height, video.width = frames.shape[1:3]
            video.pix_fmt = facts.get("pixels", pixels)
            video.bit_rate = 2_000_000
            video.gop_size = facts.get("gop", 8)
            if "rotation" in facts:
                video.set_display_rotation(facts["rotation"])
        if sound is not None:
            audio = container.add_stream(audio_codec, rate=rate, layout="stereo")
        if frames is not None:
            _mux_frames(container, video, frames, times, fps)
        if sound is not None:
            _mux_sound(container, audio, sound, rate)
    return file.getvalue()


def _mux_frames(container, stream, frames, times, fps):
    layout = "rgb24" if frames.ndim == 4 else "gray"
    for row, picture in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), layout)
        frame.pts = row if times is None else times[row]
        frame.time_base = Fraction(1, fps)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _mux_sound(container, stream, sound, sampling_rate):
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), "fltp", "stereo")
    frame.sample_rate = sampling_rate
    frame.pts = 0
    frame.time_base = Fraction(1, sampling_rate)
    container.mux(stream.encode(frame))
    container.mux(stream.encode())
