"""Start a service of this checkout on loopback, and send it requests: for benchmarks and tests."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


class ServiceProcess:
    """A process of `skemotion serve` on a free port of loopback.

    Parameters
    ----------
    *models : path-like
        Model files.
    **settings
        Settings of the service.
    """

    def __init__(self, *models, **settings):
        self.models, self.settings = [str(model) for model in models], settings
        self.log = Path(tempfile.mkstemp(suffix=".log")[1])
        self.start_seconds = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        self.log.unlink(missing_ok=True)

    def start(self, port=0, timeout=60):
        """Start the process and wait until it is ready."""
        options = [f"--set={name}={value}" for name, value in self.settings.items()]
        command = [sys.executable, "-m", "skemotion", "serve", *self.models, f"--port={port}"]
        begin = time.perf_counter()
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([*command, *options], stderr=log, stdout=log)
        self._wait(lambda: self.log.stat().st_size and self._find_port(), timeout)
        self._wait(lambda: self.get("/readyz")[0] == 200, timeout)
        self.start_seconds = time.perf_counter() - begin
        return self

    def _find_port(self):
        for line in self.lines():
            if "address" in line:
                self.port = int(line["address"].rsplit(":", 1)[1])
                return True
        return False

    def _wait(self, done, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"The service ended: {self.log.read_text()[-2000:]}")
            with contextlib.suppress(OSError):
                if done():
                    return
            time.sleep(0.02)
        raise RuntimeError(f"The service is not ready: {self.log.read_text()[-2000:]}")

    @property
    def url(self):
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def lines(self):
        """Return what it logged so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]

    def get(self, path):
        """Return status and body of a GET request."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def terminate(self, timeout=30):
        """Ask it to stop; return its exit status and how long it took."""
        begin = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        return status, time.perf_counter() - begin

    def kill(self):
        """End it at once."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def pids(self):
        """Return the process and its children."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def memory(self):
        """Return the resident memory of all its processes, in MB."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids()]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def peak_memory(self):
        """Return the most resident memory that its processes had, in MB."""
        found = 0
        for pid in self.pids():
            status = Path(f"/proc/{pid}/status").read_text()
            found += int(status.split("VmHWM:")[1].split()[0])
        return found / 1e3

    def n_descriptors(self):
        """Return the number of open files and sockets of all its processes."""
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.pids())


def make_request(body, path="/v1/predict", content_type="application/octet-stream", headers=()):
    """Return a POST request as bytes."""
    head = [
        f"POST {path} HTTP/1.1",
        "host: localhost",
        f"content-type: {content_type}",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Load:
    """What became of requests.

    Parameters
    ----------
    statuses : Counter
        Answers by status.
    seconds : dict of int to list of float
        Times of the answers by status.
    lost : int
        Requests sent on an open connection that ended without an answer.
    unreachable : int
        Attempts to connect that were refused.
    without_retry_after : int
        Answers 503 and 429 that do not say when to come again.
    elapsed : float
        Seconds in all.
    """

    statuses: Counter = field(default_factory=Counter)
    seconds: dict = field(default_factory=dict)
    lost: int = 0
    unreachable: int = 0
    without_retry_after: int = 0
    elapsed: float = 0.0

    @property
    def rate(self):
        """Return answers a second."""
        return sum(self.statuses.values()) / self.elapsed

    def percentile(self, share, status=200):
        """Return a percentile of the times of a status, in ms."""
        return float(np.percentile(self.seconds.get(status) or [np.nan], share)) * 1e3


class _Connection(asyncio.Protocol):
    """Sends one request after the other and reads the answers."""

    def __init__(self, load, source, finished, interval):
        self._load, self._source, self._finished = load, source, finished
        self._interval = interval  # s from one request to the next, where answers come in time
        self._buffer = b""
        self._sent = None

    def connection_made(self, transport):
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.time() + random.uniform(0, self._interval)
        self._send_in_time()

    def _send_in_time(self):
        now = self._loop.time()
        if self._next > now:
            self._loop.call_at(self._next, self._send)
        else:
            self._send()
        self._next = max(self._next, now) + self._interval

    def _send(self):
        if self._transport.is_closing():
            return
        request = self._source()
        if request is None:
            self._transport.close()
            self._done()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data):
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length: ")
        length = int(head[at + 16 : (head + b"\r\n").find(b"\r\n", at)])
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = b""
        status = int(head[9:12])
        load = self._load
        load.statuses[status] += 1
        load.seconds.setdefault(status, []).append(time.perf_counter() - self._sent)
        if status in (429, 503) and b"retry-after: " not in head:
            load.without_retry_after += 1
        self._sent = None
        if b"connection: close" in head:
            self._transport.close()
            self._done()
        else:
            self._send_in_time()

    def connection_lost(self, exc):
        if self._sent is not None:
            self._load.lost += 1
            self._sent = None
        self._done()

    def _done(self):
        if not self._finished.done():
            self._finished.set_result(None)


async def send_load(
    port, requests, *, n_connections, seconds=None, total=None, pause=0.0, rate=None
):
    """Send requests over several connections, each waiting for its answer before the next.

    Parameters
    ----------
    port : int
        Of loopback.
    requests : list of bytes
        Taken in turn.
    n_connections : int
        Number of connections; one that ends is opened again.
    seconds : float, default=None
        When to stop.
    total : int, default=None
        Or after how many requests.
    pause : float, default=0.0
        Seconds to wait after a refused connection.
    rate : float, default=None
        Most requests a second of all connections together; None sends the next at once.

    Returns
    -------
    Load
    """
    load, queue = Load(), deque(requests)
    loop = asyncio.get_running_loop()
    begin = time.perf_counter()
    interval = n_connections / rate if rate else 0.0
    n_sent = 0

    def source():
        nonlocal n_sent
        late = seconds is not None and time.perf_counter() - begin > seconds
        if late or (total is not None and n_sent >= total):
            return None
        n_sent += 1
        queue.rotate(-1)
        return queue[-1]

    async def connect():
        while True:
            late = seconds is not None and time.perf_counter() - begin > seconds
            if late or (total is not None and n_sent >= total):
                return
            finished = loop.create_future()
            try:
                await loop.create_connection(
                    lambda finished=finished: _Connection(load, source, finished, interval),
                    "127.0.0.1",
                    port,
                )
            except OSError:
                load.unreachable += 1
                await asyncio.sleep(pause or 0.05)
                continue
            await finished

    await asyncio.gather(*(connect() for _ in range(n_connections)))
    load.elapsed = time.perf_counter() - begin
    return load
