"""The service against the one of tutorials, and against a route that does nothing.

The tutorial's service is FastAPI with ``model.predict`` in an async handler. All three run in
processes of their own, on loopback; pictures of 48 x 48 pixels are sent by connections that wait
for each answer before the next. Rounds are interleaved; medians are told.

    python benchmarks/speed/service.py [--seconds 2] [--rounds 3]
"""

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from service_load import ServiceProcess, make_request, send_load

CLIENTS = (1, 8, 32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = make_models(Path(folder))
        request = make_request(make_picture())
        with (
            run_other("tutorial", models["keras"]) as tutorial,
            run_other("empty") as empty,
            ServiceProcess(models["onnx"]) as service,
        ):
            ports = {"tutorial": tutorial, "empty route": empty, "skemotion": service.port}
            rows = measure(ports, request, arguments)
            memory = service.memory(), service.peak_memory()
        starts = []
        for _ in range(arguments.rounds):
            with ServiceProcess(models["onnx"]) as service:
                starts.append(service.start_seconds)
    report(rows, memory, starts)


def make_models(folder):
    """Train the usual small network for a moment; keep it as it is, and exported."""
    from sklearn.pipeline import make_pipeline

    from skemotion import (
        CNNClassifier,
        EqualizeHist,
        ReadImages,
        Resize,
        load_dataset,
        make_recording_pipeline,
        save,
        to_onnx,
    )

    data = load_dataset("synthetic-faces")
    front = make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(48, 48))
    pipeline = make_pipeline(front, CNNClassifier(epochs=1, random_state=0))
    pipeline.fit(data.X[::4], data.y[::4])
    paths = {"keras": folder / "faces.skemotion", "onnx": folder / "faces-onnx.skemotion"}
    save(pipeline, paths["keras"])
    save(to_onnx(pipeline), paths["onnx"])
    return paths


def make_picture():
    pixels = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@contextmanager
def run_other(kind, *arguments):
    """Run one of the services to compare with in a process; give its port."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    script = Path(__file__).with_name("other_services.py")
    command = [sys.executable, str(script), kind, str(port), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            time.sleep(0.1)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).read()
                break
            except OSError:
                continue
        yield port
    finally:
        process.kill()
        process.wait()


def measure(ports, request, arguments):
    import uvloop

    rows = {}
    for _ in range(arguments.rounds):
        for n_clients in CLIENTS:
            for name, port in ports.items():
                load = uvloop.run(
                    send_load(port, [request], n_connections=n_clients, seconds=arguments.seconds)
                )
                wrong = set(load.statuses) - {200}
                if wrong or load.lost:
                    raise RuntimeError(f"{name} answered {load.statuses}, {load.lost} lost")
                facts = load.rate, load.percentile(50), load.percentile(99)
                rows.setdefault((name, n_clients), []).append(facts)
    return {
        key: [statistics.median(column) for column in zip(*facts, strict=True)]
        for key, facts in rows.items()
    }


def report(rows, memory, starts):
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("clients  service      requests/s   median ms      p99 ms   to tutorial    to empty")
    for n_clients in CLIENTS:
        tutorial, empty = (rows[name, n_clients][0] for name in ("tutorial", "empty route"))
        for name in ("tutorial", "empty route", "skemotion"):
            rate, median, p99 = rows[name, n_clients]
            print(
                f"{n_clients:7d}  {name:12s} {rate:10.0f}  {median:10.2f}  {p99:10.2f}  "
                f"{rate / tutorial:10.1f}x  {rate / empty:10.1%}"
            )
    print(f"memory {memory[0]:.0f} MB after the load, {memory[1]:.0f} MB at most")
    print(f"ready after {statistics.median(starts):.2f} s")


if __name__ == "__main__":
    main()
