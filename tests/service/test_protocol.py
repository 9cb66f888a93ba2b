"""Heads that do not end, connections without end, refused bodies; and what the disk sees."""

import http.client
import json
import socket
import time
from pathlib import Path

import pytest
from service_load import ServiceProcess, make_request
from service_media import picture


@pytest.fixture(scope="module")
def strict(face_model):
    with ServiceProcess(
        face_model, header_deadline=0.5, max_connections=8, max_body=100_000, max_image_bytes=90_000
    ) as running:
        yield running


def talk(service, *parts, timeout=5.0):
    """Send parts; return the status and body of the answer, 0 where the connection just ends."""
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        for part in parts:
            connection.sendall(part)
        connection.settimeout(timeout)
        answer = b""
        while got := connection.recv(65536):
            answer += got
            head, _, body = answer.partition(b"\r\n\r\n")
            if b"content-length" in head and body.endswith(b"}"):
                break
    return int(answer[9:12] or 0), answer.partition(b"\r\n\r\n")[2]


def test_head_without_end_is_refused(strict):
    status, body = talk(strict, b"GET / HTTP/1.1\r\n", b"x-y: z\r\n" * 12000)
    assert (status, json.loads(body)["code"]) == (431, "head_too_large")
    status, _ = talk(strict, b"GET / HTTP/1.1\r\nx: " + b"y" * 90_000)
    assert status == 431


def test_trailers_without_end_are_refused(strict):
    head = b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    head += b"1\r\nx\r\n0\r\n"
    status, _ = talk(strict, head, *[b"x-y: z\r\n" * 5000] * 12)
    assert status == 431


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nhost:"])
def test_connection_whose_head_does_not_come_is_closed(strict, start):
    begin = time.perf_counter()
    assert talk(strict, start) == (0, b"")
    assert 0.3 < time.perf_counter() - begin < 3


def test_what_is_no_http_is_told_so(strict):
    status, body = talk(strict, b"hello\r\n\r\n")
    assert (status, json.loads(body)["code"]) == (400, "bad_request")


def test_too_many_connections_are_refused(strict):
    open_ones = [socket.create_connection(("127.0.0.1", strict.port)) for _ in range(8)]
    try:
        time.sleep(0.1)
        status, body = talk(strict, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert (status, json.loads(body)["code"]) == (503, "overloaded")
    finally:
        for one in open_ones:
            one.close()
    time.sleep(0.2)
    assert strict.get("/healthz")[0] == 200


def test_refused_body_is_read_over_so_that_the_connection_goes_on(strict):
    connection = http.client.HTTPConnection("127.0.0.1", strict.port, timeout=5)
    for _ in range(2):
        connection.request("POST", "/v1/predict", bytes(300_000))
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "too_large")
    connection.request("POST", "/v1/predict", picture())
    assert connection.getresponse().status == 200
    connection.close()


def test_client_that_waits_for_100_is_told_before_it_sends(strict):
    head = make_request(b"", headers=["expect: 100-continue"]).replace(
        b"content-length: 0", b"content-length: 200000"
    )
    assert talk(strict, head)[0] == 413


def test_requests_behind_each_other_in_one_connection_are_all_answered(strict):
    health = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
    last = health.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", strict.port)) as connection:
        connection.sendall(make_request(picture()) + health + last)
        connection.settimeout(5)
        answer = b""
        while got := connection.recv(65536):
            answer += got
    assert answer.count(b"HTTP/1.1 200 OK") == 3


def test_nothing_that_is_sent_is_written_to_the_disk(service):
    """Large forms are what other frameworks spool."""
    boundary = b"--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
    image = picture() + bytes(3 * 2**20)
    body = (boundary + image + b"\r\n") * 2 + b"--b--\r\n"
    written = _written(service)
    request = make_request(body, content_type="multipart/form-data; boundary=b")
    status, answer = talk(service, request)
    assert status == 200
    assert [item["error"] for item in json.loads(answer)["items"]] == [None, None]
    assert _written(service) - written < 2**20


def _written(service):
    text = Path(f"/proc/{service.process.pid}/io").read_text()
    counts = dict(line.split(": ") for line in text.splitlines())
    open_files = [
        path
        for path in Path(f"/proc/{service.process.pid}/fd").iterdir()
        if str(path.resolve()).startswith("/tmp/") and path.resolve() != service.log.resolve()
    ]
    assert not open_files
    return int(counts["wchar"])
