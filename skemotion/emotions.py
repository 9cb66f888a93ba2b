"""One vocabulary for emotions: canonical names, aliases, and schemes that compare datasets."""

from collections import Counter
from difflib import get_close_matches
from functools import lru_cache
from unicodedata import normalize

import numpy as np

CANONICAL = (
    "angry",
    "disgust",
    "fear",
    "happy",
    "sad",
    "surprise",
    "neutral",
    "calm",
    "boredom",
    "contempt",
    "frustrated",
    "excited",
)

ALIASES = {
    "angry": "anger ang wut ärger aerger wütend zorn zornig verärgert 生气 生氣 愤怒 憤怒 发怒 "
    "發怒",
    "disgust": "disgusted disgusting dis ekel angeekelt 厌恶 厭惡 恶心 噁心",
    "fear": "fearful afraid fea scared anxiety anxious angst ängstlich aengstlich furcht 害怕 恐惧 "
    "恐懼 惊恐 驚恐",
    "happy": "happiness hap joy joyful freude freudig glücklich gluecklich fröhlich froehlich 高兴 "
    "高興 快乐 快樂 开心 開心",
    "sad": "sadness trauer traurig 悲伤 悲傷 伤心 傷心 难过 難過 悲哀",
    "surprise": "surprised sur ps pleasant_surprise pleasant_surprised überraschung ueberraschung "
    "überrascht ueberrascht 惊讶 驚訝 惊奇 驚奇 惊喜 驚喜 吃惊 吃驚",
    "neutral": "neu neutrality neutralität neutralitaet 中立 中性 平常",
    "calm": "calmness ruhig ruhe gelassen 平静 平靜 冷静 冷靜",
    "boredom": "bored langeweile gelangweilt 无聊 無聊 厌烦 厭煩 厌倦 厭倦",
    "contempt": "contemptuous con verachtung verächtlich veraechtlich 轻蔑 輕蔑 蔑视 蔑視 鄙视 "
    "鄙視",
    "frustrated": "frustration fru frustriert 沮丧 沮喪 挫败 挫敗",
    "excited": "excitement exc aufgeregt begeistert 兴奋 興奮 激动 激動",
}
_ALIASES = {word: name for name, words in ALIASES.items() for word in [name, *words.split()]}


def _keep(*names):
    return {name: name for name in names}


SCHEMES = {
    "common4": {**_keep("angry", "happy", "neutral", "sad"), "excited": "happy"},
    "basic6": _keep("angry", "disgust", "fear", "happy", "sad", "surprise"),
    "basic7": _keep("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "arousal2": {
        **dict.fromkeys(("angry", "fear", "happy", "surprise", "excited", "frustrated"), "high"),
        **dict.fromkeys(("sad", "neutral", "calm", "boredom"), "low"),
    },
    "valence2": {
        **dict.fromkeys(("happy", "excited", "calm"), "positive"),
        **dict.fromkeys(
            ("angry", "disgust", "fear", "sad", "boredom", "contempt", "frustrated"), "negative"
        ),
    },
    "quadrant4": {
        **dict.fromkeys(("happy", "excited"), "high-positive"),
        **dict.fromkeys(("angry", "fear", "frustrated"), "high-negative"),
        **dict.fromkeys(("sad", "boredom"), "low-negative"),
        **dict.fromkeys(("calm",), "low-positive"),
    },
}
"""Schemes: canonical emotion -> class. What is not listed is dropped, and counted.

`arousal2` and `valence2` halve the circumplex of affect (J. A. Russell, "A circumplex model of
affect", Journal of Personality and Social Psychology 39(6), 1980), `quadrant4` quarters it (arousal
first, then valence); emotions that lie near a dividing axis there, or are missing from it, are
dropped.
"""

RATING_SCHEMES = ("va-quadrant4", "va-arousal2", "va-valence2")
"""Schemes that make classes of ratings of valence and arousal instead of emotions."""

_QUADRANTS = {
    "high-positive": (1, 1),
    "high-negative": (-1, 1),
    "low-negative": (-1, -1),
    "low-positive": (1, -1),
}


def canonical(label):
    """Return the canonical name of an emotion.

    Parameters
    ----------
    label : str
        A name or an alias in English, German or Chinese; case does not matter.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the label is not known.

    Examples
    --------
    >>> from skemotion.emotions import canonical
    >>> canonical("Happiness"), canonical("Wut")
    ('happy', 'angry')
    >>> canonical("hapy")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Unknown emotion 'hapy'. Did you mean 'happy'? Known: angry, disgust, fear, ...
    """
    word = _normalised(label)
    if word in _ALIASES:
        return _ALIASES[word]
    text = describe_unknown(label)
    stop = "" if text.endswith("?") else "."
    raise ValueError(f"{text}{stop} Known: {', '.join(CANONICAL)}.")


