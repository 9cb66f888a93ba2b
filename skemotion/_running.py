"""Take recordings through steps: threads, order, errors, progress."""

import warnings

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

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


def run_steps(X, steps):
    """Take each recording through all steps, and put what the last one makes together.

    Parameters
    ----------
    X : array-like of shape (n_samples,)
        Recordings.
    steps : list of RecordingTransformer
        Validated steps, in order.

    Returns
    -------
    ndarray
        What the last step's `stack` returns.

    Raises
    ------
    RecordingError
        If a recording fails in a step with ``on_error="raise"``, or all fail.
    """
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
        if prefer == "processes":
            chunks = ((start, [_sendable(item) for item in chunk]) for start, chunk in chunks)
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


def _sendable(recording):
    """Return the content of an open binary file, which cannot be sent to another process."""
    if not hasattr(recording, "read") or not hasattr(recording, "seek"):
        return recording
    recording.seek(0)
    content = recording.read()
    recording.seek(0)
    return content if isinstance(content, bytes) else recording


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
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)  # standard output belongs to results
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("recordings", total=total)
        for part in parts:
            progress.advance(task, len(part[0]))
            yield part
