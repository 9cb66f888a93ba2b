"""The functions and features that a plan may name, with their parameters and limits.

None of their modules imports scikit-learn.
"""

from functools import cache
from importlib import import_module
from typing import NamedTuple

from skemotion.export._plan_limits import (
    array,
    keywords,
    listing,
    none_or,
    number,
    one_of,
    whole,
    word,
)

_PIXELS = whole(1, 2048)
_SIZE = none_or(listing(_PIXELS, 2, 2))
_ON_MISSING = one_of("raise", "whole")
_YES_NO = one_of(True, False)
_RATE = whole(1, 192_000)
_MOST_FRAMES = whole(1, 20_000)
_OVERLAP = 64  # most frames that a time point is in: what bounds the size of a spectrogram
_MOST_COLUMNS = 4096  # of a frame
_MOST_SPECTRA = 4
_MOST_VALUES = 100_000  # of a recording: of each column each of its functionals


def _functional(value):
    from skemotion.audio._functionals import is_functional

    if value != "equivalent_level" and not is_functional(word(value)):
        raise ValueError(f"expected the name of a functional, got {value!r:.50}")
    return value


def _group(value):
    facts = listing(lambda part: part, 3, 3)(value)
    checks = (
        listing(word, 1, 1000),
        listing(_functional, 1, 1000),
        one_of("", "voiced", "unvoiced"),
    )
    return tuple(check(part) for check, part in zip(checks, facts, strict=True))


class Call(NamedTuple):
    """A function that a plan may name.

    Attributes
    ----------
    module, function : str
        Where it is.
    checks : dict of str to (callable or tuple)
        Check of each parameter; a tuple names the functions that it may be, "features" are
        features.
    """

    module: str
    function: str
    checks: dict


_CALLS = (
    Call(
        "skemotion.image._io",
        "decode_image",
        {
            "mode": one_of("grey", "rgb", "yuv"),
            "reduce_to": _SIZE,
            "max_pixels": whole(1, 10**9),
            "decoder": one_of("pillow", "opencv"),
        },
    ),
    Call("skemotion.image._functions", "equalise", {}),
    Call("skemotion.image._luma", "on_luma", {"function": ("equalise_tiles",)}),
    Call(
        "skemotion.image._functions",
        "equalise_tiles",
        {"clip_limit": number(), "n_rows": _PIXELS, "n_columns": _PIXELS},
    ),
    Call("skemotion.image._functions", "look_up", {"table": array("uint8", 256, 256)}),
    Call("skemotion.image._functions", "standardise", {}),
    Call(
        "skemotion.image._functions",
        "resize_image",
        {
            "height": _PIXELS,
            "width": _PIXELS,
            "how": one_of("area", "linear", "cubic", "nearest"),
        },
    ),
    Call(
        "skemotion.image._functions",
        "crop_face",
        {
            "find": ("detect_faces",),
            "which": one_of("largest", "surest"),
            "margin": number(-0.5, 10),
            "align": _YES_NO,
            "size": _SIZE,
            "on_missing": _ON_MISSING,
        },
    ),
    Call(
        "skemotion.image.detect",
        "detect_faces",
        {"detector": one_of("haar"), "min_face": number(0.01, 1), "eyes": _YES_NO},
    ),
    Call("skemotion.image._functions", "describe_one", {"describe": ("describe_gradients",)}),
    Call(
        "skemotion.image._hog",
        "describe_gradients",
        {
            "n_orientations": whole(1, 18),
            "cell_size": whole(4, 2048),
            "block_size": whole(1, 3),
        },
    ),
    Call("skemotion.image._functions", "rescale", {"scale": number(), "offset": number()}),
    Call(
        "skemotion.audio._io",
        "decode_audio",
        {"sampling_rate": _RATE, "quality": one_of("QQ", "LQ", "MQ", "HQ", "VHQ")},
    ),
    Call(
        "skemotion.audio._frames",
        "analyse",
        {"features": "features", "summary": none_or(listing(_functional, 1, 100))},
    ),
    Call(
        "skemotion.audio._frames",
        "analyse_groups",
        {
            "features": "features",
            "groups": listing(_group, 1, 1000),
        },
    ),
    Call(
        "skemotion.audio._padding",
        "pad_frames",
        {"n_frames": none_or(_MOST_FRAMES), "mask_value": number()},
    ),
    Call(
        "skemotion.audio._padding",
        "scale_frames",
        {"mean": array("float64"), "scale": array("float64"), "mask_value": number()},
    ),
    Call(
        "skemotion.video._frames",
        "read_clip",
        {
            "sample": ("sample_evenly", "sample_steadily"),
            "mode": one_of("grey", "rgb"),
            "size": none_or(listing(whole(1, 1024), 2, 2)),
            "max_pixels": whole(1, 10**9),
            "max_duration": number(0, 1e6),
            "max_bytes": whole(1, 2**40),
        },
    ),
    Call("skemotion.video._frames", "sample_evenly", {"n_frames": whole(1, 256)}),
    Call(
        "skemotion.video._frames",
        "sample_steadily",
        {"fps": number(1e-6, 1000), "max_frames": whole(1, 256)},
    ),
    Call(
        "skemotion.video._tracking",
        "follow_face",
        {
            "detector": ("find_frontal",),
            "size": whole(1, 512),
            "margin": number(-1, 10),
            "smoothing": whole(1, 10_000),
            "on_missing": _ON_MISSING,
        },
    ),
    Call("skemotion.video._tracking", "find_frontal", {"min_face": number(0.01, 1)}),
    Call("skemotion._outcomes", "stack_results", {}),
    Call(
        "skemotion.export._plan",
        "standardize",
        {"mean": none_or(array("float64")), "scale": none_or(array("float64"))},
    ),
)
CALLS = {call.function: call for call in _CALLS}

