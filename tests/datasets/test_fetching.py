"""Fetching: through a server that cuts, stalls, corrupts and fails."""

import hashlib
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from skemotion.datasets import fetching, get_dataset
from skemotion.datasets.emodb import EmoDB
from skemotion.datasets.fetching import Download, FetchError, fetch
from skemotion.plugins import DATASETS

CONTENT = random.Random(0).randbytes(1_200_000)
CHECKSUM = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
N_TRANSFERS = 25  # a hundred by hand


class Server(ThreadingHTTPServer):
    """Serves CONTENT, with faults."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.asked, self.ranges = [], [], True


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        fault = server.faults.pop(0) if server.faults else None
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        server.asked.append(start)
        if isinstance(fault, int):
            self.send_response(fault)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = start if server.ranges else 0
        body = CONTENT[start:]
        self.send_response(206 if server.ranges else 200)
        self.send_header("Content-Length", str(len(body)))
        if server.ranges:
            shown = start + 1 if fault == "another part" else start
            self.send_header("Content-Range", f"bytes {shown}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        if fault == "corrupt":
            body = bytes([body[0] ^ 1]) + body[1:]
        half = max(1, len(body) // 2)
        try:
            self.wfile.write(body if fault in (None, "corrupt") else body[:half])
            if fault == "stall":
                server.stalled.wait(2)
        except OSError:  # the client has gone
            pass
        self.close_connection = True


@pytest.fixture
def server(monkeypatch):
    with Server() as server:
        server.stalled = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/a.zip"
        monkeypatch.setattr(EmoDB, "downloads", (Download(url, CHECKSUM, "a.zip", len(CONTENT)),))
        monkeypatch.setattr(fetching, "_TIMEOUT", 0.3)
        monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
        yield server
        server.stalled.set()
        server.shutdown()
        thread.join()


def test_fetched_once_and_shown(server, tmp_path):
    seen = []
    folder = fetch("emodb", tmp_path / "new", progress=lambda *args: seen.append(args))
    assert (folder / "a.zip").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["a.zip"]
    assert seen[-1] == ("a.zip", len(CONTENT), len(CONTENT))
    fetch("emodb", folder)
    assert server.asked == [0]


def test_a_broken_transfer_goes_on_where_it_ended(server, tmp_path):
    server.faults = ["cut", 503, "stall", "another part"]
    fetch("emodb", tmp_path)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    first, second, third = server.asked[:3]
    assert (first, second) == (0, third)
    assert 500_000 < second < 600_000


def test_a_later_call_goes_on(server, tmp_path):
    server.faults = ["cut"] + [500] * 10
    with pytest.raises(FetchError, match=r"answers 500 .*589824 of 1200000 bytes are here and kep"):
        fetch("emodb", tmp_path)
    assert not (tmp_path / "a.zip").exists()
    server.faults, server.asked = [], []
    fetch("emodb", tmp_path)
    assert server.asked == [589824]
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_server_without_ranges(server, tmp_path):
    server.ranges = False
    server.faults = ["cut"]
    fetch("emodb", tmp_path)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_wrong_content_is_never_kept(server, tmp_path):
    server.faults = ["corrupt"]
    with pytest.raises(
        FetchError, match=r"to have the checksum sha256:.*, got other content\. Try"
    ):
        fetch("emodb", tmp_path)
    assert list(tmp_path.iterdir()) == []
    fetch("emodb", tmp_path)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_what_does_not_exist_is_not_asked_for_again(server, tmp_path):
    server.faults = [404] * 9
    with pytest.raises(FetchError, match=r"the server answers 404 Not Found\. 0 of 1200000"):
        fetch("emodb", tmp_path)
    assert len(server.asked) == 1


def test_any_faults_end_in_the_right_file_or_a_clean_error(server, tmp_path):
    rng = random.Random(1)
    kinds = ["cut", "stall", "corrupt", "another part", 500, 503, 404, None, None]
    n_right = 0
    for number in range(N_TRANSFERS):
        server.faults = [rng.choice(kinds) for _ in range(rng.randrange(7))]
        folder = tmp_path / str(number)
        try:
            fetch("emodb", folder)
        except FetchError:
            assert {path.name for path in folder.iterdir()} <= {"a.zip.part"}
        else:
            assert [path.name for path in folder.iterdir()] == ["a.zip"]
            assert (folder / "a.zip").read_bytes() == CONTENT
            n_right += 1
    assert 0 < n_right < N_TRANSFERS


def test_a_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FetchError, match=r"^Cannot write .*Free space or choose another folder"):
        fetch("emodb", tmp_path / "file")


def test_no_server_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
    download = Download("http://127.0.0.1:9/a.zip", CHECKSUM, "a.zip", 10)
    monkeypatch.setattr(EmoDB, "downloads", (download,))
    with pytest.raises(
        FetchError, match=r"Cannot fetch http://127\.0\.0\.1:9/a\.zip: ConnectionErr"
    ):
        fetch("emodb", tmp_path)


def test_what_needs_asking_says_where():
    with pytest.raises(ValueError, match=r"Dataset 'banglaser' is not fetched automatically"):
        fetch("banglaser")
    with pytest.raises(ValueError, match="Dataset 'synthetic-faces' needs no files"):
        fetch("synthetic-faces")


def test_downloads_are_complete_facts():
    for name in DATASETS.names():
        for download in get_dataset(name).downloads:
            assert download.url.startswith("https://")
            assert download.checksum.partition(":")[0] in ("md5", "sha256")
            assert download.size > 0


@pytest.mark.real_data
def test_the_votes_of_ferplus_are_the_published_file(data_folder):
    (download,) = get_dataset("ferplus").downloads
    content = (data_folder / "ferplus" / download.file).read_bytes()
    assert len(content) == download.size
    assert download.checksum == f"sha256:{hashlib.sha256(content).hexdigest()}"
