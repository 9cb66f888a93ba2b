"""What must not break the service: bombs, floods, kills, swaps. Counts are parameters.

    python benchmarks/service_faults.py            # the full counts, about an hour and a half
    python benchmarks/service_faults.py --share 0.02 --only bombs,limits

Each test prints what it measured and what must hold, and the script ends with 1 where it does not.
Everything runs on loopback.
"""

import argparse
import asyncio
import io
import json
import os
import random
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from service_load import ServiceProcess, make_request, send_load


class Report:
    """Prints figures, and remembers what did not hold.

    Parameters
    ----------
    timed : bool, default=True
        Whether what depends on how busy the machine is counts, too.
    """

    def __init__(self, timed=True):
        self.failures = []
        self._timed = timed

    def tell(self, name, facts, *, timed=None, **holds):
        """Print the facts of a test; what does not hold is a failure."""
        holds |= (timed or {}) if self._timed else {}
        wrong = [text for text, fine in holds.items() if not fine]
        self.failures += [f"{name}: {text}" for text in wrong]
        told = ", ".join(f"{key} {value}" for key, value in facts.items())
        print(f"{'FAILED ' if wrong else 'ok     '}{name}: {told}", flush=True)
        for text in wrong:
            print(f"       does not hold: {text}", flush=True)


def run(port, requests, **options):
    """Send a load; return what became of it."""
    return asyncio.run(send_load(port, requests, **options))


