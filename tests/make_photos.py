"""Photos and camera pictures of several faces."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from skemotion import detect_faces

_PLACES = ((40, 40), (400, 120), (740, 60), (420, 400))  # left and upper edge of each face
_SIDE = 200  # of a face in the photo, in pixels


class Photo(NamedTuple):
    path: Path
    centres: list  # of its faces


def make_photo(path, faces):
    """Put faces that are found into one picture."""
    picture = np.tile(np.linspace(70, 170, 1000).astype(np.uint8), (660, 1))
    centres = []
    for face in faces:
        left, upper = _PLACES[len(centres)]
        large = cv2.resize(np.squeeze(face), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
        tried = picture.copy()
        tried[upper : upper + _SIDE, left : left + _SIDE] = large
        seen = cv2.imdecode(cv2.imencode(path.suffix, tried)[1], cv2.IMREAD_GRAYSCALE)
        if len(detect_faces(seen)) == len(centres) + 1:
            picture = tried
            centres.append((left + _SIDE / 2, upper + _SIDE / 2))
        if len(centres) == len(_PLACES):
            break
    cv2.imwrite(str(path), picture)
    return Photo(path, centres)


def write_camera(path, picture):
    """Write a video of one picture as the browser's fake camera reads it."""
    picture = cv2.resize(picture, (640, 420))
    height, width = picture.shape
    colours = bytes([128]) * (height * width // 2)
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(5):
            file.write(b"FRAME\n" + picture.tobytes() + colours)
