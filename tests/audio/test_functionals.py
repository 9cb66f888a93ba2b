"""Functionals: those of NumPy and SciPy, with undefined frames left out."""

import librosa
import numpy as np
import pytest
import scipy.signal
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skemotion import RMS, AcousticFeatures
from skemotion.audio import AcousticFeature
from skemotion.audio._delta import delta
from skemotion.audio._functionals import FUNCTIONALS, is_functional, summarise

STEP = 0.01


@st.composite
def contours(draw, min_frames=1):
    """Draw frames of three features that vary, and where they are undefined."""
    n_frames = draw(st.integers(min_frames, 40))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    frames = random.normal(draw(st.sampled_from([0, 50])), 3, (n_frames, 3)).astype(np.float32)
    missing = draw(hnp.arrays(bool, n_frames)) if draw(st.booleans()) else np.zeros(n_frames, bool)
    frames[missing, 1] = np.nan
    return frames


def compute(frames, name):
    return summarise([frames], [STEP], [name])[0]


def split(track):
    """Return the stretches of defined frames, their place included."""
    place = np.arange(len(track))
    edges = np.flatnonzero(np.diff(np.isnan(track))) + 1
    parts = zip(np.split(place, edges), np.split(track, edges), strict=True)
    return [part for part in parts if not np.isnan(part[1][0])]


def monotone_slopes(track, sign):
    """Return the slopes of the parts that rise (1) or fall (-1), one by one."""
    slopes = []
    for _, part in split(track):
        start = 0
        for end in range(1, len(part)):
            last = end + 1 == len(part)
            if last or np.sign(part[end + 1] - part[end]) != np.sign(part[end] - part[end - 1]):
                slopes.append((part[end] - part[start]) / ((end - start) * STEP))
                start = end
    slopes = np.array(slopes, float)
    return slopes[np.sign(slopes) == sign]


def peak_places(track):
    places = [place[scipy.signal.find_peaks(part)[0]] for place, part in split(track)]
    return np.concatenate(places).astype(int) if places else np.array([], int)


def one_by_one(name, track):
    """Compute a functional of one feature, as simply as possible."""
    kept, time = track[~np.isnan(track)].astype(float), np.arange(len(track)) * STEP
    time = time[~np.isnan(track)]
    lengths = np.array([len(part) for _, part in split(track)]) * STEP
    peaks = peak_places(track)
    if name.startswith("p") and name[1:].isdigit():
        return np.percentile(kept, int(name[1:]))
    if name.startswith("above_") and name[6:].isdigit():
        return np.mean(kept > kept.min() + np.ptp(kept) * int(name[6:]) / 100)
    line = scipy.stats.linregress(time, kept) if len(kept) > 1 else None
    return {
        "mean": lambda: kept.mean(),
        "std": lambda: kept.std(),
        "min": lambda: kept.min(),
        "max": lambda: kept.max(),
        "median": lambda: np.median(kept),
        "range": lambda: np.ptp(kept),
        "iqr": lambda: scipy.stats.iqr(kept),
        "skewness": lambda: scipy.stats.skew(kept) if len(kept) > 1 else 0,
        "kurtosis": lambda: scipy.stats.kurtosis(kept) if len(kept) > 1 else 0,
        "cv": lambda: kept.std() / kept.mean(),
        "slope": lambda: line.slope if line else 0,
        "slope_error": lambda: (
            np.sqrt(np.mean((kept - line.intercept - line.slope * time) ** 2)) if line else 0
        ),
        "rising_slope_mean": lambda: _mean(monotone_slopes(track, 1)),
        "rising_slope_std": lambda: _std(monotone_slopes(track, 1)),
        "falling_slope_mean": lambda: _mean(monotone_slopes(track, -1)),
        "falling_slope_std": lambda: _std(monotone_slopes(track, -1)),
        "rising_share": lambda: np.sum(np.diff(track) > 0) / max(len(track) - 1, 1),
        "peak_rate": lambda: len(peaks) / (len(track) * STEP),
        "peak_mean": lambda: _mean(track[peaks]),
        "peak_distance_mean": lambda: _mean(np.diff(peaks) * STEP),
        "peak_distance_std": lambda: _std(np.diff(peaks) * STEP),
        "position_min": lambda: np.nanargmin(track) / max(len(track) - 1, 1),
        "position_max": lambda: np.nanargmax(track) / max(len(track) - 1, 1),
        "segment_rate": lambda: len(lengths) / (len(track) * STEP),
        "segment_length_mean": lambda: lengths.mean(),
        "segment_length_std": lambda: lengths.std(),
        "segment_length_max": lambda: lengths.max(),
        "coverage": lambda: len(kept) / len(track),
    }[name]()


