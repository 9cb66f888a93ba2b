"""What a running service answers, against what the models predict in this process."""

import io
import re

import numpy as np
import pytest
import requests
import soundfile
from service_media import CLASSES, FACE, encode, group_photo, picture, sound
from skimage.data import astronaut
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skemotion import HOG, ReadImages, Resize, load, save
from skemotion.runtime import open_predictor
from skemotion.serving import Settings
from skemotion.serving.hosting import Hosted
from skemotion.serving.schema import ModelInfo, ModelResponse, PredictionResponse, Problem


def post(service, data=None, query="", **arguments):
    return requests.post(f"{service.url}/v1/predict{query}", data=data, timeout=30, **arguments)


def items_of(answer):
    assert answer.status_code == 200, answer.text
    PredictionResponse.model_validate(answer.json(), strict=True)
    return answer.json()["items"]


def problem_of(answer, status, code):
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json(), strict=True)
    assert (answer.status_code, problem.status, problem.code) == (status, status, code)
    assert problem.request_id == answer.headers["x-request-id"]
    return problem.detail


def assert_scores(item, expected):
    assert list(item["probabilities"]) == CLASSES
    np.testing.assert_allclose(list(item["probabilities"].values()), expected, atol=2e-6)
    assert item["label"] == CLASSES[int(np.argmax(expected))]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_picture_gets_the_probabilities_of_the_model(service, face_model, kind):
    data = picture(3, kind=kind)
    (item,) = items_of(post(service, data, headers={"content-type": "text/html"}))
    assert_scores(item, load(face_model).predict_proba([data])[0])
    assert item["media"]["kind"], item["media"]["format"] == ("image", kind)
    assert item["faces"][0]["box"] is None
    assert item["model"]["name"] == "tiny-face"


def test_windows_that_hold_far_more_than_the_recording_are_refused(service):
    silence = io.BytesIO()
    soundfile.write(silence, np.zeros(60 * 192_000, np.int16), 192_000, format="FLAC")
    answer = post(service, silence.getvalue(), "?window=30&hop=0.25")
    detail = problem_of(answer, 422, "bad_parameter")
    assert detail == (
        "Expected windows of at most 34560000 samples together, got 121 of 5760000. "
        "Raise hop, or lower window."
    )


def test_recording_gets_the_probabilities_of_the_other_model(service, voice_model):
    data = sound(1.5, 440)
    (item,) = items_of(post(service, data))
    assert_scores(item, load(voice_model).predict_proba([data])[0])
    assert item["label"] == "sad"
    assert item["media"]["duration"] == 1.5
    assert item["timeline"] is None


def test_faces_of_a_photo_have_boxes_and_results_of_their_own(service):
    (item,) = items_of(post(service, group_photo()))
    boxes = [face["box"] for face in item["faces"]]
    assert len(boxes) == 2
    for box in boxes:
        x = box["x"] - (512 if box["x"] > 512 else 0)
        np.testing.assert_allclose([x, *list(box.values())[1:]], FACE, atol=10)
    assert abs(boxes[0]["x"] - boxes[1]["x"]) > 400
    assert item["probabilities"] == item["faces"][0]["probabilities"]
    assert (item["media"]["width"], item["media"]["height"]) == (1024, 512)


def test_boxes_count_in_pixels_of_a_large_photo_that_was_decoded_smaller(service):
    large = encode(np.asarray(astronaut()).repeat(4, axis=0).repeat(4, axis=1), "JPEG")
    (item,) = items_of(post(service, large))
    box = item["faces"][0]["box"]
    np.testing.assert_allclose(list(box.values()), 4 * np.array(FACE), atol=40)


def test_photo_without_face(service):
    noise = picture(0, (300, 400))
    detail = problem_of(post(service, noise), 422, "no_face")
    assert re.fullmatch(
        r"Expected a face in the picture of 400 x 300 pixels, found none\. Lower min_face if faces "
        r"are small, or set faces=whole if the picture is a face\.",
        detail,
    )
    (item,) = items_of(post(service, noise, "?faces=whole"))
    assert item["warning"] is None
    (item,) = items_of(post(service, picture(0, (200, 200))))
    assert item["warning"] == "No face was found: the whole picture was taken as one."
    problem_of(post(service, picture(0), "?faces=detect"), 422, "no_face")


