"""The whole test suite of a plugin: call the checks."""

import wave

import numpy as np
import pytest

from skemotion.datasets import get_dataset
from skemotion.models import load_model
from skemotion.testing import check_dataset, check_model


@pytest.fixture
def tones(tmp_path):
    """Write 24 tones of three whistlers."""
    time = np.arange(4000) / 8000
    for tone, pitch in (("hi", 900), ("lo", 300)):
        for person in range(3):
            for take in range(4):
                pitched = pitch * (1 + 0.03 * person + 0.01 * take)
                samples = (8000 * np.sin(2 * np.pi * pitched * time)).astype("<i2")
                with wave.open(str(tmp_path / f"{tone}_p{person:02}_{take}.wav"), "wb") as file:
                    file.setparams((1, 2, 8000, 0, "NONE", ""))
                    file.writeframes(samples.tobytes())
    return tmp_path


def test_dataset(tones):
    check_dataset(get_dataset("tones", tones))


def test_model(tones):
    check_model(load_model("tone-knn"), get_dataset("tones", tones).load())
