"""OpenSmile has the values of the package opensmile."""

import subprocess
import sys

import numpy as np
import opensmile
import pytest
import soundfile

from skemotion import OpenSmile
from skemotion.audio.open_smile import load_smile


def voice(n_times=16000, pitch=120):
    time = np.arange(n_times) / 16000
    return (0.1 * sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 20))).astype("f4")


@pytest.mark.parametrize(("name", "n_features"), [("eGeMAPSv02", 88), ("emobase", 988)])
def test_values_and_names_are_those_of_opensmile(tmp_path, name, n_features):
    soundfile.write(tmp_path / "a.wav", voice(), 16000)
    smile = opensmile.Smile(opensmile.FeatureSet[name], opensmile.FeatureLevel.Functionals)
    expected = smile.process_file(tmp_path / "a.wav")
    frame = OpenSmile(name).set_output(transform="pandas").fit_transform([tmp_path / "a.wav"])
    assert list(frame.columns) == list(expected.columns)
    assert frame.shape == (1, n_features)
    np.testing.assert_allclose(frame.to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-6)


def test_too_short_recordings_are_named():
    message = r"^Cannot analyse an array of shape \(9,\) \(recording 1\): it lasts 0\.000562 s, "
    with pytest.raises(ValueError, match=message + r"too short for openSMILE\. Leave it out\.$"):
        OpenSmile().transform([voice(), voice(9)])
    with pytest.warns(UserWarning, match="1 of 2 recordings could not be processed"):
        values = OpenSmile(on_error="nan").transform([voice(), voice(9)])
    np.testing.assert_array_equal(np.isnan(values).all(axis=1), [False, True])


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "opensmile", None)
    load_smile.cache_clear()
    with pytest.raises(ImportError, match=r"pip install 'skemotion\[opensmile\]'"):
        OpenSmile().transform([voice()])


def test_licence_is_named():
    assert "research and\n       educational use only" in OpenSmile.__doc__


def test_it_is_refused_where_it_would_crash():
    code = (
        "import numpy as np, keras\n"
        "from skemotion import OpenSmile\n"
        "try:\n"
        "    OpenSmile().transform([np.zeros(16000)])\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("openSMILE crashes in a process that has loaded TensorFlow")