def picture(seed=0, size=(48, 48), kind="PNG"):
    """Return a picture of noise as a file."""
    pixels = np.random.default_rng(seed).integers(0, 256, size, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def sound(n_times=16000, sampling_rate=16000, n_channels=1, kind="WAV"):
    """Return a recording of noise as a file."""
    import soundfile

    file = io.BytesIO()
    samples = np.random.default_rng(0).normal(0, 0.05, (n_times, n_channels))
    soundfile.write(file, samples, sampling_rate, format=kind)
    return file.getvalue()


def make_bombs(share):
    """Return files that claim or unpack to far more than they are."""
    import soundfile

    def png(width, height, data=b"", length=None):
        def chunk(name, body, length=None):
            size = struct.pack(">I", len(body) if length is None else length)
            return size + name + body + struct.pack(">I", zlib.crc32(name + body))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data, length) + chunk(b"IEND", b"")

    def silence(seconds, sampling_rate, kind, subtype=None, n_channels=1):
        file = io.BytesIO()
        with soundfile.SoundFile(
            file, "w", sampling_rate, n_channels, format=kind, subtype=subtype
        ) as out:
            for _ in range(seconds // 60):
                out.write(np.zeros((60 * sampling_rate, n_channels), np.float32))
        return file.getvalue()

    frames = [Image.fromarray(np.full((48, 48), grey, np.uint8)) for grey in range(200)]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    rows = zlib.compress(bytes(13001 * 13000), 9)
    wav = bytearray(sound())
    wav[4:8] = wav[40:44] = struct.pack("<I", 2**31 - 100)
    return {
        "900-MP PNG": png(30000, 30000, zlib.compress(bytes(30001))),
        "169-MP PNG": png(13000, 13000, rows),
        "PNG with a false length": png(48, 48, b"x", 0x7FFFFFFF),
        "PNG with length 0": png(48, 48, b"x" * 40, 0),
        "PNG cut": picture()[:60],
        "2-h FLAC": silence(max(int(7200 * share), 600), 16000, "FLAC"),
        "6-h Opus": silence(max(int(21600 * share), 120), 8000, "OGG", "OPUS"),
        "WAV claiming 2 GB": bytes(wav),
        "200-frame GIF": gif.getvalue(),
        "0 bytes": b"",
        "1 byte": b"\x89",
        "text": b"this is no picture.png" * 20,
        "1 x 1 pixel": picture(size=(1, 1)),
        "16 channels at 96 kHz": sound(9600, 96000, 16),
    }


def bombs(report, models, share):
    """F2: each is answered within a second, and takes no memory."""
    files = make_bombs(share)
    with ServiceProcess(*models) as service:
        run(service.port, [make_request(picture())], n_connections=4, total=200)
        before, slowest, worst = service.peak_memory(), 0.0, Counter()
        for name, data in files.items():
            load = run(service.port, [make_request(data)], n_connections=1, total=1)
            (status,) = load.statuses
            slowest = max(slowest, load.percentile(100, status) / 1e3)
            worst[status] += 1
            small = name in ("1 x 1 pixel", "200-frame GIF")  # harmless: the first frame counts
            if load.lost or status not in ((200, 422) if small else (413, 415, 422)):
                report.failures.append(f"bombs: {name} got {dict(load.statuses)}")
        more = service.peak_memory() - before
        facts = {
            "files": len(files),
            "statuses": dict(worst),
            "slowest": f"{slowest:.2f} s",
            "memory": f"+{more:.0f} MB",
        }
        report.tell("bombs", facts, timed={"within 1 s": slowest < 1}, below_150_MB=more < 150)


def limits(report, models, share):
    """F4: bodies at the limit, above it, without end, slow."""
    limit = 2**20
    at_limit = picture() + bytes(limit - len(picture()))
    with ServiceProcess(
        models[0], max_body=limit, max_image_bytes=limit, body_deadline=max(15 * share, 1.0)
    ) as service:
        fine = run(service.port, [make_request(at_limit)], n_connections=1, total=1)
        above = run(service.port, [make_request(at_limit + b"0")], n_connections=1, total=1)
        before = service.peak_memory()
        status, n_sent = send_endless(service.port, int(max(500 * share, 20) * 1e6))
        more = service.peak_memory() - before
        report.tell(
            "body limit",
            {
                "at the limit": dict(fine.statuses),
                "above": dict(above.statuses),
                "chunked": f"{n_sent / 1e6:.0f} MB -> {status}, +{more:.0f} MB",
            },
            at_the_limit_200=fine.statuses == {200: 1},
            above_413=above.statuses == {413: 1},
            chunked_413=status == 413,
            below_150_MB=more < 150,
        )
        deadline = float(service.settings["body_deadline"])
        seconds, status = send_slowly(service.port)
        near = abs(seconds - deadline) <= max(2 * share, 0.7)
        facts = {"deadline": f"{deadline:g} s", "cut after": f"{seconds:.1f} s", "status": status}
        report.tell("one byte a second", facts, cut_on_time=near, told_408=status == 408)
    slow_clients(report, models, share)


def slow_clients(report, models, share):
    """F4: clients that dribble do not slow down others."""
    n_slow = max(int(100 * share), 10)
    request = [make_request(picture())]
    with ServiceProcess(models[0]) as service:
        run(service.port, request, n_connections=4, total=300)
        alone, among, seconds = [], [], 2 if share > 0.1 else 0.5
        for _ in range(
            3 if share > 0.1 else 1
        ):  # in turn: whatever else the machine does falls on both alike
            alone.append(
                run(service.port, request, n_connections=4, seconds=seconds).percentile(99)
            )
            sockets = [open_half(service.port) for _ in range(n_slow)]
            among.append(
                run(service.port, request, n_connections=4, seconds=seconds).percentile(99)
            )
            for one in sockets:
                one.close()
        before, after = np.median(alone), np.median(among)
        facts = {"slow clients": n_slow, "p99": f"{before:.1f} ms alone, {after:.1f} ms among them"}
        report.tell("slow clients", facts, timed={"at most twice": after <= 2 * before})


def open_half(port):
    """Return a connection on which half a request was sent."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(make_request(picture())[:-500])
    return connection


def send_slowly(port):
    """Send a byte a second; return how long that was allowed, and the status."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999\r\n\r\n"
        )
        begin = time.perf_counter()
        connection.settimeout(0.25)
        answer, next_byte = b"", begin
        while b"\r\n\r\n" not in answer and time.perf_counter() - begin < 40:
            if time.perf_counter() > next_byte:
                connection.sendall(b"x")
                next_byte += 1
            try:
                got = connection.recv(4096)
            except TimeoutError:
                continue
            if not got:
                break
            answer += got
        return time.perf_counter() - begin, int(answer[9:12] or 0)


def send_endless(port, n_bytes):
    """Send chunks without end; return the status, and how much was sent until it came."""
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        n_sent = 0
        try:
            while n_sent < n_bytes:  # an honest client reads only once it has sent all
                connection.sendall(chunk)
                n_sent += 65536
            connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        connection.settimeout(5)
        answer = connection.recv(4096)
        return int(answer[9:12] or 0), n_sent