def is_known(label):
    """Tell whether :func:`canonical` knows a label, without a search for what else may be meant.

    Examples
    --------
    >>> from skemotion.emotions import is_known
    >>> is_known("Wut"), is_known("hapy")
    (True, False)
    """
    return _normalised(label) in _ALIASES


def closest(label):
    """Return the emotion that a label may be meant to name, or None.

    Examples
    --------
    >>> from skemotion.emotions import closest
    >>> closest("Hapy"), closest("xyz")
    ('happy', None)
    """
    return _closest(_normalised(label))


def describe_unknown(label):
    """Say that a label names no known emotion, and which may be meant."""
    close = closest(label)
    return f"Unknown emotion {label!r}" + ("" if close is None else f". Did you mean {close!r}?")


@lru_cache(maxsize=1024)  # comparing takes a millisecond a word
def _closest(word):
    close = get_close_matches(word, _ALIASES, n=1, cutoff=0.75)
    return _ALIASES[close[0]] if close else None


def _normalised(label):
    # some file systems store an umlaut as two characters
    return normalize("NFC", str(label)).strip().lower().replace(" ", "_").replace("-", "_")


def get_scheme(name):
    """Return the scheme called `name`.

    Parameters
    ----------
    name : str
        For instance ``"common4"``.

    Returns
    -------
    dict of str to str
        Canonical emotion -> class.

    Raises
    ------
    ValueError
        If there is no such scheme.

    Examples
    --------
    >>> from skemotion.emotions import get_scheme
    >>> get_scheme("common4")["excited"]
    'happy'
    """
    if name in SCHEMES:
        return SCHEMES[name]
    known = [*SCHEMES, *RATING_SCHEMES]
    if name in RATING_SCHEMES:
        raise ValueError(
            f"Scheme {name!r} makes classes of ratings of valence and arousal, not of emotions. "
            "Load a dataset that has them with it, or use harmonise_ratings."
        )
    close = get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"Unknown scheme {name!r}.{hint} Available: {', '.join(known)}.")


def harmonise(emotions, scheme):
    """Map emotions to the classes of a scheme.

    Parameters
    ----------
    emotions : array-like of str of shape (n_samples,)
        Canonical emotions.
    scheme : str or None
        Name of a scheme; None keeps every emotion.

    Returns
    -------
    labels : ndarray of str of shape (n_kept,)
        Classes of the recordings that are kept.
    kept : ndarray of bool of shape (n_samples,)
        Which recordings are kept.
    dropped : dict of str to int
        How many recordings of each other emotion are left out.

    Examples
    --------
    >>> from skemotion.emotions import harmonise
    >>> labels, kept, dropped = harmonise(["angry", "excited", "boredom"], "common4")
    >>> labels.tolist(), kept.tolist(), dropped
    (['angry', 'happy'], [True, True, False], {'boredom': 1})
    """
    emotions = np.asarray(emotions, dtype=str)
    if scheme is None:
        return emotions, np.ones(len(emotions), dtype=bool), {}
    mapping = get_scheme(scheme)
    kept = np.isin(emotions, list(mapping))
    labels = np.array([mapping[emotion] for emotion in emotions[kept]], dtype=str)
    return labels, kept, dict(sorted(Counter(emotions[~kept].tolist()).items()))


def harmonise_soft(soft_labels, scheme):
    """Map shares of emotions to shares of the classes of a scheme.

    Parameters
    ----------
    soft_labels : DataFrame of shape (n_samples, n_emotions)
        Shares, one column a canonical emotion; rows sum to 1.
    scheme : str or None
        Name of a scheme; None keeps every emotion.

    Returns
    -------
    soft_labels : DataFrame of shape (n_kept, n_classes)
        Shares of the classes, sorted by name; rows sum to 1 again. A class that nobody named is
        there, too.
    kept : ndarray of bool of shape (n_samples,)
        Which recordings are kept: those with a share in some class.
    dropped : dict of str to float
        Summed shares of each emotion that the scheme lacks.

    Examples
    --------
    >>> import pandas as pd
    >>> from skemotion.emotions import harmonise_soft
    >>> votes = pd.DataFrame({"happy": [0.5, 0.0], "excited": [0.1, 0.0], "fear": [0.4, 1.0]})
    >>> soft, kept, dropped = harmonise_soft(votes, "common4")
    >>> soft.to_dict("list"), kept.tolist(), dropped
    ({'happy': [1.0]}, [True, False], {'fear': 1.4})
    """
    mapping = None if scheme is None else get_scheme(scheme)
    classes = {name: name if mapping is None else mapping.get(name) for name in soft_labels}
    lost = [name for name, class_ in classes.items() if class_ is None]
    dropped = {name: float(soft_labels[name].sum()) for name in lost if soft_labels[name].any()}
    shares = soft_labels.drop(columns=lost).T.groupby(lambda name: classes[name]).sum().T
    mass = shares.sum(axis=1)
    kept = (mass > 0).to_numpy()
    shares = shares.div(mass, axis=0)[kept].reset_index(drop=True)
    return shares[sorted(shares.columns)].astype(float), kept, dropped


