"""Sequences of pictures from a neutral face to an expression: which of them stand for it."""

import numpy as np
import pandas as pd

N_LAST = {"last": 1, "last3": 3}


def check_choice(name, value, known):
    """Raise ValueError unless an option has one of the values it can have."""
    if value not in known:
        raise ValueError(
            f"Expected {name} to be one of {', '.join(map(repr, known))}, got {value!r}. "
            "Pass one of them."
        )


def flag(name, value):
    """Return an option that is true or false, also where the command line gave it as text."""
    text = str(value).lower()
    check_choice(name, text, ("true", "false"))
    return text == "true"


def choose_frames(dataset, frame, n_last, neutral):
    """Return the rows of the last pictures of each sequence, and of the first one as neutral.

    Parameters
    ----------
    dataset : Dataset
        Whose sequences they are. Those that are too short are faults of it; the pictures that are
        not chosen are counted in ``dataset.left_out``.
    frame : DataFrame with columns `path`, `emotion`, `subject`, `sequence`, `number`
        One row a picture.
    n_last : int
        How many pictures from the end.
    neutral : bool
        Whether to take the first one, too.

    Returns
    -------
    DataFrame
        The rows that are chosen, by subject, sequence and number.
    """
    frame = frame.sort_values(["subject", "sequence", "number"], ignore_index=True)
    groups = frame.groupby(["subject", "sequence"])
    n_frames = groups["number"].transform("size")
    first = (groups.cumcount() == 0).to_numpy()
    last = (groups.cumcount(ascending=False) < n_last).to_numpy()
    needed = n_last + neutral
    short = (n_frames < needed).to_numpy()
    for path in frame.loc[short & first, "path"]:
        dataset.fault(path, f"its sequence has fewer than {needed} pictures")
    chosen = (last | (first & neutral)) & ~short
    if neutral:
        frame["emotion"] = np.where(first, "neutral", frame["emotion"])
    between = int((~chosen & ~short).sum())
    if between:
        dataset.left_out["not among the pictures of a sequence that are asked for"] += between
    return frame[chosen].reset_index(drop=True)


def frame_counts(per_sequence, n_last, neutral):
    """Return the number of pictures of each emotion, from that of sequences.

    Examples
    --------
    >>> from skemotion.datasets._frames import frame_counts
    >>> frame_counts({"angry": 45, "fear": 25}, n_last=3, neutral=True)
    {'angry': 135, 'fear': 75, 'neutral': 70}
    """
    counts = {emotion: n_last * count for emotion, count in per_sequence.items()}
    return counts | ({"neutral": sum(per_sequence.values())} if neutral else {})


def numbers(texts):
    """Return texts of digits as integers."""
    return pd.to_numeric(texts).astype(int)
