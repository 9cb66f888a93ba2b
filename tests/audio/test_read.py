"""ReadAudio: recordings to waveforms."""

import numpy as np
import pytest

from skemotion import RMS, ReadAudio

WAVEFORMS = [np.full(900, 0.5, np.float32), np.full(400, -0.5, np.float32)]


def test_lengths_are_kept_without_duration():
    equal = ReadAudio().fit_transform([WAVEFORMS[0], WAVEFORMS[0]])
    assert equal.shape == (2,)
    assert equal.dtype == object
    np.testing.assert_array_equal(equal[1], WAVEFORMS[0])


def test_duration_cuts_and_pads_at_the_end():
    read = ReadAudio(1000, duration=0.5).fit_transform(WAVEFORMS)
    assert read.shape == (2, 500)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read[0], WAVEFORMS[0][:500])
    np.testing.assert_array_equal(read[1, :400], WAVEFORMS[1])
    assert not read[1, 400:].any()


def test_what_cannot_be_read_is_missing():
    message = "1 of 2 recordings could not be processed and are left missing"
    with pytest.warns(UserWarning, match=message):
        read = ReadAudio(on_error="nan").transform([WAVEFORMS[0], "nowhere.wav"])
    assert read[1] is None
    with pytest.warns(UserWarning, match=message):
        read = ReadAudio(duration=0.1, on_error="nan").transform([WAVEFORMS[0], "nowhere.wav"])
    assert read.shape == (2, 1600)
    assert np.isnan(read[1]).all()


def test_features_take_the_waveforms():
    read = ReadAudio().fit_transform(WAVEFORMS)
    np.testing.assert_array_equal(RMS().fit_transform(read), RMS().fit_transform(WAVEFORMS))


def test_duration_has_to_be_positive():
    with pytest.raises(ValueError, match="The 'duration' parameter of ReadAudio must be"):
        ReadAudio(duration=0).fit(WAVEFORMS)
