"""A saved model that answers."""

import hashlib
import os
from contextlib import nullcontext
from numbers import Integral
from pathlib import Path
from threading import Lock

import numpy as np

from skemotion._validation import check_recordings
from skemotion.export._manifest import check_versions
from skemotion.export.errors import DamagedModelFile
from skemotion.export.reading import opened
from skemotion.runtime._light import read_light

_MOST_BYTES = 2 * 2**30


class Predictor:
    """A saved model, ready to answer; :func:`open_predictor` makes it.

    It may be called from several threads at once; those of a model that is not light wait for each
    other.

    Attributes
    ----------
    name : str
        Name of the file, without its ending.
    version : str
        First 12 hexadecimal digits of the file's SHA-256.
    manifest : dict
        What the file says of itself, see :func:`~skemotion.export.read_manifest`.
    modality : {"voice", "face", "video"} or None
        What its recordings are; None where it takes arrays.
    classes : list of str
        The emotions, in the order of the probabilities.
    has_probabilities : bool
        False where the model only decides, as a plain SVM does: its rows are 1 for the class that
        it decides for and 0 for all others.
    light : bool
        Whether it answers without scikit-learn and TensorFlow.
    """

    def __init__(self, model, manifest, *, name, version, light):
        self._model = model
        self._turn = (
            nullcontext() if light else Lock()
        )  # nobody promises threads for all estimators
        self.name = name
        self.version = version
        self.manifest = manifest
        self.modality = (manifest.get("input") or {}).get("modality")
        self.classes = [str(one) for one in model.classes_]
        self.has_probabilities = (
            model.has_probabilities if light else hasattr(model, "predict_proba")
        )
        self.light = light

    def predict_proba(self, recordings):
        """Predict the probability of each class.

        Parameters
        ----------
        recordings : array-like of shape (n_samples,)
            Paths, bytes, binary file objects or decoded arrays, one a recording.

        Returns
        -------
        ndarray of float32 of shape (n_samples, n_classes)
            In the order of `classes`; rows sum to 1.

        Raises
        ------
        RecordingError
            If a recording cannot be processed; the message names it.
        ValueError
            If they are no list of recordings, or not what the model takes.
        """
        return self.answer(recordings)[1]

    def predict(self, recordings):
        """Predict the class: the most probable one, unless the model decides in another way.

        Parameters
        ----------
        recordings : array-like of shape (n_samples,)
            Paths, bytes, binary file objects or decoded arrays, one a recording.

        Returns
        -------
        ndarray of str objects of shape (n_samples,)

        Raises
        ------
        RecordingError
            If a recording cannot be processed; the message names it.
        ValueError
            If they are no list of recordings, or not what the model takes.
        """
        return self.answer(recordings)[0]

    def prepare(self, recordings):
        """Do what is done to each recording by itself, for :meth:`answer_prepared`.

        Parameters
        ----------
        recordings : array-like of shape (n_samples,)
            As :meth:`predict_proba` takes them.

        Returns
        -------
        list
            One a recording; the recordings themselves where the model is not light.

        Raises
        ------
        RecordingError
            If a recording cannot be processed.
        """
        return self._model.prepare(recordings) if self.light else list(recordings)

    def answer(self, recordings):
        """Predict the class and the probability of each class, from one look at the recordings.

        Parameters
        ----------
        recordings : array-like of shape (n_samples,)
            As :meth:`predict_proba` takes them.

        Returns
        -------
        labels : ndarray of str objects of shape (n_samples,)
            As :meth:`predict` returns them.
        probabilities : ndarray of float32 of shape (n_samples, n_classes)
            As :meth:`predict_proba` returns them.

        Raises
        ------
        RecordingError, ValueError
            As :meth:`predict_proba` does.
        """
        recordings = check_recordings(recordings)
        return self.answer_prepared(self.prepare(recordings), recordings)

    def answer_prepared(self, prepared, recordings=None):
        """Predict the class and the probabilities of what :meth:`prepare` returned.

        Parameters
        ----------
        prepared : list
            Of one call or of several.
        recordings : sequence, default=None
            Recordings, for their names in errors.

        Returns
        -------
        labels, probabilities : ndarray
            As :meth:`answer` returns them.

        Raises
        ------
        RecordingError, ValueError
            As :meth:`predict_proba` does.
        """
        if self.light:
            labels, probabilities = self._model.answer(prepared, recordings)
        else:
            with self._turn:
                labels, probabilities = _answer(self._model, prepared)
        labels = np.array([str(one) for one in labels], object)
        if probabilities is None:
            probabilities = labels[:, None] == np.array(self.classes, object)
        return labels, np.asarray(probabilities, np.float32)

    def __repr__(self):
        return f"Predictor({self.name!r}, version={self.version!r}, light={self.light})"


