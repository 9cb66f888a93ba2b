"""Anyone's own recordings: a tree of folders named after emotions and subjects."""

import re
from collections import Counter
from typing import ClassVar

import pandas as pd

from skemotion.datasets._names import SPLITS, SUFFIXES, split_suffix
from skemotion.datasets.base import Dataset
from skemotion.emotions import CANONICAL, canonical, closest, describe_unknown, is_known

_MODALITY = {suffix: name for name, suffixes in SUFFIXES.items() for suffix in suffixes}


class Folder(Dataset):
    """Your own recordings in a tree of folders.

    Any of ``<emotion>/...``, ``<subject>/<emotion>/...``, ``<emotion>/<subject>/...``, each with or
    without a level ``train``, ``val`` or ``test``. Emotions are known by name or alias
    (:func:`skemotion.emotions.canonical`). The one level that is neither emotion nor split is the
    subject; without it nobody knows who is recorded, each file counts as a subject of its own and
    `subjects_known` is False. The dataset is called ``folder:<name of the folder>``.

    Parameters
    ----------
    root : path-like, default=None
        The folder. None means ``$SKEMOTION_DATA/folder``.
    modality : {"voice", "face", "video"}, default=None
        What to load. None means what the files' suffixes say, if they all say the same.
    pattern : str, default=None
        Regular expression, searched in each path relative to `root` (written with ``/``), whose
        named groups take the place of the levels: ``emotion``, and where known ``subject``;
        further groups become columns. Files it does not match are left out.
    label : str, default=None
        What to call the dataset after ``folder:``, to tell folders of one name apart.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skemotion.datasets.folder import Folder
    >>> with TemporaryDirectory() as root:
    ...     for name in ("anna_joy_1.wav", "ben_anger_1.wav"):
    ...         _ = Path(root, name).write_bytes(b"RIFF")
    ...     folder = Folder(root, pattern=r"(?P<subject>[a-z]+)_(?P<emotion>[a-z]+)_")
    ...     print(folder.load().frame[["emotion"]].to_dict("list"), folder.modality)
    {'emotion': ['happy', 'angry']} voice
    """

    name = "folder"
    licence = "that of your recordings"
    homepage = "docs/datasets.md"
    emotions: ClassVar[dict] = {name: name for name in CANONICAL}

    def __init__(self, root=None, *, modality=None, pattern=None, label=None):
        super().__init__(root)
        if root is not None or label is not None:
            self.name = f"folder:{label or self.root.resolve().name}"
        if modality not in (None, *SUFFIXES):
            raise ValueError(
                f"Expected modality to be one of {', '.join(SUFFIXES)} or None, got {modality!r}. "
                "Leave it out to go by the files' suffixes."
            )
        self.pattern = None if pattern is None else re.compile(pattern)
        if pattern is not None and "emotion" not in self.pattern.groupindex:
            raise ValueError(
                f"Expected pattern to have a group named 'emotion', got {pattern!r}. "
                "Write for instance r'(?P<subject>[^/]+)/(?P<emotion>[^/]+)/'."
            )
        self._found = Counter()
        self.modality = modality or self._only_modality()

    def index(self):
        """Return one row a file.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`
            With `split` where a level says so, and the further groups of `pattern`.

        Raises
        ------
        ValueError
            If `root` holds several kinds of media.
        """
        if not self.modality and self._found:
            found = ", ".join(f"{count} {name}" for name, count in self._found.items())
            raise ValueError(
                f"Expected {self.root} to hold one kind of media, got {found} files. "
                "Pass modality= to choose one."
            )
        paths = []
        for path in self.files.paths:
            suffix = split_suffix(path)[1]
            if suffix in SUFFIXES.get(self.modality, ()):
                paths.append(path)
            else:
                self.left_out[
                    f"not a {self.modality or 'media'} file ({suffix or 'no suffix'})"
                ] += 1
        rows = [row for row in map(self._row, paths) if row is not None]
        if not rows:
            return pd.DataFrame(columns=["path", "emotion", "subject"])
        frame = pd.DataFrame(rows)
        self.subjects_known = "subject" in frame and bool(frame["subject"].notna().all())
        if not self.subjects_known:
            frame["subject"] = frame["path"]
        return frame.dropna(axis="columns", how="all")

    def _only_modality(self):
        if self.root.is_dir():
            suffixes = (split_suffix(path)[1] for path in self.files.paths)
            self._found.update(_MODALITY[suffix] for suffix in suffixes if suffix in _MODALITY)
        return next(iter(self._found)) if len(self._found) == 1 else ""

    def _row(self, path):
        return self._row_by_levels(path) if self.pattern is None else self._row_by_pattern(path)

    def _row_by_pattern(self, path):
        match = self.pattern.search(path)
        if match is None:
            self.left_out[f"the path does not match {self.pattern.pattern!r}"] += 1
            return None
        groups = match.groupdict()
        emotion = groups["emotion"]
        if not is_known(emotion):
            self.fault(path, f"the pattern finds no emotion: {describe_unknown(emotion)}")
            return None
        return {"path": path, **groups, "emotion": canonical(emotion)}

    def _row_by_levels(self, path):
        levels = path.split("/")[:-1]
        known = {level: canonical(level) for level in levels if is_known(level)}
        emotions = set(known.values())
        if len(emotions) != 1:
            named = ", ".join(sorted(emotions)) or "none"
            self.fault(
                path,
                f"one folder on the path is to be named after an emotion, got {named}"
                f"{'' if emotions else _hint(levels)}",
            )
            return None
        others = [level for level in levels if level not in known]
        splits = [SPLITS[level.lower()] for level in others if level.lower() in SPLITS]
        subjects = [level for level in others if level.lower() not in SPLITS]
        return {
            "path": path,
            "emotion": emotions.pop(),
            "subject": subjects[0] if len(subjects) == 1 else None,
            "split": splits[0] if splits else None,
        }


def _hint(words):
    for word in words:
        emotion = closest(word)
        if emotion is not None:
            return f". Did you mean {emotion!r} by {word!r}?"
    return "; rename it, or pass pattern="
