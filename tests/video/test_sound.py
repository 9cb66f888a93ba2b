"""The sound of videos."""

import re

import numpy as np
import pytest
import soxr
from make_videos import KINDS, encode, shades, tone
from sklearn.pipeline import make_pipeline

from skemotion import MFCC, AcousticFeatures, ExtractAudio, RecordingError


def frequency(waveform, sampling_rate=16000):
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)), 8 * len(waveform)))
    return spectrum.argmax() * sampling_rate / (8 * len(waveform))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("with_pictures", [True, False])
def test_the_tone_comes_back(kind, with_pictures):
    content = encode(shades() if with_pictures else None, tone(440), kind)
    waveform = ExtractAudio().transform([content])[0]
    assert waveform.dtype == np.float32
    assert waveform.ndim == 1
    assert 16000 <= len(waveform) < 16000 + 800  # what coders of blocks add
    assert frequency(waveform) == pytest.approx(440, abs=1)
    middle = waveform[4000:12000]
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.4, abs=0.03)  # mean of 0.5 and 0.3


@pytest.mark.parametrize("sampling_rate", [8000, 16000, 22050, 48000])
def test_uncompressed_sound_is_exact(sampling_rate):
    sound = tone(300, 0.7)
    waveform = ExtractAudio(sampling_rate).transform([encode(None, sound, "mov")])[0]
    mono = (np.round(sound * 32767) / 32768).mean(axis=1).astype(np.float32)
    expected = soxr.resample(mono, 48000, sampling_rate, "HQ")
    assert len(waveform) == int(np.ceil(0.7 * sampling_rate))
    np.testing.assert_allclose(waveform[: len(expected)], expected, atol=1e-4)


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s16le", "pcm_s32le", "pcm_f32le", "flac"])
def test_every_kind_of_sample_has_one_scale(codec, monkeypatch):
    monkeypatch.setitem(KINDS, "matroska", ("libx264", "yuv420p", codec))
    waveform = ExtractAudio(48000).transform([encode(None, tone(), "matroska")])[0]
    np.testing.assert_allclose(waveform, tone().mean(axis=1), atol=0.01)


def test_duration_cuts_and_pads():
    videos = [encode(None, tone(duration=seconds), "mov") for seconds in (0.3, 1.0)]
    waveforms = ExtractAudio(duration=0.5).transform(videos)
    assert waveforms.shape == (2, 8000)
    assert np.all(waveforms[0, 4800:] == 0)
    assert np.abs(waveforms[1, -10:]).max() > 0


def test_features_take_the_waveforms():
    videos = [encode(shades(), tone(220)), encode(shades(), tone(880))]
    features = make_pipeline(ExtractAudio(), AcousticFeatures()).fit_transform(videos)
    assert features.shape == (2, 26)
    expected = MFCC().fit_transform(ExtractAudio().fit_transform(videos))
    np.testing.assert_array_equal(features[:, :13], expected)


def test_a_video_without_sound_is_an_error_or_missing():
    videos = [encode(shades(), tone()), encode(shades())]
    sentence = (
        f"Cannot read the sound of {len(videos[1])} bytes (recording 1): it has no sound, only "
        "pictures. Leave the row out."
    )
    with pytest.raises(RecordingError, match=f"^{re.escape(sentence)}$"):
        ExtractAudio().transform(videos)
    with pytest.warns(UserWarning, match=re.escape(sentence)):
        waveforms = ExtractAudio(on_error="nan").transform(videos)
    assert waveforms[1] is None
    with pytest.warns(UserWarning, match=re.escape(sentence)):
        waveforms = ExtractAudio(on_error="nan", duration=0.5).transform(videos)
    assert np.isnan(waveforms[1]).all()


def test_sound_that_is_too_long_is_refused():
    sentence = r"it lasts 2\.0 s, more than the 1\.5 s that are read\. Cut it into clips\.$"
    with pytest.raises(RecordingError, match=sentence):
        ExtractAudio(max_duration=1.5).transform([encode(None, tone(duration=2), "mov")])
