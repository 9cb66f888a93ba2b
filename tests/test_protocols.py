"""Protocols: whatever the table, the folds keep their promises."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skemotion.datasets.emodb import EmoDB
from skemotion.protocols import (
    GENERIC,
    Fold,
    Protocol,
    both_out_sizes,
    every_nth,
    fixed_folds,
    get_protocol,
    group_holdout,
    group_kfold,
    leave_both_out,
    leave_one_out,
    official_split,
    random_kfold,
    rotated,
)


@st.composite
def tables(draw, least=5):
    """Draw a table of at least `least` subjects with emotions and sizes of any kind."""
    n_subjects = draw(st.integers(least, 14))
    subjects = [*range(n_subjects), *draw(st.lists(st.integers(0, n_subjects - 1), max_size=60))]
    emotions = draw(
        st.lists(
            st.sampled_from(["angry", "happy", "sad"]),
            min_size=len(subjects),
            max_size=len(subjects),
        )
    )
    frame = pd.DataFrame({"emotion": emotions, "subject": [f"d/{s:02}" for s in subjects]})
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(len(frame))
    return frame.iloc[order]  # with a shuffled index, as a selection leaves it


@settings(deadline=None)
@given(tables(), st.sampled_from(["loso", "subject-3fold", "subject-5fold", "subject-4fold"]))
def test_folds_test_each_row_once_and_share_no_subject(frame, name):
    folds = get_protocol(name)(frame)
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested) == list(range(len(frame)))
    subjects = frame["subject"].to_numpy()
    for fold, following in zip(folds, [*folds[1:], folds[0]], strict=True):
        assert sorted(np.concatenate(fold[1:])) == list(range(len(frame)))
        parts = [set(subjects[part]) for part in fold[1:]]
        assert sum(map(len, parts)) == len(set(subjects))  # no subject in two parts
        np.testing.assert_array_equal(fold.validation, following.test)
    sizes = tuple(tuple(len(part) for part in fold[1:]) for fold in folds)
    assert rotated([len(fold.test) for fold in folds]) == sizes


@settings(deadline=None)
@given(tables(), st.integers(2, 4), st.integers(0, 99))
def test_neither_speaker_nor_text_of_the_test_part_is_learnt(frame, n_other, seed):
    texts = np.random.default_rng(seed).integers(0, 6, len(frame)) + 10
    texts[:6] = range(10, 16) if len(frame) > 5 else texts[:6]
    frame = frame.assign(statement=texts.astype(str))
    if frame["statement"].nunique() < n_other:
        return
    protocol = Protocol("both", leave_both_out(n_other=n_other), disjoint=("subject", "statement"))
    split = list(protocol.split(frame.reset_index(drop=True)))
    tested = np.concatenate([fold.test for fold in split])
    assert sorted(tested) == list(range(len(frame)))
    columns = frame[["subject", "statement"]].to_numpy()
    for fold in split:
        for column in columns.T:
            learnt = np.concatenate([fold.train, fold.validation])
            assert not set(column[learnt]) & set(column[fold.test])
        assert not set(columns[fold.train, 0]) & set(columns[fold.validation, 0])
    table = pd.crosstab(columns[:, 0], columns[:, 1]).to_numpy()
    sizes = tuple(tuple(len(part) for part in fold[1:]) for fold in split)
    assert both_out_sizes(table, n_other) == sizes


def test_every_nth():
    frame = pd.DataFrame({"emotion": ["sad"] * 8, "subject": [f"S{n:03}" for n in range(8, 0, -1)]})
    folds = list(every_nth(3)(frame))
    assert [sorted(frame["subject"][fold.test]) for fold in folds] == [
        ["S001", "S004", "S007"], ["S002", "S005", "S008"], ["S003", "S006"],
    ]  # fmt: skip


def test_two_groups_leave_nothing_to_validate_on():
    frame = pd.DataFrame({"emotion": ["sad"] * 4, "subject": list("aabb")})
    assert [len(fold.validation) for fold in GENERIC["loso"](frame)] == [0, 0]


@settings(deadline=None)
@given(tables(least=3))
def test_holdout_uses_each_row_once(frame):
    (fold,) = GENERIC["holdout-622"](frame)
    assert sorted(np.concatenate(fold[1:])) == list(range(len(frame)))
    assert all(len(part) for part in fold[1:])


@settings(deadline=None, max_examples=30)
@given(st.integers(10, 60), st.integers(0, 99))
def test_holdout_comes_near_its_shares(n_subjects, seed):
    rng = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(n_subjects), rng.integers(3, 7, n_subjects))
    frame = pd.DataFrame(
        {"emotion": rng.choice(["happy", "sad"], len(subjects)), "subject": subjects.astype(str)}
    )
    (fold,) = GENERIC["holdout-622"](frame)
    shares = np.array([len(part) for part in fold[1:]]) / len(frame)
    np.testing.assert_allclose(shares, [0.6, 0.2, 0.2], atol=0.07)


def test_folds_are_even_in_classes_and_repeat():
    rng = np.random.default_rng(0)
    subjects = np.repeat(np.arange(30), 20)
    emotions = np.where(rng.random(600) < 0.1, "fear", "happy")
    frame = pd.DataFrame({"emotion": emotions, "subject": subjects.astype(str)})
    folds = group_kfold(5)(frame)
    fears = [(emotions[fold.test] == "fear").sum() for fold in folds]
    assert max(fears) - min(fears) <= 2
    again, other = list(group_kfold(5)(frame)), list(group_kfold(5, random_state=1)(frame))
    first = next(iter(group_kfold(5)(frame)))
    np.testing.assert_array_equal(first.test, again[0].test)
    assert not np.array_equal(first.test, other[0].test)


def test_random_folds_are_marked():
    frame = pd.DataFrame({"emotion": ["sad"] * 10, "subject": ["a"] * 10})
    assert GENERIC["random-5fold"].leaky
    folds = GENERIC["random-5fold"](frame)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(10))
    assert len(list(random_kfold(2)(frame))) == 2
    assert get_protocol("random-7fold").leaky
    assert len(get_protocol("random-7fold")(frame)) == 7
    with pytest.raises(ValueError, match="11 random folds need at least 11 recordings, got 10"):
        get_protocol("random-11fold")(frame)


def test_fixed_folds_and_official_split():
    frame = pd.DataFrame(
        {"emotion": ["sad"] * 4, "subject": ["d/1", "d/2", "d/3", "d/1"], "split": list("avtt")}
    )
    folds = list(fixed_folds([["1"], ["2", "3"]])(frame))
    assert [fold.test.tolist() for fold in folds] == [[0, 3], [1, 2]]
    (fold,) = official_split("a", "v", "t")(frame)
    assert [part.tolist() for part in fold[1:]] == [[0], [1], [2, 3]]
    (fold,) = official_split("a", None, "t")(frame)
    assert fold.validation.tolist() == []


FRAME = pd.DataFrame({"emotion": ["sad", "happy"] * 2, "subject": ["a", "a", "b", "b"]})


def parts(train, validation, test):
    return lambda frame: iter(
        [Fold({"fold": 0}, *(np.array(part, dtype=int) for part in (train, validation, test)))]
    )


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        (
            Protocol("p", leave_one_out(), n_folds=3),
            "Protocol 'p' expected 3 folds, got 2. Is the dataset complete? On a part of it use "
            "'loso' or 'subject-5fold'.",
        ),
        (
            Protocol("p", parts([0, 1], [], [])),
            "Protocol 'p' gives an empty test part in fold {'fold': 0}. Use another protocol, or "
            "load more of the dataset.",
        ),
        (
            Protocol("p", parts([0], [1], [2, 3])),
            "Protocol 'p' puts 1 subjects into two parts of fold {'fold': 0}, for instance 'a'. "
            "Divide by whole subjects, or declare disjoint=() if that is how it was published.",
        ),
        (
            Protocol("p", parts([0, 1], [1], [2, 3]), disjoint=()),
            "Protocol 'p' gives a recording twice in fold {'fold': 0}. Each may stand in one part, "
            "once.",
        ),
        (
            Protocol("p", parts([0, 1], [], [2, 3]), counts=((3, 0, 1),)),
            "Protocol 'p' expected (train, validation, test) = ((3, 0, 1),), got ((2, 0, 2),). Run "
            "skemotion data check on the dataset; a part of it can be chosen with where=, or "
            "divided by 'loso' or 'subject-5fold'.",
        ),
        (
            Protocol("p", leave_one_out("session")),
            "Expected a column 'session' in the table, got emotion, subject. This protocol does "
            "not fit this dataset.",
        ),
        (
            Protocol("p", group_kfold(3)),
            "3 folds by subject need at least 3 of them, got 2. Use fewer folds, or 'loso'.",
        ),
        (
            Protocol("p", group_holdout()),
            "A hold-out by subject needs at least 3 of them, got 2. Use 'loso'.",
        ),
        (
            Protocol("p", fixed_folds([["a"], ["c"]])),
            "The published folds name subjects that the data lack: c. Load the whole dataset, or "
            "use 'loso'.",
        ),
        (
            Protocol("p", fixed_folds([["a"]])),
            "The published folds do not name the subjects b. Leave them out with where=, or use "
            "'loso'.",
        ),
        (
            Protocol("p", official_split("a", None, "c", column="subject")),
            "Expected the column 'subject' to hold 'c', got 'a', 'b'. This protocol does not fit "
            "this form of the dataset, or this selection of it.",
        ),
    ],
)
def test_broken_promises_are_named(protocol, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        protocol(FRAME, whole=True)


def test_one_subject_only():
    message = (
        "Leaving one subject out needs at least 2 of them, got 1 (a). Use a dataset with more, or "
        "the protocol 'random-5fold', which is marked as leaky."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        GENERIC["loso"](FRAME[:2])


def test_counts_bind_the_whole_dataset_only():
    protocol = Protocol("p", parts([0, 1], [], [2, 3]), counts=((3, 0, 1),))
    assert len(protocol(FRAME)) == 1


def test_names():
    assert get_protocol("loso", EmoDB).name == "loso"  # works on a part of it, too
    assert get_protocol("loto", EmoDB).name == "emodb/loto"
    assert get_protocol("emodb/loto", EmoDB).disjoint == ("statement",)
    assert get_protocol("loso").name == "loso"
    protocol = GENERIC["loso"]
    assert get_protocol(protocol) is protocol
    with pytest.raises(
        ValueError, match=r"^Unknown protocol 'lozo'\. Did you mean 'loso'\? Availab"
    ):
        get_protocol("lozo", EmoDB)


@pytest.mark.parametrize("joins", [True, False])
def test_folds_for_scikit_learn(joins):
    frame = pd.DataFrame({"emotion": ["sad", "happy"] * 6, "subject": list("aabbccddeeff")})
    protocol = Protocol("p", group_kfold(3), joins_validation=joins)
    pairs = protocol.cv(frame)
    for (train, test), fold in zip(pairs, protocol(frame), strict=True):
        assert test.tolist() == fold.test.tolist()
        learnt = [*fold.train, *fold.validation] if joins else fold.train
        assert train.tolist() == sorted(learnt)


def test_holdout_counts_recordings_not_subjects():
    subjects = ["big"] * 600 + [f"s{n}" for n in range(20) for _ in range(20)]
    frame = pd.DataFrame({"subject": subjects, "emotion": ["sad", "happy"] * 500})
    (fold,) = GENERIC["holdout-622"](frame)
    assert [len(rows) for rows in fold[1:]] == [600, 200, 200]
    (again,) = GENERIC["holdout-622"](frame)
    assert all(np.array_equal(a, b) for a, b in zip(fold[1:], again[1:], strict=True))
    (other,) = Protocol("p", group_holdout(random_state=1))(frame)
    assert not np.array_equal(fold.test, other.test)


def test_subject_and_statement_are_kept_apart_on_any_dataset():
    rows = [(s, t, e) for s in "abc" for t in "12345" for e in ("sad", "happy")]
    frame = pd.DataFrame(rows, columns=["subject", "statement", "emotion"])
    folds = GENERIC["subject+statement"](frame)
    assert len(folds) == 15
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(30))
    for fold in folds:
        for column in ("subject", "statement"):
            values = frame[column].to_numpy()
            assert not set(values[fold.test]) & set(values[fold.train])
