"""Voices: reading recordings, and acoustic features of them."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio.acoustic import AcousticFeatures
from skemotion.audio.chroma import Chroma
from skemotion.audio.frames import FrameScaler
from skemotion.audio.mfcc import MFCC
from skemotion.audio.read import ReadAudio
from skemotion.audio.rms import RMS

__all__ = [
    "AcousticFeature",
    "AcousticFeatures",
    "Chroma",
    "FrameScaler",
    "MFCC",
    "RMS",
    "ReadAudio",
]
