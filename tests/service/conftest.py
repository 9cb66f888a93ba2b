"""Tiny saved models, and a service of them in a process of its own."""

import pytest
from service_load import ServiceProcess
from service_media import fit_faces, fit_voices

from skemotion import save, to_onnx


@pytest.fixture(scope="session")
def face_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny-face.skemotion"
    save(to_onnx(fit_faces()), path, metrics={"uar": 0.33}, card="Learned noise.")
    return path


@pytest.fixture(scope="session")
def other_face_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny-face.skemotion"
    save(to_onnx(fit_faces(C=1.0)), path)
    return path


@pytest.fixture(scope="session")
def voice_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "tiny-voice.skemotion"
    save(to_onnx(fit_voices()), path)
    return path


@pytest.fixture(scope="session")
def service(face_model, voice_model):
    with ServiceProcess(face_model, voice_model) as running:
        yield running
