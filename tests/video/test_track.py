"""Following a face through a clip."""

import re
from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_videos import encode
from skimage.data import astronaut

from skemotion import (
    FaceTrack,
    ReadVideo,
    RecordingError,
    detect_faces,
    make_recording_pipeline,
)
from skemotion.video._tracking import choose_track, cut, resize_frame, to_squares


@pytest.fixture(scope="module")
def photo():
    """Return a photo whose face fills about x 176 to 274 and y 64 to 162."""
    return astronaut()[:320, 60:380]


@pytest.mark.parametrize("detector", [None, detect_faces, partial(detect_faces, min_face=0.2)])
@pytest.mark.parametrize("grey", [False, True])
def test_a_face_fills_its_square(photo, detector, grey):
    clip = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[None] if grey else photo[None]
    faces = FaceTrack(100, detector=detector, margin=0).transform([clip])[0]
    expected = cv2.resize(clip[0][64:162, 114:212], (100, 100))
    score = np.corrcoef(faces[0].ravel(), expected.ravel())[0, 1]
    assert score > 0.75


def test_faces_smaller_than_asked_for_are_not_found(photo):
    with pytest.raises(RecordingError, match=r"no face was found in any of its 1 frames\."):
        FaceTrack(min_face=0.6).transform([photo[None]])


def test_a_moving_face_stays_in_place(photo):
    """The photo moves by 4 pixels a frame; in two frames the face is hidden."""
    frames = np.stack([photo[:240, 4 * i : 4 * i + 240] for i in range(12)])
    frames[5:7] = 0
    clip = FaceTrack(48).transform([frames])[0]
    assert clip.shape == (12, 48, 48, 3)
    seen = clip[[0, 1, 2, 3, 4, 7, 8, 9, 10, 11]].astype(int)
    spread = np.abs(seen - np.median(seen, axis=0)).mean()
    unmoved = np.stack([cv2.resize(frame, (48, 48)) for frame in frames[[0, 2, 4, 8, 10]]])
    assert spread < 0.3 * np.abs(unmoved - np.median(unmoved, axis=0)).mean()
    assert len(detect_faces(cv2.resize(clip[3], (160, 160)))) == 1


def test_read_and_follow_in_one_pipeline(photo):
    video = encode(np.repeat(photo[None, :240, :240], 5, axis=0))
    steps = make_recording_pipeline(ReadVideo(3, mode="rgb"), FaceTrack(32))
    clips = steps.fit_transform([video, video])
    assert clips.shape == (2, 3, 32, 32, 3)


def moving(n_frames, start=10.0, step=3.0):
    x = start + step * np.arange(n_frames)
    return np.column_stack([x, np.full(n_frames, 20.0), np.full((n_frames, 2), 30.0)])


@given(st.integers(3, 30), st.sampled_from([1, 2, 3, 5, 9]), st.data())
def test_straight_movement_comes_out_exactly_whatever_is_missing(n_frames, smoothing, data):
    boxes = moving(n_frames)
    hidden = data.draw(st.lists(st.integers(1, n_frames - 2), max_size=n_frames))
    boxes[hidden] = np.nan
    squares = to_squares(boxes, 0.5, smoothing)
    expected = moving(n_frames)
    np.testing.assert_allclose(squares[:, 0], expected[:, 0] + 15)
    np.testing.assert_allclose(squares[:, 1], 35)
    np.testing.assert_allclose(squares[:, 2], 45)


def test_missing_ends_stand_still():
    boxes = moving(6)
    boxes[[0, 1, 5]] = np.nan
    np.testing.assert_allclose(to_squares(boxes, 0, 1)[:, 0] - 15, [16, 16, 16, 19, 22, 22])


def test_smoothing_takes_out_trembling():
    boxes = moving(40)
    trembling = boxes.copy()
    trembling[:, 0] += np.random.default_rng(0).normal(scale=2, size=40)
    errors = [
        np.abs(to_squares(trembling, 0, smoothing)[:, 0] - 15 - boxes[:, 0]).mean()
        for smoothing in (1, 5)
    ]
    assert errors[1] < 0.7 * errors[0]


