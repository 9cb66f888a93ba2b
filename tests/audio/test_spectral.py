"""Spectral features have the values of librosa, or of their definition."""

import librosa
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import skemotion.audio
from skemotion import MFCC, RMS, AcousticFeatures, Chroma, ReadAudio
from skemotion.audio import (
    PCEN,
    AcousticFeature,
    AlphaRatio,
    HammarbergIndex,
    LogEnergy,
    LogMel,
    Loudness,
    SpectralBandwidth,
    SpectralCentroid,
    SpectralContrast,
    SpectralFlatness,
    SpectralFlux,
    SpectralRolloff,
    SpectralSlope,
    ZeroCrossings,
)
from skemotion.audio._spectrum import Spectrum

RATE = 16000


def voice_like(seed, n_times, sampling_rate=RATE):
    """A gliding tone with overtones and noise, and pauses of digital silence."""
    random = np.random.default_rng(seed)
    time = np.arange(n_times) / sampling_rate
    pitch = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * time + seed)) / sampling_rate
    wave = 0.1 * sum(np.sin(k * pitch) / k for k in range(1, 9))
    wave += 0.001 * random.standard_normal(n_times)
    return (wave * (np.sin(5 * time) > -0.5)).astype(np.float32)


def tone(frequency, amplitude=1.0, n_times=RATE):
    return amplitude * np.sin(2 * np.pi * frequency / RATE * np.arange(n_times))


def white(n_times=RATE, seed=0):
    return 0.1 * np.random.default_rng(seed).standard_normal(n_times)


def by_librosa(name, y, sr=RATE, n_fft=2048, hop_length=512, win_length=None):
    front = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length}
    spectral = {"y": y, "sr": sr, **front}
    feature = librosa.feature
    values = {
        "log_mel": lambda: librosa.power_to_db(
            feature.melspectrogram(**spectral, n_mels=20, fmin=60), top_db=80
        ),
        "pcen": lambda: librosa.pcen(
            feature.melspectrogram(**spectral, n_mels=20, fmin=60, power=1) * 2**31,
            sr=sr,
            hop_length=hop_length,
        ),
        "zero_crossings": lambda: feature.zero_crossing_rate(
            y, frame_length=n_fft, hop_length=hop_length
        ),
        "centroid": lambda: feature.spectral_centroid(**spectral),
        "bandwidth": lambda: feature.spectral_bandwidth(**spectral),
        "rolloff": lambda: feature.spectral_rolloff(**spectral),
        "flatness": lambda: feature.spectral_flatness(y=y, **front),
        "contrast": lambda: feature.spectral_contrast(**spectral, n_bands=4),
        "mfcc": lambda: _mfcc_with_deltas(feature.mfcc(**spectral, n_mels=20, n_mfcc=7, lifter=22)),
        "chroma": lambda: feature.chroma_stft(**spectral, tuning=0.0),
    }
    return values[name]().T


def _mfcc_with_deltas(mfcc):
    return np.concatenate([mfcc, *(librosa.feature.delta(mfcc, order=k) for k in (1, 2))])


FEATURES = {
    "log_mel": LogMel(20, fmin=60),
    "pcen": PCEN(20, fmin=60),
    "zero_crossings": ZeroCrossings(),
    "centroid": SpectralCentroid(),
    "bandwidth": SpectralBandwidth(),
    "rolloff": SpectralRolloff(),
    "flatness": SpectralFlatness(),
    "contrast": SpectralContrast(4),
    "mfcc": MFCC(7, n_mels=20, lifter=22, deltas=2),
    "chroma": Chroma(tuning=0.0),
}
ABSOLUTE = {"bandwidth": 1.0, "centroid": 0.1, "rolloff": 1.0}  # Hz; librosa sums in single
ABSOLUTE["contrast"] = [0.02, 0.02, 0.02, 0.02, 1.0]  # dB; resampling leaves nothing on top


def assert_close(name, got, expected, atol=None):
    assert got.shape == expected.shape
    atol = np.array(ABSOLUTE.get(name, 1e-3) if atol is None else atol)
    assert (np.abs(got - expected) <= atol + 1e-3 * np.abs(expected)).all()


