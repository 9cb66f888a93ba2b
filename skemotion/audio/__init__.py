"""Voices: reading recordings, and acoustic features of them."""

from skemotion.audio._feature import AcousticFeature
from skemotion.audio.acoustic import AcousticFeatures
from skemotion.audio.alpha_ratio import AlphaRatio
from skemotion.audio.chroma import Chroma
from skemotion.audio.formants import Formants, HarmonicDifference
from skemotion.audio.frames import FrameScaler
from skemotion.audio.hammarberg_index import HammarbergIndex
from skemotion.audio.log_energy import LogEnergy
from skemotion.audio.log_mel import LogMel
from skemotion.audio.loudness import Loudness
from skemotion.audio.mfcc import MFCC
from skemotion.audio.normalize_loudness import NormalizeLoudness
from skemotion.audio.open_smile import OpenSmile
from skemotion.audio.pcen import PCEN
from skemotion.audio.pitch import Pitch
from skemotion.audio.pre_emphasis import PreEmphasis
from skemotion.audio.read import ReadAudio
from skemotion.audio.rms import RMS
from skemotion.audio.speaker_normalizer import SpeakerNormalizer
from skemotion.audio.spectral_bandwidth import SpectralBandwidth
from skemotion.audio.spectral_centroid import SpectralCentroid
from skemotion.audio.spectral_contrast import SpectralContrast
from skemotion.audio.spectral_flatness import SpectralFlatness
from skemotion.audio.spectral_flux import SpectralFlux
from skemotion.audio.spectral_rolloff import SpectralRolloff
from skemotion.audio.spectral_slope import SpectralSlope
from skemotion.audio.trim_silence import TrimSilence
from skemotion.audio.voice_activity import VoiceActivity
from skemotion.audio.voice_quality import HNR, Jitter, Shimmer
from skemotion.audio.zero_crossings import ZeroCrossings

__all__ = [
    "AcousticFeature",
    "AcousticFeatures",
    "AlphaRatio",
    "Chroma",
    "Formants",
    "FrameScaler",
    "HNR",
    "HammarbergIndex",
    "HarmonicDifference",
    "Jitter",
    "LogEnergy",
    "LogMel",
    "Loudness",
    "MFCC",
    "NormalizeLoudness",
    "OpenSmile",
    "PCEN",
    "Pitch",
    "PreEmphasis",
    "RMS",
    "ReadAudio",
    "Shimmer",
    "SpeakerNormalizer",
    "SpectralBandwidth",
    "SpectralCentroid",
    "SpectralContrast",
    "SpectralFlatness",
    "SpectralFlux",
    "SpectralRolloff",
    "SpectralSlope",
    "TrimSilence",
    "VoiceActivity",
    "ZeroCrossings",
]
