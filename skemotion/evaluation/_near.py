"""Find what is alike without comparing everything with everything."""

import numpy as np

_BANDS = ((0, 11), (11, 11), (22, 11), (33, 11), (44, 10), (54, 10))  # of a 64-bit hash
_MOST_BITS = len(_BANDS) - 1  # hashes that differ in so few agree in a whole band
_COMMON = 30  # a word that so many places share tells nothing
_SHARED_WORDS = 3  # at one offset, before two fingerprints are compared


def group_near(prints):
    """Return the groups of prints that are alike.

    Parameters
    ----------
    prints : list of (ndarray of uint32, (uint64, ndarray of float32), or None)
        Fingerprints of voices, or hashes and thumbnails of pictures; None is alike to nothing.

    Returns
    -------
    list of list of int
        A partition of the row numbers.
    """
    pictures = [row for row, item in enumerate(prints) if isinstance(item, tuple) and item[0]]
    voices = [row for row, item in enumerate(prints) if isinstance(item, np.ndarray) and len(item)]
    pairs = []
    if len(pictures) > 1:
        hashes = np.array([prints[row][0] for row in pictures], dtype=np.uint64)
        thumbnails = np.stack([prints[row][1] for row in pictures])
        pairs += [(pictures[a], pictures[b]) for a, b in _alike_pictures(hashes, thumbnails)]
    if len(voices) > 1:
        found = _alike_voices([prints[row] for row in voices])
        pairs += [(voices[a], voices[b]) for a, b in found]
    return _components(len(prints), pairs)


def _alike_pictures(hashes, thumbnails):
    from skemotion.image.hashing import ALIKE

    found = set()
    for start, width in _BANDS:
        band = (hashes >> np.uint64(start)) & np.uint64(2**width - 1)
        for first, second in _pairs_of_equal(band):
            few = np.bitwise_count(hashes[first] ^ hashes[second]) <= _MOST_BITS
            first, second = first[few], second[few]
            correlation = np.einsum("ij,ij->i", thumbnails[first], thumbnails[second])
            alike = correlation >= ALIKE
            found.update(zip(first[alike].tolist(), second[alike].tolist(), strict=True))
    return sorted(found)


def _pairs_of_equal(values):
    """Yield arrays of the pairs of places that hold the same value."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    # the neighbour 1, 2, 3, ... places on, as long as any two are the same
    for step in range(1, len(ordered)):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        if not len(same):
            return
        yield order[same], order[same + step]


def _alike_voices(prints):
    from skemotion.audio.fingerprint import same_recording

    words = np.concatenate(prints)
    owner = np.repeat(np.arange(len(prints)), [len(item) for item in prints])
    place = np.concatenate([np.arange(len(item)) for item in prints])
    heard = np.flatnonzero(words)
    heard = heard[np.argsort(words[heard], kind="stable")]
    starts = np.flatnonzero(np.diff(words[heard], prepend=0))
    lengths = np.diff(starts, append=len(heard))
    rare = np.repeat((lengths > 1) & (lengths <= _COMMON), lengths)
    heard = heard[rare]
    votes = [
        np.column_stack([owner[a], owner[b], place[a] - place[b]])
        for a, b in _pairs_of_equal_sorted(words[heard], heard)
    ]
    if not votes:
        return []
    votes = np.concatenate(votes)
    votes = votes[votes[:, 0] != votes[:, 1]]
    flip = votes[:, 0] > votes[:, 1]
    votes[flip] = votes[flip][:, [1, 0, 2]] * [1, 1, -1]
    candidates, counts = np.unique(votes, axis=0, return_counts=True)
    found = set()
    for first, second, offset in candidates[counts >= _SHARED_WORDS].tolist():
        known = (first, second) in found
        if not known and same_recording(prints[first], prints[second], offset):
            found.add((first, second))
    return sorted(found)


def _pairs_of_equal_sorted(ordered, places):
    for step in range(1, _COMMON):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        if not len(same):
            return
        yield places[same], places[same + step]


def _components(n_rows, pairs):
    parent = list(range(n_rows))

    def root(row):
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for first, second in pairs:
        a, b = root(first), root(second)
        parent[max(a, b)] = min(a, b)
    groups = {}
    for row in range(n_rows):
        groups.setdefault(root(row), []).append(row)
    return list(groups.values())