def overload(report, models, share):
    """F5: ten times what it can do: the rest is refused at once, and all is well after."""
    request = [make_request(picture())]
    with ServiceProcess(models[0], log_requests="no") as service:
        run(service.port, request, n_connections=4, total=200)
        alone = run(service.port, request, n_connections=1, seconds=max(10 * share, 1))
        usual = run(service.port, request, n_connections=20, seconds=max(10 * share, 1))
        load = run(service.port, request, n_connections=200, seconds=max(60 * share, 2))
        time.sleep(1)
        after = run(service.port, request, n_connections=1, seconds=max(5 * share, 1))
        service_time = 1e3 / usual.rate
        bound = (32 + 1) * service_time * 1.5
        refused = load.statuses[503]
        p99, before = load.percentile(99), usual.percentile(99)
        facts = {
            "accepted": load.statuses[200],
            "refused": refused,
            "lost": load.lost,
            "p99 accepted": f"{p99:.1f} ms (bound {bound:.1f})",
            "p99 at 20 clients": f"{before:.1f} ms",
            "median alone": f"{alone.percentile(50):.1f} ms, after {after.percentile(50):.1f} ms",
        }
        report.tell(
            "overload",
            facts,
            only_200_and_503=set(load.statuses) <= {200, 503} and refused > 0,
            retry_after=load.without_retry_after == 0,
            none_lost=load.lost == 0,
            answers_after=set(after.statuses) == {200},
            timed={
                "accepted p99 below 3 times": p99 < 3 * before,
                "accepted p99 within the bound": p99 <= bound,
                "normal after": after.percentile(50) < 2 * alone.percentile(50),
            },
        )


def terminate(report, models, share):
    """F6: TERM under load loses nothing; KILL, and it is back."""
    n_times = max(round(20 * share), 1)
    lost, exits, readies, codes = 0, [], [], set()
    request = [make_request(picture())]
    with ServiceProcess(models[0]) as service:
        for number in range(2 * n_times):
            killed = number >= n_times
            stop = threading.Timer(1.0, service.kill if killed else service.process.terminate)
            stop.start()
            load = run(service.port, request, n_connections=16, seconds=1.6, pause=0.1)
            stop.join()
            begin = time.perf_counter()
            code = service.process.wait(30)
            if not killed:
                lost += load.lost
                codes |= {code, *load.statuses}
                exits.append(time.perf_counter() - begin)
            service.start(port=service.port)
            readies.append(service.start_seconds)
    facts = {
        "TERM": n_times,
        "KILL": n_times,
        "lost on TERM": lost,
        "exit": f"{max(exits):.1f} s after the load at most",
        "ready again": f"{max(readies):.1f} s at most",
    }
    report.tell(
        "TERM and KILL",
        facts,
        none_lost=lost == 0,
        answered_and_ended_well=codes <= {0, 200},
        exit_within_20_s=max(exits) <= 20,
        ready_within_10_s=max(readies) <= 10,
    )


def workers(report, models, share):
    """Kill one of two workers under load: the other goes on, and it is replaced."""
    n_times = max(round(10 * share), 1)
    request = [make_request(picture())]
    lost, statuses, replaced = 0, Counter(), 0
    with ServiceProcess(models[0], workers=2) as service:
        for _ in range(n_times):
            victim = service.pids()[1]
            stop = threading.Timer(0.5, os.kill, (victim, 9))
            stop.start()
            load = run(service.port, request, n_connections=8, seconds=1.5)
            stop.join()
            lost = max(lost, load.lost)
            statuses += load.statuses
            end = time.monotonic() + 20
            while len(service.pids()) < 3 and time.monotonic() < end:
                time.sleep(0.1)
            replaced += len(service.pids()) == 3 and victim not in service.pids()
            time.sleep(1)
    facts = {
        "kills": n_times,
        "answered": dict(statuses),
        "cut with the killed worker": f"{lost} of 8 connections at most",
        "replaced": replaced,
    }
    report.tell(
        "killed workers",
        facts,
        others_go_on=set(statuses) == {200} and statuses[200] > 20 * n_times,
        no_more_than_its_own=lost <= 8,
        replaced=replaced == n_times,
    )