def _mean(values):
    return np.mean(values) if len(values) else 0


def _std(values):
    return np.std(values) if len(values) else 0


RUNS = {name for name in FUNCTIONALS if name.startswith(("gap_length", "above_length"))}


@pytest.mark.parametrize("name", sorted(FUNCTIONALS.keys() - RUNS))
@settings(max_examples=25, deadline=None)
@given(contours())
def test_values_are_those_of_the_definition(name, frames):
    got = compute(frames, name)
    assert got.shape == (3,)
    for value, track in zip(got, frames.T, strict=True):
        expected = 0 if np.isnan(track).all() else one_by_one(name, track)
        np.testing.assert_allclose(value, expected, rtol=2e-3, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.float64, (20, 2), elements=st.floats(-1e6, 1e6, width=32)))
def test_plain_statistics_have_the_bits_of_numpy(frames):
    for name in ("mean", "std", "min", "max", "median"):
        for kind in (np.float32, np.float64):
            expected = getattr(np, name)(frames.astype(kind), axis=0)
            np.testing.assert_array_equal(compute(frames.astype(kind), name), expected)


@pytest.mark.parametrize("name", FUNCTIONALS)
@pytest.mark.parametrize("prefix", ["", "delta_", "delta2_"])
def test_undefined_throughout_is_as_0_throughout(name, prefix):
    undefined = np.full((12, 2), np.nan, np.float32)
    undefined[:, 0] = 0
    got = compute(undefined, prefix + name)
    assert np.isfinite(got).all()
    if not name.startswith(("segment", "gap", "coverage")):
        np.testing.assert_array_equal(got, 0)


