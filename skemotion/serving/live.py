"""Live predictions over a WebSocket: frames or sound in, results as they come."""

import asyncio
import contextlib
import secrets
from collections import deque

import numpy as np
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from skemotion.serving.jobs import Job
from skemotion.serving.media import Media, as_wav, check_length, sniff
from skemotion.serving.options import Options
from skemotion.serving.problems import Refusal
from skemotion.serving.schema import LiveStart

_BACKLOG = 2  # frames or windows that wait; of more, the oldest are left out
_POLICY, _TOO_LARGE, _TRY_LATER, _GOING_AWAY = 1008, 1009, 1013, 1001
_MOST_SOUND = 2**20  # bytes of one message of sound
_START = (
    'a first message such as {"type": "start", "media": "image"}; see LiveStart in /openapi.json'
)


class Live:
    """One live connection.

    Parameters
    ----------
    service : Service
    socket : :class:`starlette.websockets.WebSocket`
    """

    def __init__(self, service, socket):
        self._service = service
        self._socket = socket
        self._request_id = secrets.token_hex(8)
        self._start = None
        self._owner = None
        self._backlog = deque()
        self._arrived = asyncio.Event()
        self._n_taken = self._n_dropped = 0
        self._sound = bytearray()
        self._n_before = 0  # samples that left the buffer

    async def run(self):
        """Serve the connection until one side ends it."""
        service = self._service
        await self._socket.accept()  # only then a refusal can be told
        try:
            if origin := self._foreign_origin():
                raise Refusal(
                    403,
                    "foreign_origin",
                    f"Expected a page of this service, got one of {origin!r}. "
                    "Add it to cors_origins.",
                )
            hosted = await self._begin()
            if len(service.live) >= service.settings.live_connections:
                raise Refusal(
                    503,
                    "overloaded",
                    f"Expected fewer than {service.settings.live_connections} live connections, "
                    "got as many. Try again later.",
                )
            service.live.add(self)
            service.metrics.live.inc()
            try:
                await self._socket.send_json(
                    {"type": "ready", "request_id": self._request_id, "model": hosted.describe()}
                )
                await self._serve()
            finally:
                service.live.discard(self)
                service.metrics.live.dec()
        except Refusal as refusal:
            await self._end(refusal)
        except WebSocketDisconnect:
            pass

    async def close(self):
        """End the connection because the service shuts down."""
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(_GOING_AWAY, "The service shuts down.")

    async def _serve(self):
        work = asyncio.create_task(self._work())
        try:
            while not work.done():
                message = await self._receive()
                if self._start.media == "image":
                    self._take_frame(message)
                else:
                    self._take_sound(message)
            await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _begin(self):
        text = await self._receive(text=True)
        try:
            self._start = LiveStart.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise Refusal(
                422, "bad_start", f"Expected {_START}, got a fault: {where}: {first['msg']}."
            ) from None
        headers = dict(self._socket.scope["headers"])
        if self._start.key:
            headers[b"x-api-key"] = self._start.key.encode()
        client = self._socket.client
        self._owner = self._service.admit(headers, client.host if client else "")
        self._check_limits()
        return self._service.models.find(self._start.model, self._start.media)

    def _check_limits(self):
        start, settings = self._start, self._service.settings
        rates = settings.min_sampling_rate, settings.max_sampling_rate
        if start.media == "audio" and not rates[0] <= start.sampling_rate <= rates[1]:
            wanted, got = f"sampling_rate from {rates[0]} to {rates[1]}", start.sampling_rate
        elif start.media == "audio" and start.window > settings.max_duration:
            wanted, got = f"window of at most {settings.max_duration:g}", f"{start.window:g}"
        else:
            return
        raise Refusal(422, "bad_start", f"Expected a {wanted}, got {got}. Correct the start.")

    async def _receive(self, text=False):
        settings = self._service.settings
        try:
            async with asyncio.timeout(settings.live_idle):
                message = await self._socket.receive()
        except TimeoutError:
            raise Refusal(
                408,
                "idle",
                f"Expected a message within {settings.live_idle:g} s, got none. Connect again.",
            ) from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        content = message.get("text") if text else message.get("bytes")
        if content is None:
            wanted = _START if text else "binary messages after the first one"
            raise Refusal(
                422, "bad_message", f"Expected {wanted}, got a message of the other kind. Mend it."
            )
        return content

    def _take_frame(self, data):
        self._push((data, None))

    def _take_sound(self, data):
        if len(data) > _MOST_SOUND or len(data) % 2:
            raise Refusal(
                422,
                "bad_sound",
                f"Expected at most {_MOST_SOUND} bytes of 16-bit samples in a message, got "
                f"{len(data)} bytes. Send shorter chunks of whole samples.",
            )
        start = self._start
        self._sound += data
        window, hop = (2 * round(s * start.sampling_rate) for s in (start.window, start.hop))
        # a hop longer than a window skips the gap
        n_whole = max(len(self._sound) - max(window, hop) + hop, 0) // hop
        for number in range(n_whole):
            first, kept = number * hop, n_whole - number <= _BACKLOG
            part = self._sound[first : first + window] if kept else b""  # others are left out
            self._push((part, self._n_before / start.sampling_rate))
            self._n_before += hop // 2
        del self._sound[: n_whole * hop]

    def _push(self, entry):
        self._backlog.append((self._n_taken, entry))
        self._n_taken += 1
        while len(self._backlog) > _BACKLOG:
            self._backlog.popleft()
            self._n_dropped += 1
        self._arrived.set()

    async def _work(self):
        while True:
            while not self._backlog:
                self._arrived.clear()
                await self._arrived.wait()
            index, (data, begin) = self._backlog.popleft()
            item = await self._predict(data, index, begin)
            await self._socket.send_json(
                {
                    "type": "result",
                    "index": index,
                    "dropped": self._n_dropped,
                    "start": begin,
                    "end": None if begin is None else begin + self._start.window,
                    "item": item,
                }
            )

    async def _predict(self, data, index, begin):
        service, start = self._service, self._start
        options = Options(model=start.model, faces=start.faces)
        job = Job(data, start.media, None, options, service.settings, index)
        try:
            hosted = service.models.find(start.model, start.media)
            job.predictor, job.batcher = hosted.predictor, hosted.batcher
            if begin is None:
                job.kind = sniff(data)
                if job.kind != "image":
                    raise Refusal(415, "unsupported_media", _not_a_picture(job.kind))
                check_length(data, job.kind, service.settings)
            else:
                job.media = Media("audio", "PCM", duration=start.window)
                samples = np.frombuffer(data, "<i2")
                job.recordings = [as_wav(samples, start.sampling_rate)]
                job.regions = [None]
            (outcome,) = await service.run([job])
        except Refusal as refusal:
            outcome = refusal
        return service.note(job, outcome, self._request_id)

    def _foreign_origin(self):
        """Return the origin of a page of somebody else, None where there is none."""
        headers = self._socket.headers
        origin = headers.get("origin")
        allowed = [one.strip() for one in self._service.settings.cors_origins.split(",")]
        if origin is None or origin in allowed or "*" in allowed:
            return None
        return None if origin.partition("://")[2] == headers.get("host") else origin[:200]

    async def _end(self, refusal):
        code = {413: _TOO_LARGE, 503: _TRY_LATER}.get(refusal.status, _POLICY)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            error = refusal.as_dict(self._request_id)
            await self._socket.send_json({"type": "error", "error": error})
            await self._socket.close(code, refusal.code)


def _not_a_picture(kind):
    return f"Expected a picture in each message, got something of kind {kind}. Send JPEG or PNG."