def open_predictor(path, n_threads=None, *, trusted=()):
    """Open a saved model to predict with it.

    Parameters
    ----------
    path : path-like
        What :func:`~skemotion.save` wrote.
    n_threads : int, default=None
        Threads for the network, and for the recordings of one call, of a model that is light. None
        means 1. Others work as their parameters say.
    trusted : collection of str, default=()
        Further types and layers to make, see :func:`~skemotion.load`.

    Returns
    -------
    Predictor

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If it is damaged, not trusted or of other versions, as :func:`~skemotion.load` tells, or
        changes while it is read; it is a ValueError.
    ValueError
        If it holds no classifier.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.dummy import DummyClassifier
    >>> from skemotion import save
    >>> from skemotion.runtime import open_predictor
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mostly-calm.skemotion"
    ...     _ = save(DummyClassifier().fit([[0]] * 4, ["calm", "calm", "calm", "happy"]), path)
    ...     predictor = open_predictor(path)
    >>> predictor.classes
    ['calm', 'happy']
    >>> predictor.predict_proba([[0.0]])
    array([[0.75, 0.25]], dtype=float32)
    """
    n_threads = 1 if n_threads is None else n_threads
    if not isinstance(n_threads, Integral) or n_threads < 1:
        raise ValueError(f"Expected n_threads to be at least 1, got {n_threads!r}. Write 1.")
    path = Path(path)
    with opened(path, _MOST_BYTES) as (archive, manifest):
        opened_file = _facts(os.fstat(archive.fp.fileno()))
        check_versions({"skemotion": manifest["versions"].get("skemotion")})
        model = read_light(archive, manifest, n_threads)
    light = model is not None
    if not light:
        from skemotion.export import load

        model = load(path, trusted=trusted, max_size=_MOST_BYTES)
    if not hasattr(model, "classes_"):
        raise ValueError(
            f"Expected {path} to hold a classifier, got {type(model).__name__}, which has no "
            "classes. Use skemotion.load, and the methods that it has."
        )
    version = file_version(path)
    if _facts(os.stat(path)) != opened_file:
        raise DamagedModelFile(f"The file {path} changed while it was read. Open it again.")
    return Predictor(model, manifest, name=path.stem, version=version, light=light)


def _answer(model, X):
    """Return labels, and probabilities or None; the steps of a pipeline take `X` once."""
    from sklearn.pipeline import Pipeline

    from skemotion.models import NeuralClassifier

    if isinstance(model, Pipeline) and len(model) > 1:
        model, X = model[-1], model[:-1].transform(X)
    if not hasattr(model, "predict_proba"):
        return model.predict(X), None
    probabilities = model.predict_proba(X)
    if getattr(type(model), "predict", None) is NeuralClassifier.predict:  # by no second run
        return model.classes_[probabilities.argmax(axis=1)], probabilities
    return model.predict(X), probabilities


def _facts(stat):
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def file_version(path):
    """Return the version of a model: what tells its file from any other.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    str
        First 12 hexadecimal digits of its SHA-256.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