def swap(report, models, share):
    """Replace the file of a model under load: no request is lost, the new version answers."""
    n_times = max(round(20 * share), 2)
    request = [make_request(picture())]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skemotion"
        shutil.copy(models[0], path)
        with ServiceProcess(path, watch=0.1) as service:
            versions, load = set(), []

            def send():
                load.append(run(service.port, request, n_connections=8, seconds=1.5 * n_times))

            thread = threading.Thread(target=send)
            thread.start()
            versions.add(version_of(service))
            for number in range(n_times):
                time.sleep(0.7)
                broken = number == n_times - 1
                new = Path(folder) / "new"
                shutil.copy(models[(number + 1) % 2], new)
                if broken:
                    new.write_bytes(b"damaged")
                os.replace(new, path)
                if number % 2:
                    service.process.send_signal(1)
                time.sleep(0.5)
                versions.add(version_of(service))
            thread.join()
            time.sleep(0.3)
            messages = Counter(line["message"].split(" ")[0] for line in service.lines())
            swaps = messages["Swapped"]
            (found,) = load
    facts = {"swaps": swaps, "answered": dict(found.statuses), "lost": found.lost}
    report.tell(
        "swapped models",
        facts,
        none_lost=found.lost == 0,
        all_answered=set(found.statuses) == {200},
        swapped=swaps >= max((n_times - 1) * 0.6, 1) and len(versions) == 2,
        damaged_file_left_out=messages["Kept"] >= 1,
    )


def version_of(service):
    """Return the version of the first model that is served."""
    return json.loads(service.get("/v1/model")[1])["models"][0]["version"]


