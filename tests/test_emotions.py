"""Emotions: one vocabulary and its schemes."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skemotion.emotions import (
    ALIASES,
    CANONICAL,
    RATING_SCHEMES,
    SCHEMES,
    canonical,
    get_scheme,
    harmonise,
    harmonise_ratings,
    harmonise_soft,
    quadrant_signs,
    to_quadrants,
)

SCHEME = st.sampled_from([None, *SCHEMES])
EMOTIONS = st.lists(st.sampled_from(CANONICAL), max_size=40)


@pytest.mark.parametrize(
    ("label", "emotion"),
    [
        ("Happiness", "happy"),
        (" ANG ", "angry"),
        ("pleasant surprise", "surprise"),
        ("Pleasant-Surprised", "surprise"),
        ("Ärger", "angry"),
        (unicodedata.normalize("NFD", "fröhlich"), "happy"),
        ("生气", "angry"),
    ],
)
def test_canonical(label, emotion):
    assert canonical(label) == emotion


def test_each_alias_means_one_emotion():
    words = [word for name, text in ALIASES.items() for word in [name, *text.split()]]
    assert len(words) == len(set(words))
    assert set(ALIASES) == set(CANONICAL)
    for name, text in ALIASES.items():
        assert {canonical(word.upper()) for word in text.split()} == {name}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_schemes_map_canonical_emotions(scheme):
    assert set(get_scheme(scheme)) <= set(CANONICAL)


def test_unknown_names_are_explained():
    with pytest.raises(
        ValueError, match=r"^Unknown emotion 'neutrl'\. Did you mean 'neutral'\? Kn"
    ):
        canonical("neutrl")
    with pytest.raises(ValueError, match=r"^Unknown emotion nan\. .*Known: angry, disgust"):
        canonical(float("nan"))
    with pytest.raises(
        ValueError,
        match=r"^Unknown scheme 'common5'\. Did you mean 'common4'\? Available: common4, basic6, "
        r"basic7, arousal2, valence2, quadrant4, va-quadrant4, va-arousal2, va-valence2\.$",
    ):
        get_scheme("common5")


@given(EMOTIONS, SCHEME)
def test_harmonise_keeps_order_and_counts(emotions, scheme):
    labels, kept, dropped = harmonise(emotions, scheme)
    mapping = {name: name for name in CANONICAL} if scheme is None else SCHEMES[scheme]
    assert labels.tolist() == [mapping[name] for name in emotions if name in mapping]
    assert np.asarray(emotions, dtype=str)[kept].tolist() == [n for n in emotions if n in mapping]
    assert len(labels) == kept.sum()
    assert len(labels) + sum(dropped.values()) == len(emotions)
    assert not set(dropped) & set(mapping)


@given(st.lists(st.lists(st.integers(0, 10), min_size=12, max_size=12), max_size=20), SCHEME)
def test_shares_of_classes_are_sums_of_shares(votes, scheme):
    votes = np.array(votes, dtype=float).reshape(-1, 12)
    votes = votes[votes.sum(axis=1) > 0]
    shares = pd.DataFrame(votes / votes.sum(axis=1, keepdims=True), columns=list(CANONICAL))
    soft, kept, dropped = harmonise_soft(shares, scheme)
    mapping = {name: name for name in CANONICAL} if scheme is None else SCHEMES[scheme]
    assert list(soft.columns) == sorted(set(mapping.values()))
    assert len(soft) == kept.sum()
    np.testing.assert_allclose(soft.sum(axis=1), 1)
    assert not set(dropped) & set(mapping)
    for row, (_, before) in zip(soft.to_numpy(), shares[kept].iterrows(), strict=True):
        mass = {name: sum(before[e] for e in mapping if mapping[e] == name) for name in soft}
        np.testing.assert_allclose(row, np.array(list(mass.values())) / sum(mass.values()))


RATINGS = st.lists(
    st.tuples(st.sampled_from([1, 2.5, 3, 4, np.nan]), st.sampled_from([1, 3, 3.5, np.nan])),
    max_size=20,
)


@given(RATINGS, st.sampled_from(RATING_SCHEMES))
def test_ratings_become_classes_and_back(ratings, scheme):
    frame = pd.DataFrame(ratings, columns=["valence", "arousal"], dtype=float)
    labels, kept, dropped = harmonise_ratings(frame, scheme, 3)
    assert len(labels) == kept.sum() == len(frame) - sum(dropped.values())
    for label, (_, row) in zip(labels, frame[kept].iterrows(), strict=True):
        if scheme == "va-quadrant4":
            signs = quadrant_signs(label)
            assert signs == (np.sign(row["valence"] - 3), np.sign(row["arousal"] - 3))
        else:
            assert label in {"low", "high"} | {"negative", "positive"}


def test_quadrants_agree_with_the_halves():
    for emotion, quadrant in SCHEMES["quadrant4"].items():
        valence, arousal = quadrant_signs(quadrant)
        assert SCHEMES["valence2"][emotion] == {1: "positive", -1: "negative"}[valence]
        assert SCHEMES["arousal2"][emotion] == {1: "high", -1: "low"}[arousal]


def test_wrong_ratings_and_quadrants_are_explained():
    with pytest.raises(ValueError, match=r"of one length, got the shapes \(2,\) and \(1,\)\. Pass"):
        to_quadrants([1, 2], [1], midpoint=3)
    with pytest.raises(ValueError, match=r"^Unknown quadrant 'happy'\. Available: high-positive"):
        quadrant_signs("happy")
    with pytest.raises(ValueError, match="makes classes of ratings of valence and arousal"):
        harmonise(["happy"], "va-quadrant4")


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("無聊", "boredom"),
        ("激动", "excited"),
        ("沮丧", "frustrated"),
        ("憤怒", "angry"),
        ("Zorn", "angry"),
        ("Neutralität", "neutral"),
        ("Ueberraschung", "surprise"),
        ("蔑视", "contempt"),
    ],
)
def test_words_of_other_languages(word, emotion):
    assert canonical(word) == emotion


def test_far_words_are_not_suggested():
    with pytest.raises(ValueError, match=r"^Unknown emotion 'worried'\. Known: angry"):
        canonical("worried")
