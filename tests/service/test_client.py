"""The client, and the command that uses it."""

import csv
import io
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from service_media import CLASSES, group_photo, picture, sound

from skemotion import Client
from skemotion.cli import main
from skemotion.serving import ServiceError
from skemotion.serving.client import Result, _content


def test_predict_gives_typed_results(service, tmp_path):
    with Client(service.url + "/") as client:
        assert client.is_ready()
        assert client.model()["models"][0]["classes"] == CLASSES
        path = tmp_path / "a.png"
        path.write_bytes(picture(5))
        result = client.predict(path)
        assert result.label == max(result.probabilities, key=result.probabilities.get)
        assert (result.model, result.error, result.timeline) == ("tiny-face", None, [])
        assert client.predict(io.BytesIO(picture(5))) == client.predict(picture(5)) == result
        faces = client.predict(group_photo(), min_face=0.1).faces
        assert [sorted(face.box) for face in faces] == [["height", "width", "x", "y"]] * 2
        timeline = client.predict(sound(2), window=1).timeline
        assert [(one.start, one.end) for one in timeline] == [(0, 1), (0.5, 1.5), (1, 2)]


def test_errors_are_told(service):
    client = Client(service.url)
    with pytest.raises(ServiceError, match="Expected a picture") as caught:
        client.predict(b"nothing")
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media")
    assert caught.value.request_id
    good, bad = client.predict_many([picture(), b"nothing"])
    assert (good.error, bad.label) == (None, None)
    assert bad.error.code == "unsupported_media"
    assert client.predict_many([b"nothing"])[0].error.code == "unsupported_media"
    with pytest.raises(FileNotFoundError, match="Expected a recording at nowhere"):
        client.predict("nowhere")
    with pytest.raises(
        ConnectionError, match=r"Expected a service at http://127\.0\.0\.1:9, cannot"
    ):
        Client("http://127.0.0.1:9", retries=0).predict(b"x")


class _Busy(BaseHTTPRequestHandler):
    """Answers 503 with Retry-After once, then with a result."""

    n_requests = 0

    def do_POST(self):
        type(self).n_requests += 1
        type(self).authorization = self.headers["authorization"]
        self.rfile.read(int(self.headers["content-length"]))
        busy = self.n_requests == 1
        item = dict.fromkeys(["name", "label", "probabilities", "model", "faces", "timeline"])
        item |= {"label": "calm", "warning": None, "error": None}
        problem = {"status": 503, "detail": "Busy.", "code": "overloaded"}
        body = json.dumps(problem if busy else {"items": [item]}).encode()
        self.send_response(503 if busy else 200)
        self.send_header("retry-after", "1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_client_comes_again_when_it_is_told_to(monkeypatch):
    waits = []
    monkeypatch.setattr("skemotion.serving.client.time.sleep", waits.append)
    with HTTPServer(("127.0.0.1", 0), _Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Client(f"http://127.0.0.1:{server.server_port}") as client:
            assert client.predict(b"x").label == "calm"
        server.shutdown()
    assert _Busy.n_requests == 2
    assert 1 <= waits[0] <= 1.5


def test_addresses_and_answers_that_do_not_come():
    with pytest.raises(ValueError, match="Expected an address such as http://"):
        Client("127.0.0.1:8000")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(url, timeout=0.2)
        assert not client.is_ready()
        with pytest.raises(TimeoutError, match=r"to answer within 0\.2 s, got nothing\. Raise"):
            client.predict(b"x")


def test_key_does_not_give_way_to_passwords_of_the_user(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login otto password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(_Busy, "n_requests", 1)
    with HTTPServer(("127.0.0.1", 0), _Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Client(f"http://127.0.0.1:{server.server_port}", "anna") as client:
            client.predict(b"x")
        server.shutdown()
    assert _Busy.authorization == "Bearer anna"


def test_command_shows_what_it_has_when_the_service_goes(tmp_path, monkeypatch, capsys):
    def predict(self, path):
        if path.name == "b.png":
            raise ConnectionError("It is gone.")
        return _content(path) and Result("a.png", "calm", {"calm": 1.0})

    monkeypatch.setattr(Client, "predict", predict)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    paths = [str(tmp_path / name) for name in ("x" * 300, "a.png", "b.png")]
    with pytest.raises(SystemExit) as caught:
        main(["predict", "--url", "http://127.0.0.1:9", *paths, "--format", "csv"])
    assert caught.value.code == 1
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["emotion"] for row in rows] == ["", "calm"]
    assert "File name too long" in rows[0]["error"]
    assert "It is gone." in err


def test_command_predicts_with_a_service(service, tmp_path, capsys):
    good, bad = tmp_path / "a.png", tmp_path / "b.txt"
    good.write_bytes(picture(5))
    bad.write_text("nothing")
    with pytest.raises(SystemExit) as caught:
        main(["predict", "--url", service.url, str(good), str(bad), "--format", "json"])
    assert caught.value.code == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in rows] == [str(good), str(bad)]
    assert rows[0]["emotion"] in CLASSES
    assert rows[1]["error"].startswith("Expected a picture")