def malformed(report, models, share):
    """10,000 requests of all kinds of nonsense: no 5xx but 503, no crash, memory as before."""
    n_requests = max(int(10_000 * share), 200)
    rng = random.Random(0)
    good = [picture(), picture(1, kind="JPEG"), sound(4000), sound(4000, kind="FLAC")]
    with ServiceProcess(*models, log_requests="no", body_deadline=2, header_deadline=2) as service:
        fresh = service.memory()
        some = [make_request(one) for one in good]
        first = [make_malformed(rng, good) for _ in range(n_requests // 2)]
        run(service.port, some + first, n_connections=16, total=len(some + first))
        before = service.memory()  # once all that nonsense needs is loaded, too
        requests = [make_malformed(rng, good) for _ in range(n_requests)]
        load = run(service.port, requests, n_connections=16, total=n_requests)
        garbage = send_garbage(service.port, rng, max(n_requests // 20, 10))
        time.sleep(2.5)
        run(service.port, some, n_connections=4, total=100)
        after, alive = service.memory(), service.get("/readyz")[0] == 200
        bad = {status for status in load.statuses if status >= 500 and status != 503}
        facts = {
            "requests": n_requests + garbage,
            "statuses": dict(sorted(load.statuses.items())),
            "lost": load.lost,
            "memory": f"{fresh:.0f} MB at first, {before:.0f} after half, {after:.0f} after all",
        }
        report.tell(
            "malformed requests",
            facts,
            no_5xx=not bad,
            alive=alive,
            all_answered=load.lost == 0,
            memory_within_10_percent=after < 1.1 * before,
        )


def make_malformed(rng, good):
    """Return one request that is wrong in some way; its frame is whole, so that it is answered."""
    data = bytearray(rng.choice(good))
    for _ in range(rng.choice([1, 3, 20])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    if rng.random() < 0.3:
        data = data[: rng.randrange(len(data))]
    kind = rng.randrange(6)
    if kind == 0:
        path = rng.choice(
            [
                "?window=1e400",
                "?faces=%00",
                "?model=../../etc/passwd",
                "?hop=NaN&window=%ff",
                "?" * 9,
            ]
        )
        return make_request(bytes(data), f"/v1/predict{path}")
    if kind == 1:
        paths = ["/v1/../etc/passwd", "/%2e%2e%2f", "/v1/predict/", "//", "/v1/%00", "/page.js%00"]
        return make_request(bytes(data), rng.choice(paths))
    if kind == 2:
        head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
        body = bytearray(head + data + b"\r\n--b--\r\n")
        body[rng.randrange(len(body))] = rng.randrange(256)
        return make_request(bytes(body), content_type="multipart/form-data; boundary=b")
    if kind == 3:
        strange = rng.choice(["multipart/form-data", "text/html; charset=\xe9", "a/b" * 900, ""])
        return make_request(bytes(data), content_type=strange)
    return make_request(bytes(data))


def send_garbage(port, rng, number):
    """Send what is no HTTP, or half of it, and go away."""
    for _ in range(number):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            kind = rng.randrange(4)
            if kind == 0:
                connection.sendall(rng.randbytes(300))
            elif kind == 1:
                connection.sendall(b"POST /v1/predict HTTP/1.1\r\ncontent-length: 99999\r\n\r\nabc")
            elif kind == 2:
                connection.sendall(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20000)
            else:
                connection.sendall(make_request(picture()))  # and does not wait for the answer
    return number


def soak(report, models, share):
    """F7: half an hour at 70 % of what it can do, a tenth of it bad: no growth."""
    requests = [make_request(picture(seed)) for seed in range(7)] + [make_request(b"bad" * 99)]
    requests += [make_request(sound(8000)), make_request(picture(7, (200, 200), "JPEG"))]
    with ServiceProcess(*models) as service:
        full = run(service.port, requests, n_connections=8, seconds=max(60 * share, 2))
        run(service.port, requests, n_connections=8, seconds=max(120 * share, 1))
        memory, descriptors = [service.memory()], service.n_descriptors()
        statuses, lost, p99 = Counter(), 0, 0.0
        for _ in range(6):
            seconds = max(300 * share, 1)
            rate = 0.7 * full.rate
            load = run(service.port, requests, n_connections=16, seconds=seconds, rate=rate)
            statuses += load.statuses
            lost += load.lost
            p99 = max(p99, load.percentile(99))
            memory.append(service.memory())
        time.sleep(1)
        left = service.n_descriptors()
    facts = {
        "requests": f"{statuses.total()}, {rate:.0f}/s of {full.rate:.0f}/s",
        "statuses": dict(statuses),
        "lost": lost,
        "memory": f"{' '.join(f'{one:.1f}' for one in memory)} MB",
        "descriptors": f"{descriptors} -> {left}",
        "p99": f"{p99:.1f} ms",
    }
    report.tell(
        "soak",
        facts,
        growth_below_5_percent=max(memory) < 1.05 * memory[0],
        descriptors_constant=left <= descriptors,
        answered_alike=set(statuses) <= {200, 415} and lost == 0,
    )


TESTS = {
    test.__name__: test
    for test in (bombs, limits, overload, terminate, workers, swap, malformed, soak)
}


def make_models(folder):
    """Return two files of a tiny network, exported, and one for voices."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skemotion import (
        AcousticFeatures,
        CNNClassifier,
        EqualizeHist,
        ReadImages,
        Resize,
        load_dataset,
        make_recording_pipeline,
        save,
        to_onnx,
    )

    faces, voices = load_dataset("synthetic-faces"), load_dataset("synthetic-voices")
    paths = []
    for seed in range(2):
        front = make_recording_pipeline(ReadImages(), EqualizeHist(), Resize(48, 48))
        pipeline = make_pipeline(front, CNNClassifier(epochs=1, random_state=seed))
        pipeline.fit(faces.X[::4], faces.y[::4])
        paths.append(Path(folder) / f"faces-{seed}.skemotion")
        save(to_onnx(pipeline), paths[-1])
    pipeline = make_pipeline(AcousticFeatures(), StandardScaler(), LogisticRegression())
    pipeline.fit(voices.X[::4], voices.y[::4])
    paths.append(Path(folder) / "voices.skemotion")
    save(to_onnx(pipeline), paths[-1])
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--only", default=",".join(TESTS), help="tests, separated by commas")
    arguments = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        faces, other, voices = make_models(folder)
        for name in arguments.only.split(","):
            second = other if name == "swap" else voices
            TESTS[name](report, [faces, second], arguments.share)
    print(f"load {os.getloadavg()[0]:.1f}; {len(report.failures)} failures")
    sys.exit(1 if report.failures else 0)


if __name__ == "__main__":
    main()
