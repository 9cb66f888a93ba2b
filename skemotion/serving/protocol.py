"""HTTP as uvicorn speaks it, with the limits that it lacks."""

import json

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from skemotion.serving.problems import Refusal

_MOST_SILENT = 65536  # bytes without a body: of the head, or of trailers
_LEAVING = 1.0  # s that a new connection has on shutdown to bring its request
_LINGER = 5.0  # s in which the rest of a refused request is read over, so that its client listens


def make_protocol(settings):
    """Return the protocol for some settings.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    type
        A class for the `http` parameter of :class:`uvicorn.Config`.
    """

    class LimitedProtocol(_LimitedProtocol):
        _header_deadline = settings.header_deadline
        _most_connections = settings.max_connections

    return LimitedProtocol


class _LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose head does not come, or whose refused body does not end."""

    def connection_made(self, transport):
        super().connection_made(_Joined(transport, self.loop))
        self._timer = None
        self._n_silent = 0
        self._incomplete = False
        if len(self.connections) > self._most_connections:
            self._refuse(
                503,
                "overloaded",
                f"Expected at most {self._most_connections} connections, got more. "
                "Try again in 1 s.",
                b"retry-after: 1\r\n",
            )
        else:
            self._arm(self._header_deadline)

    def connection_lost(self, exc):
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data):
        self._n_silent += len(data)
        super().data_received(data)
        if self._n_silent > _MOST_SILENT and not self.transport.is_closing():
            self._refuse(
                431,
                "head_too_large",
                f"Expected a head of at most {_MOST_SILENT} bytes, got more. Shorten it.",
            )

    def on_message_begin(self):
        super().on_message_begin()
        self._incomplete = True
        if self._timer is None:
            self._arm(self._header_deadline)

    def on_headers_complete(self):
        self._n_silent = 0
        self._disarm()
        super().on_headers_complete()

    def on_header(self, name, value):
        if self.cycle is None or self.cycle.scope is not self.scope:  # else it is a trailer
            super().on_header(name, value)

    def on_body(self, body):
        self._n_silent = 0
        super().on_body(body)

    def on_message_complete(self):
        self._n_silent = 0
        self._incomplete = False
        if self.cycle is not None and self.cycle.response_complete:
            self._disarm()
        super().on_message_complete()

    def on_response_complete(self):
        super().on_response_complete()
        if self._incomplete and self.cycle.response_complete:
            self._arm(_LINGER)

    def shutdown(self):
        if self.cycle is None:  # accepted, and its first request is on the way
            self._arm(_LEAVING)
        else:
            super().shutdown()

    def send_400_response(self, msg):
        self._refuse(400, "bad_request", "Expected a request in HTTP/1.1, got none. Correct it.")

    def _refuse(self, status, code, detail, headers=b""):
        body = json.dumps(Refusal(status, code, detail).as_dict()).encode()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: application/problem+json\r\n"
            + headers
            + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            + body
        )
        self.transport.close()

    def _arm(self, seconds):
        self._disarm()
        self._timer = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _disarm(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Joined:
    """A transport that sends the head of an answer with its body: half the calls, half the time."""

    def __init__(self, transport, loop):
        self._transport, self._loop = transport, loop
        self._head = None
        self.is_closing = transport.is_closing

    def __getattr__(self, name):
        return getattr(self._transport, name)

    def write(self, data):
        if self._head is not None:
            data, self._head = self._head + data, None
        elif data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1":
            self._head = data
            self._loop.call_soon(self._flush)  # a body that comes later must not hold it back
            return
        self._transport.write(data)

    def close(self):
        self._flush()
        self._transport.close()

    def _flush(self):
        if self._head is not None:
            self._transport.write(self._head)
            self._head = None
