"""The texts of IEMOCAP: what raters said of the turns of a dialogue, and what was spoken."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from skemotion.datasets._faults import LFS_START
from skemotion.datasets._names import split_suffix

DIALOG = r"Ses0[1-5][FM]_(?:impro\d\d[a-z]?|script\d\d_\d[a-z]?)"
"""Names of dialogues, such as ``Ses01F_impro01`` and ``Ses05M_script01_1b``."""
VOTED = {
    "Anger": "angry",
    "Disgust": "disgust",
    "Excited": "excited",
    "Fear": "fear",
    "Frustration": "frustrated",
    "Happiness": "happy",
    "Neutral": "neutral",
    "Neutral state": "neutral",
    "Sadness": "sad",
    "Surprise": "surprise",
    "Other": "other",
}
"""Name that raters give -> emotion."""
CODES = {
    "ang": "angry",
    "dis": "disgust",
    "exc": "excited",
    "fea": "fear",
    "fru": "frustrated",
    "hap": "happy",
    "neu": "neutral",
    "sad": "sad",
    "sur": "surprise",
}
"""Code of a turn -> emotion."""
UNDECIDED = ("xxx", "oth")
"""Codes without an emotion: the raters disagree, or most of them named another one."""

_DIALOG = re.compile(DIALOG)
_TURN = re.compile(rf"{DIALOG}_[FM]\d{{3}}")
_NUMBER = r"(\d+(?:\.\d*)?)"
_HEADER = re.compile(
    rf"\[{_NUMBER}\s*-\s*{_NUMBER}\]\s+({_TURN.pattern})\s+(\w+)\s+"
    rf"\[{_NUMBER},\s*{_NUMBER},\s*{_NUMBER}\]"
)
_RATER = re.compile(r"([CA])-([EFM])\d+:([^(]*)(\()?")
_SPOKEN = re.compile(rf"(\S+)\s*\[{_NUMBER}\s*-\s*{_NUMBER}\]\s*:?(.*)")
_NUMBERS = ["start", "stop", "valence", "arousal", "dominance"]
_COLUMNS = ["code", *_NUMBERS, *sorted(f"votes_{emotion}" for emotion in set(VOTED.values()))]
_HIGHEST = 6  # a slip of a rater may put a mean a little outside of 1 to 5


@dataclass
class _Turn:
    """A turn as its lines are read; one that is spoilt is not used."""

    name: str | None
    source: str
    facts: dict = field(default_factory=dict)
    votes: Counter = field(default_factory=Counter)
    spoilt: bool = False


def read_labels(dataset):
    """Read what the files in ``EmoEvaluation`` say of each turn.

    Parameters
    ----------
    dataset : Dataset
        Whose files are read. What cannot be understood is a fault, ``file:line``.

    Returns
    -------
    labels : DataFrame indexed by the names of the turns
        `source`, `code`, `start`, `stop`, `valence`, `arousal`, `dominance`, `votes_angry`, ...
    spoilt : set of str
        Turns and dialogues whose labels are faults.
    """
    labels, spoilt = {}, set()
    for path, dialog in _texts_in(dataset, "EmoEvaluation"):
        lines = _read_lines(dataset, path)
        if lines is None:
            spoilt.add(dialog)
            continue
        for turn in _read_turns(dataset, path, lines):
            if turn.spoilt:
                spoilt.add(turn.name)
                continue
            row = turn.facts | {f"votes_{name}": votes for name, votes in turn.votes.items()}
            known = labels.setdefault(turn.name, (turn.source, row))
            if known[1] != row:
                dataset.fault(turn.source, "another label of the same turn says something else")
                spoilt.add(turn.name)
    rows = {name: {"source": source} | row for name, (source, row) in labels.items()}
    rows = {name: row for name, row in rows.items() if name not in spoilt}
    table = pd.DataFrame(list(rows.values()), pd.Index(rows, dtype=str), ["source", *_COLUMNS])
    votes = [column for column in table if column.startswith("votes_")]
    table[votes] = table[votes].astype(float).fillna(0.0)
    return table.astype(dict.fromkeys(_NUMBERS, float)), spoilt


def read_transcripts(dataset):
    """Read what was spoken in each turn.

    Parameters
    ----------
    dataset : Dataset
        Whose files are read. What cannot be understood is a fault, ``file:line``.

    Returns
    -------
    spoken : dict of str to (str, str)
        Turn -> the file, and the words. Interjections, whose names have no number, are left out.
    spoilt : set of str
        Turns and dialogues whose transcripts are faults.
    """
    spoken, spoilt = {}, set()
    for path, dialog in _texts_in(dataset, "transcriptions"):
        lines = _read_lines(dataset, path)
        if lines is None:
            spoilt.add(dialog)
            continue
        for number, line in enumerate(lines, start=1):
            match = _SPOKEN.fullmatch(line.strip())
            name = _TURN.match(line.strip())
            if name is None:
                continue
            if match is None or match[1] != name[0]:
                dataset.fault(f"{path}:{number}", "the line is not of the form turn [times]: words")
                spoilt.add(name[0])
                continue
            words = match[4].strip()
            if spoken.setdefault(match[1], (path, words))[1] != words:
                dataset.fault(f"{path}:{number}", "another transcript of the same turn differs")
                spoilt.add(name[0])
    return {name: found for name, found in spoken.items() if name not in spoilt}, spoilt


def _texts_in(dataset, folder):
    """Yield path and dialogue of the texts that lie in folders of a name, not below them."""
    for path in dataset.files.paths:
        parts = path.split("/")
        stem, suffix = split_suffix(path)
        if suffix != ".txt" or len(parts) < 2 or parts[-2].lower() != folder.lower():
            continue
        if _DIALOG.fullmatch(stem):
            yield path, stem
        else:
            dataset.fault(path, "its name is not that of a dialogue of IEMOCAP")


def _read_lines(dataset, path):
    """Return the lines of a text, or None if the file is a fault."""
    try:
        text = dataset.files.read_text(path)
    except (ValueError, OSError):
        dataset.fault(path, "the file cannot be read as a text in utf-8")
        return None
    if text.startswith(LFS_START.decode()):
        dataset.fault(path, "it is a Git-LFS pointer (run 'git lfs pull' in its repository)")
    elif not _TURN.search(text):
        dataset.fault(path, "the file names no turn")
    else:
        return text.splitlines()
    return None


def _read_turns(dataset, path, lines):
    """Return the turns of a file; a line that makes no sense spoils the turn that it belongs to."""
    turns, turn = [], None
    for number, line in enumerate(map(str.strip, lines), start=1):
        source = f"{path}:{number}"
        if not line or line.startswith("%"):
            turn = None
            continue
        name = _TURN.search(line)
        if name is not None or line.startswith("["):
            turn = _Turn(name and name[0], source)
            turns.append(turn)
            reason = _add_facts(turn, line)
        elif turn is None:
            reason = "the line belongs to no turn"
        else:
            reason = _add_votes(turn, line)
        if reason is not None:
            dataset.fault(source, reason)
            if turn is not None:
                turn.spoilt = True
    return turns


def _add_facts(turn, line):
    """Add what the first line of a turn says; return what is wrong with it, or None."""
    match = _HEADER.fullmatch(line)
    if match is None:
        return "the line is not of the form [times] turn emotion [three ratings]"
    start, stop, _, code, *ratings = match.groups()
    if code not in CODES and code not in UNDECIDED:
        return "the emotion is not one of IEMOCAP's codes"
    numbers = [float(number) for number in (start, stop, *ratings)]
    if max(numbers[2:]) > _HIGHEST:
        return "a rating is far above 5"
    turn.facts = {"code": code} | dict(zip(_NUMBERS, numbers, strict=True))
    return None


def _add_votes(turn, line):
    """Add what the line of a rater says; return what is wrong with it, or None.

    A rater who names several emotions has one vote, which they share. The speakers' own votes, of
    the raters F and M, are not counted.
    """
    match = _RATER.match(line)
    if match is None:
        return "the line is neither a turn nor a rater's"
    kind, rater, said, remark = match.groups()
    *names, rest = (name.strip() for name in said.split(";"))
    if remark is None or rest:
        return "the line of a rater is cut short"
    if kind == "A":
        return None
    names = [name for name in names if name]
    if not set(names) <= set(VOTED):
        return "a rater names an emotion that is not one of IEMOCAP's"
    if rater == "E":
        for name in names:
            turn.votes[VOTED[name]] += 1 / len(names)
    return None
