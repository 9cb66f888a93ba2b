"""The web page of the service, in a browser."""

import json
import re
import urllib.request

import numpy as np
import pytest
from make_photos import make_photo
from make_videos import encode, waves

from skemotion import load_dataset


def ask(address, data, query=""):
    request = urllib.request.Request(f"{address}v1/predict?{query}", data=data)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["items"][0]


def choose(page, *paths):
    """Choose files and wait for as many results."""
    page.locator("#file").set_input_files([str(path) for path in paths])
    page.locator("#results article").nth(len(paths) - 1).wait_for()


def rows(table):
    """Return what a table of bars tells: name, width of the bar, number."""
    return table.evaluate(
        """table => [...table.tBodies[0].rows].map(row => [row.cells[0].textContent,
        row.querySelector(".fill").style.width, row.cells[2].textContent])"""
    )


def percent(share):
    return f"{100 * share:.1f} %"


def check_photo(page, address, photo):
    choose(page, photo.path)
    item = ask(address, photo.path.read_bytes())
    assert len(item["faces"]) == 4
    picture = page.locator(".photo img").bounding_box()
    scale = 1000 / picture["width"]
    boxes = [box.bounding_box() for box in page.locator(".box").all()]
    assert len(boxes) == 4
    for box, face in zip(boxes, item["faces"], strict=True):
        told = face["box"]
        expected = [picture["x"] + told["x"] / scale, picture["y"] + told["y"] / scale]
        expected += [told["width"] / scale, told["height"] / scale]
        np.testing.assert_allclose(list(box.values()), expected, atol=1)
        assert any(
            told["x"] < x < told["x"] + told["width"] and told["y"] < y < told["y"] + told["height"]
            for x, y in photo.centres
        )
    labels = page.locator(".box > span").all_text_contents()
    for number, face in enumerate(item["faces"]):
        told = f"{face['label']} {percent(face['probabilities'][face['label']])}"
        assert labels[number] == f"{number + 1} {told}"
        expected = [[name, percent(share)] for name, share in face["probabilities"].items()]
        found = rows(page.locator(".bars").nth(number))
        assert [[name, text] for name, _, text in found] == expected
        widths = [float(width.rstrip("%")) / 100 for _, width, _ in found]
        np.testing.assert_allclose(widths, list(face["probabilities"].values()), atol=1e-4)
    status = page.get_by_role("status").text_content()
    assert all(f"face {n + 1}: {face['label']}" in status for n, face in enumerate(item["faces"]))


def test_a_photo_gets_boxes_and_bars_a_face(open_page, address, photo):
    check_photo(open_page(), address, photo)


@pytest.mark.real_data
def test_a_photo_of_real_faces(open_page, address, data_folder, tmp_path):
    faces = load_dataset("fer2013", data_folder / "fer2013", where="split == 'PrivateTest'")
    check_photo(open_page(), address, make_photo(tmp_path / "group.jpg", faces.X[:100]))


def test_a_face_points_to_its_box(open_page, photo):
    page = open_page()
    choose(page, photo.path)
    page.get_by_text(re.compile("^Face 3:")).focus()
    assert page.locator(".box.on > span").all_text_contents()[0].startswith("3 ")


def test_a_recording_gets_a_timeline(open_page, address, talk):
    page = open_page()
    choose(page, talk)
    check_timeline(page, ask(address, talk.read_bytes()))


def check_timeline(page, item):
    segments = item["timeline"]
    classes = list(item["probabilities"])
    assert len(segments) >= 4
    assert page.locator(".cell").count() == len(segments) * len(classes)
    best = page.locator(".cell.best")
    assert [title.split(": ")[1].split(",")[0] for title in titles(best)] == [
        segment["label"] for segment in segments
    ]
    page.get_by_text("Timeline as a table").click()
    table = page.get_by_role("region", name="Timeline as a table")
    assert table.locator("tbody tr").count() == len(segments)
    first = segments[0]
    assert table.locator("tbody tr").first.locator("th, td").all_text_contents() == [
        f"{first['start']:.1f} to {first['end']:.1f}",
        first["label"],
        *(percent(share) for share in first["probabilities"].values()),
    ]
    plot = page.locator(".plot").bounding_box()
    page.locator(".plot").click(position={"x": plot["width"] / 2, "y": 5})
    head = page.locator(".head")
    head.wait_for()
    assert abs(head.bounding_box()["x"] - plot["x"] - plot["width"] / 2) < 3
    half = item["media"]["duration"] / 2
    assert page.locator("audio").evaluate("audio => audio.currentTime") == pytest.approx(half, 0.05)