def test_one_face_is_followed_among_others():
    large, small = moving(8), moving(8, start=150.0, step=-3.0)
    small[:, 2:] = 20
    boxes = [np.array([small[i], large[i]]) for i in range(8)]
    boxes[3] = boxes[3][:1]  # the larger one is hidden once
    boxes[6] = np.vstack([boxes[6], [200, 100, 60, 60]])  # a false alarm, larger still
    chosen = choose_track(boxes)
    assert np.isnan(chosen[3]).all()
    np.testing.assert_array_equal(np.delete(chosen, 3, axis=0), np.delete(large, 3, axis=0))
    assert np.isnan(choose_track([np.empty((0, 4))] * 3)).all()


def test_cutting_repeats_the_edge_outside_the_frame():
    frame = np.arange(16, dtype=np.uint8).reshape(4, 4)
    np.testing.assert_array_equal(cut(frame, np.array([2, 2, 4])), frame)
    expected = np.pad(frame, 1, mode="edge")
    np.testing.assert_array_equal(cut(frame, np.array([2, 2, 6])), expected)
    assert cut(frame, np.array([2, 2, 0.1])).shape == (1, 1)
    assert cut(frame, np.array([-50, 90, 3])).tolist() == [[12] * 3] * 3
    assert resize_frame(frame[:, :, None], 8).shape == (8, 8, 1)


def test_a_clip_without_a_face_is_an_error_or_missing_or_whole():
    clip = np.arange(2 * 40 * 60, dtype=np.uint8).reshape(2, 40, 60)
    sentence = (
        "Cannot follow a face in an array of shape (2, 40, 60) (recording 0): no face was found in "
        "any of its 2 frames. Leave it out, pass another detector, or set on_missing."
    )
    with pytest.raises(RecordingError, match=f"^{re.escape(sentence)}$"):
        FaceTrack(20).transform([clip])
    faces = FaceTrack(20, on_missing="whole").transform([clip])
    expected = [cv2.resize(frame, (20, 20), interpolation=cv2.INTER_AREA) for frame in clip]
    np.testing.assert_array_equal(faces[0], expected)
    seen = FaceTrack(20, on_missing="nan", detector=lambda frame: [(1, 1, 9, 9)][: frame[0, 0]])
    faces = seen.transform([clip * 0, clip * 0 + 1])
    assert faces[0] is None
    assert faces[1].shape == (2, 20, 20)


def test_rows_that_are_missing_stay_missing():
    clip = np.zeros((2, 40, 60), np.uint8)
    faces = FaceTrack(8, on_missing="whole", on_error="nan").transform([None, clip])
    assert faces[0] is None
    assert faces[1].shape == (2, 8, 8)


@pytest.mark.parametrize(
    "boxes", [[(1, 2, 3)], [(1, 2, 0, 4)], [(1, 2, float("nan"), 4)], 7, ["face"]]
)
def test_what_a_detector_returns_is_checked(boxes):
    sentence = r"expected the detector to return boxes that begin with x, y, width and height, got "
    with pytest.raises(RecordingError, match=sentence):
        FaceTrack(detector=lambda frame: boxes).transform([np.zeros((2, 40, 60), np.uint8)])


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (b"RIFF", "expected a decoded clip, got a bytes. Put ReadVideo before this step"),
        (
            np.zeros((2, 8, 8)),
            "expected a clip of dtype uint8, got float64. Put ReadVideo before this step",
        ),
        (
            np.zeros((2, 8, 8, 2), "uint8"),
            "expected a clip of shape (n_frames, height, width) or (n_frames, height, width, 1 or "
            "3), got (2, 8, 8, 2). Put ReadVideo before this step",
        ),
        (
            np.zeros((0, 8, 8), "uint8"),
            "expected at least one frame and pixel, got a clip of shape (0, 8, 8)",
        ),
    ],
)
def test_wrong_clip_is_refused_with_the_reason(clip, reason):
    with pytest.raises(RecordingError, match=re.escape(f"(recording 0): {reason}.")):
        FaceTrack().transform([clip])
