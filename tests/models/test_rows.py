"""Which rows are set apart."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion.models._rows import split_rows


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
    train, held = split_rows(codes, 2, groups=groups, mask=None, fraction=fraction, rng=rng)
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
        train, _ = split_rows(codes, 3, groups=groups, mask=None, fraction=0.25, rng=rng)
        assert set(codes[train]) == {0, 1, 2}


def test_a_class_of_one_row_is_no_obstacle():
    codes = np.array([0] * 10 + [1] * 10 + [2])
    rng = np.random.RandomState(0)
    train, held = split_rows(codes, 3, groups=None, mask=None, fraction=0.1, rng=rng)
    assert len(held) == 2
    assert len(train) == 19
