"""Finding faces and cutting them out: a real photo, drawn faces, and a network made here."""

import io
import re
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.data import astronaut

from skemotion import (
    CropFaces,
    EqualizeHist,
    ReadImages,
    RecordingError,
    Resize,
    detect_faces,
    load_dataset,
    make_recording_pipeline,
)
from skemotion._haar import find_eyes
from skemotion.image import Face
from skemotion.image._cut import cut_out
from skemotion.testing import check_recording_transformer

FACE = (178, 67, 94, 94)  # of the astronaut: x, y, width, height
TILT = 4.2  # degrees by which her eyes are not level


@pytest.fixture(scope="module")
def photo():
    return astronaut()


def turned(photo, degrees):
    middle = (FACE[0] + FACE[2] / 2, FACE[1] + FACE[3] / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1)
    return cv2.warpAffine(photo, matrix, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def tilt(face):
    (x_left, y_left), (x_right, y_right) = face.eyes
    return np.degrees(np.arctan2(y_right - y_left, x_right - x_left))


def encode(image, kind="JPEG"):
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("size", [180, 512, 1500])
def test_a_face_is_found_at_any_size(photo, size):
    faces = detect_faces(cv2.resize(photo, (size, size)))
    assert len(faces) == 1
    np.testing.assert_allclose(faces[0][:4], np.array(FACE) * size / 512, atol=8 * size / 512)
    assert faces[0].score > 0
    assert faces[0].eyes is None


def test_every_kind_of_recording(photo, tmp_path):
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    path = tmp_path / "photo.png"
    path.write_bytes(encode(photo, "PNG"))
    expected = detect_faces(photo)
    for image in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), photo / 255):
        assert detect_faces(image) == expected
    for image in (grey, grey[:, :, None]):
        np.testing.assert_allclose(detect_faces(image)[0][:4], FACE, atol=8)


def test_several_faces_are_sorted_by_size(photo):
    small = cv2.resize(photo, (256, 256))
    group = np.zeros((512, 768, 3), np.uint8)
    group[:, :512] = photo
    group[:256, 512:] = group[256:, 512:] = small
    faces = detect_faces(group)
    assert [round(face.width / 94 * 2) for face in faces] == [2, 1, 1]
    assert len(detect_faces(group, min_face=0.15)) == 1
    largest = CropFaces(align=False).fit_transform([group])[0]
    only = CropFaces(align=False).fit_transform([photo])[0]
    assert abs(largest.shape[0] - only.shape[0]) < 8
    surest = max(faces, key=lambda face: face.score)
    crop = CropFaces(which="surest", align=False).fit_transform([group])[0]
    assert crop.shape[0] == round(surest.width)


@pytest.mark.parametrize("degrees", [-15, -8, 0, 8, 15])
def test_eyes_come_level(photo, degrees):
    tilted = turned(photo, degrees)
    (face,) = detect_faces(tilted, eyes=True)
    assert abs(tilt(face) - (TILT - degrees)) < 3.5
    margin = 0.5  # so that the face is found once more
    crop = CropFaces(margin=margin).fit_transform([tilted])[0]
    again = detect_faces(crop, eyes=True)[0]
    assert abs(tilt(again)) < 4
    as_it_was = CropFaces(margin=margin, align=False).fit_transform([tilted])[0]
    assert as_it_was.shape == crop.shape
    assert np.abs(as_it_was.astype(int) - crop).mean() > 3


def test_eyes_lie_in_the_upper_half(photo):
    for scale in (0.5, 1, 3):
        (face,) = detect_faces(cv2.resize(photo, None, fx=scale, fy=scale), eyes=True)
        for x, y in face.eyes:
            assert face.x < x < face.x + face.width
            assert face.y < y < face.y + face.height / 2
    assert find_eyes(np.zeros((50, 50), np.uint8)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (19, 19), (20, 20), (48, 48), (3, 2000, 3)])
def test_no_face(shape):
    for min_face in (0.001, 0.1, 1):
        assert detect_faces(np.zeros(shape, np.uint8), min_face=min_face) == []
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    whole = CropFaces(on_missing="whole").fit_transform([noise])
    np.testing.assert_array_equal(whole[0], noise)
    assert CropFaces(on_missing="whole", size=(8, 9)).fit_transform([noise]).shape[1:3] == (8, 9)


def test_what_becomes_of_a_picture_without_a_face(photo):
    landscape = np.zeros((200, 300, 3), np.uint8)
    sentence = (
        "Cannot find a face in an array of shape (200, 300, 3) (recording 1): no face was found in "
        "its 300 x 200 pixels. Lower min_face if faces are small, or set on_missing."
    )
    with pytest.raises(RecordingError, match=f"^{re.escape(sentence)}$"):
        CropFaces().fit_transform([photo, landscape])
    with pytest.warns(UserWarning, match="1 of 2 recordings could not be processed"):
        assert CropFaces(on_error="nan").fit_transform([photo, landscape])[1] is None
    crop = CropFaces(on_missing="nan", size=(48, 48))
    faces = crop.fit_transform([photo, landscape])
    assert [None if face is None else face.shape for face in faces] == [(48, 48, 3), None]
    steps = make_recording_pipeline(crop, EqualizeHist(), Resize(24, 24))
    assert [face is None for face in steps.fit_transform([landscape, photo])] == [True, False]
    whole = CropFaces(on_missing="whole", size=(48, 48)).fit_transform([photo, landscape])
    assert whole.shape == (2, 48, 48, 3)