FRONT_END = {
    "sampling_rate": _RATE,
    "n_fft": whole(2, 16_384),
    "hop_length": whole(1, 10**6),
    "win_length": none_or(whole(1, 16_384)),
}
_MEL = {"n_mels": whole(1, 512), "fmin": number(0, 1e5), "fmax": none_or(number(0, 1e5))}
_PITCH = {"fmin": number(20, 1000), "fmax": number(20, 1000), "voicing_threshold": number(0, 1)}
_CEILING = {**_PITCH, "ceiling": number(4000, 1e5)}
FEATURES = {
    "mel": {
        "MFCC": {
            **_MEL,
            "n_mfcc": whole(1, 512),
            "deltas": whole(0, 2),
            "lifter": number(0, 1e6),
        },
        "LogMel": {**_MEL, "floor": number(0), "top_db": none_or(number(0))},
        "PCEN": {
            **_MEL,
            **{name: number(0) for name in ("gain", "bias", "power", "time_constant", "eps")},
        },
        "Loudness": {**_MEL, "exponent": number(0)},
    },
    "spectral": {
        "AlphaRatio": {},
        "HammarbergIndex": {},
        "SpectralBandwidth": {},
        "SpectralCentroid": {},
        "SpectralContrast": {
            "n_bands": whole(1, 32),
            "fmin": number(1e-3, 1e5),
            "quantile": number(0, 1),
        },
        "SpectralFlatness": {},
        "SpectralFlux": {"normalize": _YES_NO},
        "SpectralRolloff": {"roll_percent": number(0, 1)},
        "SpectralSlope": {"bands": listing(listing(number(0, 1e5), 2, 2), 1, 100)},
    },
    "voice": {
        "Pitch": {**_PITCH, "unit": one_of("semitones", "hertz")},
        "Jitter": _PITCH,
        "Shimmer": _PITCH,
        "HNR": _PITCH,
        "Formants": {**_CEILING, "n_formants": whole(1, 4)},
        "HarmonicDifference": _CEILING,
    },
    "waveform": {
        "Chroma": {"n_chroma": whole(1, 128), "tuning": none_or(number(-100, 100))},
        "LogEnergy": {"floor": number(0)},
        "RMS": {},
        "ZeroCrossings": {},
    },
}


def find_function(name):
    """Return a function of the table.

    Parameters
    ----------
    name : str
        A key of `CALLS`.

    Returns
    -------
    callable
    """
    return getattr(import_module(CALLS[name].module), name)


@cache
def find_feature(name):
    """Return how a feature is computed, and its parameters.

    Parameters
    ----------
    name : str
        Name of its class.

    Returns
    -------
    frames : type
        A sub-class of :class:`~skemotion.audio._frames.FeatureFrames`.
    checks : dict of str to callable

    Raises
    ------
    ValueError
        If there is none.
    """
    for kind, features in FEATURES.items():
        if name in features:
            module = import_module(f"skemotion.audio._frames_{kind}")
            return getattr(module, f"{name}Frames"), {**FRONT_END, **features[name]}
    raise ValueError(f"expected the name of a feature, got {name!r:.50}")


def make_feature(name, parameters):
    """Make what computes a feature, once its parameters are within limits.

    Parameters
    ----------
    name : str
        Name of its class.
    parameters : dict
        Anybody's.

    Returns
    -------
    FeatureFrames

    Raises
    ------
    ValueError
        With the reason.
    """
    frames, checks = find_feature(name)
    feature = frames()
    vars(feature).update(keywords(parameters, checks))
    if feature.n_fft > _OVERLAP * feature.hop_length:
        raise ValueError(
            f"expected hop_length to be at least n_fft / {_OVERLAP}, got {feature.hop_length} "
            f"with n_fft={feature.n_fft}"
        )
    feature.check()
    return feature


def check_features(features, summary=(), groups=None):
    """Refuse features that cannot be computed together, or are too many.

    Parameters
    ----------
    features : tuple of FeatureFrames
        Features.
    summary : tuple of str or None, default=()
        None if the frames themselves are wanted.
    groups : tuple, default=None
        What :func:`~skemotion.audio._frames.analyse_groups` takes.

    Raises
    ------
    ValueError
        With the reason.
    """
    spectra = {feature.front_end() for feature in features}
    names = {name for feature in features for name in feature.names()}
    if len({rate for rate, *_ in spectra}) > 1 or len(spectra) > _MOST_SPECTRA:
        raise ValueError(f"expected one sampling rate and few front ends, got {spectra!r:.100}")
    if summary is None and len({hop for _, _, hop, _ in spectra}) > 1:
        raise ValueError(f"expected frames of one hop_length, got {spectra!r:.100}")
    if sum(len(feature.names()) for feature in features) > _MOST_COLUMNS:
        raise ValueError(f"expected at most {_MOST_COLUMNS} columns, got {len(names)} or more")
    if groups is not None:
        asked = {name for columns, _, _ in groups for name in columns} | {"pitch", "log_energy"}
        if len(spectra) > 1 or not asked <= names:
            raise ValueError(f"expected columns that there are, got {sorted(asked - names)!r:.100}")
        n_values = sum(len(columns) * len(functionals) for columns, functionals, _ in groups)
        if n_values > _MOST_VALUES:
            raise ValueError(f"expected at most {_MOST_VALUES} values a recording, got {n_values}")
