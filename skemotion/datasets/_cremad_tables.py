"""What the tables of CREMA-D say: of its actors, and of the emotions that raters perceived."""

from io import StringIO

import numpy as np
import pandas as pd

LETTERS = tuple("ADFHNS")  # of the emotions, in the tables
VOTES = "tabulatedVotes.csv"
SUMMARY = "summaryTable.csv"
DEMOGRAPHICS = "VideoDemographics.csv"
_MODES = {"voice": 1, "face": 2, "multi": 3}  # first digit of the numbers of rows
_SUMMARIES = {"voice": "VoiceVote", "face": "FaceVote", "multi": "MultiModalVote"}
_SEXES = {"Male": "male", "Female": "female"}
_MODE_UNIT = 100000


def read_actors(dataset):
    """Return what the table of actors says.

    Parameters
    ----------
    dataset : Dataset
        In whose files the table is looked for.

    Returns
    -------
    DataFrame with columns `sex`, `age`, `race`, `ethnicity`, or None
        Indexed by actor; None where there is no table.

    Raises
    ------
    ValueError
        If the table is damaged.
    """
    path = dataset.files.find(DEMOGRAPHICS)
    if path is None:
        return None
    table = _read(dataset, path, ["ActorID", "Age", "Sex", "Race", "Ethnicity"])
    age = pd.to_numeric(table["Age"], errors="coerce")
    strange = ~table["Sex"].isin(list(_SEXES)) | age.isna() | table["ActorID"].duplicated()
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        raise ValueError(
            f"Expected row {row + 1} of {dataset.root / path} to hold an actor who is not named "
            f"before, an age, and the sex Male or Female, got {','.join(table.iloc[row])!r}. "
            "Fetch the table again, or take it away."
        )
    return pd.DataFrame(
        {
            "sex": table["Sex"].map(_SEXES),
            "age": age,
            "race": table["Race"],
            "ethnicity": table["Ethnicity"],
        }
    ).set_index(table["ActorID"])


def read_ratings(dataset, labels):
    """Return what raters perceived in recordings.

    Parameters
    ----------
    dataset : Dataset
        In whose files the tables are looked for.
    labels : {"voice", "face", "multi"}
        What the raters were given.

    Returns
    -------
    table : DataFrame with the column `vote`
        Indexed by recording. `vote` has the letters of the emotions with most votes, joined by
        ``:``. With ``tabulatedVotes.csv`` each letter is a column, too: the number of its votes.
        Rows that contradict themselves are not there.
    name : str
        The table it comes from.

    Raises
    ------
    ValueError
        If there is no table, or it lacks its columns.
    """
    for name, read in ((VOTES, _read_votes), (SUMMARY, _read_summary)):
        path = dataset.files.find(name)
        if path is not None:
            return read(dataset, path, labels), name
    raise ValueError(
        f"Dataset {dataset.name!r} with labels={labels!r} expected {VOTES} or {SUMMARY} in "
        f"{dataset.root}, which lacks both. Copy the folder processedResults of its repository "
        "there, or pass labels='intended'."
    )


def _read_votes(dataset, path, labels):
    table = _read(dataset, path, [*LETTERS, "fileName", "numResponses", "emoVote"])
    numbers = pd.to_numeric(table.iloc[:, 0], errors="coerce")
    modes = numbers // _MODE_UNIT
    if len(table) and not modes.isin(list(_MODES.values())).any():
        raise ValueError(
            f"Expected the first column of {dataset.root / path} to number the rows from 100001 "
            "(rated by voice), 200001 (face) and 300001 (both), got "
            f"{table.iloc[0, 0]!r} in the first row. Fetch the table as it was published."
        )
    columns = [*LETTERS, "numResponses"]
    counts = table[columns].apply(pd.to_numeric, errors="coerce")
    votes = counts[list(LETTERS)]
    most = votes.eq(votes.max(axis=1), axis=0).to_numpy()
    named = [":".join(np.array(LETTERS)[row]) for row in most]
    sound = (
        (counts.ge(0) & counts.mod(1).eq(0)).all(axis=1)
        & (votes.sum(axis=1) == counts["numResponses"])
        & (counts["numResponses"] > 0)
        & (table["emoVote"] == named)
        & (modes == _MODES[labels])
    )
    rated = votes.assign(vote=table["emoVote"])[sound].set_index(table.loc[sound, "fileName"])
    rated = rated[~rated.index.duplicated(keep=False)]
    return rated.astype(dict.fromkeys(LETTERS, int))


def _read_summary(dataset, path, labels):
    column = _SUMMARIES[labels]
    table = _read(dataset, path, ["FileName", column])
    letter = f"[{''.join(LETTERS)}]"
    sound = table[column].str.fullmatch(f"{letter}(:{letter})*")
    sound &= ~table["FileName"].duplicated(keep=False)
    return table.loc[sound, [column]].set_axis(["vote"], axis=1).set_index(table["FileName"][sound])


def _read(dataset, path, columns):
    """Return a table as texts; a row that was cut short has empty ones."""
    text = dataset.files.read_text(path)
    try:
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).fillna("")
    except ValueError as error:
        raise ValueError(
            f"Cannot read {dataset.root / path}: {error}. Fetch the table again."
        ) from error
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(
            f"Expected {dataset.root / path} to have the columns {', '.join(columns)}, got "
            f"{', '.join(table.columns)[:80]!r}. Fetch the table again."
        )
    return table
