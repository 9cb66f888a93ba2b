"""Clips of one length."""

import re

import numpy as np
import pytest

from skemotion import PadClips, RecordingError


@pytest.mark.parametrize(("n_frames", "kept"), [(2, [1, 3]), (4, [0, 1, 2, 3]), (1, [2])])
def test_long_clips_are_thinned_out_evenly(n_frames, kept):
    clip = np.arange(4, dtype="uint8")[:, np.newaxis, np.newaxis] * np.ones((4, 2, 2), "uint8")
    assert PadClips(n_frames).fit_transform([clip])[0, :, 0, 0].tolist() == kept


def test_short_clips_end_in_black_frames():
    clips = np.empty(2, dtype=object)
    clips[:] = [np.full((n, 4, 5, 3), 7, "uint8") for n in (2, 6)]
    padded = PadClips(5).fit_transform(clips)
    assert padded.shape == (2, 5, 4, 5, 3)
    assert padded.dtype == np.uint8
    assert padded.max(axis=(2, 3, 4)).tolist() == [[7, 7, 0, 0, 0], [7, 7, 7, 7, 7]]


def test_pictures_are_refused():
    message = "expected a clip of shape (n_frames, height, width) or "
    with pytest.raises(RecordingError, match=re.escape(message)):
        PadClips().fit_transform([np.zeros((4, 4), "uint8")])