def to_quadrants(valence, arousal, *, midpoint):
    """Return the quadrants of the circumplex in which ratings lie.

    Parameters
    ----------
    valence, arousal : array-like of float of shape (n_samples,)
        Ratings.
    midpoint : float
        The neutral rating: 3 on a scale from 1 to 5, 0 on one from -1 to 1.

    Returns
    -------
    ndarray of object of shape (n_samples,)
        ``"high-positive"`` (of high arousal and positive valence), ``"high-negative"``,
        ``"low-negative"``, ``"low-positive"``; None on an axis, and where a rating is NaN.

    See Also
    --------
    quadrant_signs : The way back.

    Examples
    --------
    >>> from skemotion.emotions import to_quadrants
    >>> to_quadrants([4.5, 1.5, 3.0], [4.0, 2.0, 5.0], midpoint=3.0).tolist()
    ['high-positive', 'low-negative', None]
    """
    valence, arousal = np.asarray(valence, dtype=float), np.asarray(arousal, dtype=float)
    if valence.shape != arousal.shape or valence.ndim != 1:
        raise ValueError(
            f"Expected valence and arousal to be 1-D and of one length, got the shapes "
            f"{valence.shape} and {arousal.shape}. Pass one rating of each a recording."
        )
    names = {signs: name for name, signs in _QUADRANTS.items()}
    pairs = zip(np.sign(valence - midpoint), np.sign(arousal - midpoint), strict=True)
    quadrants = np.empty(len(valence), dtype=object)
    quadrants[:] = [names.get(pair) for pair in pairs]
    return quadrants


def quadrant_signs(quadrant):
    """Return on which sides of the circumplex a quadrant lies.

    Parameters
    ----------
    quadrant : str
        A class of the scheme ``"quadrant4"``.

    Returns
    -------
    valence, arousal : int
        1 or -1.

    Raises
    ------
    ValueError
        If there is no such quadrant.

    Examples
    --------
    >>> from skemotion.emotions import quadrant_signs
    >>> quadrant_signs("high-negative")
    (-1, 1)
    """
    if quadrant not in _QUADRANTS:
        raise ValueError(
            f"Unknown quadrant {quadrant!r}. Available: {', '.join(_QUADRANTS)}. "
            "A class of another scheme has no place on the circumplex."
        )
    return _QUADRANTS[quadrant]


def harmonise_ratings(frame, scheme, midpoint):
    """Make classes of ratings of valence and arousal.

    Parameters
    ----------
    frame : DataFrame with columns `valence` and `arousal`
        One row a recording.
    scheme : {"va-quadrant4", "va-arousal2", "va-valence2"}
        Quadrants, or halves along one axis, named as in the schemes of emotions.
    midpoint : float
        The neutral rating.

    Returns
    -------
    labels : ndarray of str of shape (n_kept,)
        Classes of the recordings that are kept.
    kept : ndarray of bool of shape (n_samples,)
        Which recordings are kept.
    dropped : dict of str to int
        Reason -> number of recordings left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from skemotion.emotions import harmonise_ratings
    >>> frame = pd.DataFrame({"valence": [1.0, 3.0, 4.5], "arousal": [2.0, 4.0, None]})
    >>> labels, kept, dropped = harmonise_ratings(frame, "va-valence2", midpoint=3.0)
    >>> labels.tolist(), kept.tolist(), dropped
    (['negative', 'positive'], [True, False, True], {'the rating is neutral': 1})
    """
    axes = {"va-quadrant4": ["valence", "arousal"], "va-arousal2": ["arousal"]}
    ratings = frame[axes.get(scheme, ["valence"])]
    if scheme == "va-quadrant4":
        labels = to_quadrants(frame["valence"], frame["arousal"], midpoint=midpoint)
    else:
        names = {"va-arousal2": ("low", "high"), "va-valence2": ("negative", "positive")}[scheme]
        signs = np.sign(ratings.iloc[:, 0].to_numpy(float) - midpoint)
        labels = np.array([{-1: names[0], 1: names[1]}.get(sign) for sign in signs], dtype=object)
    kept = np.array([label is not None for label in labels], dtype=bool)
    missing = ratings.isna().any(axis=1).to_numpy()
    reasons = {
        "there is no rating": int(missing.sum()),
        "the rating is neutral": int((~kept & ~missing).sum()),
    }
    dropped = {reason: count for reason, count in reasons.items() if count}
    return labels[kept].astype(str), kept, dropped
