"""Emotions: one vocabulary and its schemes."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skemotion.emotions import ALIASES, CANONICAL, SCHEMES, canonical, get_scheme, harmonise

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
        r"basic7, arousal2, valence2\.$",
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
