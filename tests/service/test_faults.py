"""What must not break the service; SKEMOTION_SERVICE_SHARE=1 takes the full counts."""

import os

import pytest
import service_faults

_SHARE = float(os.environ.get("SKEMOTION_SERVICE_SHARE", "0.01"))


@pytest.mark.parametrize("name", service_faults.TESTS)
def test_service_withstands(name, face_model, other_face_model, voice_model):
    report = service_faults.Report(timed=_SHARE == 1)
    second = other_face_model if name == "swap" else voice_model
    service_faults.TESTS[name](report, [face_model, second], _SHARE)
    assert not report.failures
