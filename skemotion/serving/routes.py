"""All routes but POST /v1/predict, which the gate answers."""

from fastapi import APIRouter, Response, WebSocket

from skemotion.serving import schema
from skemotion.serving.live import Live


def make_router(service):
    """Return the routes of a service.

    Parameters
    ----------
    service : Service

    Returns
    -------
    :class:`fastapi.APIRouter`
    """
    router = APIRouter()

    @router.get("/v1/model", response_model=schema.ModelResponse, summary="What is served")
    async def model():
        limits = {name: getattr(service.settings, name) for name in schema.Limits.model_fields}
        return {"models": [hosted.describe() for hosted in service.models], "limits": limits}

    @router.get("/healthz", response_model=schema.Health, summary="Whether the process lives")
    async def healthz():
        return {"status": "ok"}

    @router.get(
        "/readyz",
        response_model=schema.Health,
        responses={503: {"model": schema.Health, "description": "Starting or shutting down"}},
        summary="Whether requests are welcome: the models have answered once",
    )
    async def readyz(response: Response):
        response.status_code = 200 if service.state == "ok" else 503
        return {"status": service.state}

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        summary="Counts and times for Prometheus",
    )
    async def metrics():
        return Response(service.metrics.write(), media_type="text/plain; version=0.0.4")

    @router.websocket("/v1/live")
    async def live(socket: WebSocket):
        await Live(service, socket).run()

    return router
