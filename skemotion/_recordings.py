"""The base of every step that works recording by recording."""

import warnings
from abc import abstractmethod
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from skemotion._compat import StrOptions, _fit_context, _wrap_output
from skemotion._validation import check_recordings, describe_recording

_MISSING = (
    "it is None, so it was missing from the start or an earlier step could not read it. "
    "Leave the row out, or set on_error='nan'"
)
_ALL_MISSING = (
    "Expected at least one recording that is not None, got {} that are. Look at what the step "
    "before this one warned about."
)
_CHUNK = 64  # recordings a task: enough to outweigh what handing over a task costs


class RecordingError(ValueError):
    """A recording could not be processed.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    recording : str, default=None
        Name of the recording.
    row : int, default=None
        Its position in `X`.
    """

    def __init__(self, message, recording=None, row=None):
        super().__init__(message)
        self.recording = recording
        self.row = row

    def __reduce__(self):
        return type(self), (self.args[0], self.recording, self.row)


class RecordingTransformer(TransformerMixin, BaseEstimator):
    """Base of the stateless steps that turn one recording at a time into an array.

    A sub-class writes :meth:`make_function` and, where its results are not simply stacked,
    :meth:`stack`. Threads, progress, order, errors and fusing come from here.

    Parameters
    ----------
    n_jobs : int, default=None
        Number of workers. None means 1 unless in a :obj:`joblib.parallel_config` context.
    on_error : {"raise", "nan"}, default="raise"
        What to do with a recording that cannot be processed: raise an error that names it, or keep
        its row as NaN (None while rows differ in shape) for an imputer and warn once.
    verbose : bool, default=False
        Show progress.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import RecordingTransformer
    >>> class Peak(RecordingTransformer):
    ...     def make_function(self):
    ...         return lambda waveform: np.abs(waveform).max(keepdims=True)
    >>> Peak().fit_transform([np.array([0.1, -0.5]), np.array([0.2])])
    array([[0.5],
           [0.2]])
    """

    _parameter_constraints = {
        "n_jobs": [Integral, None],
        "on_error": [StrOptions({"raise", "nan"})],
        "verbose": ["verbose"],
    }
    _verb = "process"  # what an error says it could not do
    _prefer = "threads"  # "processes" for work that holds the interpreter lock
    _passes_missing = False  # True where None can only be what an earlier step failed on

    def __init__(self, *, n_jobs=None, on_error="raise", verbose=False):
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.verbose = verbose

    @abstractmethod
    def make_function(self):
        """Return the function that turns one recording into its result.

        It is called once a :meth:`transform`, so that tables are built once; the function it
        returns runs in several threads or is sent to other processes. It raises ValueError or
        OSError with the reason when a recording cannot be processed.

        Returns
        -------
        callable
        """

    def stack(self, results):
        """Put the results together.

        Parameters
        ----------
        results : list of (ndarray or None)
            One a recording, in order; None where it failed.

        Returns
        -------
        ndarray
            Of shape (n_samples, ...) where all results have one shape, with NaN for those that
            failed. 1-D of arrays, with None for those that failed, where shapes differ or integers
            leave no room for NaN.
        """
        return stack_results(results)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters; nothing is learnt.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        check_recordings(X)
        return self

    def transform(self, X):
        """Process the recordings.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings: paths, bytes, binary file objects or decoded arrays.

        Returns
        -------
        ndarray
            One row a recording.

        Raises
        ------
        RecordingError
            If a recording cannot be processed and ``on_error="raise"``.
        """
        self._validate_params()
        return _run(X, [self])

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = False
        tags.transformer_tags.preserves_dtype = []
        return tags


