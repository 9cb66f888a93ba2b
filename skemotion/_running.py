"""Take recordings through steps: threads, order, errors, progress."""

import warnings
from contextlib import closing
from functools import partial
from itertools import chain

from joblib import Parallel, delayed, effective_n_jobs

from skemotion._outcomes import RecordingError, run_functions
from skemotion._reuse import cache_keys, find_cache, run_cached
from skemotion._validation import check_recordings

_ALL_MISSING = (
    "Expected at least one recording that is not None, got {} that are. Look at what the step "
    "before this one warned about."
)
_CHUNK = 64  # recordings a task: enough to outweigh what handing over a task costs


def run_steps(X, steps):
    """Take each recording through all steps, and put what the last one makes together.

    Parameters
    ----------
    X : array-like of shape (n_samples,)
        Recordings.
    steps : list of RecordingTransformer
        Validated steps, in order. What leaves the last one that has a cache is kept there.

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
    run = partial(_run, recordings=recordings, steps=steps)
    n_cached, cache = find_cache(steps)
    if cache is None:
        results, errors = run(range(len(recordings)), recordings, functions)
    else:
        keys = cache_keys(cache, recordings, steps[:n_cached])
        results, errors = run_cached(run, recordings, functions[:n_cached], cache, keys)
        if n_cached < len(steps):
            failed = {error.row for error in errors}
            rows = [row for row in range(len(recordings)) if row not in failed]
            items = [results[row] for row in rows]
            made, more = run(rows, items, functions[n_cached:])
            for row, result in zip(rows, made, strict=True):
                results[row] = result
            errors = sorted(errors + more, key=lambda error: error.row)
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


def _run(rows, items, functions, keep=None, *, recordings, steps):
    """Take items, made of some rows of the recordings, through functions.

    Parameters
    ----------
    rows : sequence of int
        Rows of the recordings.
    items : sequence
        What the functions take, one a row.
    functions : list of tuple
        Function, verb, on_error and whether it passes what is missing.
    keep : callable, default=None
        Called with the number of each item and its result as they come.
    recordings : ndarray of object
        All recordings, for the names in errors.
    steps : list of RecordingTransformer
        Where the number of workers and the wish for progress stand.

    Returns
    -------
    results : list
    errors : list of RecordingError
    """
    n_jobs = max(effective_n_jobs(step.n_jobs) for step in steps)
    recordings = [recordings[row] for row in rows]
    if n_jobs == 1:
        outcomes = parts = run_functions(functions, rows, recordings, items)
    else:
        tasks = _chunks(rows, recordings, items, n_jobs)
        prefer = "processes" if any(step._prefer == "processes" for step in steps) else "threads"
        if prefer == "processes":
            tasks = (
                (task[0], *(list(map(_sendable, part)) for part in task[1:])) for task in tasks
            )
        # chunks are large enough: put together, the last would leave workers idle
        parallel = Parallel(n_jobs, prefer=prefer, return_as="generator", batch_size=1)
        parts = parallel(delayed(_run_chunk)(functions, *task) for task in tasks)
        outcomes = chain.from_iterable(parts)
    if any(step.verbose for step in steps):
        outcomes = _progress(outcomes, len(rows))
    results, errors = [], []
    with closing(parts):  # an error or an interrupt leaves no worker behind
        for result, error in outcomes:
            results.append(result)
            if error is not None:
                errors.append(error)
            if keep is not None:
                keep(len(results) - 1, result)
    return results, errors


def _chunks(rows, recordings, items, n_jobs):
    size = max(1, min(_CHUNK, len(rows) // (4 * n_jobs)))
    for start in range(0, len(rows), size):
        yield tuple(part[start : start + size] for part in (rows, recordings, items))


def _sendable(recording):
    """Return the content of an open binary file, which cannot be sent to another process."""
    if not hasattr(recording, "read") or not hasattr(recording, "seek"):
        return recording
    recording.seek(0)
    content = recording.read()
    recording.seek(0)
    return content if isinstance(content, bytes) else recording


def _run_chunk(functions, rows, recordings, items):
    return list(run_functions(functions, rows, recordings, items))


def _progress(outcomes, total):
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)  # standard output belongs to results
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("recordings", total=total)
        for outcome in outcomes:
            progress.advance(task)
            yield outcome
