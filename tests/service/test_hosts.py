"""Names by which the service may be asked."""

import asyncio
import gc
import json

import pytest
import requests
from service_media import picture

from skemotion.serving import create_app
from skemotion.serving.hosts import Hosts, default_hosts, parse_hosts
from skemotion.serving.settings import Settings

SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@pytest.mark.parametrize(
    ("names", "header", "allowed"),
    [
        (default_hosts("127.0.0.1", "127.0.0.1"), b"127.0.0.1:8000", True),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"LocalHost.:1", True),
        (default_hosts("::1", "::1"), b"[::1]:8000", True),
        (default_hosts("127.0.0.2", "127.0.0.2"), b"127.0.0.2", True),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"127.0.0.2", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"page.example:8000", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"localhost.page.example", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"page.example@localhost", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"localhost:80:80", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"[::1]page.example", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"\xff", False),
        (default_hosts("127.0.0.1", "127.0.0.1"), b"", False),
        (default_hosts("0.0.0.0", "0.0.0.0"), b"page.example", True),
        (default_hosts("::", "::"), b"", True),
        ("Emotions.example, ::1", b"emotions.example:443", True),
        ("Emotions.example, ::1", b"localhost", False),
        ("*, localhost", b"page.example", True),
    ],
)
def test_which_headers_are_allowed(names, header, allowed):
    hosts = Hosts(parse_hosts(names))
    for _ in range(2):  # what is known need not be taken apart
        assert hosts.allows(header) == allowed


def test_many_ports_do_not_fill_the_memory():
    hosts = Hosts(parse_hosts("localhost"))
    assert all(hosts.allows(b"localhost:%d" % port) for port in range(2000))
    assert len(hosts._known) <= 1000


@pytest.mark.parametrize(
    "names", ["https://emotions.example", "emotions.example:443", "a b", "[x]"]
)
def test_what_is_no_name_of_a_host_is_refused(names):
    with pytest.raises(ValueError, match="Expected allowed_hosts to be names or addresses without"):
        Settings(allowed_hosts=names)


def test_service_on_loopback_answers_to_names_of_loopback_only(service):
    for path in ("/", "/page.js", "/healthz", "/metrics", "/v1/model", "/openapi.json", "/none"):
        answer = requests.get(service.url + path, headers={"Host": "page.example:80"}, timeout=9)
        assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")
        assert answer.headers["content-type"] == "application/problem+json"
    for host, status in (("page.example", 421), ("localhost:80", 200), ("[::1]", 200)):
        url, headers = service.url + "/v1/predict", {"Host": host}
        assert requests.post(url, picture(), headers=headers, timeout=9).status_code == status


def test_websocket_of_another_host_is_refused(service):
    url = service.url + "/v1/live"
    answer = requests.get(url, headers={**SOCKET, "Host": "page.example"}, timeout=9)
    assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    with requests.get(url, headers={**SOCKET, "Host": "localhost"}, timeout=9, stream=True) as fine:
        assert fine.status_code == 101


def test_application_checks_hosts_where_it_is_told(face_model):
    async def ask(app, kind, *headers, method="GET", extensions=None):
        messages = []

        async def receive():
            return {"type": f"{kind}.request" if kind == "http" else f"{kind}.connect"}

        async def send(message):
            messages.append(message)

        scope = {"type": kind, "method": method, "path": "/healthz", "query_string": b""}
        scope |= {"headers": list(headers), "client": None, "extensions": extensions or {}}
        await app(scope, receive, send)
        return messages

    origin = b"https://page.example"
    preflight = ((b"origin", origin), (b"access-control-request-method", b"POST"))
    foreign, own = (b"host", b"page.example"), (b"host", b"a.example")
    common = {"watch": 0, "log_requests": False}
    settings = Settings(allowed_hosts="a.example", cors_origins=origin.decode(), **common)

    async def ask_all():
        start = (await ask(app, "http", own))[0]
        assert start["status"] == 200
        for headers, method in (((foreign,), "GET"), ((foreign, *preflight), "OPTIONS")):
            start, body = await ask(app, "http", *headers, method=method)
            assert (start["status"], json.loads(body["body"])["code"]) == (421, "misdirected")
        assert (await ask(app, "http", own, *preflight, method="OPTIONS"))[0]["status"] == 200
        # of a server that cannot answer a WebSocket by HTTP
        assert await ask(app, "websocket", foreign) == [{"type": "websocket.close", "code": 1008}]
        assert (await ask(anywhere, "http", foreign))[0]["status"] == 200

    app, anywhere = (create_app(face_model, one) for one in (settings, Settings(**common)))
    try:
        asyncio.run(ask_all())
    finally:
        gc.unfreeze()