@pytest.mark.parametrize("name", FUNCTIONALS)
@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_few_and_constant_frames_give_numbers(name, n_frames):
    frames = np.full((n_frames, 2), 0.1, np.float32)
    for prefix in ("", "delta_", "delta2_"):
        assert np.isfinite(compute(frames, prefix + name)).all()
    if name.endswith(("std", "range", "skewness", "kurtosis", "cv")):
        np.testing.assert_allclose(compute(frames, name), 0, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(contours(min_frames=9), st.sampled_from([1, 2]))
def test_derivatives_are_those_of_librosa(frames, order):
    expected = librosa.feature.delta(frames[:, ::2].T, order=order).T
    np.testing.assert_allclose(delta(frames, order)[:, ::2], expected, rtol=1e-4, atol=1e-4)


def test_derivatives_of_short_and_broken_tracks():
    ramp = np.arange(4.0)[:, None] ** 2
    np.testing.assert_allclose(delta(ramp, 1), [[2], [2], [4], [4]], atol=1e-9)
    np.testing.assert_allclose(delta(ramp, 2), 2, atol=1e-9)
    np.testing.assert_array_equal(delta(ramp[:2], 1), 0)
    track = np.arange(30.0)[:, None]
    track[20:] = np.nan
    np.testing.assert_array_equal(np.isnan(delta(track, 1))[:, 0], np.arange(30) >= 16)
    assert compute(track, "delta_mean") == pytest.approx(1)


def test_segments_and_gaps():
    nan = np.nan
    track = np.array([[nan, 1, 2, nan, nan, nan, 3, 1, 5, 2, nan]]).T
    expected = {
        "segment_rate": 2 / 0.11,
        "segment_length_mean": 0.03,
        "segment_length_std": 0.01,
        "segment_length_max": 0.04,
        "gap_length_mean": 0.05 / 3,
        "gap_length_std": np.std([0.01, 0.03, 0.01]),
        "coverage": 6 / 11,
        "peak_rate": 1 / 0.11,
        "above_length_mean": 0.01,
    }
    got = {name: compute(track, name)[0] for name in expected}
    assert got == pytest.approx(expected)


def test_stretches_above_the_mean():
    track = np.array([[0, 9, 9, 0, 0, 9, 0, 0, 9.0]]).T
    names = ("above_length_mean", "above_length_std", "above_length_max")
    got = [compute(track, name)[0] for name in names]
    assert got == pytest.approx([0.04 / 3, np.std([0.02, 0.01, 0.01]), 0.02])


def test_parts_do_not_mix():
    random = np.random.default_rng(0)
    shapes = [(30, 2), (20, 1), (30, 1), (30, 3)]
    parts = [random.normal(size=shape) for shape in shapes]
    parts[0][3:5] = parts[1][:] = np.nan
    steps = [0.01, 0.01, 0.01, 0.02]
    summary = [prefix + name for name in FUNCTIONALS for prefix in ("", "delta_")]
    alone = [
        summarise([part], [step], [name])[0]
        for name in summary
        for part, step in zip(parts, steps, strict=True)
    ]
    together = summarise(parts, steps, summary)
    for got, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["mode", "delta_", "delta_mode", "delta3_mean", "", None, 3])
def test_what_is_no_functional(name):
    assert not is_functional(name)


class Voiced(AcousticFeature):
    """The root mean square, undefined where it is small."""

    def compute(self, spectrum):
        loud = RMS().compute(spectrum)
        return np.where(loud > 0.1, loud, np.nan)

    def names(self):
        return ["voiced"]


def half_silent():
    y = 0.5 * np.sin(0.3 * np.arange(16000))
    y[8000:] = 0
    return y


def test_functionals_of_a_recording():
    summary = ("mean", "coverage", "slope", "delta_std", "segment_length_max")
    features = AcousticFeatures([RMS(), Voiced()], summary=summary, hop_length=160)
    frame = features.set_output(transform="pandas").fit_transform([half_silent()])
    assert list(frame.columns[::2]) == [f"rms_{name}" for name in summary]
    row = frame.iloc[0]
    assert row["rms_coverage"] == 1
    assert row["voiced_coverage"] == pytest.approx(0.5, abs=0.07)
    assert row["voiced_segment_length_max"] == pytest.approx(0.5, abs=0.07)
    assert row["voiced_mean"] > row["rms_mean"] + 0.1
    assert row["rms_slope"] == pytest.approx(-0.53, abs=0.03)
    assert row["rms_delta_std"] > row["voiced_delta_std"]


def test_undefined_frames_are_0_in_sequences_and_not_padding():
    recordings = [half_silent(), half_silent()[:9000]]
    frames = AcousticFeatures([Voiced(), RMS()], summary=None).fit_transform(recordings)
    assert frames.shape == (2, 32, 2)
    assert np.isfinite(frames).all()
    real = (frames != 0).any(axis=2)
    np.testing.assert_array_equal(real.sum(axis=1), [32, 18])
    alone = Voiced(summary=None).fit_transform(recordings[:1])
    assert (alone[0, -10:] == 0).all()
    with pytest.warns(UserWarning, match="1 of 2 recordings could not be processed"):
        frames = AcousticFeatures([Voiced()], summary=None, on_error="nan").transform(
            [recordings[0], "nowhere.wav"]
        )
    np.testing.assert_array_equal(np.isnan(frames).all(axis=(1, 2)), [False, True])