def frames(feature, y, **front_end):
    return feature.compute(Spectrum(np.float32(y), **{"sampling_rate": RATE, **front_end}))


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("seed", range(3))
def test_values_on_synthetic_voices(name, seed):
    y = voice_like(seed, 30011)
    assert_close(name, frames(FEATURES[name], y), by_librosa(name, y))


@pytest.mark.real_data
@pytest.mark.parametrize("name", FEATURES)
def test_values_on_real_recordings(data_folder, name):
    paths = sorted(data_folder.glob("*-originals/*.wav"))[:8]
    paths += sorted((data_folder / "emodb" / "wav").glob("*.wav"))[::60]
    assert paths
    for y in ReadAudio().transform(paths):
        got, expected = frames(FEATURES[name], y), by_librosa(name, y)
        assert_close(name, got.mean(axis=0), expected.mean(axis=0))


@pytest.mark.parametrize("name", FEATURES)
@settings(max_examples=10, deadline=None)
@example(n_fft=715, hop_length=60, sampling_rate=8000, shorter=None)  # a bin on an edge
@example(n_fft=956, hop_length=61, sampling_rate=8000, shorter=0.5)  # a contrast of 59.9 dB
@given(
    n_fft=st.integers(500, 2100),
    hop_length=st.integers(60, 700),
    sampling_rate=st.sampled_from([8000, 16000, 44100]),
    shorter=st.sampled_from([None, 0.5, 0.9]),
)
def test_values_for_any_front_end(name, n_fft, hop_length, sampling_rate, shorter):
    y = voice_like(1, 9000, sampling_rate)
    win_length = None if shorter is None else int(shorter * n_fft)
    front = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length}
    got = frames(FEATURES[name], y, sampling_rate=sampling_rate, **front)
    expected = by_librosa(name, y, sampling_rate, **front)
    # a sum that rounds differently may reach the share a bin later
    atol = 1.01 * sampling_rate / n_fft if name == "rolloff" else None
    if name == "contrast":  # nearly 60 dB below a peak, single precision is some tenths of a dB
        atol = np.where(expected > 55, 2.0, ABSOLUTE[name])
    assert_close(name, got, expected, atol)


def test_log_mel_floor_and_range():
    y = voice_like(0, RATE)
    lowest = frames(LogMel(20, floor=1e-4, top_db=None), y).min()
    assert lowest == pytest.approx(-40, abs=1e-3)
    within = frames(LogMel(20, top_db=30), y)
    assert within.max() - within.min() == pytest.approx(30, abs=1e-3)


def test_rolloff_and_contrast_options():
    y = voice_like(0, RATE)
    got = frames(SpectralRolloff(0.3), y)
    expected = librosa.feature.spectral_rolloff(y=y, sr=RATE, roll_percent=0.3).T
    np.testing.assert_allclose(got, expected, atol=RATE / 2048)
    got = frames(SpectralContrast(3, fmin=300, quantile=0.1), y)
    expected = librosa.feature.spectral_contrast(y=y, sr=RATE, n_bands=3, fmin=300, quantile=0.1)
    np.testing.assert_allclose(got, expected.T, rtol=1e-3, atol=1e-3)


def test_pcen_options():
    y = voice_like(0, RATE)
    own = {"gain": 0.8, "bias": 10.0, "power": 0.25, "time_constant": 0.06, "eps": 1e-3}
    got = frames(PCEN(20, **own), y)
    mel = librosa.feature.melspectrogram(y=y, sr=RATE, n_mels=20, power=1) * 2**31
    np.testing.assert_allclose(got, librosa.pcen(mel, sr=RATE, **own).T, rtol=1e-3)


@pytest.mark.parametrize("scale", [1e-9, 1e-7])
def test_pcen_of_a_soft_start(scale):
    y = scale * voice_like(0, 4000)
    np.testing.assert_allclose(frames(FEATURES["pcen"], y), by_librosa("pcen", y), rtol=1e-3)


def test_edges_are_no_zero_crossings():
    y = np.float32(-np.cos(0.1 * np.arange(3000)))
    got = frames(ZeroCrossings(), y)
    np.testing.assert_allclose(got, by_librosa("zero_crossings", y), atol=1e-7)


