"""Shared by the tests of exports."""

import pytest

from skemotion.export import _convert
from skemotion.models._backend import model_to_bytes


@pytest.fixture
def here(monkeypatch):
    """Convert in this process, which has TensorFlow loaded: another one takes seconds."""

    def convert(model, target, *, step, precision="float32", representative=None):
        model = _convert.read_in_float32(model_to_bytes(model))
        if target == "onnx":
            return _convert.convert_to_onnx(model)
        return _convert.convert_to_litert(model, precision, representative)

    monkeypatch.setattr("skemotion.export._steps_to_onnx.convert_network", convert)
    monkeypatch.setattr("skemotion.export.converting.convert_network", convert)
