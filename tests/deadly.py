"""Models that start fast and do harm, for processes that have to import them."""

import os
import signal
from functools import partial
from pathlib import Path

import numpy as np

from skemotion.cli._batch import predict_chunk


class Deadly:
    """A predictor of what is in files, which some names kill."""

    classes = ("calm", "angry")
    has_probabilities = True

    def answer(self, files):
        if any("deadly" in file for file in files):
            os.kill(os.getpid(), signal.SIGKILL)
        if any("strange" in file for file in files):
            raise KeyError("strange indeed")
        shares = [sum(Path(file).read_bytes()) % 1000 / 1000 for file in files]
        scores = np.array([[share, 1 - share] for share in shares], dtype=np.float32)
        return [self.classes[number] for number in scores.argmax(axis=1)], scores


class Incomplete:
    """A predictor that lacks a package."""

    classes = ("calm", "angry")
    has_probabilities = True

    def answer(self, files):
        raise ImportError("This needs the package 'av', which is not installed.")


def open_model(model, trusted):
    return partial(predict_chunk, Deadly()), Deadly.classes


def open_incomplete(model, trusted):
    return partial(predict_chunk, Incomplete()), Incomplete.classes


def die(model, trusted):
    os.kill(os.getpid(), signal.SIGKILL)
