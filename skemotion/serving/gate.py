"""What every request passes: its id, key, rate, errors, counts and log line."""

import asyncio
import itertools
import json
import logging
import random
import re
import secrets
import time

from skemotion.serving.bodies import Disconnected
from skemotion.serving.problems import Refusal, internal_error
from skemotion.serving.security import API_HEADERS, PAGE_HEADERS

PREDICT = "/v1/predict"
_LOG = logging.getLogger("skemotion.serving")
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_JSON = b"application/json"
_PROBLEM = b"application/problem+json"
_PAUSE = 0.3, 0.9  # s before a refusal: clients that come again at once must not take all the time
_POLICY = 1008  # code of a WebSocket
_GONE = 499  # the client closed the connection; nothing is sent


class Gate:
    """Middleware around all routes; it answers POST /v1/predict itself, the shortest way.

    Parameters
    ----------
    app : callable
        The routes.
    service : Service
    """

    def __init__(self, app, service):
        self._app = app
        self._service = service
        self._chance = random.Random()
        self._prefix, self._counter = secrets.token_hex(5), itertools.count()

    def _make_id(self):
        return f"{self._prefix}{next(self._counter) & 0xFFFFFF:06x}"

    async def __call__(self, scope, receive, send):
        """Answer one request.

        Parameters
        ----------
        scope : dict
            Of ASGI.
        receive, send : callable
            Of ASGI.
        """
        if scope["type"] != "http":
            await self._connect(scope, receive, send)
            return
        start = time.perf_counter()
        headers = dict(scope["headers"])
        path = _route_path(scope)
        given = headers.get(b"x-request-id")
        request_id = given.decode() if given and _ID.fullmatch(given) else self._make_id()
        scope["request_id"] = request_id
        answer = _Answer(send, request_id, self._service, path)
        owner, n_items = None, 0
        try:
            self._service.hosts.check(headers.get(b"host", b""))
            if _is_guarded(path):
                client = scope.get("client")
                owner = self._service.admit(headers, client[0] if client else "")
            if path == PREDICT:
                _check_method(scope["method"])
                body, n_items = await self._service.predict(scope, receive, headers, request_id)
                await answer.whole(200, body, _JSON)
            else:
                await self._app(scope, receive, answer.send)
        except Refusal as refusal:
            if refusal.code == "overloaded":
                await asyncio.sleep(self._chance.uniform(*_PAUSE))
            await answer.refuse(refusal)
        except Disconnected:
            answer.status = _GONE
        except Exception:
            _LOG.exception("A request failed", extra={"fields": {"id": request_id}})
            if answer.status is None:
                await answer.refuse(internal_error())
        finally:
            seconds = time.perf_counter() - start
            self._service.metrics.observe_request(path, answer.status, seconds)
            if self._service.log is not None:
                fields = {
                    "id": request_id,
                    "method": scope["method"],
                    "path": path[:200],
                    "status": answer.status,
                    "ms": round(seconds * 1e3, 2),
                    "items": n_items,
                    "key": owner,
                }
                self._service.log.write(fields)

    async def _connect(self, scope, receive, send):
        """Let a WebSocket to the routes if it is meant for this service."""
        try:
            if scope["type"] == "websocket":
                self._service.hosts.check(dict(scope["headers"]).get(b"host", b""))
        except Refusal as refusal:
            path = _route_path(scope)
            self._service.metrics.observe_request(path, refusal.status, 0.0)
            if "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": _POLICY})
                return
            answer = _Answer(_as_socket(send), self._make_id(), self._service, path)
            await answer.refuse(refusal)
        else:
            await self._app(scope, receive, send)


class _Answer:
    """The way back: adds the headers that all answers have."""

    def __init__(self, send, request_id, service, path):
        self._send, self._request_id = send, request_id
        self._service, self._path = service, path
        self.status = None

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            common = API_HEADERS if _is_guarded(self._path) else PAGE_HEADERS
            message["headers"] = [*message["headers"], *common, *self._own()]
        await self._send(message)

    async def whole(self, status, body, content_type, headers=()):
        self.status = status
        head = [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(body)),
            *API_HEADERS,
            *headers,
            *self._own(),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": head})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal):
        body = json.dumps(refusal.as_dict(self._request_id)).encode()
        headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        await self.whole(refusal.status, body, _PROBLEM, headers)

    def _own(self):
        own = [(b"x-request-id", self._request_id.encode())]
        if self._service.state == "draining":
            own.append((b"connection", b"close"))
        return own


def _as_socket(send):
    """Return a way to refuse a WebSocket by an answer of HTTP."""

    async def send_renamed(message):
        await send(message | {"type": f"websocket.{message['type']}"})

    return send_renamed


def _route_path(scope):
    """Return the path as the routes see it: without what the service is mounted under."""
    path, root = scope["path"], scope.get("root_path", "")
    under = path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/")
    return path[len(root) :] if under else path


def _is_guarded(path):
    """Tell whether a path needs a key, where keys are used: all but the page and health."""
    return path.startswith("/v1/") or path == "/metrics"


def _check_method(method):
    if method != "POST":
        raise Refusal(
            405,
            "method_not_allowed",
            f"Expected POST, got {method}. See /openapi.json.",
            {"allow": "POST"},
        )
