"""Videos: frames, faces in them, their sound, and features over time."""

from importlib import import_module

_WHERE = {
    "AggregateFrames": "skemotion.video.aggregate",
    "ExtractAudio": "skemotion.video.sound",
    "FaceTrack": "skemotion.video.track",
    "PadClips": "skemotion.video.pad",
    "ReadVideo": "skemotion.video.read",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.video' has no attribute {name!r}")


def __dir__():
    return __all__