def test_long_recording_becomes_a_timeline(service, voice_model):
    low, high = sound(4, 110), sound(4, 440)
    data = low[:4] + (len(low) + len(high) - 52).to_bytes(4, "little") + low[8:40]
    data += (len(low) + len(high) - 88).to_bytes(4, "little") + low[44:] + high[44:]
    (item,) = items_of(post(service, data))
    timeline = item["timeline"]
    assert [segment["start"] for segment in timeline] == [0, 1.5, 3, 4.5, 5]
    assert [segment["end"] for segment in timeline] == [3, 4.5, 6, 7.5, 8]
    assert timeline[0]["label"] == "angry"
    assert timeline[-1]["label"] == "sad"
    scores = np.array([list(segment["probabilities"].values()) for segment in timeline])
    assert_scores(item, scores.mean(axis=0))
    (whole,) = items_of(post(service, data, "?window=0"))
    assert whole["timeline"] is None
    assert_scores(whole, load(voice_model).predict_proba([data])[0])
    (fine,) = items_of(post(service, data, "?window=1&hop=0.5"))
    assert len(fine["timeline"]) == 15


def test_many_uploads_each_with_a_prediction_or_an_error(service):
    files = [
        ("file", ("a.png", picture(1))),
        ("file", ("b.png", b"\x89PNG\r\n\x1a\n" + bytes(30))),
        ("other", ("../../etc/passwd", sound())),
        ("file", ("d.txt", b"just text")),
        ("file", ("e.png", picture(2))),
    ]
    items = items_of(post(service, files=files))
    assert [item["index"] for item in items] == [0, 1, 2, 3, 4]
    assert [item["name"] for item in items] == ["a.png", "b.png", "passwd", "d.txt", "e.png"]
    codes = [item["error"] and item["error"]["code"] for item in items]
    assert codes == [None, "undecodable", None, "unsupported_media", None]
    alone = items_of(post(service, picture(2)))[0]
    assert items[4]["probabilities"] == alone["probabilities"]


def test_damaged_picture_does_not_take_its_neighbours_along(service):
    cut = picture(1)[:-400]  # its head is whole: only the model finds the fault
    items = items_of(
        post(service, files=[("f", ("x", one)) for one in (picture(0), cut, picture(2))])
    )
    assert [item["error"] is None for item in items] == [True, False, True]
    assert items[1]["error"]["detail"].startswith("Cannot decode the upload: ")


@pytest.mark.parametrize(
    ("body", "query", "status", "code"),
    [
        (b"", "", 422, "empty"),
        (b"hello, this is text", "", 415, "unsupported_media"),
        (b"\x89PNG\r\n\x1a\nbroken", "", 422, "undecodable"),
        (b"RIFF\x00\x00\x00\x00WAVEnothing", "", 422, "undecodable"),
        (bytes(4) + b"ftypmp42" + bytes(30), "", 415, "unsupported_media"),
        (picture(), "?model=nobody", 404, "unknown_model"),
        (picture(), "?model=tiny-voice", 415, "unsupported_media"),
        (picture(), "?faces=some", 422, "bad_parameter"),
        (picture(), "?window=-1", 422, "bad_parameter"),
        (picture(), "?window=nan", 422, "bad_parameter"),
        (picture(), "?windows=1", 422, "bad_parameter"),
        (picture(), "?hop=1&hop=2", 422, "bad_parameter"),
        (sound(61), "", 422, "undecodable"),
        (sound(61), "?window=0", 422, "undecodable"),
        (sound(0.5, sampling_rate=4000), "", 422, "undecodable"),
    ],
)
def test_refused_alone(service, body, query, status, code):
    detail = problem_of(post(service, body, query), status, code)
    assert re.match(r"(Expected|Cannot) .+\. [A-Z].+\.$", detail), detail


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"x", "multipart/form-data", 400, "bad_form"),
        (b"x", "multipart/mixed; boundary=b", 400, "bad_form"),
        (b"x", "multipart/form-data; boundary=b", 400, "bad_form"),
        (b"--b\r\n\r\nhalf", "multipart/form-data; boundary=b", 400, "bad_form"),
        (
            b'--b\r\ncontent-disposition: form-data; filename="%s"\r\n\r\n1\r\n--b--' % (b";" * 99),
            "multipart/form-data; boundary=b",
            400,
            "bad_form",
        ),
        (
            b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
            "no_files",
        ),
    ],
)
def test_refused_form(service, body, content_type, status, code):
    problem_of(post(service, body, headers={"content-type": content_type}), status, code)


