"""The service as people start it, a browser, and media to show it."""

import re
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import soundfile
from make_photos import make_photo, write_camera
from make_videos import encode, shades, waves
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skemotion import (
    HOG,
    AcousticFeatures,
    AggregateFrames,
    EqualizeHist,
    ReadAudio,
    ReadImages,
    ReadVideo,
    Resize,
    load_dataset,
    make_recording_pipeline,
    save,
)

_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def drawn_faces():
    return load_dataset("synthetic-faces", scheme="common4")


@pytest.fixture(scope="session")
def models(drawn_faces, tmp_path_factory):
    """Fit and save a model of faces, one of voices and one of videos."""
    folder = tmp_path_factory.mktemp("models")
    steps = (ReadImages(), EqualizeHist(), Resize(48, 48), HOG(), StandardScaler())
    faces = make_pipeline(*steps, LogisticRegression(C=0.01))
    save(faces.fit(drawn_faces.X[:200], drawn_faces.y[:200]), folder / "faces.skemotion")
    heard = load_dataset("synthetic-voices", scheme="common4")
    voices = make_pipeline(AcousticFeatures(), StandardScaler(), LogisticRegression())
    save(voices.fit(heard.X[:120], heard.y[:120]), folder / "voices.skemotion")
    steps = (ReadVideo(3), AggregateFrames(make_recording_pipeline(Resize(16, 16), HOG())))
    clips = make_pipeline(*steps, LogisticRegression())
    save(clips.fit([encode(waves()), encode(shades())], ["calm", "happy"]), folder / "c.skemotion")
    return [folder / "faces.skemotion", folder / "voices.skemotion", folder / "c.skemotion"]


@pytest.fixture(scope="session")
def serve(models):
    """Return a function that starts the service with options and returns its address.

    Its own function `stop` stops the one with an address.
    """
    processes = {}

    def start(*options):
        command = [sys.executable, "-m", "skemotion", "serve", *models, "--port", "0", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            address = re.search(r"http://127\.0\.0\.1:\d+", line)
            if address:
                processes[address[0] + "/"] = process
                return address[0] + "/"
        process.communicate(timeout=30)
        raise AssertionError("the service did not start")

    def stop(address):
        process = processes.pop(address)
        process.terminate()
        process.communicate(timeout=30)

    start.stop = stop
    yield start
    for address in list(processes):
        stop(address)


@pytest.fixture(scope="session")
def address(serve):
    return serve("--set", "log_requests=false")


@pytest.fixture(scope="module")  # not longer: while it runs, other tests cannot run an event loop
def playwright():
    sync_api = pytest.importorskip("playwright.sync_api")
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def start_browser(playwright):
    browsers = []

    def start(*switches):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*_SWITCHES, *switches]
        )
        browsers.append(browser)
        return browser

    yield start
    for browser in browsers:
        browser.close()


@pytest.fixture(scope="module")
def browser(start_browser, photo, talk, tmp_path_factory):
    """Return a browser whose camera sees the photo and whose microphone hears the recording."""
    folder = tmp_path_factory.mktemp("devices")
    write_camera(folder / "camera.y4m", cv2.imread(str(photo.path), cv2.IMREAD_GRAYSCALE))
    waveform, rate = soundfile.read(talk)
    soundfile.write(folder / "microphone.wav", np.repeat(waveform, 3), 3 * rate)
    return start_browser(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={folder / 'camera.y4m'}",
        f"--use-file-for-fake-audio-capture={folder / 'microphone.wav'}",
    )


@pytest.fixture
def open_page(browser, address):
    """Return a function that opens the page; what the page asked and said is noted in it.

    At the end of a test no page may have asked another host, broken the content security policy,
    raised an error or left anything behind.
    """
    pages = []

    def start(url=address, at=browser, before=None, **options):
        page = at.new_context(**options).new_page()
        page.set_default_timeout(60_000)  # the machine may be busy
        page.asked, page.faults = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.sent = []
        page.on("websocket", lambda socket: _listen(page, socket))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda message: _note(page, message))
        if before is not None:
            before(page)
        page.goto(url)
        pages.append((page, url))
        return page

    yield start
    for page, url in pages:
        own = (url, url.replace("http", "ws"), f"blob:{url}")
        assert [asked for asked in page.asked if not asked.startswith(own)] == []
        assert page.faults == []
        assert page.context.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        page.context.close()


def _listen(page, socket):
    page.asked.append(socket.url)
    socket.on("framesent", lambda sent: isinstance(sent, bytes) and page.sent.append(sent))


def _note(page, message):
    # the browser itself tells of answers with an error; the page shows these
    if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
        page.faults.append(message.text)


@pytest.fixture(scope="session")
def photo(drawn_faces, tmp_path_factory):
    """Make a photo of four drawn faces."""
    return make_photo(tmp_path_factory.mktemp("photo") / "group.png", drawn_faces.X)


@pytest.fixture(scope="session")
def talk(tmp_path_factory):
    """Make a recording of nine seconds."""
    heard = load_dataset("synthetic-voices", scheme="common4")
    parts = np.concatenate(ReadAudio().fit_transform(heard.X[:12]))
    path = tmp_path_factory.mktemp("talk") / "talk.wav"
    soundfile.write(path, parts[: 9 * 16000], 16000)
    return path