def test_flux_is_the_distance_of_neighbours():
    y = voice_like(0, RATE)
    magnitude = np.abs(librosa.stft(y)).T
    expected = np.linalg.norm(np.diff(magnitude, axis=0), axis=1)
    flux = frames(SpectralFlux(), y)[:, 0]
    assert flux[0] == 0
    np.testing.assert_allclose(flux[1:], expected, rtol=1e-3, atol=1e-3)
    soft, loud = (frames(SpectralFlux(True), factor * y) for factor in (0.1, 1))
    np.testing.assert_allclose(soft, loud, atol=1e-4)


@pytest.mark.parametrize("amplitude", [1.0, 0.01])
def test_log_energy_is_in_decibels(amplitude):
    energy = LogEnergy(summary=("max",)).fit_transform([tone(1000, amplitude)])
    assert energy[0, 0] == pytest.approx(20 * np.log10(amplitude) - 3.01, abs=0.01)
    rms = RMS(summary=("max",)).fit_transform([tone(1000, amplitude)])
    assert energy[0, 0] == pytest.approx(20 * np.log10(rms[0, 0]), abs=1e-3)


def test_loudness_grows_as_the_cube_root_of_power():
    soft, loud, low = Loudness().fit_transform([tone(1000, 0.01), tone(1000, 0.1), tone(60, 0.1)])
    assert loud[0] / soft[0] == pytest.approx(100**0.33, rel=1e-3)
    assert low[0] < loud[0] / 3  # the ear is deaf to hum
    assert len(np.unique(Loudness(10, exponent=1.0).fit_transform([white(), tone(300)]))) == 2


@pytest.mark.parametrize(("low", "high"), [(500, 3000), (203.125, 4500)])
def test_alpha_ratio_and_hammarberg_index_of_two_tones(low, high):
    y = tone(low) + tone(high, 0.1)
    summary = ("median",)
    for feature in (AlphaRatio(summary=summary), HammarbergIndex(summary=summary)):
        assert feature.fit_transform([y])[0, 0] == pytest.approx(20, abs=0.5)
        assert feature.fit_transform([0.01 * y])[0, 0] == pytest.approx(20, abs=0.5)


def test_bands_of_the_alpha_ratio():
    power = np.square(np.abs(librosa.stft(np.float32(white())))).T
    hertz = librosa.fft_frequencies(sr=RATE)
    low = power[:, (hertz >= 50) & (hertz <= 1000)].sum(axis=1)
    high = power[:, (hertz >= 1000) & (hertz <= 5000)].sum(axis=1)
    expected = 10 * np.log10(low / high)
    np.testing.assert_allclose(frames(AlphaRatio(), white())[:, 0], expected, atol=1e-3)
    low = power[:, hertz <= 2000].max(axis=1)
    high = power[:, (hertz >= 2000) & (hertz <= 5000)].max(axis=1)
    expected = 10 * np.log10(low / high)
    np.testing.assert_allclose(frames(HammarbergIndex(), white())[:, 0], expected, atol=1e-3)


def test_spectral_slope_is_a_regression():
    y = voice_like(2, RATE)
    decibels = librosa.power_to_db(np.square(np.abs(librosa.stft(y))), top_db=None).T
    hertz = librosa.fft_frequencies(sr=RATE)
    slopes = frames(SpectralSlope(), y)
    for column, (low, high) in enumerate([(0, 500), (500, 1500)]):
        within = (hertz >= low) & (hertz <= high)
        expected = np.polyfit(hertz[within], decibels[:, within].T, 1)[0]
        np.testing.assert_allclose(slopes[:, column], expected, rtol=1e-2, atol=1e-4)


