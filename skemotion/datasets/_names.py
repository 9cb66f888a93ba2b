"""What the readers share: listing files, parsing file names, telling look-alike corpora apart."""

import os
import re

import pandas as pd

SUFFIXES = {
    "voice": frozenset({".wav", ".flac", ".ogg", ".mp3"}),
    "face": frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}),
    "video": frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm"}),
}
SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
LFS_START = b"version https://git-lfs"
SEVEN_CODES = re.compile(
    r"(?P<modality>\d\d)-(?P<channel>\d\d)-(?P<code>\d\d)-(?P<intensity>\d\d)"
    r"-(?P<statement>\d\d)-(?P<repetition>\d\d)-(?P<actor>\d\d)"
)
"""Names of RAVDESS and BanglaSER, such as ``03-01-05-02-01-01-12``."""


def list_files(root):
    """Return the files under a folder, hidden ones left out.

    Parameters
    ----------
    root : Path
        The folder. Links to folders are followed, each folder is read once.

    Returns
    -------
    list of str
        Paths relative to `root`, with ``/``, sorted.
    """
    found, seen = [], set()
    for folder, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        found.extend(prefix + name for name in names if not name.startswith("."))
    return sorted(found)


def split_suffix(path):
    """Return the stem and the lower-case suffix of a path's last part."""
    stem, suffix = os.path.splitext(path.rsplit("/", 1)[-1])
    return stem, suffix.lower()


def read_names(dataset, pattern, suffixes=SUFFIXES["voice"]):
    """Read what the names of a corpus' files say.

    Parameters
    ----------
    dataset : Dataset
        Whose `root` is read and whose `left_out` is filled: with files of another form of name,
        and with further copies of a name, since some distributions nest a second copy.
    pattern : re.Pattern
        With named groups; it must match the whole stem.
    suffixes : collection of str, default=those of voices
        Lower-case endings of the files that count; others are passed over.

    Returns
    -------
    DataFrame with the column `path` and one a group of `pattern`
        One row a file, sorted by path.
    """
    rows, seen = [], set()
    for path in list_files(dataset.root):
        stem, suffix = split_suffix(path)
        if suffix not in suffixes:
            continue
        match = pattern.fullmatch(stem)
        if match is None:
            dataset.left_out[f"the name is not of the form of {dataset.name}"] += 1
        elif stem in seen:
            dataset.left_out["a second file of the same name"] += 1
        else:
            seen.add(stem)
            rows.append({"path": path, **match.groupdict()})
    return pd.DataFrame(rows, columns=["path", *pattern.groupindex], dtype=str)


def describe_codes(frame, emotions):
    """Return the index that seven codes stand for.

    Parameters
    ----------
    frame : DataFrame
        What :func:`read_names` made of :data:`SEVEN_CODES`.
    emotions : dict of str to str
        Code -> emotion.

    Returns
    -------
    DataFrame with columns `path`, `emotion`, `subject`, `sex`, `statement`, `intensity`, \
`repetition`
    """
    odd = frame["actor"].str[-1].isin(list("13579"))
    return pd.DataFrame(
        {
            "path": frame["path"],
            "emotion": frame["code"].map(emotions),
            "subject": frame["actor"],
            "sex": odd.map({True: "male", False: "female"}),
            "statement": frame["statement"],
            "intensity": frame["intensity"].map({"01": "normal", "02": "strong"}),
            "repetition": frame["repetition"],
        }
    )


def leave_out(dataset, frame, unwanted, reason):
    """Return `frame` without the unwanted rows, which are counted in ``dataset.left_out``."""
    if unwanted.any():
        dataset.left_out[reason] += int(unwanted.sum())
    return frame[~unwanted].reset_index(drop=True)


def seems_banglaser(frame):
    """Tell whether names of the form 03-01-EE-II-SS-RR-AA are BanglaSER's, not RAVDESS'.

    BanglaSER has emotions 01-05, three statements, three repetitions and 34 actors; its happy,
    sad and neutral are always of normal intensity, its angry and surprise always strong. RAVDESS
    has emotions 01-08, two statements, two repetitions, 24 actors and both intensities.
    """
    if frame.empty or (frame["code"] > "05").any() or (frame["channel"] != "01").any():
        return False
    beyond = (frame["statement"] > "02") | (frame["repetition"] > "02") | (frame["actor"] > "24")
    strong = frame["code"].isin(["03", "04"])
    same_intensity = (strong == (frame["intensity"] == "02")).all()
    return bool(beyond.any() or (same_intensity and frame["code"].nunique() > 2 and strong.any()))


def seems_ravdess(frame):
    """Tell whether names of the form 03-01-EE-II-SS-RR-AA are RAVDESS', not BanglaSER's."""
    if frame.empty or ((frame["statement"] > "02") | (frame["repetition"] > "02")).any():
        return False
    return not seems_banglaser(frame) and bool(
        (frame["code"] > "05").any()
        or (frame["channel"] != "01").any()
        or (frame["code"].isin(["03", "04"]) != (frame["intensity"] == "02")).any()
    )
