"""Which rows are set apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion.models._rows import check_samples, split_rows


@pytest.mark.filterwarnings("ignore:All rows of:UserWarning")  # another test is about them
@settings(deadline=None)  # a busy machine is no fault
@given(
    groups=st.lists(st.integers(0, 6), min_size=8, max_size=40),
    fraction=st.floats(0.05, 0.9),
    seed=st.integers(0, 9),
)
def test_groups_are_never_torn(groups, fraction, seed):
    groups = np.array(groups)
    if len(set(groups)) < 2:
        return
    codes = np.arange(len(groups)) % 2
    rng = np.random.RandomState(seed)
    train, held = split_rows(
        codes, np.array(["a", "b"]), groups=groups, mask=None, fraction=fraction, rng=rng
    )
    assert sorted([*train, *held]) == list(range(len(groups)))
    assert len(train)
    assert len(held)
    assert not set(groups[train]) & set(groups[held])


def test_training_keeps_all_classes_where_it_can():
    # only subject 0 has class 2: the other three can be set apart
    groups = np.repeat([0, 1, 2, 3], 10)
    codes = np.tile([0, 1], 20)
    codes[:4] = 2
    for seed in range(20):
        rng = np.random.RandomState(seed)
        train, _ = split_rows(codes, np.arange(3), groups=groups, mask=None, fraction=0.25, rng=rng)
        assert set(codes[train]) == {0, 1, 2}


def test_a_class_that_cannot_be_learnt_is_named():
    codes, names = np.array([0, 1, 0, 2]), np.array(["calm", "happy", "sad"])
    rng = np.random.RandomState(0)
    message = r"^All rows of '(happy|sad)' are among those validated on, so that the network never "
    with pytest.warns(UserWarning, match=message):
        split_rows(
            codes, names, groups=np.array(["a", "a", "b", "b"]), mask=None, fraction=0.5, rng=rng
        )


def test_a_class_of_one_row_is_no_obstacle():
    codes = np.array([0] * 10 + [1] * 10 + [2])
    rng = np.random.RandomState(0)
    train, held = split_rows(codes, np.arange(3), groups=None, mask=None, fraction=0.1, rng=rng)
    assert len(held) == 2
    assert len(train) == 19


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_are_finite_wherever_they_are_checked(dtype):
    X = np.ones((2, 3, 4), dtype)
    assert check_samples(X, None).dtype == np.float32
    X[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match="Input contains NaN"):
        check_samples(X, None)
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        check_samples(X[:0], None)


def test_samples_that_are_ready_are_not_copied():
    for X in (np.ones((2, 3), np.float32), np.ones((2, 3, 3), np.uint8)):
        assert check_samples(X, None) is X
