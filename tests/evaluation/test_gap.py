"""The leak gap: the same model, with subjects kept apart and without."""

import numpy as np
import pytest
import trees
from sklearn.base import BaseEstimator, ClassifierMixin

from skemotion import leak_gap, load_dataset
from skemotion.datasets import get_dataset


class ByHeart(ClassifierMixin, BaseEstimator):
    """Knows what each person it has met was recorded with: its score is leakage alone."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.known_ = {self._person(path): emotion for path, emotion in zip(X, y, strict=True)}
        return self

    def predict(self, X):
        return np.array([self.known_.get(self._person(path), self.classes_[0]) for path in X])

    @staticmethod
    def _person(path):
        return path.split("/")[-3]


@pytest.fixture
def one_emotion_each(tmp_path):
    for number in range(9):
        emotion = ("angry", "happy", "sad")[number % 3]
        for take in range(4):
            trees.write(tmp_path / f"p{number}" / emotion / f"{take}.wav", trees.wav(take))
    return load_dataset("folder", tmp_path)


def test_what_only_leaks_has_all_of_its_score_as_gap(one_emotion_each):
    gap = leak_gap(ByHeart(), one_emotion_each, "loso")
    frame = gap.to_frame()
    assert frame["protocol"].tolist() == ["loso", "random-9fold"]
    assert frame["leaky"].tolist() == [False, True]
    assert frame["uar"].tolist() == [pytest.approx(1 / 3), 1.0]
    assert gap.gap == pytest.approx(2 / 3)
    assert gap.interval[0] > 0
    assert "leak gap: +0.667" in str(gap)
    assert gap.to_dict()["protocols"][1]["n_folds"] == 9


def test_what_cannot_be_measured_is_refused(one_emotion_each, fer2013_root):
    with pytest.raises(ValueError, match="Expected a protocol that keeps subjects apart, got 'ran"):
        leak_gap(ByHeart(), one_emotion_each, "random-5fold")
    with pytest.raises(ValueError, match="of two folds or more, got 'holdout-622' with one"):
        leak_gap(ByHeart(), one_emotion_each, "holdout-622")
    faces = get_dataset("fer2013", fer2013_root).load()
    with pytest.raises(ValueError, match="Nobody knows the subjects of dataset 'fer2013'"):
        leak_gap(ByHeart(), faces, "subject-5fold")
