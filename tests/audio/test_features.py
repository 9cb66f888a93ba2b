"""MFCC, chroma and RMS have the values of librosa."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion import MFCC, RMS, Chroma, ReadAudio
from skemotion.audio._chroma import chroma_filters, estimate_tuning
from skemotion.audio._mel import hz_to_mel, mel_filters, mel_to_hz
from skemotion.audio._spectrum import Spectrum

FEATURES = {"mfcc": MFCC, "chroma": Chroma, "rms": RMS}


def by_librosa(name, y, sampling_rate=16000, n_fft=2048, **params):
    if name == "rms":
        params.pop("win_length", None)
        return librosa.feature.rms(y=y, frame_length=n_fft, **params)[0][:, None]
    function = {"mfcc": librosa.feature.mfcc, "chroma": librosa.feature.chroma_stft}[name]
    number = {"n_mfcc": 13} if name == "mfcc" else {}
    return function(y=y, sr=sampling_rate, n_fft=n_fft, **number, **params).T


def frames(name, y, **params):
    return FEATURES[name](summary=None, **params).fit_transform([y])[0]


def voice_like(seed, n_times, sampling_rate=16000):
    """A gliding tone with overtones and noise, and pauses of digital silence."""
    random = np.random.default_rng(seed)
    time = np.arange(n_times) / sampling_rate
    pitch = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * time + seed)) / sampling_rate
    wave = 0.1 * sum(np.sin(k * pitch) / k for k in range(1, 9))
    wave += 0.001 * random.standard_normal(n_times)
    return (wave * (np.sin(5 * time) > -0.5)).astype(np.float32)


@pytest.mark.real_data
@pytest.mark.parametrize("name", FEATURES)
def test_values_on_real_recordings(data_folder, name):
    paths = sorted(data_folder.glob("*-originals/*.wav"))
    paths += sorted((data_folder / "banglaser").glob("*/*.flac"))[::30]
    paths += sorted((data_folder / "emodb" / "wav").glob("*.wav"))[::30]
    values = FEATURES[name]().fit_transform(paths)
    # librosa.load itself is compared with in test_io.py
    expected = [by_librosa(name, y).mean(axis=0) for y in ReadAudio().transform(paths)]
    np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("seed", range(3))
def test_values_on_synthetic_voices(name, seed):
    y = voice_like(seed, 30011)
    np.testing.assert_allclose(frames(name, y), by_librosa(name, y), rtol=1e-3, atol=1e-3)


parameters = {
    "n_fft": st.integers(400, 2100),
    "hop_length": st.integers(60, 1100),
    "sampling_rate": st.sampled_from([8000, 11025, 16000, 22050, 44100]),
    "shorter": st.sampled_from([None, 0.5, 0.9]),
    "n_times": st.integers(2100, 9000),
}


@pytest.mark.parametrize("name", FEATURES)
@settings(max_examples=25, deadline=None)
@given(**parameters)
def test_values_for_any_front_end(name, n_fft, hop_length, sampling_rate, shorter, n_times):
    y = voice_like(1, n_times, sampling_rate)
    front_end = {
        "sampling_rate": sampling_rate,
        "n_fft": n_fft,
        "hop_length": hop_length,
        "win_length": None if shorter is None else int(shorter * n_fft),
    }
    own = {"mfcc": {"n_mels": 20, "fmin": 50.0}, "chroma": {"tuning": 0.13}, "rms": {}}[name]
    np.testing.assert_allclose(
        frames(name, y, **front_end, **own),
        by_librosa(name, y, **front_end, **own),
        rtol=1e-3,
        atol=1e-3,
    )


@pytest.mark.filterwarnings("ignore:Trying to estimate tuning from empty")  # librosa's
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 99),
    n_fft=st.integers(16, 2100),
    sampling_rate=st.sampled_from([8000, 16000, 44100]),
    n_chroma=st.sampled_from([12, 24, 7]),
)
def test_tuning_is_that_of_librosa(seed, n_fft, sampling_rate, n_chroma):
    power = Spectrum(voice_like(seed, 8000), sampling_rate, n_fft).power
    expected = librosa.estimate_tuning(S=power.T, sr=sampling_rate, bins_per_octave=n_chroma)
    assert estimate_tuning(power, sampling_rate, n_chroma) == expected


@pytest.mark.parametrize("cents", [-40, 0, 25])
def test_tuning_of_tones(cents):
    pitches = 440 * 2 ** (np.arange(5)[:, None] / 12 + cents / 1200)
    y = np.sin(2 * np.pi * pitches * np.arange(16000) / 16000).sum(axis=0).astype(np.float32)
    assert estimate_tuning(Spectrum(y, 16000).power, 16000, 12) == pytest.approx(
        cents / 100, abs=0.02
    )


def test_filters_are_those_of_librosa():
    for sampling_rate, n_fft, n_filters, extra in [(16000, 2048, 128, 0.3), (44100, 501, 24, -0.5)]:
        expected = librosa.filters.mel(sr=sampling_rate, n_fft=n_fft, n_mels=n_filters, fmin=60).T
        filters = mel_filters(sampling_rate, n_fft, n_filters, 60.0, sampling_rate / 2)
        np.testing.assert_allclose(filters, expected, atol=1e-6)
        expected = librosa.filters.chroma(
            sr=sampling_rate, n_fft=n_fft, n_chroma=n_filters, tuning=extra
        ).T
        np.testing.assert_allclose(
            chroma_filters(sampling_rate, n_fft, n_filters, extra), expected, atol=1e-6
        )


@given(st.floats(0, 20000))
def test_mel_scale_has_an_inverse(frequency):
    assert mel_to_hz(hz_to_mel(frequency)) == pytest.approx(frequency, abs=1e-6)


def test_a_click_in_silence_is_tuned_as_by_librosa():
    y = voice_like(0, 16000)
    y[4000:] = 0
    y[[7000, 9100, 12007]] = 1e-4  # frames with one sample have a flat spectrum
    np.testing.assert_allclose(frames("chroma", y), by_librosa("chroma", y), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("y", [np.ones(1), np.ones(30), np.zeros(1), np.zeros(5000)])
@pytest.mark.parametrize("n_fft", [2048, 401])
def test_silence_and_short_recordings_give_numbers(name, y, n_fft):
    params = {"n_mels": 10} if name == "mfcc" else {}
    params |= {"n_mfcc": 5} if name == "mfcc" else {}
    values = frames(name, y, n_fft=n_fft, **params)
    assert len(values) == 1 + (len(y) - n_fft % 2) // 512
    assert np.isfinite(values).all()


def test_statistics_come_one_after_the_other():
    y = voice_like(0, 9000)
    summary = ("mean", "std", "min", "max", "median")
    sequence = frames("chroma", y)
    values = Chroma(summary=summary).set_output(transform="pandas").fit_transform([y])
    expected = [getattr(np, statistic)(sequence, axis=0) for statistic in summary]
    np.testing.assert_allclose(values.to_numpy()[0], np.concatenate(expected), rtol=1e-5)
    assert list(values.columns[:2]) == ["chroma_C_mean", "chroma_C#_mean"]
    assert values.columns[-1] == "chroma_B_median"
    assert list(MFCC(2).get_feature_names_out()) == ["mfcc_1_mean", "mfcc_2_mean"]
    assert list(RMS(summary=["std"]).get_feature_names_out()) == ["rms_std"]
    assert Chroma(7).get_feature_names_out()[-1] == "chroma_7_mean"


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (
            MFCC(200),
            r"Expected n_mfcc to be at most n_mels=128, got 200\. Raise n_mels or lower n_mfcc\.",
        ),
        (
            MFCC(fmax=9000.0),
            r"Expected fmin < fmax <= sampling_rate / 2 = 8000, got fmin=0 and fmax=9000\. Correct "
            r"them or leave fmax=None\.",
        ),
        (
            RMS(n_fft=512, win_length=600),
            r"Expected win_length to be at most n_fft=512, got 600\. Raise n_fft or lower "
            r"win_length\.",
        ),
        (
            RMS(summary=("mean", "mode")),
            r"Expected summary to be None or a tuple of different names of functionals, got "
            r"\('mean', 'mode'\)\. Choose from mean, std, min, .*, gap_length_std, coverage; each "
            r"also with 'delta_' or 'delta2_' before it\.",
        ),
    ],
)
def test_parameters_that_do_not_go_together(feature, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        feature.fit_transform([np.zeros(100)])


def test_empty_mel_filters_are_reported():
    message = (
        "^[0-9]+ of 128 mel filters are narrower than the frequency bins and stay "
        "empty at n_fft=256. Raise n_fft or lower n_mels.$"
    )
    with pytest.warns(UserWarning, match=message):
        MFCC(n_fft=256).fit_transform([np.zeros(100)])
