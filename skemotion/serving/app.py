"""The service as an ASGI application."""

import json
from contextlib import asynccontextmanager
from http import HTTPStatus

from skemotion._optional import import_extra
from skemotion.serving.gate import Gate
from skemotion.serving.problems import Refusal
from skemotion.serving.service import Service
from skemotion.serving.settings import Settings


def create_app(models, settings=None):
    """Make the service of some models.

    Parameters
    ----------
    models : Predictor, path-like or list of them
        Paths are files of :func:`~skemotion.save`; they are watched, and swapped where they are
        replaced.
    settings : Settings, default=None
        None takes ``$SKEMOTION_SERVE_*`` and the defaults. Requests are answered whatever their
        Host header says unless `allowed_hosts` is set: where it listens the server decides.

    Returns
    -------
    App
        To run with any ASGI server; :func:`skemotion.serving.serve` brings one with further limits.

    Raises
    ------
    ImportError
        If the extra ``serve`` is not installed.
    ValueError
        If there is no model, or two have one name.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from skemotion import Resize, save
    >>> from skemotion.serving import create_app
    >>> pipeline = make_pipeline(Resize(8, 8), DummyClassifier())
    >>> pipeline = pipeline.fit([np.zeros((9, 9), "uint8")], ["calm"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "calm.skemotion"
    ...     _ = save(pipeline, path)
    ...     app = create_app(path)
    >>> sorted(app.routes.openapi()["paths"])
    ['/healthz', '/metrics', '/readyz', '/v1/model', '/v1/predict']
    """
    fastapi = import_extra("fastapi", extra="serve")
    from starlette.exceptions import HTTPException

    from skemotion.serving import openapi, routes, static

    settings = settings or Settings.from_environment()
    models = models if isinstance(models, list | tuple) else [models]
    service = Service(models, settings)

    @asynccontextmanager
    async def lifespan(app):
        await service.start()
        yield
        await service.stop()

    routes_app = fastapi.FastAPI(
        title="skemotion",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={HTTPException: _tell_error},
    )
    routes_app.include_router(routes.make_router(service))
    if settings.page:
        static.add_page(routes_app)
    routes_app.openapi = lambda: openapi.describe(routes_app, settings)
    return App(service, routes_app)


class App:
    """The service of some models, for any ASGI server.

    Attributes
    ----------
    service : Service
    routes : :class:`fastapi.FastAPI`
        All but POST /v1/predict.
    """

    def __init__(self, service, routes):
        self.service = service
        self.routes = routes
        # around FastAPI and not inside: what passes it costs more than some predictions
        self._answer = _allow_origins(Gate(routes, service), service)

    async def __call__(self, scope, receive, send):
        """Answer one request.

        Parameters
        ----------
        scope : dict
            Of ASGI.
        receive, send : callable
            Of ASGI.
        """
        await self._answer(scope, receive, send)


def _allow_origins(app, service):
    given = service.settings.cors_origins.split(",")
    origins = [origin.strip() for origin in given if origin.strip()]
    if not origins:
        return app
    from starlette.middleware.cors import CORSMiddleware

    open_app = CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "x-api-key", "x-request-id", "content-type"],
        expose_headers=["x-request-id", "retry-after"],
    )

    async def answer(scope, receive, send):
        host = dict(scope.get("headers", ())).get(b"host", b"")
        # it answers preflights itself: what is meant for another host gets past it
        await (open_app if service.hosts.allows(host) else app)(scope, receive, send)

    return answer


async def _tell_error(request, error):
    """Tell errors of the routing in the shape of all others."""
    from starlette.responses import Response

    status = HTTPStatus(error.status_code)
    refusal = Refusal(
        status.value,
        status.name.lower(),
        f"Expected one of the paths of /openapi.json with its method, got {request.method} "
        f"{request.url.path[:200]}. Correct it.",
    )
    return Response(
        json.dumps(refusal.as_dict(request.scope["request_id"])),
        status.value,
        error.headers,
        "application/problem+json",
    )
