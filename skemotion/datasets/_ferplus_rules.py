"""What the votes of FER+ say about a picture: three rules, one a form of its labels.

Each takes votes without outliers, of shape (n_pictures, 10) with "unknown" and "no face" last, and
returns those for the emotions it keeps, of shape (n_pictures, 8): zeros where it drops the picture.
"""

import numpy as np

N_EMOTIONS = 8


def without_outliers(votes):
    """Return the votes with those that stand alone set to 0."""
    return np.where(votes <= 1, 0, votes)


def majority(votes):
    """Keep the emotion that has more than half of the votes."""
    emotions = votes[:, :N_EMOTIONS]
    return np.where(2 * emotions > votes.sum(axis=1, keepdims=True), emotions, 0)


def leading(votes):
    """Keep up to three emotions, those with most votes first, until they have 75 % of the votes.

    None is kept behind "unknown" or "no face", and nothing where they have half of the votes or
    less, or where a tie makes them more than three.
    """
    total = votes.sum(axis=1)
    left, kept = votes.copy(), np.zeros_like(votes[:, :N_EMOTIONS])
    going = total > 0
    for _ in range(3):
        going = going & (4 * kept.sum(axis=1) < 3 * total) & (np.count_nonzero(kept, axis=1) < 3)
        top = (left == left.max(axis=1, keepdims=True)) & going[:, None]
        kept = np.where(top[:, :N_EMOTIONS], left[:, :N_EMOTIONS], kept)
        left[top] = 0
        going = going & ~top[:, N_EMOTIONS:].any(axis=1)
    return _enough(kept, total) * (np.count_nonzero(kept, axis=1, keepdims=True) <= 3)


def frequent(votes):
    """Keep the emotions with 30 % of the votes or more.

    "Unknown" and "no face" count as emotions here: nothing is kept where one of them leads, or
    where all that have 30 % have half of the votes or less.
    """
    total = votes.sum(axis=1, keepdims=True)
    kept = np.where((10 * votes >= 3 * total) & (votes > 0), votes, 0)
    emotion_leads = kept.argmax(axis=1) < N_EMOTIONS
    return _enough(kept, total[:, 0])[:, :N_EMOTIONS] * emotion_leads[:, None]


def _enough(kept, total):
    """Return what is kept, zeros where it has half of the votes or less."""
    return kept * (2 * kept.sum(axis=1) > total)[:, None]
