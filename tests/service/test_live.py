"""Live connections: frames and sound."""

import json
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from service_load import ServiceProcess
from service_media import picture, sound
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from skemotion.serving.live import Live
from skemotion.serving.schema import LiveError, LiveReady, LiveResult, LiveStart
from skemotion.serving.security import add_key


@contextmanager
def open_live(service, start, **options):
    address = service.url.replace("http", "ws") + "/v1/live"
    with connect(address, proxy=None, **options) as socket:
        with suppress(ConnectionClosed):  # refused before it could say anything
            socket.send(start if isinstance(start, str | bytes) else json.dumps(start))
        yield socket


def ready(socket):
    message = json.loads(socket.recv(timeout=10))
    LiveReady.model_validate(message, strict=True)
    return message


def results(socket, number):
    found = [json.loads(socket.recv(timeout=10)) for _ in range(number)]
    for message in found:
        LiveResult.model_validate(message, strict=True)
    return found


def refusal(socket):
    message = json.loads(socket.recv(timeout=10))
    LiveError.model_validate(message, strict=True)
    with pytest.raises(ConnectionClosed) as caught:
        socket.recv(timeout=10)
    return message["error"]["code"], caught.value.rcvd.code


def test_frames_are_answered_as_they_come(service):
    with open_live(service, {"type": "start", "media": "image"}) as socket:
        assert ready(socket)["model"]["name"] == "tiny-face"
        for number in range(3):
            socket.send(picture(number, kind="JPEG"))
            (result,) = results(socket, 1)
            assert (result["index"], result["dropped"]) == (number, 0)
            assert result["item"]["faces"][0]["label"] == result["item"]["label"]
        socket.send(b"no picture")
        (result,) = results(socket, 1)
        assert result["item"]["error"]["code"] == "unsupported_media"
        socket.send(sound())
        (result,) = results(socket, 1)
        assert result["item"]["error"]["code"] == "unsupported_media"


def test_oldest_frames_are_dropped_and_counted(service):
    with open_live(service, {"media": "image", "faces": "detect"}) as socket:
        ready(socket)
        frames = [picture(number, (480, 640)) for number in range(12)]
        for frame in frames:
            socket.send(frame)
        last = results(socket, 1)[0]
        n_results = 1
        while last["index"] < 11:
            (last,) = results(socket, 1)
            n_results += 1
        assert last["dropped"] == 12 - n_results > 0


def test_sound_is_answered_window_by_window(service):
    start = {"media": "audio", "window": 1.0, "hop": 0.5, "sampling_rate": 16000}
    samples = sound(2.25, 440)[44:]
    with open_live(service, start) as socket:
        assert ready(socket)["model"]["name"] == "tiny-voice"
        found = []
        for first in range(0, len(samples), 8000):
            socket.send(samples[first : first + 8000])
            if first + 8000 >= 32000 + 16000 * len(found):
                found += results(socket, 1)
    assert [(result["start"], result["end"]) for result in found] == [(0, 1), (0.5, 1.5), (1, 2)]
    assert {result["item"]["label"] for result in found} == {"sad"}
    assert [result["dropped"] for result in found] == [0, 0, 0]


def test_hop_longer_than_the_window_leaves_gaps(service):
    start = {"media": "audio", "window": 0.5, "hop": 1.0}
    with open_live(service, start) as socket:
        ready(socket)
        socket.send(sound(1.2, 110)[44:])
        (first,) = results(socket, 1)
        socket.send(sound(1.2, 440)[44:])
        (second,) = results(socket, 1)
    assert [(one["start"], one["end"]) for one in (first, second)] == [(0, 0.5), (1, 1.5)]


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("no json", "bad_start"),
        ({"media": "smell"}, "bad_start"),
        ({"media": "audio", "window": 1e9}, "bad_start"),
        ({"media": "image", "model": "nobody"}, "unknown_model"),
        ({"media": "image", "model": "tiny-voice"}, "unsupported_media"),
        (b"bytes first", "bad_message"),
    ],
)
def test_wrong_start_is_refused(service, start, code):
    with open_live(service, start) as socket:
        assert refusal(socket) == (code, 1008)


