"""The OpenAPI document: what FastAPI knows of the routes, and POST /v1/predict."""

from skemotion.serving import schema

_KINDS = {
    "image/png": "A picture.",
    "image/jpeg": "A picture.",
    "audio/wav": "A recording.",
    "audio/flac": "A recording.",
    "video/mp4": "A video.",
    "application/octet-stream": "Any of these: the content tells.",
}
_PROBLEMS = {
    400: "The form is malformed.",
    401: "No key of this service.",
    404: "No such model.",
    408: "The request came too slowly.",
    413: "Too many bytes, or too many files.",
    415: "No picture, recording or video, or not what the model takes.",
    421: "The Host header is none of this service.",
    422: "It cannot be decoded, is over a limit, shows no face, or a parameter is wrong.",
    429: "Too many requests; see Retry-After.",
    503: "Too many recordings wait; see Retry-After.",
    504: "Not answered within the deadline.",
}
_REFERENCE = "#/components/schemas/{model}"


def describe(app, settings):
    """Return the OpenAPI document of the service.

    Parameters
    ----------
    app : :class:`fastapi.FastAPI`
    settings : Settings

    Returns
    -------
    dict
    """
    if app.openapi_schema:
        return app.openapi_schema
    from fastapi.openapi.utils import get_openapi

    from skemotion import __version__

    document = get_openapi(
        title="skemotion",
        version=__version__,
        description="Emotions in pictures of faces, in voices and in videos.",
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    for model in (schema.PredictionResponse, schema.Problem):
        made = model.model_json_schema(ref_template=_REFERENCE, mode="serialization")
        schemas |= made.pop("$defs", {}) | {model.__name__: made}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"] |= _problems((421,), settings)
            if path.startswith("/v1/") or path == "/metrics":
                operation["responses"] |= _problems((401, 429), settings)
    document["paths"]["/v1/predict"] = {"post": _predict(settings)}
    if settings.api_keys:
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        document["security"] = [{"bearer": []}, {"header": []}]
    app.openapi_schema = document
    return document


def _predict(settings):
    binary = {"type": "string", "format": "binary"}
    content = {kind: {"schema": binary | {"description": text}} for kind, text in _KINDS.items()}
    content["multipart/form-data"] = {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "array", "items": binary, "maxItems": settings.max_items}
            },
        }
    }
    answer = {"schema": {"$ref": _REFERENCE.format(model="PredictionResponse")}}
    return {
        "summary": "Predict the emotions in pictures, recordings or videos",
        "description": (
            "The body is one file, whatever its Content-Type, or many as multipart/form-data. "
            "Of one file that gets no prediction, the error is the answer; of many, each has an "
            "item with a prediction or an error. A picture has one result a face; a long "
            "recording one a window."
        ),
        "operationId": "predict",
        "parameters": _parameters(),
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {
                "description": "One item a file, in their order.",
                "content": {
                    "application/json": answer | {"examples": {"face": {"value": _EXAMPLE}}}
                },
            },
            **_problems(_PROBLEMS, settings),
        },
    }


def _parameters():
    faces = {"type": "string", "enum": ["auto", "whole", "detect"], "default": "auto"}
    parameters = {
        "model": ({"type": "string"}, "Name of a served model. Default: the first for the file."),
        "faces": (
            faces,
            "auto: a picture of up to 128 pixels a side is taken as a face, larger ones are "
            "searched; whole: the picture is a face; detect: an error where none is found.",
        ),
        "min_face": (
            {"type": "number", "minimum": 0.02, "maximum": 1, "default": 0.1},
            "Side of the smallest face that is looked for, as a share of the shorter side.",
        ),
        "window": (
            {"type": "number", "anyOf": [{"const": 0}, {"minimum": 0.5, "maximum": 60}]},
            "Seconds of sound in a prediction; 0: all. Default: 3 where it lasts longer than 6.",
        ),
        "hop": (
            {"type": "number", "minimum": 0.25, "maximum": 60},
            "Seconds between two windows. Default: half a window.",
        ),
    }
    return [
        {"name": name, "in": "query", "required": False, "schema": kind, "description": text}
        for name, (kind, text) in parameters.items()
    ]


def _problems(statuses, settings):
    left_out = set() if settings.api_keys else {401}
    if not settings.allowed_hosts:
        left_out.add(421)
    if not settings.rate:
        left_out.add(429)
    reference = {"schema": {"$ref": _REFERENCE.format(model="Problem")}}
    return {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": reference},
        }
        for status in statuses
        if status not in left_out
    }


_ITEM = {
    "index": 0,
    "name": "photo.jpg",
    "media": {"kind": "image", "format": "JPEG", "width": 640, "height": 480, "duration": None},
    "model": {"name": "face-cnn", "version": "3f1c09a4be77"},
    "label": "happiness",
    "probabilities": {"anger": 0.02, "happiness": 0.9, "sadness": 0.08},
    "faces": [
        {
            "box": {"x": 112.0, "y": 64.0, "width": 180.0, "height": 180.0},
            "score": 4.2,
            "label": "happiness",
            "probabilities": {"anger": 0.02, "happiness": 0.9, "sadness": 0.08},
        }
    ],
    "timeline": None,
    "warning": None,
    "error": None,
}
_EXAMPLE = {"request_id": "9f86d081884c7d65", "items": [_ITEM]}
