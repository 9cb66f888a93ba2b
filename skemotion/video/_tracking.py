"""Follow one face through the frames of a clip."""

import numpy as np

from skemotion._haar import find_faces
from skemotion.video._check import check_clip

_OVERLAP = 0.2  # intersection over union that makes two boxes one face


def choose_track(boxes):
    """Return the box of one face in each frame.

    In each frame, a box goes on with the track whose last box it overlaps most; others begin
    tracks of their own. The track with the largest area, summed over the frames, is the face: it
    is there longest, or is closest to the camera.

    Parameters
    ----------
    boxes : list of ndarray of shape (n_faces, 4)
        One a frame: x, y, width and height.

    Returns
    -------
    ndarray of float64 of shape (n_frames, 4)
        NaN where the face was not found.
    """
    tracks = []
    for frame, found in enumerate(boxes):
        free = list(tracks)
        for box in found:
            overlaps = [_overlap(track[max(track)], box) for track in free]
            best = int(np.argmax(overlaps)) if overlaps else None
            if best is not None and overlaps[best] >= _OVERLAP:
                free.pop(best)[frame] = box
            else:
                tracks.append({frame: box})
    chosen = np.full((len(boxes), 4), np.nan)
    if tracks:
        face = max(tracks, key=lambda track: sum(box[2] * box[3] for box in track.values()))
        chosen[list(face)] = list(face.values())
    return chosen


def to_squares(boxes, margin, smoothing):
    """Return squares around boxes, the missing ones filled in, and smoothed over time.

    Parameters
    ----------
    boxes : ndarray of shape (n_frames, 4)
        x, y, width and height; NaN where missing, but not everywhere.
    margin : float
        What is added to the longer side, as a share of it.
    smoothing : int
        Odd number of frames that are averaged; fewer at both ends, where the window shrinks.

    Returns
    -------
    ndarray of float64 of shape (n_frames, 3)
        x and y of the centres, and the side. Missing ones lie on a line between their neighbours;
        before the first and after the last, they stand still.
    """
    sides = boxes[:, 2:].max(axis=1) * (1 + margin)
    squares = np.column_stack([boxes[:, :2] + boxes[:, 2:] / 2, sides])
    frames = np.arange(len(boxes))
    found = ~np.isnan(sides)
    filled = [np.interp(frames, frames[found], column[found]) for column in squares.T]
    squares = np.column_stack(filled)
    reach = np.minimum(np.minimum(frames, frames[::-1]), smoothing // 2)
    return np.stack(
        [squares[i - n : i + n + 1].mean(axis=0) for i, n in zip(frames, reach, strict=True)]
    )


def cut(frame, square):
    """Cut a square out of a frame.

    Parameters
    ----------
    frame : ndarray of uint8 of shape (height, width[, n_channels])
        A picture.
    square : ndarray of shape (3,)
        x and y of the centre, and the side, in pixels. What lies outside repeats the edge.

    Returns
    -------
    ndarray of uint8 of shape (side, side[, n_channels])
    """
    height, width = frame.shape[:2]
    side = max(1, round(square[2]))
    left, top = (round(centre - side / 2) for centre in square[:2])
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    return frame[rows[:, None], columns]


def resize_frame(frame, size):
    """Bring a frame to a height and width of `size`; areas are averaged where it shrinks.

    Parameters
    ----------
    frame : ndarray of uint8 of shape (height, width[, n_channels])
        A picture.
    size : int
        Pixels a side.

    Returns
    -------
    ndarray of uint8 of shape (size, size[, n_channels])
    """
    import cv2

    how = cv2.INTER_AREA if min(frame.shape[:2]) > size else cv2.INTER_LINEAR
    resized = cv2.resize(frame, (size, size), interpolation=how)
    return resized.reshape(size, size, *frame.shape[2:])


def _overlap(first, second):
    """Return intersection over union."""
    start = np.maximum(first[:2], second[:2])
    stop = np.minimum(first[:2] + first[2:], second[:2] + second[2:])
    shared = np.prod(np.maximum(stop - start, 0))
    return shared / max(np.prod(first[2:]) + np.prod(second[2:]) - shared, 1e-9)


def follow_face(clip, detector, size, margin, smoothing, on_missing):
    """Cut the face of one person out of all frames of a clip.

    Parameters
    ----------
    clip : ndarray of shape (n_frames, height, width) or (..., 1 or 3), dtype uint8
        Frames.
    detector : callable
        From a frame to boxes that begin with x, y, width and height.
    size : int
        Side of the result, in pixels.
    margin, smoothing
        As in :func:`to_squares`.
    on_missing : {"raise", "nan", "whole"}
        What a clip without a face gives: an error, None, or all of its frames.

    Returns
    -------
    ndarray of shape (n_frames, size, size[, n_channels]), dtype uint8, or None
    """
    check_clip(clip)
    boxes = choose_track([_check_boxes(detector(frame)) for frame in clip])
    if not np.isnan(boxes).all():
        squares = to_squares(boxes, margin, smoothing)
        pairs = zip(clip, squares, strict=True)
        return np.stack([resize_frame(cut(*pair), size) for pair in pairs])
    if on_missing == "raise":
        raise ValueError(
            f"no face was found in any of its {len(clip)} frames. Leave it out, pass another "
            "detector, or set on_missing"
        )
    if on_missing == "nan":
        return None
    return np.stack([resize_frame(frame, size) for frame in clip])


def find_frontal(frame, min_face):
    """Return the boxes of faces that are seen from the front.

    Parameters
    ----------
    frame : ndarray of shape (height, width) or (height, width, 1 or 3), dtype uint8
        Frame.
    min_face : float
        Side of the smallest face, as a share of the shorter side of the frame.

    Returns
    -------
    ndarray of float64 of shape (n_faces, 4)
    """
    import cv2

    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) if frame.shape[2:] == (3,) else frame
    return find_faces(grey.reshape(frame.shape[:2]), min_face)[0]


def _check_boxes(faces):
    try:
        boxes = np.array([tuple(face)[:4] for face in faces], np.float64).reshape(-1, 4)
    except (TypeError, ValueError):
        boxes = np.zeros((1, 4))
    if not (np.isfinite(boxes).all() and (boxes[:, 2:] > 0).all()):
        raise ValueError(
            "expected the detector to return boxes that begin with x, y, width and height, got "
            f"{faces!r:.80}"
        )
    return boxes