def titles(cells):
    return cells.evaluate_all("cells => cells.map(cell => cell.title)")


@pytest.mark.real_data
def test_real_recordings_and_a_real_face(open_page, address, data_folder):
    page = open_page()
    recordings = sorted((data_folder / "emodb" / "wav").glob("*.wav"))[:2]
    choose(page, *recordings)
    for number, path in enumerate(recordings):
        item = ask(address, path.read_bytes())
        article = page.get_by_role("article", name=path.name)
        told = f"{item['label']}, {percent(item['probabilities'][item['label']])}"
        assert article.locator(".verdict").text_content() == told
        assert page.locator(".bars").nth(number).locator("tr").count() == 4
    assert page.get_by_role("status").text_content() == "2 files: 2 with a result, 0 without."


def test_errors_are_told_as_the_service_tells_them(open_page, address, tmp_path, photo):
    notes, blank = tmp_path / "notes.txt", tmp_path / "blank.png"
    notes.write_text("a shopping list")
    make_photo(blank, [])
    page = open_page()
    choose(page, notes, photo.path, blank)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(address, notes.read_bytes())
    problem = json.load(refusal.value)
    refusal.value.close()
    shown = page.get_by_role("article", name="notes.txt", exact=True)
    assert (
        page.locator("article").nth(0).locator(".problem p").first.text_content()
        == (problem["detail"])
    )
    assert "found none" in page.locator("article").nth(2).text_content()
    assert "Under Options you can say" in page.locator("article").nth(2).text_content()
    assert page.get_by_role("status").text_content() == "3 files: 1 with a result, 2 without."
    assert shown.count() == 0
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("A picture shows").select_option("whole")
    choose(page, blank)
    assert page.locator(".problem").count() == 0


def test_a_service_that_is_gone(open_page, photo):
    page = open_page()
    page.context.set_offline(True)
    page.locator("#file").set_input_files(str(photo.path))
    page.locator(".problem").wait_for()
    assert "The service did not answer." in page.get_by_role("status").text_content()


def test_files_are_dropped(open_page, photo):
    page = open_page()
    content = list(photo.path.read_bytes())
    data = page.evaluate_handle(
        """content => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(content)], "dropped.png")); return data; }""",
        content,
    )
    dropped = page.locator("h1").evaluate_handle(  # beside the field
        """(heading, data) => { const drop = new DragEvent("drop",
        {dataTransfer: data, bubbles: true, cancelable: true});
        heading.dispatchEvent(drop); return drop; }""",
        data,
    )
    assert dropped.evaluate("drop => drop.defaultPrevented")  # the page is not replaced
    page.get_by_role("heading", name="dropped.png").wait_for()
    assert page.locator(".box").count() == 4


def test_the_key_is_asked_for_and_kept_nowhere(open_page, serve, tmp_path, photo):
    from skemotion.serving.security import add_key

    key = add_key(tmp_path / "keys", "anna")
    address = serve("--api-keys", str(tmp_path / "keys"))
    page = open_page(address)
    field = page.get_by_label("This service wants an API key.")
    field.wait_for()
    assert page.locator("#tools").is_hidden()
    field.fill("wrong")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    alert.get_by_text("Expected a key of this service, got another one.").wait_for()
    field.fill(key)
    page.get_by_role("button", name="Use this key").click()
    page.locator("#tools").wait_for()
    assert field.is_hidden()
    assert alert.text_content() == ""
    choose(page, photo.path)
    assert page.locator(".box").count() == 4
    page.get_by_role("button", name="Use the camera").click()
    page.locator("#live-view .box").first.wait_for()
    assert not [asked for asked in page.asked if key in asked]
    serve.stop(address)
    page.get_by_text("The live connection broke off. Start it again.", exact=True).wait_for()
    assert page.locator("video").count() == 0