def test_drawn_faces_that_fill_the_picture_are_kept_whole():
    data = load_dataset("synthetic-faces")
    faces = CropFaces(on_missing="whole", size=(48, 48)).fit_transform(data.X[:20])
    assert faces.shape == (20, 48, 48)
    assert faces.dtype == np.uint8


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(1, 90), st.floats(-0.4, 2), st.booleans())
def test_what_is_cut_out(x, y, side, margin, colour):
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3)[: 2 + colour], dtype=np.uint8)
    face = Face(x, y, side, side / 2, 1.0)
    cut = cut_out(image, face, margin=margin)
    expected = max(1, round(side * (1 + 2 * margin)))
    assert cut.shape == (expected, expected, *image.shape[2:])
    assert set(np.unique(cut)) <= set(np.unique(image))


def test_a_cut_without_turning_is_a_slice():
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    np.testing.assert_array_equal(cut_out(image, Face(7, 5, 20, 20, 1)), image[5:25, 7:27])
    np.testing.assert_array_equal(
        cut_out(image, Face(7, 5, 20, 20, 1), margin=0.25), image[:30, 2:32]
    )
    corner = cut_out(image, Face(40, 30, 20, 20, 1))
    np.testing.assert_array_equal(corner[:10, :10], image[30:, 40:])
    assert (corner[10:, 10:] == image[-1, -1]).all()
    level = Face(7, 5, 20, 20, 1, ((10.0, 12.0), (24.0, 12.0)))
    inner = cut_out(image, level)[1:-1, 1:-1].astype(int)  # half a pixel apart
    assert np.abs(inner - cut_out(image, Face(7, 5, 20, 20, 1))[1:-1, 1:-1]).mean() < 60


def test_contract(photo):
    photos = [photo[:300, 50:350], turned(photo, 10)[:300, 50:350], cv2.resize(photo, (300, 300))]
    crop = CropFaces(min_face=0.15)
    check_recording_transformer(crop, photos)
    crop.set_params(size=(48, 48), margin=0.1, align=False)
    check_recording_transformer(crop, photos)


def test_fused_with_other_steps_in_threads(photo):
    files = [encode(turned(photo, degrees)[:300, 50:350]) for degrees in (-10, 0, 10)] * 2
    crop = CropFaces(margin=0.1, min_face=0.15)
    steps = [ReadImages(), crop, EqualizeHist(), Resize(48, 48)]
    check_recording_transformer(make_recording_pipeline(*steps), files[:3])
    alone = make_recording_pipeline(*steps).fit_transform(files)
    steps[0] = ReadImages(n_jobs=3)
    np.testing.assert_array_equal(make_recording_pipeline(*steps).fit_transform(files), alone)
    assert alone.shape == (6, 48, 48)
    steps[0] = ReadImages(reduce_to=(150, 150))
    reduced = make_recording_pipeline(*steps).fit_transform(files)
    for first, second in zip(alone, reduced, strict=True):
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.7


def test_threads_share_no_classifier(photo):
    group = np.tile(cv2.resize(photo, (256, 256)), (2, 2, 1))
    expected = detect_faces(group, eyes=True)
    assert len(expected) == 4
    with ThreadPoolExecutor(4) as pool:
        for faces in pool.map(lambda _: detect_faces(group, eyes=True), range(12)):
            assert faces == expected


def test_opencv_without_cascades(monkeypatch):
    monkeypatch.setattr("skemotion._haar._idle", {})
    monkeypatch.delattr(cv2, "CascadeClassifier")  # as in version 5
    sentence = (
        f"Expected OpenCV 4 with its Haar cascades, got version {cv2.__version__} without "
        "haarcascade_frontalface_alt2.xml. Run pip install 'opencv-python-headless>=4.11,<5', or "
        "pass the model file of another detector."
    )
    with pytest.raises(ImportError, match=f"^{re.escape(sentence)}$"):
        detect_faces(np.zeros((48, 48), np.uint8))