class RecordingPipeline(Pipeline):
    """Pipeline of :class:`RecordingTransformer` steps, run recording by recording.

    An ordinary :class:`~sklearn.pipeline.Pipeline` gives the same result, but holds every decoded
    recording between two steps; this one holds only the last step's results.

    Parameters
    ----------
    steps : list of (str, RecordingTransformer)
        Names and steps.
    transform_input : list of str, default=None
        As in :class:`~sklearn.pipeline.Pipeline`.
    memory : str or object, default=None
        As in :class:`~sklearn.pipeline.Pipeline`; nothing is fitted, so nothing is cached.
    verbose : bool, default=False
        As in :class:`~sklearn.pipeline.Pipeline`.

    See Also
    --------
    make_recording_pipeline : Shorthand that names the steps.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import EqualizeHist, Resize, make_recording_pipeline
    >>> photos = [np.zeros((90, 60), "uint8"), np.zeros((64, 64), "uint8")]
    >>> make_recording_pipeline(EqualizeHist(), Resize(48, 48)).fit_transform(photos).shape
    (2, 48, 48)
    """

    def fit(self, X, y=None):
        """Check the steps and their parameters; nothing is learnt.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._checked_steps()
        check_recordings(X)
        return self

    def fit_transform(self, X, y=None):
        """Check the steps, then process the recordings.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.
        y : None
            Ignored.

        Returns
        -------
        ndarray
            What the last step returns.
        """
        return self.fit(X).transform(X)

    def transform(self, X):
        """Process the recordings, each through all steps.

        Parameters
        ----------
        X : array-like of shape (n_samples,)
            Recordings.

        Returns
        -------
        ndarray
            What the last step returns.
        """
        steps = self._checked_steps()
        return _wrap_output("transform", _run(X, steps), X, steps[-1])

    def get_feature_names_out(self, input_features=None):
        """Return the names of the last step's features.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_features,)
        """
        return self._checked_steps()[-1].get_feature_names_out()

    def _checked_steps(self):
        steps = [pair for pair in self.steps if pair[1] is not None and pair[1] != "passthrough"]
        for name, step in steps:
            if not isinstance(step, RecordingTransformer):
                raise TypeError(
                    f"Expected step {name!r} to be a RecordingTransformer, got {step!r}. "
                    "Put other steps into an ordinary Pipeline behind this one."
                )
            step._validate_params()
        if not steps:
            raise ValueError(
                "Expected a RecordingPipeline of at least one step, got none but 'passthrough'. "
                "Add a step, or leave the pipeline out."
            )
        return [step for _, step in steps]

    def __sklearn_is_fitted__(self):
        return True


def make_recording_pipeline(*steps):
    """Make a :class:`RecordingPipeline` whose steps are named after their classes.

    Parameters
    ----------
    *steps : RecordingTransformer
        The steps in order.

    Returns
    -------
    RecordingPipeline

    Examples
    --------
    >>> from skemotion import EqualizeHist, ReadImages, make_recording_pipeline
    >>> list(make_recording_pipeline(ReadImages(), EqualizeHist()).named_steps)
    ['readimages', 'equalizehist']
    """
    from sklearn.pipeline import make_pipeline

    return RecordingPipeline(make_pipeline(*steps).steps)


def stack_results(results):
    """Stack arrays of one shape, with NaN for None; keep others as an object array.

    Parameters
    ----------
    results : list of (ndarray or None)
        At least one is not None.

    Returns
    -------
    ndarray
        Of shape (n_samples, ...), or 1-D of objects where shapes differ or where integers leave no
        room for NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion._recordings import stack_results
    >>> stack_results([np.ones(2), None])
    array([[ 1.,  1.],
           [nan, nan]])
    >>> stack_results([np.ones(2, "uint8"), None])
    array([array([1, 1], dtype=uint8), None], dtype=object)
    """
    found = [result for result in results if result is not None]
    first = found[0]
    if all(result.shape == first.shape for result in found):
        if len(found) == len(results):
            return np.array(results)  # three times as fast as np.stack for many small arrays
        dtype = np.result_type(*{result.dtype for result in found})
        if dtype.kind in "fc":
            stacked = np.full((len(results), *first.shape), np.nan, dtype=dtype)
            stacked[[result is not None for result in results]] = found
            return stacked
    ragged = np.empty(len(results), dtype=object)
    ragged[:] = results
    return ragged


def _run(X, steps):
    recordings = check_recordings(X)
    functions = [
        (step.make_function(), step._verb, step.on_error, step._passes_missing) for step in steps
    ]
    n_jobs = max(effective_n_jobs(step.n_jobs) for step in steps)
    results, errors = [], []
    chunks = _chunks(recordings, n_jobs)
    if n_jobs == 1:
        parts = (_run_chunk(functions, start, chunk) for start, chunk in chunks)
    else:
        prefer = "processes" if any(step._prefer == "processes" for step in steps) else "threads"
        parallel = Parallel(n_jobs, prefer=prefer, return_as="generator")
        parts = parallel(delayed(_run_chunk)(functions, start, chunk) for start, chunk in chunks)
    for part in _progress(parts, len(recordings), any(step.verbose for step in steps)):
        results.extend(part[0])
        errors.extend(part[1])
    if all(result is None for result in results):
        raise errors[0] if errors else RecordingError(_ALL_MISSING.format(len(results)))
    if errors:
        warnings.warn(
            f"{len(errors)} of {len(recordings)} recordings could not be processed and are left "
            f"missing. The first: {errors[0]}",
            UserWarning,
            stacklevel=3,
        )
    return steps[-1].stack(results)


def _chunks(recordings, n_jobs):
    size = 1 if n_jobs == 1 else max(1, min(_CHUNK, len(recordings) // (4 * n_jobs)))
    for start in range(0, len(recordings), size):
        yield start, recordings[start : start + size]


def _run_chunk(functions, start, recordings):
    results, errors = [], []
    for row, recording in enumerate(recordings, start):
        result = recording
        for function, verb, on_error, passes_missing in functions:
            if result is None and passes_missing:
                break
            try:
                if result is None:
                    raise ValueError(_MISSING)
                result = function(result)
            except (ValueError, TypeError, OSError) as error:
                failure = _recording_error(error, verb, recording, row)
                if on_error == "raise":
                    raise failure from error
                errors.append(failure)
                result = None
                break
            except Exception as error:
                error.add_note(
                    f"While processing {describe_recording(recording)} (recording {row})."
                )
                raise
        results.append(result)
    return results, errors


def _recording_error(error, verb, recording, row):
    name = describe_recording(recording)
    reason = f"{error}".rstrip(".") or type(error).__name__
    return RecordingError(f"Cannot {verb} {name} (recording {row}): {reason}.", name, row)


def _progress(parts, total, shown):
    if not shown:
        yield from parts
        return
    from rich.progress import Progress

    with Progress(transient=True) as progress:
        task = progress.add_task("recordings", total=total)
        for part in parts:
            progress.advance(task, len(part[0]))
            yield part
