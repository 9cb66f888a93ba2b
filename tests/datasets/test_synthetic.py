"""The embedded corpora: the same every time, as counted, overlapping but not at chance."""

import hashlib
import io
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import load_dataset
from skemotion.datasets.synthetic_faces import SyntheticFaces, SyntheticFacesWebcam
from skemotion.datasets.synthetic_voices import SyntheticVoices, SyntheticVoicesPhone
from skemotion.metrics import uar_score
from skemotion.protocols import get_protocol

ALL = [SyntheticVoices, SyntheticVoicesPhone, SyntheticFaces, SyntheticFacesWebcam]
everywhere = pytest.mark.parametrize("Corpus", ALL, ids=lambda Corpus: Corpus.name)
RATES = {"synthetic-voices": 16000, "synthetic-voices-phone": 8000}
SIZES = {"synthetic-faces": 48, "synthetic-faces-webcam": 64}


@pytest.fixture(scope="module")
def corpora():
    return {Corpus.name: load_dataset(Corpus.name) for Corpus in ALL}


def _hash(X):
    return hashlib.sha256(b"".join(bytes(x) for x in X)).hexdigest()


def _waveform(recording):
    return soundfile.read(io.BytesIO(recording))


@everywhere
def test_the_same_seed_gives_the_same_corpus(Corpus):
    first, again, other = (
        Corpus(n_subjects=2, n_repetitions=2, random_state=seed) for seed in (3, 3, 4)
    )
    X = first.load().X
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert _hash(X) == _hash(again.load().X)
    assert _hash(X) != _hash(other.load().X)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


@everywhere
def test_a_recording_does_not_depend_on_the_others(Corpus):
    whole = Corpus(n_subjects=2, n_repetitions=2).load()
    part = Corpus(n_subjects=2, n_repetitions=2).load(where={"emotion": "sad"})
    assert _hash(whole.X[whole.y == "sad"]) == _hash(part.X)
    assert len({bytes(x) for x in whole.X}) == len(whole.X)


@everywhere
def test_counts(Corpus, corpora):
    data = corpora[Corpus.name]
    assert len(data.X) == Corpus.n_recordings
    assert data.frame["emotion"].value_counts().to_dict() == Corpus.counts
    table = data.frame.groupby(["subject", "emotion"]).size().unstack()
    assert table.nunique().eq(1).all()
    assert data.frame["path"].is_unique
    assert set(data.frame["sex"]) == {"female", "male"}
    assert data.left_out == {}


@everywhere
def test_schemes_and_protocols(Corpus, corpora):
    data = load_dataset(Corpus.name, scheme="common4", where={"repetition": 1})
    assert set(data.y) == {"angry", "happy", "neutral", "sad"}
    frame = corpora[Corpus.name].frame
    assert len(get_protocol(data.dataset.protocol, data.dataset)(frame, whole=True)) == 3
    assert len(get_protocol("loso", data.dataset)(frame)) == frame["subject"].nunique()


def test_the_two_corpora_of_a_kind_share_no_subject(corpora):
    for one, two in (ALL[:2], ALL[2:]):
        assert not set(corpora[one.name].groups) & set(corpora[two.name].groups)
    studio, phone = ({Corpus()._subject(n)[0].f0 for n in range(1, 11)} for Corpus in ALL[:2])
    lab, webcam = ({Corpus()._subject(n)["skin"] for n in range(1, 16)} for Corpus in ALL[2:])
    assert not studio & phone
    assert not lab & webcam


@everywhere
def test_a_root_is_refused(Corpus, tmp_path):
    with pytest.raises(ValueError, match="made on the spot") as error:
        Corpus(tmp_path)
    assert str(error.value) == (
        f"Dataset {Corpus.name!r} is made on the spot and has no files, got root={tmp_path!r}. "
        "Leave root out, or use 'folder' or 'manifest' for recordings of your own."
    )


@everywhere
@pytest.mark.parametrize(
    ("name", "value", "least"),
    [("n_subjects", 0, 1), ("n_repetitions", 2.5, 1), ("random_state", -1, 0)],
)
def test_sizes_and_seeds_are_integers(Corpus, name, value, least):
    with pytest.raises(ValueError, match="integer") as error:
        Corpus(**{name: value})
    assert str(error.value) == (
        f"Expected {name} to be an integer of at least {least}, got {value!r}. "
        f"Pass for instance {name}=3."
    )


@pytest.mark.parametrize("name", RATES)
def test_voices_are_wav_files(name, corpora):
    for recording in corpora[name].X[::5]:
        waveform, rate = _waveform(recording)
        info = soundfile.info(io.BytesIO(recording))
        assert (rate, info.channels, info.subtype) == (RATES[name], 1, "PCM_16")
        assert len(recording) == 44 + 2 * len(waveform)
        assert 0.9 < len(waveform) / rate < 5
        assert 0.005 < np.abs(waveform).max() < 0.99
        assert abs(waveform.mean()) < 0.005


