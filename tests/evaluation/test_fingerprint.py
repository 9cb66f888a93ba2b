import io
import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skemotion import RecordingError
from skemotion._describe import describe_parameters
from skemotion.evaluation import dataset_fingerprint


@given(st.lists(st.binary(max_size=20), min_size=2, max_size=5, unique=True), st.data())
def test_content_order_labels_and_subjects_count(contents, data):
    y, groups = ["sad"] * len(contents), ["a"] * len(contents)
    before = dataset_fingerprint(contents, y, groups)
    assert before == dataset_fingerprint(list(contents), np.array(y), np.array(groups))
    row = data.draw(st.integers(0, len(contents) - 1))
    changed = [*contents[:row], contents[row] + b"!", *contents[row + 1 :]]
    others = [*y[:row], "happy", *y[row + 1 :]]
    prints = {
        before,
        dataset_fingerprint(changed, y, groups),
        dataset_fingerprint(contents[::-1], y, groups),
        dataset_fingerprint(contents, others, groups),
        dataset_fingerprint(contents, y, others),
    }
    assert len(prints) == 5


def test_files_count_by_content_not_by_place(tmp_path):
    paths = []
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "a.wav")
        paths[-1].write_bytes(b"RIFF and more")
    prints = {dataset_fingerprint([path], ["sad"], ["x"]) for path in paths}
    prints.add(dataset_fingerprint(np.array([str(paths[0])]), ["sad"], ["x"]))
    prints.add(dataset_fingerprint(pd.DataFrame({"voice": [paths[0]]}), ["sad"], ["x"]))
    prints.add(dataset_fingerprint([io.BytesIO(b"RIFF and more")], ["sad"], ["x"]))
    assert len(prints) == 1
    paths[1].write_bytes(b"RIFF and less")
    assert dataset_fingerprint([paths[1]], ["sad"], ["x"]) not in prints


def test_arrays_count_by_values_shape_and_type():
    images = np.arange(16, dtype="uint8").reshape(2, 2, 4)
    labels = ["sad", "sad"], ["x", "x"]
    shapes = [images, images.reshape(2, 4, 2), images.astype("float32"), images[::-1]]
    assert len({dataset_fingerprint(array, *labels) for array in shapes}) == 4
    read_only = np.asfortranarray(images)
    assert dataset_fingerprint(read_only, *labels) == dataset_fingerprint(images, *labels)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(
        RecordingError, match=r"^Cannot read .*b\.wav \(recording 1\): No such file"
    ):
        dataset_fingerprint([b"RIFF", tmp_path / "b.wav"], ["sad", "sad"], ["x", "x"])


def _pipeline(**parameters):
    search = GridSearchCV(SVC(**parameters), {"C": np.array([1.0, 2.0])}, cv=KFold(3))
    steps = FunctionTransformer(partial(np.clip, a_min=0)), StandardScaler(), search
    return make_pipeline(*steps)


def test_parameters_tell_models_apart_but_not_runs():
    same = _pipeline(), _pipeline().set_params(gridsearchcv__n_jobs=2, memory="cache", verbose=True)
    assert len({describe_parameters(model) for model in same}) == 1
    changed = [
        _pipeline(gamma=0.1),
        _pipeline().set_params(gridsearchcv__cv=KFold(4)),
        _pipeline().set_params(gridsearchcv__param_grid={"C": np.array([1.0, 3.0])}),
        _pipeline().set_params(functiontransformer__func=np.log1p),
        _pipeline().set_params(functiontransformer__func=lambda x: x + 1),
        _pipeline().set_params(functiontransformer__func=lambda x: x + 2),
        _pipeline().set_params(standardscaler="passthrough"),
    ]
    assert len({describe_parameters(model) for model in [same[0], *changed]}) == 8


def test_parameters_read_the_same_in_another_process():
    code = (
        "from sklearn.model_selection import GridSearchCV, KFold\n"
        "from sklearn.svm import SVC\n"
        "from skemotion._describe import describe_parameters\n"
        "model = GridSearchCV(SVC(), {'C': [1]}, cv=KFold(3), scoring={'f', 'g'})\n"
        "print(describe_parameters(model))"
    )
    texts = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(texts) == 1
    assert b"KFold" in texts.pop()


def test_texts_count_as_they_are_and_votes_count(tmp_path):
    sentences = ["I am fine.", str(tmp_path)]  # one reads like a path
    labels = ["sad", "sad"], ["x", "x"]
    alone = dataset_fingerprint(sentences, *labels, modality="text")
    beside = dataset_fingerprint(pd.DataFrame({"text": sentences}), *labels, modality="voice+text")
    assert alone == beside != dataset_fingerprint(sentences[::-1], *labels, modality="text")
    votes = pd.DataFrame({"sad": [1.0, 0.5], "happy": [0.0, 0.5]})
    prints = {
        dataset_fingerprint([b"a", b"b"], *labels, soft)
        for soft in (None, votes, votes[::-1], votes.rename(columns={"happy": "calm"}))
    }
    assert len(prints) == 4