@pytest.mark.parametrize(
    ("error", "options", "sentence"),
    [
        (
            ValueError,
            {"min_face": 0},
            "Expected min_face to be a share of the picture's shorter side, in (0, 1], got 0. A "
            "tenth is 0.1.",
        ),
        (
            TypeError,
            {"detector": 7},
            "Expected detector to be 'haar' or the path of a YuNet model, got 7. Download "
            "face_detection_yunet from the OpenCV Zoo, or leave detector out.",
        ),
        (
            ValueError,
            {"detector": "missing.onnx"},
            "expected detector to be 'haar' or the path of a YuNet model, got 'missing.onnx', "
            "where there is no file. Check the path",
        ),
    ],
)
def test_what_is_refused(error, options, sentence):
    with pytest.raises(error, match=f"^{re.escape(sentence)}$"):
        detect_faces(np.zeros((48, 48), np.uint8), **options)


def test_size_is_a_height_and_a_width():
    sentence = (
        "Expected size to be a height and a width in pixels, got (48,). Write for instance "
        "size=(48, 48)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        CropFaces(size=(48,)).fit_transform([np.zeros((48, 48), np.uint8)])


STRIDES = (8, 16, 32)


def write_yunet(path, box=4.0, score=1.0):
    """Write a network with YuNet's outputs that takes bright 8 x 8 cells for faces."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, outputs = [], [], []

    def constant(name, values, dtype=np.float32):
        weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    # eyes on one line, the right one 2 cells further and 1 lower; then nose and mouth
    marks = [0, 0, 2, 1, 1, 2, 0, 3, 2, 3]
    for stride in STRIDES:
        gain = score / 765 if stride == 8 else 0
        parts = {
            "cls": (np.full((1, 3, 1, 1), gain), [0]),
            "obj": (np.full((1, 3, 1, 1), gain), [0]),
            "bbox": (np.zeros((4, 3, 1, 1)), [0, 0, np.log(box), np.log(box)]),
            "kps": (np.zeros((10, 3, 1, 1)), marks),
        }
        nodes.append(
            helper.make_node(
                "AveragePool",
                ["input"],
                [f"pool_{stride}"],
                kernel_shape=[stride, stride],
                strides=[stride, stride],
            )
        )
        for part, (kernel, bias) in parts.items():
            name = f"{part}_{stride}"
            constants = [constant(f"{name}_w", kernel), constant(f"{name}_b", bias)]
            nodes.append(helper.make_node("Conv", [f"pool_{stride}", *constants], [f"{name}_c"]))
            nodes.append(
                helper.make_node("Transpose", [f"{name}_c"], [f"{name}_t"], perm=[0, 2, 3, 1])
            )
            shape = constant(f"{name}_s", [1, -1, len(bias)], np.int64)
            nodes.append(helper.make_node("Reshape", [f"{name}_t", shape], [name]))
            n_cells = (320 // stride) ** 2
            outputs.append(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, n_cells, len(bias)])
            )
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 320, 320])
    graph = helper.make_graph(nodes, "yunet", [image], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    onnx.save(model, path)
    return path


def test_yunet(tmp_path):
    path = write_yunet(tmp_path / "yunet.onnx")
    for channels in ((), (1,), (3,)):
        picture = np.zeros((96, 160, *channels), np.uint8)
        picture[16:24, 40:48] = 255
        (face,) = detect_faces(picture, path)
        assert face == Face(24, 0, 32, 32, pytest.approx(1), ((40, 16), (56, 24)))
    assert detect_faces(np.zeros((96, 160), np.uint8), str(path)) == []
    crop = CropFaces(str(path), align=False).fit_transform([picture])
    np.testing.assert_array_equal(crop[0], picture[:32, 24:56])


def test_yunet_in_a_large_photo(tmp_path):
    path = write_yunet(tmp_path / "yunet.onnx", box=6.0)
    photo = np.zeros((1600, 1600, 3), np.uint8)
    photo[320:400, 480:560] = 255  # one cell, once the face of 0.25 has shrunk to 40 pixels
    (face,) = detect_faces(photo, path, min_face=0.25)
    expected = Face(240, 80, 480, 480, pytest.approx(1), ((480, 320), (640, 400)))
    assert face == expected
    assert detect_faces(photo, path, min_face=0.35) == []


def test_results_depend_on_the_model_file(tmp_path):
    path = write_yunet(tmp_path / "yunet.onnx")
    crop = CropFaces(path)
    before = crop.depends_on()
    picture = np.zeros((96, 160), np.uint8)
    picture[16:24, 40:48] = 255
    assert detect_faces(picture, path)[0].width == 32
    write_yunet(path, box=6.0)
    assert detect_faces(picture, path)[0].width == 48
    assert len(before) == 32
    assert crop.depends_on() != before
    assert CropFaces().depends_on() is None


def test_a_file_that_is_no_yunet(tmp_path):
    path = tmp_path / "text.onnx"
    path.write_text("not a network")
    sentence = (
        f"Cannot find a face in an array of shape (48, 48) (recording 0): expected {str(path)!r} "
        "to be the ONNX file of a YuNet face detector, which OpenCV cannot use it as ("
    )
    with pytest.raises(RecordingError, match=f"^{re.escape(sentence)}"):
        CropFaces(path).fit_transform([np.zeros((48, 48), np.uint8)])
