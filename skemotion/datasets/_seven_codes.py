"""Names such as ``03-01-05-02-01-01-12``: RAVDESS and BanglaSER, told apart by their codes."""

import re

import pandas as pd

from skemotion.datasets._names import SUFFIXES, split_suffix

SEVEN_CODES = re.compile(
    r"(?P<modality>\d\d)-(?P<channel>\d\d)-(?P<code>\d\d)-(?P<intensity>\d\d)"
    r"-(?P<statement>\d\d)-(?P<repetition>\d\d)-(?P<actor>\d\d)"
)
_ACTOR = re.compile(r"(^|/)actor[ _-]?\d+$", re.IGNORECASE)
_NO_SINGER = "18"
_TITLES = {
    "ravdess": ("RAVDESS", "01 to 08 in two statements"),
    "banglaser": ("BanglaSER", "01 to 05 in three statements"),
}


def describe_codes(frame, emotions):
    """Return the index that seven codes stand for.

    Parameters
    ----------
    frame : DataFrame
        What :func:`~skemotion.datasets._names.read_names` made of :data:`SEVEN_CODES`.
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


def fits_ravdess(frame):
    """Tell which codes RAVDESS has: 8 emotions, 2 statements, 2 repetitions, 24 actors."""
    sung = frame["channel"] == "02"
    neutral = frame["code"] == "01"
    return (
        frame["modality"].between("01", "03")
        & frame["channel"].between("01", "02")
        & frame["code"].between("01", "08")
        & frame["intensity"].between("01", "02")
        & ~(neutral & (frame["intensity"] == "02"))
        & frame["statement"].between("01", "02")
        & frame["repetition"].between("01", "02")
        & frame["actor"].between("01", "24")
        & ~(sung & (frame["code"].isin(["07", "08"]) | (frame["actor"] == _NO_SINGER)))
    )


def fits_banglaser(frame):
    """Tell which codes BanglaSER has: 5 emotions, 3 statements, 3 repetitions, 34 speakers.

    Angry and surprise, codes 03 and 04, are always strong, the others always normal.
    """
    intensity = frame["code"].isin(["03", "04"]).map({True: "02", False: "01"})
    return (
        frame["modality"].isin(["01", "03"])  # 01 is a slip of the pen in the corpus
        & (frame["channel"] == "01")
        & frame["code"].between("01", "05")
        & (frame["intensity"] == intensity)
        & frame["statement"].between("01", "03")
        & frame["repetition"].between("01", "03")
        & frame["actor"].between("01", "34")
    )


def witnesses(paths):
    """Return which of the two corpora must be among some files.

    Parameters
    ----------
    paths : list of str
        Of any files; only sounds named by seven codes count.

    Returns
    -------
    dict of str to str
        ``"ravdess"`` or ``"banglaser"`` or both -> the last file that speaks for it: one whose
        codes the other does not have, or one of a folder in which at least three emotions, a strong
        one among them, all have the intensity that they have in BanglaSER. A folder ``Actor_01``
        counts as part of the one above it. Empty where nothing tells.

    Examples
    --------
    >>> from skemotion.datasets._seven_codes import witnesses
    >>> witnesses(["a/03-01-08-01-01-01-01.wav", "b/03-01-01-01-03-01-01.wav"])
    {'ravdess': 'a/03-01-08-01-01-01-01.wav', 'banglaser': 'b/03-01-01-01-03-01-01.wav'}
    """
    rows = []
    for path in paths:
        stem, suffix = split_suffix(path)
        match = SEVEN_CODES.fullmatch(stem) if suffix in SUFFIXES["voice"] else None
        if match is not None:
            folder = _ACTOR.sub("", path.rpartition("/")[0])
            rows.append({"path": path, "folder": folder, **match.groupdict()})
    if not rows:
        return {}
    frame = pd.DataFrame(rows)
    ravdess, banglaser = fits_ravdess(frame), fits_banglaser(frame)
    found = {
        "ravdess": frame.loc[ravdess & ~banglaser, "path"],
        "banglaser": frame.loc[banglaser & ~ravdess, "path"],
    }
    if found["banglaser"].empty:
        frame["fits"] = banglaser
        folders = [frame, *(part for _, part in frame.groupby("folder"))]
        found["banglaser"] = pd.concat(
            [part["path"] for part in folders if _as_strong(part)] or [found["banglaser"]]
        )
    return {name: files.iloc[-1] for name, files in found.items() if len(files)}


def _as_strong(frame):
    """Tell whether all files are as strong as BanglaSER's, which chance does not explain."""
    codes = set(frame["code"])
    return bool(frame["fits"].all()) and len(codes) > 2 and not codes.isdisjoint({"03", "04"})


def refuse_other_codes(dataset):
    """Raise ValueError if there are files of the other corpus, whose emotions mean something else.

    Parameters
    ----------
    dataset : Dataset
        RAVDESS or BanglaSER. That errors be skipped does not matter: a file whose codes both have
        would be given the emotion of the wrong one.
    """
    (other,) = _TITLES.keys() - {dataset.name}
    found = witnesses(dataset.files.paths)
    if other not in found:
        return
    (title, codes), (wrong, _) = _TITLES[dataset.name], _TITLES[other]
    if dataset.name in found:
        raise ValueError(
            f"Expected {title} alone in {dataset.root}, got codes of {title} such as "
            f"{found[dataset.name]!r} and codes of {wrong} such as {found[other]!r}. They stand "
            f"for other emotions in each: pass as root the sub-folder that holds {title} alone, "
            f"and load the other as {other!r}."
        )
    raise ValueError(
        f"Expected {title} in {dataset.root}, which has emotions {codes}, got codes of {wrong} "
        f"such as {found[other]!r}. Its emotions mean something else: load it as {other!r}."
    )