def test_too_many_files(service):
    files = [("file", (f"{number}", b"x")) for number in range(33)]
    problem_of(post(service, files=files), 413, "too_many_items")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/predict", 405, "method_not_allowed"),
        ("DELETE", "/v1/model", 405, "method_not_allowed"),
        ("GET", "/v1/../../etc/passwd", 404, "not_found"),
        ("GET", "/%2e%2e/settings.py", 404, "not_found"),
        ("GET", "/__init__.py", 404, "not_found"),
    ],
)
def test_other_paths_and_methods(service, method, path, status, code):
    problem_of(requests.request(method, service.url + path, timeout=9), status, code)


def test_model_tells_what_is_served(service):
    answer = requests.get(f"{service.url}/v1/model", timeout=9).json()
    ModelResponse.model_validate(answer, strict=True)
    face, voice = answer["models"]
    assert (face["name"], face["modality"], face["classes"]) == ("tiny-face", "face", CLASSES)
    assert (face["metrics"], face["card"]) == ({"uar": 0.33}, "Learned noise.")
    assert voice["modality"] == "voice"
    assert face["has_probabilities"]
    assert answer["limits"]["max_duration"] == 60


def test_models_that_only_decide_say_so(tmp_path):
    X = [picture(number) for number in range(6)]
    model = make_pipeline(ReadImages(), Resize(32, 32), HOG(), LinearSVC()).fit(X, CLASSES * 2)
    save(model, tmp_path / "decides.skemotion")
    predictor = open_predictor(tmp_path / "decides.skemotion")
    described = Hosted(predictor, Settings(), None).describe()
    assert not ModelInfo.model_validate(described, strict=True).has_probabilities


def test_request_ids_headers_and_logs(service):
    given = {"x-request-id": "mine-123"}
    answer = post(service, picture(7), "?faces=whole", headers=given)
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "mine-123"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
    bad = post(service, picture(7), headers={"x-request-id": "with space"})
    assert re.fullmatch("[0-9a-f]{16}", bad.headers["x-request-id"])
    service._wait(lambda: any(one.get("id") == "mine-123" for one in service.lines()), 5)
    (line,) = [one for one in service.lines() if one.get("id") == "mine-123"]
    assert (line["status"], line["path"], line["items"]) == (200, "/v1/predict", 1)
    assert "faces=whole" not in service.log.read_text()


def test_metrics_count(service):
    def count(name):
        text = requests.get(f"{service.url}/metrics", timeout=9).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    ok = 'skemotion_items_total{outcome="ok"}'
    requests_ok = 'skemotion_requests_total{path="/v1/predict",status="200"}'
    before = count(ok), count(requests_ok), count("skemotion_batch_recordings_sum")
    post(service, files=[("f", ("x", picture(0))), ("f", ("y", sound()))])
    after = count(ok), count(requests_ok), count("skemotion_batch_recordings_sum")
    assert np.subtract(after, before).tolist() == [2, 1, 2]


def test_silence_in_a_long_recording_is_a_window_like_others(service):
    from skemotion.serving.media import as_wav

    loud = np.frombuffer(sound(3)[44:], np.int16)
    data = as_wav(np.concatenate([loud, np.zeros(4 * 16000, np.int16), loud]), 16000)
    (item,) = items_of(post(service, data))
    assert len(item["timeline"]) == 6
    assert item["error"] is None


def test_videos(tmp_path):
    from make_videos import encode as encode_video
    from make_videos import waves
    from service_load import ServiceProcess
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import make_pipeline

    from skemotion import ReadVideo, save

    clip = encode_video(waves())
    pipeline = make_pipeline(ReadVideo(4, size=(8, 8)), DummyClassifier())
    path = tmp_path / "tiny-video.skemotion"
    save(pipeline.fit([clip, clip, clip], ["angry", "happy", "happy"]), path)
    with ServiceProcess(path, max_duration=5) as service:
        for kind in ("mp4", "webm", "avi", "matroska", "mov"):
            (item,) = items_of(post(service, encode_video(waves(), kind=kind)))
            assert item["probabilities"] == {"angry": 0.333333, "happy": 0.666667}
            assert item["media"]["kind"] == "video"
            assert item["media"]["duration"] == pytest.approx(1.2, abs=0.1)
        long = encode_video(waves(150, 16, 16), kind="avi")
        problem_of(post(service, long), 422, "undecodable")
        problem_of(post(service, clip[:300]), 422, "undecodable")
        problem_of(post(service, picture()), 415, "unsupported_media")
