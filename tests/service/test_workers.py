"""Several processes that serve, and signals while they start."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests
from service_load import ServiceProcess

from skemotion.serving.security import make_key


def test_workers_that_cannot_start_end_the_service_with_the_reason(tmp_path):
    path = tmp_path / "damaged.skemotion"
    path.write_bytes(b"damaged")
    command = [sys.executable, "-m", "skemotion", "serve", path, "--workers", "2", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Expected each worker to become ready, but one ended 3 times in a row" in done.stderr
    assert done.stderr.count("to be a model that skemotion saved, but it is no whole zip") == 1
    assert 2 <= done.stderr.count("ended before it was ready; another starts") <= 4


def test_worker_that_cannot_be_replaced_leaves_the_other_one_serving(face_model, tmp_path):
    path = tmp_path / "faces.skemotion"
    shutil.copy(face_model, path)

    def count(text):
        return sum(text in line["message"] for line in service.lines())

    with ServiceProcess(path, workers=2, watch=0) as service:
        service._wait(lambda: count("is ready") == 2, 30)
        path.write_bytes(b"damaged")
        os.kill(service.pids()[1], signal.SIGKILL)
        service._wait(lambda: count("could not start; another is tried. Expected ") > 2, 60)
        assert count("another starts. Its exit status is -9.") == 1
        assert service.get("/readyz")[0] == 200
        shutil.copy(face_model, path)
        service._wait(lambda: count("is ready") == 3, 30)


def test_hup_while_starting_is_kept(face_model, tmp_path):
    path = tmp_path / "keys"
    os.mkfifo(path)  # who reads it waits until somebody writes
    service = ServiceProcess(face_model, api_keys=path)
    starting = threading.Thread(target=service.start)
    starting.start()
    try:
        with open_when_read(path) as pipe:
            service.process.send_signal(signal.SIGHUP)
            pipe.write(make_key("anna")[1])
        while is_read(path):
            time.sleep(0.001)
        key, line = make_key("otto")
        with open_when_read(path) as pipe:  # a second time
            pipe.write(line)
        starting.join()
        answer = requests.get(service.url + "/v1/model", headers={"x-api-key": key}, timeout=9)
        assert answer.status_code == 200
    finally:
        service.__exit__()
        starting.join()


def open_when_read(path):
    """Open a pipe for writing as soon as somebody reads it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "w")
        time.sleep(0.01)
    pytest.fail(f"Nobody reads {path}.")


def is_read(path):
    """Return whether somebody reads a pipe."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
