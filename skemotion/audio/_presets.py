"""Sets of voice features with a name: which features, and which functionals of which."""

from functools import lru_cache
from typing import NamedTuple

from skemotion.audio._frames import analyse_groups
from skemotion.audio.alpha_ratio import AlphaRatio
from skemotion.audio.formants import Formants, HarmonicDifference
from skemotion.audio.hammarberg_index import HammarbergIndex
from skemotion.audio.log_energy import LogEnergy
from skemotion.audio.log_mel import LogMel
from skemotion.audio.loudness import Loudness
from skemotion.audio.mfcc import MFCC
from skemotion.audio.pitch import Pitch
from skemotion.audio.spectral_bandwidth import SpectralBandwidth
from skemotion.audio.spectral_centroid import SpectralCentroid
from skemotion.audio.spectral_flatness import SpectralFlatness
from skemotion.audio.spectral_flux import SpectralFlux
from skemotion.audio.spectral_rolloff import SpectralRolloff
from skemotion.audio.spectral_slope import SpectralSlope
from skemotion.audio.voice_quality import HNR, Jitter, Shimmer
from skemotion.audio.zero_crossings import ZeroCrossings

PRESETS = ("voice88", "voice-large")
_FRONT_END = {"n_fft": 1024, "hop_length": 160, "win_length": 800}  # frames of 50 ms, each 10 ms
_CEILING = 4400.0  # Hz, enough for three formants

_SLOPES = ("rising_slope_mean", "rising_slope_std", "falling_slope_mean", "falling_slope_std")
_TILTS = (
    "alpha_ratio",
    "hammarberg_index",
    "spectral_slope_0_500",
    "spectral_slope_500_1500",
)
_MOMENTS = ("mean", "std", "skewness", "kurtosis", "slope", "slope_error")
_SHAPE = (
    *_MOMENTS,
    *_SLOPES,
    *("rising_share", "peak_rate", "peak_mean", "peak_distance_mean", "peak_distance_std"),
    *("position_min", "position_max", "above_25", "above_50", "above_75", "above_90"),
    *("above_length_mean", "above_length_std", "above_length_max"),
)
_PERCENTILES = ("p1", "p5", "p25", "p50", "p75", "p95", "p99", "iqr")


class Group(NamedTuple):
    """Features that have the same functionals.

    Attributes
    ----------
    columns : tuple of str
        Names of features of a frame.
    functionals : tuple of str
        Names of functionals.
    where : {"", "voiced", "unvoiced"}
        Frames that count: all, those with pitch, or those without that are no silence.
    """

    columns: tuple
    functionals: tuple
    where: str = ""


class Preset(NamedTuple):
    """A set of voice features.

    Attributes
    ----------
    features : tuple of AcousticFeature
        What is computed in each frame.
    groups : tuple of Group
        What is made of it.
    """

    features: tuple
    groups: tuple

    def names(self):
        """Return the names of the features, such as ``"mfcc_2_voiced_mean"``."""
        return [
            "_".join(filter(None, (column, group.where, functional)))
            for group in self.groups
            for functional in group.functionals
            for column in group.columns
        ]


@lru_cache(maxsize=2)
def get_preset(name):
    """Return the preset of a name.

    Parameters
    ----------
    name : {"voice88", "voice-large"}
        Its name.

    Returns
    -------
    Preset
    """
    return {"voice88": _voice88, "voice-large": _voice_large}[name]()


def _spectral_features():
    return (
        Loudness(**_FRONT_END),
        LogEnergy(**_FRONT_END),
        ZeroCrossings(**_FRONT_END),
        MFCC(15, n_mels=40, **_FRONT_END),
        SpectralCentroid(**_FRONT_END),
        SpectralBandwidth(**_FRONT_END),
        SpectralFlux(normalize=True, **_FRONT_END),
        AlphaRatio(**_FRONT_END),
        HammarbergIndex(**_FRONT_END),
        SpectralSlope(**_FRONT_END),
    )


def _voice88():
    features = *_spectral_features(), Pitch(), Jitter(), Shimmer(), HNR()
    coefficients = tuple(f"mfcc_{place}" for place in range(2, 14))
    spectral = ("spectral_centroid", "spectral_bandwidth", "spectral_flux")
    pitch = ("mean", "std", "p5", "p20", "p80", "p95", "skewness", "kurtosis")
    pitch += ("slope", "slope_error", "delta_std", *_SLOPES)
    segments = ("segment_rate", "segment_length_mean", "segment_length_std")
    segments += ("gap_length_mean", "gap_length_std")
    loudness = ("mean", "cv", "p20", "p80", "slope", "peak_rate", *_SLOPES)
    groups = (
        Group(("pitch",), pitch + segments),
        Group(("loudness",), loudness),
        Group(("log_energy",), ("equivalent_level", "std")),
        Group(
            (
                *("voicing", "jitter", "shimmer", "hnr", "h1_h2", "f1_frequency", "f2_frequency"),
                *("zero_crossings", "spectral_flux", *coefficients),
            ),
            ("mean", "std"),
        ),
        Group(("h1_a3", "f2_amplitude", "f3_amplitude"), ("mean",)),
        Group(("spectral_flux",), ("std",), "voiced"),
        Group((*_TILTS, *spectral), ("mean",), "voiced"),
        Group(("alpha_ratio", "hammarberg_index", "spectral_centroid"), ("mean",), "unvoiced"),
    )
    resonances = HarmonicDifference(ceiling=_CEILING), Formants(ceiling=_CEILING)
    return Preset(features + resonances, groups)


def _voice_large():
    features = (
        *_spectral_features(),
        SpectralRolloff(**_FRONT_END),
        SpectralFlatness(**_FRONT_END),
        LogMel(26, **_FRONT_END),
        *(Pitch(), Jitter(), Shimmer(), HNR()),
    )
    columns = tuple(name for feature in features for name in feature.names())
    periodic = ("pitch", "jitter", "shimmer", "hnr")  # undefined where unvoiced anyway
    rest = tuple(name for name in columns if name not in periodic)
    segments = ("segment_rate", "segment_length_mean", "segment_length_std", "segment_length_max")
    segments += ("gap_length_mean", "gap_length_std", "coverage")
    groups = (
        Group(columns, _SHAPE + _PERCENTILES + tuple(f"delta_{name}" for name in _SHAPE)),
        Group(rest, _MOMENTS + tuple(f"delta_{name}" for name in _MOMENTS), "voiced"),
        Group(("pitch",), segments),
        Group(("log_energy",), ("equivalent_level",)),
    )
    return Preset(features, groups)


def analyse_preset(recording, *, name):
    """Decode one recording and compute the features of a preset.

    Parameters
    ----------
    recording : path-like, bytes, file object or ndarray
        As in :func:`~skemotion.audio._io.decode_audio`.
    name : {"voice88", "voice-large"}
        Which preset.

    Returns
    -------
    ndarray of float32 of shape (n_features,)
        As :func:`~skemotion.audio._frames.analyse_groups` returns it.
    """
    preset = get_preset(name)
    return analyse_groups(recording, features=preset.features, groups=preset.groups)