def test_the_camera_shows_boxes_until_it_is_stopped(open_page):
    page = open_page()
    assert page.locator("video").count() == 0
    button = page.get_by_role("button", name="Use the camera")
    button.click()
    page.locator("#live-view .box").nth(3).wait_for()
    assert page.locator("video").evaluate("video => video.videoWidth > 0 && !video.paused")
    assert page.locator("#live-view .bars tr").count() == 4
    page.get_by_text(re.compile("^Live: ")).wait_for()
    track = page.evaluate_handle("document.querySelector('video').srcObject.getTracks()[0]")
    page.get_by_role("button", name="Stop the camera").click()
    assert page.locator("video").count() == 0
    assert track.evaluate("track => track.readyState") == "ended"
    assert page.get_by_role("status").text_content() == "The camera is off."


def test_the_microphone_shows_a_timeline_and_takes_turns_with_the_camera(open_page):
    page = open_page()
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Stop the camera").wait_for()
    page.get_by_role("button", name="Use the microphone").click()
    page.get_by_role("button", name="Stop the microphone").wait_for()
    assert page.locator("video").count() == 0
    assert page.get_by_role("button", name="Use the camera").count() == 1
    page.locator(".cell").nth(4).wait_for()  # a second window
    labels = [title.split(": ")[1].split(",")[0] for title in titles(page.locator(".cell.best"))]
    assert set(labels) <= {"angry", "happy", "neutral", "sad"}
    level = page.locator(".level div")
    assert level.evaluate("level => parseFloat(level.style.width)") > 5
    sound = np.frombuffer(b"".join(page.sent), "<i2")
    assert np.abs(sound).max() > 3000
    page.get_by_role("button", name="Stop the microphone").click()
    assert page.locator(".cell").count() == 0


def test_devices_that_are_refused_or_missing(open_page, start_browser):
    devices = "--use-fake-device-for-media-stream"
    page = open_page(at=start_browser("--deny-permission-prompts", devices))
    button = page.get_by_role("button", name="Use the microphone")
    button.click()
    page.get_by_role("alert").get_by_text("The microphone was not allowed.").wait_for()
    assert button.is_enabled()
    page = open_page(at=start_browser("--use-fake-ui-for-media-stream"))
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("alert").get_by_text("No camera was found.").wait_for()


def test_a_device_that_cannot_be_shown_is_switched_off(open_page):
    page = open_page()
    page.evaluate("""() => {
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => window.given = await open(wanted);
        AudioWorklet.prototype.addModule = () => Promise.reject(new Error("no worklet"));
        HTMLVideoElement.prototype.play = () => Promise.reject(new Error("no video"));
    }""")
    for device, reason in (("microphone", "no worklet"), ("camera", "no video")):
        page.get_by_role("button", name=f"Use the {device}").click()
        page.get_by_role("alert").get_by_text(f"The page failed: {reason}.").wait_for()
        states = "given.getTracks().map((track) => track.readyState)"
        assert page.evaluate(states) == ["ended"]
        assert page.locator("video").count() == 0


def test_a_video_gets_bars(open_page, address, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(encode(waves()))
    page = open_page()
    choose(page, clip)
    item = ask(address, clip.read_bytes())
    expected = [[name, percent(share)] for name, share in item["probabilities"].items()]
    assert [[name, text] for name, _, text in rows(page.locator(".bars"))] == expected
    assert page.get_by_label("clip.mp4", exact=True).first.is_visible()


def test_the_page_offers_what_the_service_takes(open_page, address, talk):
    def answer(route):
        told = route.fetch().json()
        told["models"] = [one for one in told["models"] if one["modality"] == "voice"]
        told["limits"]["max_body"] = 1000
        route.fulfill(json=told)

    page = open_page(before=lambda page: page.route("**/v1/model", answer))
    page.get_by_role("button", name="Use the microphone").wait_for()
    assert page.get_by_role("button", name="Use the camera").count() == 0
    assert page.locator("#file").get_attribute("accept") == "audio/*"
    assert page.locator("#options").is_hidden()
    choose(page, talk)
    assert "Expected at most 1000 bytes, got a file of" in page.get_by_role("status").text_content()
    assert not [asked for asked in page.asked if "predict" in asked]
