"""Voices: reading recordings, and acoustic features of them."""

from importlib import import_module

_WHERE = {
    "AcousticFeature": "skemotion.audio._feature",
    "AcousticFeatures": "skemotion.audio.acoustic",
    "AlphaRatio": "skemotion.audio.alpha_ratio",
    "Chroma": "skemotion.audio.chroma",
    "Formants": "skemotion.audio.formants",
    "FrameAugmenter": "skemotion.audio.augment_frames",
    "FrameScaler": "skemotion.audio.frames",
    "HNR": "skemotion.audio.voice_quality",
    "HammarbergIndex": "skemotion.audio.hammarberg_index",
    "HarmonicDifference": "skemotion.audio.formants",
    "Jitter": "skemotion.audio.voice_quality",
    "LogEnergy": "skemotion.audio.log_energy",
    "LogMel": "skemotion.audio.log_mel",
    "Loudness": "skemotion.audio.loudness",
    "MFCC": "skemotion.audio.mfcc",
    "NormalizeLoudness": "skemotion.audio.normalize_loudness",
    "OpenSmile": "skemotion.audio.open_smile",
    "PCEN": "skemotion.audio.pcen",
    "Pitch": "skemotion.audio.pitch",
    "PreEmphasis": "skemotion.audio.pre_emphasis",
    "RMS": "skemotion.audio.rms",
    "ReadAudio": "skemotion.audio.read",
    "Shimmer": "skemotion.audio.voice_quality",
    "SpeakerNormalizer": "skemotion.audio.speaker_normalizer",
    "SpectralBandwidth": "skemotion.audio.spectral_bandwidth",
    "SpectralCentroid": "skemotion.audio.spectral_centroid",
    "SpectralContrast": "skemotion.audio.spectral_contrast",
    "SpectralFlatness": "skemotion.audio.spectral_flatness",
    "SpectralFlux": "skemotion.audio.spectral_flux",
    "SpectralRolloff": "skemotion.audio.spectral_rolloff",
    "SpectralSlope": "skemotion.audio.spectral_slope",
    "TrimSilence": "skemotion.audio.trim_silence",
    "VoiceActivity": "skemotion.audio.voice_activity",
    "WaveformAugmenter": "skemotion.audio.augment_waveforms",
    "ZeroCrossings": "skemotion.audio.zero_crossings",
    "mean_vector": "skemotion.audio.vector",
}

__all__ = sorted(_WHERE)


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'skemotion.audio' has no attribute {name!r}")


def __dir__():
    return __all__
