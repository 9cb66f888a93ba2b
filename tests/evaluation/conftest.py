"""Small datasets of vectors that need no files and no decoding."""

import pytest
from toy import make_toy


@pytest.fixture
def make_data():
    return make_toy


@pytest.fixture
def without_times():
    def drop(results):
        return results.folds.drop(columns=["seconds_fit", "seconds_predict", "created"])

    return drop
