"""The base of every dataset, and loading by name."""

from abc import ABC, abstractmethod
from collections import Counter
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skemotion._config import dataset_root
from skemotion.datasets._faults import Fault, file_faults
from skemotion.datasets._refusals import explain, is_foreign, refuse
from skemotion.datasets._selection import select
from skemotion.datasets._tree import Tree, locate
from skemotion.emotions import (
    CANONICAL,
    RATING_SCHEMES,
    harmonise,
    harmonise_ratings,
    harmonise_soft,
)


class Dataset(ABC):
    """A dataset: facts as class attributes, and :meth:`index`, one row a recording.

    Parameters
    ----------
    root : path-like, default=None
        Where its files lie. None means ``$SKEMOTION_DATA/<name>``.

    Attributes
    ----------
    name : str
        Its name in the registry.
    modality : {"voice", "face", "video", "text"} or several, joined by ``+``
        What the recordings are. With several, `X` is a DataFrame with one column a modality.
    language : str
        Language spoken, as an ISO 639-1 code; empty for faces.
    licence, homepage, citation : str
        Terms, where to get it, what to cite.
    emotions : dict of str to str
        Code in the dataset -> canonical emotion.
    n_recordings : int or None
        Published number of recordings; None where it is not fixed.
    counts : dict of str to int
        Published number of recordings of each canonical emotion; empty where it is not fixed.
    subject_counts : dict of str to int
        Published number of recordings of each subject; empty where it is not fixed.
    originals : dict of str to str
        Modality -> SHA-256 over the sorted contents (first 16 bytes of each file's SHA-256) of the
        published files, by which a copy is known to be bit for bit theirs.
    sampling_rates : tuple of int
        Published sampling rates of voices in Hz; empty where they are not verified.
    obtain : str
        How to get it: where to ask, what to accept, where to unpack.
    downloads : tuple of Download
        Files that its licence allows to fetch without asking.
    signature : re.Pattern or None
        Searched in the paths of a tree to tell what an unknown one may be; see :meth:`recognises`.
    media : dict of str to str
        Modality -> column of the index; empty where `path` is all there is.
    va_midpoint : float or None
        Neutral point of the columns `valence` and `arousal`; None without such ratings.
    protocols : tuple of Protocol
        Its own protocols; the first is the default.
    other_protocols : dict of str to str
        Name of a protocol that this form of the dataset does not have -> why, and what to do.
    protocol : str
        Name of the default protocol.
    subjects_known : bool
        False where nobody knows who is in a recording, so that no split can be subject-disjoint.
    splits_leak : bool
        True where persons are known to stand in several recordings, and not in which.
    overlaps : tuple of str
        Names of datasets that hold the same people or pictures.
    embedded : bool
        True where it needs no files.
    left_out : collections.Counter
        Reason -> number of recordings that :meth:`index` left out.
    faults : list of Fault
        Files that :meth:`index` could not make sense of.
    """

    name: str = ""
    modality: str = ""
    language: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    homepage: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    emotions: ClassVar[dict] = {}
    n_recordings: ClassVar[int | None] = None
    counts: ClassVar[dict] = {}
    subject_counts: ClassVar[dict] = {}
    originals: ClassVar[dict] = {}
    sampling_rates: ClassVar[tuple] = ()
    obtain: ClassVar[str] = ""
    downloads: ClassVar[tuple] = ()
    signature: ClassVar = None
    media: ClassVar[dict] = {}
    va_midpoint: ClassVar[float | None] = None
    protocols: ClassVar[tuple] = ()
    other_protocols: ClassVar[dict] = {}
    subjects_known: bool = True
    splits_leak: ClassVar[bool] = False
    overlaps: ClassVar[tuple] = ()
    embedded: ClassVar[bool] = False
    _tree = None

    def __init__(self, root=None):
        self.root = dataset_root(self.name, root)
        self.left_out = Counter()
        self.faults = []

    @property
    def protocol(self):
        """Return the name of the default protocol."""
        return self.protocols[0].name if self.protocols else "subject-5fold"

    @abstractmethod
    def index(self):
        """Return one row a recording.

        Returns
        -------
        DataFrame with columns `path`, `emotion`, `subject`
            Paths are relative to `root`; emotions are canonical, or None where there is no
            category. Further columns are free, with the names of the glossary where they fit:
            `statement`, `intensity`, `session`, `split`, `sex`, `text`, `valence`, `arousal`,
            `start`, `stop`, `twin` (the same performance in another modality), `parent` (what it
            was augmented from). A recording that is left out for a good reason is counted in
            ``self.left_out[reason]``; a file that is damaged or cannot be understood is given to
            :meth:`fault`.
        """

    @classmethod
    def recognises(cls, paths):
        """Tell whether files that bear the `signature` can be of this dataset.

        Parameters
        ----------
        paths : list of str
            Those in which the signature was found, at least one.

        Returns
        -------
        bool
            True unless a dataset with the same signature is told apart by more than that.
        """
        return True

    @property
    def files(self):
        """Return the :class:`~skemotion.datasets._tree.Tree` of the files, read once a load."""
        if self._tree is None:
            self._tree = Tree(self.root)
            self.faults += [Fault(*fault) for fault in self._tree.faults]
        return self._tree

    def fault(self, path, reason):
        """Note a file that is damaged or cannot be understood.

        Parameters
        ----------
        path : str
            The file, relative to `root`.
        reason : str
            What is wrong with it.
        """
        self.faults.append(Fault(path, reason))

    def soft_labels(self, frame):
        """Return the shares of emotions of some rows of the index, where raters disagree.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        DataFrame of shape (n_samples, n_emotions) or None
            Rows that sum to 1, one column a canonical emotion; None where there are no votes.
        """
        return None

    def recordings(self, frame):
        """Return the recordings of some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of shape (n_samples, ...), or DataFrame of shape (n_samples, n_modalities)
            Absolute paths as objects, or binary files where they lie in an archive; datasets
            without files give bytes or arrays. A DataFrame where `media` names several.
        """
        if self.media:
            return pd.DataFrame({kind: self._column(frame, kind) for kind in self.media})
        return _objects(map(self.locate, frame["path"]))

    def locate(self, path):
        """Return where a file of the index is.

        Parameters
        ----------
        path : str
            As in the index.

        Returns
        -------
        str or binary file object, or None
            Its path, or the file itself if it lies in an archive; None for a row without a file.
        """
        return locate(self.root, path)

    def _column(self, frame, kind):
        values = frame[self.media[kind]]
        return _objects(values if kind == "text" else map(self.locate, values))

    def load(self, scheme=None, where=None, on_error="raise"):
        """Return the dataset ready for scikit-learn.

        Parameters
        ----------
        scheme : str, default=None
            Name of a scheme that maps emotions to classes; what it lacks is left out.
        where : str or dict, default=None
            Rows to keep: a :meth:`pandas.DataFrame.query` expression, or column -> value or values.
        on_error : {"raise", "skip"}, default="raise"
            What to do about files that are damaged or cannot be understood: an error that names the
            first ones, or leave them out and count them in `left_out`. It is an error all the same
            if less than a tenth of the files can be understood, or less than half where most look
            like those of another dataset.

        Returns
        -------
        :class:`~sklearn.utils.Bunch` with fields

            X : ndarray of shape (n_samples, ...)
                Recordings.
            y : ndarray of str of shape (n_samples,)
                Emotions, or classes of the scheme.
            groups : ndarray of str of shape (n_samples,)
                Subjects, written ``dataset/subject`` to stay unique across datasets.
            frame : DataFrame of shape (n_samples, n_columns)
                The index with `dataset`, and `emotion` and `subject` as in `y` and `groups`.
            soft_labels : DataFrame of shape (n_samples, n_classes) or None
                Shares of the classes, where the dataset has votes of several raters.
            scheme : str or None
                Name of the scheme.
            left_out : dict of str to int
                Reason -> number of recordings left out.
            complete : bool
                Whether all that the reader found is there: no row was deselected by `where`, and
                nothing was damaged. What it leaves out by its own rules does not count.
            faults : list of Fault
                Files that were left out since something is wrong with them.
            dataset : Dataset
                This object.
        """
        if on_error not in ("raise", "skip"):
            raise ValueError(f"Expected on_error to be 'raise' or 'skip', got {on_error!r}.")
        frame = self._usable_rows(on_error)
        left_out = Counter(self.left_out)
        chosen = select(frame, where)
        if len(chosen) < len(frame):
            left_out[f"not selected by where={where!r}"] = len(frame) - len(chosen)
        frame, labels, soft = self._labelled(chosen.reset_index(drop=True), scheme, left_out)
        if frame.empty:
            raise ValueError(
                f"Dataset {self.name!r} has no recording left (left out: {dict(left_out)}). "
                "Loosen where= or scheme=."
            )
        X = self.recordings(frame)
        frame["emotion"] = labels
        frame["subject"] = self.name + "/" + frame["subject"].astype(str)
        frame.insert(0, "dataset", self.name)
        return Bunch(
            X=X,
            y=labels,
            groups=frame["subject"].to_numpy(dtype=str),
            frame=frame,
            soft_labels=soft,
            scheme=scheme,
            left_out=dict(left_out),
            complete=where is None and not self.faults,
            faults=list(self.faults),
            dataset=self,
        )

    def _usable_rows(self, on_error):
        """Return the index without the recordings that something is wrong with."""
        self._check_root()
        self.left_out, self.faults, self._tree = Counter(), [], None
        try:
            frame = self.index().reset_index(drop=True)
        except (ValueError, FileNotFoundError) as error:
            explain(error, self)
            raise
        missing = {"path", "emotion", "subject"} - set(frame.columns)
        if missing:
            raise ValueError(
                f"Dataset {self.name!r} expected the columns path, emotion and subject in its "
                f"index, got {', '.join(map(str, frame.columns))}. "
                f"Add {', '.join(sorted(missing))}."
            )
        foreign = is_foreign(self, len(frame) + self.left_out.total())
        good = np.ones(len(frame), dtype=bool)
        for row, fault in self._file_faults(frame):
            self.faults.append(fault)
            good[row] = False
        packed = self._tree.packed if self._tree is not None else []
        if good.any() and packed:  # most likely unpacked beside it
            self.left_out["a packed archive, which is not read"] += len(packed)
        elif packed:
            reason = "it is a packed archive; unpack it here"
            self.faults += [Fault(path, reason) for path in packed]
        if frame.empty or foreign or (self.faults and on_error == "raise"):
            refuse(self, int(good.sum()), on_error)
        for fault in self.faults:
            self.left_out[fault.reason] += 1
        return self._checked(frame[good].reset_index(drop=True))

    def _file_faults(self, frame):
        own = type(self)
        if own.recordings is not Dataset.recordings and own.locate is Dataset.locate:
            return ()  # it makes recordings of something else than files
        columns = [column for kind, column in self.media.items() if kind != "text"]
        return file_faults(self.locate, frame[columns or ["path"]])

    def _labelled(self, frame, scheme, left_out):
        """Return the rows that have a label under the scheme, the labels and their shares."""
        if scheme in RATING_SCHEMES:
            if self.va_midpoint is None:
                raise ValueError(
                    f"Scheme {scheme!r} needs ratings of valence and arousal, which dataset "
                    f"{self.name!r} lacks. Use a scheme of categories, such as 'quadrant4'."
                )
            labels, kept, dropped = harmonise_ratings(frame, scheme, self.va_midpoint)
            left_out.update(dropped)
            return frame[kept].reset_index(drop=True), labels, None
        nothing = frame["emotion"].isna().to_numpy()
        if nothing.any():
            left_out["there is no category"] += int(nothing.sum())
            frame = frame[~nothing].reset_index(drop=True)
        soft = self.soft_labels(frame)
        labels, kept, dropped = harmonise(frame["emotion"], scheme)
        for emotion, count in dropped.items():
            left_out[f"emotion {emotion!r} is not in scheme {scheme!r}"] = count
        frame = frame[kept].reset_index(drop=True)
        if soft is not None:
            soft, voted, _ = harmonise_soft(soft[kept].reset_index(drop=True), scheme)
            if not voted.all():
                left_out[f"no rater named an emotion of scheme {scheme!r}"] = int((~voted).sum())
            frame, labels = frame[voted].reset_index(drop=True), labels[voted]
        return frame, labels, soft

    def _check_root(self):
        if not self.embedded and not self.root.exists():
            source = f"Get them from {self.homepage} ({self.licence}), then set"
            raise FileNotFoundError(
                f"Dataset {self.name!r} expected its files in {self.root}, which does not exist. "
                f"{source if self.homepage.startswith('http') else 'Set'} SKEMOTION_DATA to the "
                "folder that holds it, or pass root=."
            )

    def _checked(self, frame):
        strange = frame.loc[~frame["emotion"].isin([*CANONICAL, None]), "emotion"]
        if len(strange):
            raise ValueError(
                f"Dataset {self.name!r} gives the emotion {strange.iloc[0]!r} in row "
                f"{strange.index[0]}, which is not one of {', '.join(CANONICAL)}. "
                "Map it in the dataset's emotions."
            )
        nameless = frame.index[frame["subject"].isna()]
        if len(nameless):
            raise ValueError(
                f"Dataset {self.name!r} gives no subject in row {nameless[0]} and "
                f"{len(nameless) - 1} others. Name each subject, or none at all with "
                "subjects_known=False and one name a recording."
            )
        return frame

    def __repr__(self):
        return f"{type(self).__name__}(root={str(self.root)!r})"


def _objects(values):
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
