"""The OpenAPI document against what is answered: schemathesis makes requests out of it."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from service_media import picture, sound

from skemotion.serving.schema import PredictionResponse

_N_EXAMPLES = int(os.environ.get("SKEMOTION_SERVICE_EXAMPLES", "30"))
_CHECKS = [  # not whether valid requests are accepted: few bytes are a picture
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_MEDIA = [picture(1), picture(2, (40, 30), "JPEG"), sound(0.3), sound(2.0), picture()[:50]]
_OPERATIONS = [
    ("GET", "/v1/model"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("POST", "/v1/predict"),
]


@pytest.fixture(scope="module")
def document(service):
    return schemathesis.openapi.from_url(service.url + "/openapi.json")


@pytest.mark.parametrize(
    ("method", "path", "mode", "media"),
    [(*operation, "positive", None) for operation in _OPERATIONS]
    + [("POST", "/v1/predict", "negative", None), ("POST", "/v1/predict", "positive", _MEDIA)],
)
def test_answers_are_as_described(document, method, path, mode, media):
    strategy = document[path][method].as_strategy(generation_mode=GenerationMode(mode))
    statuses = set()

    @given(case=strategy, content=st.sampled_from(media or [None]))
    @settings(
        max_examples=_N_EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case, content):
        if content is not None:
            case.body, case.media_type = content, "application/octet-stream"
            case.query = {name: value for name, value in case.query.items() if name != "model"}
        response = case.call()
        statuses.add(response.status_code)
        case.validate_response(response, checks=_CHECKS)

    check()
    assert statuses == {200} if path != "/v1/predict" else statuses
    assert media is None or 200 in statuses


def test_document_names_every_path_that_is_served(service, document):
    paths = set(document.raw_schema["paths"])
    assert paths == {path for _, path in _OPERATIONS}
    example = document.raw_schema["paths"]["/v1/predict"]["post"]["responses"]["200"]["content"]
    value = example["application/json"]["examples"]["face"]["value"]
    PredictionResponse.model_validate(value, strict=True)
