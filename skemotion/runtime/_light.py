"""An exported model that answers from its plan: without scikit-learn, TensorFlow or skops."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from skemotion._outcomes import RecordingError, run_functions
from skemotion._validation import check_recordings, describe_recording
from skemotion.audio._compiled import stay_with_numpy
from skemotion.export._plan import read_plan
from skemotion.export.reading import PLAN, STEPS, read_part
from skemotion.models._graph import LiteRTGraph, OnnxGraph, add_axes

_GRAPHS = {".onnx": OnnxGraph, ".tflite": LiteRTGraph}
_PARTS_A_THREAD = 4  # so that none waits long for the last


class LightModel:
    """The plan of an exported pipeline, and its network.

    Parameters
    ----------
    plan : Plan
        What is done before the network.
    graph : OnnxGraph or LiteRTGraph
        The network.
    n_threads : int
        Threads that recordings are shared among.
    """

    def __init__(self, plan, graph, n_threads):
        if graph.n_classes not in (None, len(plan.classes)):
            raise ValueError(
                f"its plan names {len(plan.classes)} classes, its network has {graph.n_classes}"
            )
        self.classes_ = np.array(plan.classes)
        self._functions = [(function, verb, "raise", False) for function, verb in plan.functions]
        self._stack = plan.stack
        self._arrays = plan.arrays
        self._graph = graph
        self._n_threads = n_threads
        self.has_probabilities = graph.has_probabilities

    def answer(self, prepared, recordings=None):
        """Predict the class and the probabilities.

        Parameters
        ----------
        prepared : list of ndarray
            What :meth:`prepare` returned, of one call or of several.
        recordings : sequence, default=None
            Recordings, for their names in errors.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        probabilities : ndarray of shape (n_samples, n_classes) or None
        """
        decided, probabilities = self._graph.answer(self._join(prepared, recordings))
        return self.classes_[decided], probabilities

    def prepare(self, X):
        """Do what is done to each recording by itself.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.

        Returns
        -------
        list of ndarray
            One a recording.
        """
        recordings = check_recordings(X)
        rows = range(len(recordings))
        if self._n_threads == 1 or len(recordings) == 1:
            return self._run(rows, recordings)
        size = max(1, len(rows) // (_PARTS_A_THREAD * self._n_threads))
        parts = [rows[start : start + size] for start in rows[::size]]
        with ThreadPoolExecutor(min(self._n_threads, len(parts))) as threads:
            tasks = [
                threads.submit(self._run, part, recordings[part.start : part.stop])
                for part in parts
            ]
            try:
                return [result for task in tasks for result in task.result()]
            finally:  # an error in one ends all
                threads.shutdown(cancel_futures=True)

    def _join(self, results, recordings=None):
        """Return what the network takes, from what was made of each recording."""
        prepared = self._stack(results)
        if prepared.dtype == object:
            shapes = sorted({result.shape for result in results})
            raise ValueError(
                "Expected recordings that become arrays of one shape, got "
                f"{' and '.join(map(str, shapes[:2]))}. Give recordings of one size."
            )
        for function in self._arrays:
            prepared = function(prepared)
        if not np.isfinite(prepared).all():  # what scikit-learn refuses, too
            row = int(np.argmin(np.isfinite(prepared).reshape(len(prepared), -1).all(axis=1)))
            name = "a recording" if recordings is None else describe_recording(recordings[row])
            raise RecordingError(
                f"Cannot predict from {name} (recording {row}): it has features that are NaN or "
                "infinite. Leave it out.",
                name,
                row,
            )
        return add_axes(prepared, self._graph.input_shape)

    def _run(self, rows, recordings):
        return [
            result for result, _ in run_functions(self._functions, rows, recordings, recordings)
        ]


def read_light(archive, manifest, n_threads):
    """Make an exported model from its plan, where its file has one.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The open file.
    manifest : dict
        What it says of itself.
    n_threads : int
        Threads of the network and for the recordings of one call.

    Returns
    -------
    LightModel or None

    Raises
    ------
    ValueError
        With the reason, if the plan or the network are not what they should be.
    """
    parts = manifest["parts"]
    if PLAN not in parts:
        return None
    names = [name for name in parts if name not in (PLAN, STEPS)]
    endings = [ending for ending in _GRAPHS for name in names if name.endswith(ending)]
    if len(names) != 1 or len(endings) != 1:
        raise ValueError(f"it has a plan and the networks {names!r:.100}, expected one network")
    plan = read_plan(read_part(archive, PLAN, parts[PLAN]))
    content = read_part(archive, names[0], parts[names[0]])
    stay_with_numpy()  # numba would double the memory of a service in its second hour
    return LightModel(plan, _GRAPHS[endings[0]](content, n_threads), n_threads)
