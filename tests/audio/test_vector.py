"""The vector without scikit-learn."""

import subprocess
import sys

import numpy as np
import pytest
import trees

from skemotion import AcousticFeatures
from skemotion.audio import mean_vector


def test_it_is_the_vector_of_the_transformer(tmp_path):
    recordings = [trees.wav(0, 1.3), trees.wav(1, 0.5, 44100), np.zeros(100), np.ones((900, 2))]
    recordings.append(str(trees.write(tmp_path / "a.wav", trees.wav(2))))
    expected = AcousticFeatures().fit_transform(recordings)
    for recording, row in zip(recordings, expected, strict=True):
        np.testing.assert_array_equal(mean_vector(recording), row)
    other = AcousticFeatures(sampling_rate=8000, n_fft=1024, hop_length=256)
    row = other.fit_transform(recordings[:1])[0]
    got = mean_vector(recordings[0], 8000, n_fft=1024, hop_length=256)
    np.testing.assert_array_equal(got, row)


def test_what_cannot_be_decoded_is_said():
    with pytest.raises(ValueError, match=r"the file does not exist\. Check the path"):
        mean_vector("nowhere.wav")


def test_it_imports_no_more_than_numpy_and_the_fft(tmp_path):
    path = trees.write(tmp_path / "a.wav", trees.wav(0, rate=48000))
    code = (
        "import sys\n"
        "from skemotion.audio import mean_vector\n"
        f"mean_vector({str(path)!r})\n"
        "heavy = {'sklearn', 'pandas', 'joblib', 'librosa', 'numba', 'scipy.signal', 'soundfile'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