def test_wrong_messages_are_refused(service):
    with open_live(service, {"media": "audio"}) as socket:
        ready(socket)
        socket.send(b"odd")
        assert refusal(socket) == ("bad_sound", 1008)
    with open_live(service, {"media": "image"}) as socket:
        ready(socket)
        socket.send("text")
        assert refusal(socket) == ("bad_message", 1008)


def test_page_of_another_origin_is_refused(service):
    start = {"media": "image"}
    with open_live(service, start, origin="https://evil.example") as socket:
        assert refusal(socket) == ("foreign_origin", 1008)
    with open_live(service, start, origin="http://[") as socket:
        assert refusal(socket) == ("foreign_origin", 1008)
    with open_live(service, start, origin=service.url) as socket:
        ready(socket)


def test_limits_of_live_connections(face_model):
    with ServiceProcess(face_model, live_connections=1, live_idle=0.5) as service:
        with open_live(service, {"media": "image"}) as first:
            ready(first)
            with open_live(service, {"media": "image"}) as second:
                assert refusal(second) == ("overloaded", 1013)
            assert refusal(first) == ("idle", 1008)
        with open_live(service, {"media": "image"}) as third:
            ready(third)
            service.process.terminate()
            with pytest.raises(ConnectionClosed) as caught:
                third.recv(timeout=10)
            assert caught.value.rcvd.code == 1001
        assert service.process.wait(20) == 0


def test_only_those_that_may_enter_take_a_place(face_model, voice_model, tmp_path):
    key = add_key(tmp_path / "keys", "anna")
    limits = {"live_connections": 1, "max_duration": 5, "max_sampling_rate": 16000}
    models = face_model, voice_model
    with ServiceProcess(*models, api_keys=tmp_path / "keys", **limits) as service:
        address = service.url.replace("http", "ws") + "/v1/live"
        with connect(address, proxy=None), connect(address, proxy=None):  # say nothing
            with open_live(service, {"media": "image", "key": "wrong"}) as other:
                assert refusal(other) == ("unauthorized", 1008)
            for over in ({"window": 6}, {"sampling_rate": 48000}):
                with open_live(service, {"media": "audio", "key": key} | over) as other:
                    assert refusal(other) == ("bad_start", 1008)
            with open_live(service, {"media": "image", "key": key}) as socket:
                ready(socket)


def test_windows_that_are_left_out_are_not_cut():
    live = Live(None, None)
    live._start = LiveStart(media="audio", sampling_rate=8000, window=1, hop=0.125)
    samples = np.random.default_rng(0).integers(-99, 99, 80_000, "<i2")
    for first, last in ((0, 5_000), (5_000, 60_001), (60_001, 80_000)):
        live._take_sound(samples[first:last].tobytes())
    assert live._n_taken == 73
    assert live._n_dropped == 71
    for index, (part, begin) in live._backlog:
        first = round(8000 * begin)
        assert first == 1000 * index
        assert bytes(part) == samples[first : first + 8000].tobytes()
    live._start = LiveStart(media="audio", sampling_rate=192_000, window=60, hop=0.1)
    live._sound = _Counted(bytes(120 * 192_000))
    live._sound.copied = copied = []
    live._take_sound(bytes(2**20))
    assert sum(copied) == 2 * 120 * 192_000


class _Counted(bytearray):
    """Notes how much is cut out of it."""

    def __getitem__(self, place):
        self.copied.append(len(part := super().__getitem__(place)))
        return part


def test_samples_become_the_recording_that_they_are():
    from skemotion.audio._io import decode_audio
    from skemotion.serving.media import as_wav

    samples = np.array([0, 16384, -32768], np.int16)
    np.testing.assert_array_equal(decode_audio(as_wav(samples, 8000), 8000), [0, 0.5, -1])
    floats = np.array([0.25, -0.125], np.float32)
    np.testing.assert_array_equal(decode_audio(as_wav(floats, 8000), 8000), floats)