def test_features_share_what_they_are_made_of(monkeypatch):
    counted = []
    once = Spectrum.once

    def counting(self, function, *args):
        def counted_function(*inner):
            counted.append(function.__name__)
            return function(*inner)

        if (function, args) not in self._done:
            self._done[function, args] = counted_function(self, *args)
        return once(self, function, *args)

    monkeypatch.setattr(Spectrum, "once", counting)
    features = [
        *(SpectralCentroid(), SpectralBandwidth(), SpectralRolloff(), SpectralFlux()),
        *(LogMel(), MFCC(), SpectralFlatness(), SpectralSlope()),
    ]
    AcousticFeatures(features).transform([voice_like(0, RATE)])
    assert sorted(counted) == ["log_power", "magnitude", "mel", "moments"]


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (
            SpectralContrast(sampling_rate=8000),
            r"Expected the last octave to start below sampling_rate / 2 = 4000, got 6400 Hz by "
            r"fmin=200 and n_bands=6\. Lower one of them\.",
        ),
        (
            SpectralContrast(n_fft=32),
            r"Expected every octave from fmin=200 Hz on to hold frequency bins, got one without at "
            r"n_fft=32\. Raise n_fft or fmin\.",
        ),
        (
            AlphaRatio(sampling_rate=1000),
            r"Expected at least 1 frequency bins from 1000 to 5000 Hz, got 0 at "
            r"sampling_rate=1000 and n_fft=2048\. Raise n_fft, or sampling_rate if it is below "
            r"10000\.",
        ),
        (
            SpectralSlope(n_fft=16),
            r"Expected at least 2 frequency bins from 0 to 500 Hz, got 1 .*",
        ),
        (
            SpectralSlope(((500, 0),)),
            r"Expected bands to be pairs of frequencies 0 <= low < high in Hz, got \(\(500, 0\),\)"
            r"\. Write bands=\(\(0, 500\), \(500, 1500\)\), for example\.",
        ),
        (
            LogMel(fmin=9000),
            r"Expected fmin < fmax <= sampling_rate / 2 = 8000, got fmin=9000 and fmax=8000\. "
            r"Correct them or leave fmax=None\.",
        ),
    ],
)
def test_parameters_that_do_not_go_together(feature, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        feature.fit_transform([np.zeros(100)])


def test_names():
    names = AcousticFeatures([LogMel(2), PCEN(1), SpectralContrast(1), MFCC(1, deltas=2)])
    assert names.feature_names() == [
        *("log_mel_1", "log_mel_2", "pcen_1", "spectral_contrast_1", "spectral_contrast_2"),
        *("mfcc_1", "delta_mfcc_1", "delta2_mfcc_1"),
    ]
    assert SpectralSlope().names() == ["spectral_slope_0_500", "spectral_slope_500_1500"]


ALL = [
    value()
    for name in skemotion.audio.__all__
    if isinstance(value := getattr(skemotion.audio, name), type)
    and issubclass(value, AcousticFeature)
    and value is not AcousticFeature
]


@pytest.mark.parametrize("feature", ALL, ids=lambda feature: type(feature).__name__)
def test_bad_recordings_give_numbers_or_an_error(feature):
    voice = voice_like(0, 4000)
    odd = {
        "one time point": np.ones(1),
        "two time points": np.array([0.5, -0.5]),
        "all zero": np.zeros(3000),
        "constant": np.full(3000, 0.5),
        "a click": np.eye(1, 3000, 700)[0],
        "clipped": np.clip(50 * voice, -1, 1),
        "eight channels": np.tile(voice[:, None], (1, 8)),
        "tiny": 1e-30 * voice,
        "loud": 1e6 * voice,
        "integers": (voice * 32767).astype(np.int16),
    }
    summary = ("mean", "std", "p90", "slope", "skewness", "cv", "delta_max", "segment_rate")
    values = feature.set_params(summary=summary).transform(list(odd.values()))
    broken = [name for name, row in zip(odd, values, strict=True) if not np.isfinite(row).all()]
    assert broken == []
    for recording, message in (
        (np.zeros(0), "it holds no samples"),
        (np.full(9, np.nan), "the waveform holds NaN or infinite values"),
        (np.zeros((9, 9)), "it has 9 channels, expected 1 to 8"),
    ):
        with pytest.raises(ValueError, match=message):
            feature.transform([recording])


@pytest.mark.parametrize("rate", [8000, 16000, 192000])
def test_every_feature_of_a_file_of_any_sampling_rate(tmp_path, rate):
    import soundfile

    soundfile.write(tmp_path / "a.wav", voice_like(0, rate // 2, rate), rate)
    values = AcousticFeatures(ALL, summary=("mean",)).transform([tmp_path / "a.wav"])
    assert np.isfinite(values).all()