def _f0(recording, sex):
    """Return the median F0 of the loud frames by autocorrelation."""
    waveform, rate = _waveform(recording)
    low, high = (130, 450) if sex == "female" else (70, 280)
    frames = np.lib.stride_tricks.sliding_window_view(waveform, rate // 20)[:: rate // 50]
    loud = frames[np.sqrt((frames**2).mean(axis=1)) > 0.5 * waveform.std()]
    spectrum = np.fft.rfft(loud * np.hanning(loud.shape[1]), 4 * loud.shape[1], axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)
    lags = np.arange(rate // high, rate // low)
    return np.median(rate / lags[correlation[:, lags].argmax(axis=1)])


def test_voices_follow_the_acoustic_correlates(corpora):
    """P. N. Juslin, P. Laukka (2003): F0, rate, level and brightness of anger, joy and sadness."""
    data = corpora["synthetic-voices"]
    frame = data.frame.assign(
        f0=[_f0(x, sex) for x, sex in zip(data.X, data.frame["sex"], strict=True)],
        duration=[len(x) for x in data.X],
        level=[20 * np.log10(_waveform(x)[0].std()) for x in data.X],
        brightness=[_brightness(*_waveform(x)) for x in data.X],
    )
    means = frame.groupby(["subject", "emotion"])[["f0", "duration", "level", "brightness"]].mean()
    means = means.unstack()
    for loud in ("angry", "happy"):
        assert (means["f0"][loud] > means["f0"]["sad"]).mean() >= 0.9
        assert (means["level"][loud] > means["level"]["sad"] + 3).mean() >= 0.9
        assert (means["duration"][loud] < means["duration"]["sad"]).mean() >= 0.9
    assert (means["brightness"]["angry"] > means["brightness"]["sad"]).mean() >= 0.9


def _brightness(waveform, rate):
    power = np.abs(np.fft.rfft(waveform)) ** 2
    f = np.fft.rfftfreq(len(waveform), 1 / rate)
    return np.log(power[(f > 1000) & (f < 3000)].sum() / power[(f > 100) & (f < 1000)].sum())


def test_speakers_differ(corpora):
    data = corpora["synthetic-voices"]
    neutral = data.frame["emotion"].eq("neutral").to_numpy()
    sex = data.frame["sex"][neutral].to_numpy()
    f0 = np.array([_f0(x, s) for x, s in zip(data.X[neutral], sex, strict=True)])
    assert f0[sex == "female"].mean() > 1.4 * f0[sex == "male"].mean()


def test_the_phone_is_another_channel(corpora):
    levels = [
        np.median([20 * np.log10(_waveform(x)[0].std()) for x in corpora[name].X]) for name in RATES
    ]
    assert levels[0] > levels[1] + 2
    waveform, rate = _waveform(corpora["synthetic-voices-phone"].X[0])
    power = np.abs(np.fft.rfft(waveform)) ** 2
    f = np.fft.rfftfreq(len(waveform), 1 / rate)
    assert power[f > 3800].mean() < 1e-3 * power[(f > 400) & (f < 1000)].mean()
    assert len(np.unique(np.abs(np.round(waveform * 32768)))) <= 130  # 8 bits a sample


@pytest.mark.parametrize("name", SIZES)
def test_faces_are_grey_pictures(name, corpora):
    X = corpora[name].X
    assert X.shape == (630, SIZES[name], SIZES[name])
    assert X.dtype == np.uint8
    assert X.std(axis=(1, 2)).min() > 5


def test_the_webcam_is_darker_and_lit_from_one_side(corpora):
    lab, webcam = (corpora[name].X.astype(float) for name in SIZES)
    assert webcam.mean() < 0.75 * lab.mean()
    right, left = webcam[:, :, 32:].mean(), webcam[:, :, :32].mean()
    assert right > 1.15 * left
    assert abs(lab[:, :, 24:].mean() / lab[:, :, :24].mean() - 1) < 0.1


def _voice_features(recording):
    """Level, duration, and the spectrum in ten bands: a crude ear."""
    waveform, rate = _waveform(recording)
    power = np.abs(np.fft.rfft(waveform)) ** 2
    f = np.fft.rfftfreq(len(waveform), 1 / rate)
    edges = np.geomspace(100, 3400, 11)
    bands = [power[(f >= low) & (f < high)].mean() for low, high in pairwise(edges)]
    return [np.log(waveform.std()), len(waveform) / rate, *np.log(bands)]


def _face_features(image):
    """Edges across and along, averaged over blocks: a crude eye."""
    size = len(image) // 12
    image = image[: 12 * size, : 12 * size]
    down, across = np.gradient(image.astype(float))
    strength = np.hypot(down, across).mean()
    blocks = np.abs(np.stack([down, across])).reshape(2, 12, size, 12, size)
    return np.log(blocks.mean(axis=(2, 4)).ravel() / strength + 0.2)


@everywhere
def test_emotions_can_be_told_apart_but_not_always(Corpus, corpora):
    data = corpora[Corpus.name]
    features = _voice_features if data.dataset.modality == "voice" else _face_features
    X = np.array([features(x) for x in data.X])
    (fold, *_) = get_protocol("subject-3fold")(data.frame)
    model = make_pipeline(StandardScaler(), NearestCentroid()).fit(
        X[fold.train], data.y[fold.train]
    )
    score = uar_score(data.y[fold.test], model.predict(X[fold.test]))
    assert 1.8 / len(set(data.y)) < score < 0.9
