"""One vocabulary for emotions: canonical names, aliases, and schemes that compare datasets."""

from collections import Counter
from difflib import get_close_matches
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
    "angry": "anger ang wut ärger aerger wütend 生气 愤怒",
    "disgust": "disgusted disgusting dis ekel angeekelt 厌恶",
    "fear": "fearful afraid fea scared anxiety anxious angst ängstlich furcht 害怕 恐惧 惊恐",
    "happy": "happiness hap joy joyful freude glücklich fröhlich 高兴 快乐 开心",
    "sad": "sadness trauer traurig 悲伤 伤心 难过",
    "surprise": "surprised sur ps pleasant_surprise pleasant_surprised überraschung 惊讶 惊奇",
    "neutral": "neu neutrality 中立 中性",
    "calm": "calmness ruhig 平静",
    "boredom": "bored langeweile gelangweilt",
    "contempt": "contemptuous con verachtung 轻蔑",
    "frustrated": "frustration fru frustriert",
    "excited": "excitement exc aufgeregt",
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
}
"""Schemes: canonical emotion -> class. What is not listed is dropped, and counted.

`arousal2` and `valence2` halve the circumplex of affect (J. A. Russell, "A circumplex model of
affect", Journal of Personality and Social Psychology 39(6), 1980); emotions that lie near the
dividing axis there, or are missing from it, are dropped.
"""


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
    # some file systems store an umlaut as two characters
    word = normalize("NFC", str(label)).strip().lower().replace(" ", "_").replace("-", "_")
    if word in _ALIASES:
        return _ALIASES[word]
    close = get_close_matches(word, _ALIASES, n=1)
    hint = f" Did you mean {_ALIASES[close[0]]!r}?" if close else ""
    raise ValueError(f"Unknown emotion {label!r}.{hint} Known: {', '.join(CANONICAL)}.")


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
    close = get_close_matches(str(name), SCHEMES, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"Unknown scheme {name!r}.{hint} Available: {', '.join(SCHEMES)}.")


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
