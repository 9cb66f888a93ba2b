"""The base of every dataset, and loading by name."""

from abc import ABC, abstractmethod
from collections import Counter
from typing import ClassVar

import numpy as np
from sklearn.utils import Bunch

from skemotion._config import dataset_root
from skemotion.emotions import CANONICAL, harmonise
from skemotion.plugins import DATASETS


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
    modality : {"voice", "face", "video"}
        What the recordings are.
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
    protocols : tuple of Protocol
        Its own protocols; the first is the default.
    protocol : str
        Name of the default protocol.
    subjects_known : bool
        False where nobody knows who is in a recording, so that no split can be subject-disjoint.
    embedded : bool
        True where it needs no files.
    left_out : collections.Counter
        Reason -> number of recordings that :meth:`index` left out.
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
    protocols: ClassVar[tuple] = ()
    subjects_known: bool = True
    embedded: ClassVar[bool] = False

    def __init__(self, root=None):
        self.root = dataset_root(self.name, root)
        self.left_out = Counter()

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
            Paths are relative to `root`; emotions are canonical. Further columns are free, with
            the names of the glossary where they fit: `statement`, `intensity`, `session`, `split`,
            `sex`, `text`, `valence`, `arousal`, `start`, `stop`. A recording that is left out is
            counted in ``self.left_out[reason]``.
        """

    def recordings(self, frame):
        """Return the recordings of some rows of the index.

        Parameters
        ----------
        frame : DataFrame
            Rows of :meth:`index`.

        Returns
        -------
        ndarray of shape (n_samples, ...)
            Absolute paths as objects; datasets without files give bytes or arrays.
        """
        return np.array([str(self.root / path) for path in frame["path"]], dtype=object)

    def load(self, scheme=None, where=None):
        """Return the dataset ready for scikit-learn.

        Parameters
        ----------
        scheme : str, default=None
            Name of a scheme that maps emotions to classes; what it lacks is left out.
        where : str or dict, default=None
            Rows to keep: a :meth:`pandas.DataFrame.query` expression, or column -> value or values.

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
            scheme : str or None
                Name of the scheme.
            left_out : dict of str to int
                Reason -> number of recordings left out.
            dataset : Dataset
                This object.
        """
        self._check_root()
        self.left_out.clear()
        frame = self._checked(self.index().reset_index(drop=True))
        left_out = Counter(self.left_out)
        chosen = _select(frame, where)
        if len(chosen) < len(frame):
            left_out[f"not selected by where={where!r}"] = len(frame) - len(chosen)
        labels, kept, dropped = harmonise(chosen["emotion"], scheme)
        for emotion, count in dropped.items():
            left_out[f"emotion {emotion!r} is not in scheme {scheme!r}"] = count
        frame = chosen[kept].reset_index(drop=True)
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
            scheme=scheme,
            left_out=dict(left_out),
            dataset=self,
        )

    def _check_root(self):
        if not self.embedded and not self.root.exists():
            source = f"Get them from {self.homepage} ({self.licence}), then set"
            raise FileNotFoundError(
                f"Dataset {self.name!r} expected its files in {self.root}, which does not exist. "
                f"{source if self.homepage.startswith('http') else 'Set'} SKEMOTION_DATA to the "
                "folder that holds it, or pass root=."
            )

    def _checked(self, frame):
        missing = {"path", "emotion", "subject"} - set(frame.columns)
        if missing:
            raise ValueError(
                f"Dataset {self.name!r} expected the columns path, emotion and subject in its "
                f"index, got {', '.join(map(str, frame.columns))}. "
                f"Add {', '.join(sorted(missing))}."
            )
        if frame.empty:
            raise ValueError(
                f"Dataset {self.name!r} found no recordings in {self.root}. "
                f"Check the layout against {self.homepage or 'its documentation'}."
            )
        strange = frame.loc[~frame["emotion"].isin(CANONICAL), "emotion"]
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


def _select(frame, where):
    if where is None:
        return frame
    if isinstance(where, str):
        try:
            return frame.query(where)
        except (NameError, SyntaxError, TypeError, ValueError, KeyError) as error:
            raise ValueError(
                f"Cannot select rows by where={where!r}: {error}. Write a comparison of columns "
                f"such as \"emotion == 'happy'\". Columns: {', '.join(map(str, frame.columns))}."
            ) from error
    mask = np.ones(len(frame), dtype=bool)
    for column, values in where.items():
        if column not in frame:
            raise ValueError(
                f"Expected where= to name columns of the table, got {column!r}. "
                f"Columns: {', '.join(map(str, frame.columns))}."
            )
        values = [values] if np.isscalar(values) else list(values)
        mask &= frame[column].isin(values).to_numpy()
    return frame[mask]


def get_dataset(name, root=None, **options):
    """Return the dataset called `name` without reading it.

    Parameters
    ----------
    name : str
        A name of :func:`~skemotion.list_datasets`.
    root : path-like, default=None
        Where its files lie. None means ``$SKEMOTION_DATA/<name>``.
    **options
        Further parameters of the dataset's class, such as `pattern` of ``"folder"``.

    Returns
    -------
    Dataset

    Examples
    --------
    >>> from skemotion.datasets import get_dataset
    >>> get_dataset("emodb").language
    'de'
    """
    return DATASETS.load(name)(root, **options)


def load_dataset(name, root=None, *, scheme=None, where=None, **options):
    """Load a dataset: recordings, emotions, subjects.

    Parameters
    ----------
    name : str
        A name of :func:`~skemotion.list_datasets`.
    root : path-like, default=None
        Where its files lie. None means ``$SKEMOTION_DATA/<name>``.
    scheme : str, default=None
        Name of a scheme that maps emotions to classes, for work across datasets.
    where : str or dict, default=None
        Rows to keep: a :meth:`pandas.DataFrame.query` expression, or column -> value or values.
    **options
        Further parameters of the dataset's class, such as `pattern` of ``"folder"``.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        With `X`, `y`, `groups`, `frame`, `scheme`, `left_out` and `dataset`; see
        :meth:`skemotion.Dataset.load`.

    Raises
    ------
    FileNotFoundError
        If the dataset's files are not there.
    ValueError
        If the name is unknown, or the files are not what the dataset expects.

    Examples
    --------
    >>> from skemotion import load_dataset
    >>> data = load_dataset("synthetic-voices", scheme="common4")
    >>> sorted(set(data.y.tolist()))
    ['angry', 'happy', 'neutral', 'sad']
    """
    return get_dataset(name, root, **options).load(scheme=scheme, where=where)
