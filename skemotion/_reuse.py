"""Look results of recordings up before they are computed, and keep those that are."""

import json
import time
import warnings

from sklearn.base import BaseEstimator

from skemotion._cache import RecordingCache
from skemotion._config import cache_folder
from skemotion._describe import code_version, describe_parameters, new_digest

_AT_ONCE = 64  # results a transaction
_SECONDS = 2.0  # the most that an interrupt loses of slow results


def find_cache(steps):
    """Return how many steps come before the cache that is in force, and that cache or None."""
    for number in range(len(steps), 0, -1):
        step = steps[number - 1]
        folder = step.cache
        if folder is None and step._cached_by_default:
            folder = cache_folder()
        if folder:
            return number, RecordingCache(folder)
    return 0, None


def cache_keys(cache, recordings, steps):
    """Return under which keys the results of some steps are kept.

    Parameters
    ----------
    cache : RecordingCache
        Which knows the contents of files that did not change.
    recordings : ndarray of object
        Recordings.
    steps : list of RecordingTransformer
        Steps.

    Returns
    -------
    list of (bytes or None)
        None for a recording that cannot be read, and for all of them if the code of a step has no
        version.
    """
    facts = []
    for step in steps:
        nested = [one for one in step.get_params().values() if isinstance(one, BaseEstimator)]
        versions = {type(one): code_version(type(one)) for one in (step, *nested)}
        unknown = next((cls for cls, version in versions.items() if version is None), None)
        if unknown is not None:
            what = "it" if unknown is type(step) else unknown.__name__
            warnings.warn(
                f"The results of {type(step).__name__} are not kept: {what} was defined in an "
                "interpreter, so that nobody can tell when its code changes. Put it into a file.",
                UserWarning,
                stacklevel=4,
            )
            return [None] * len(recordings)
        facts.append([list(versions.values()), describe_parameters(step), step.depends_on()])
    signature = json.dumps(facts).encode()
    digests = cache.digests(recordings)
    return [None if d is None else new_digest(signature + d).digest() for d in digests]


def run_cached(run, recordings, functions, cache, keys):
    """Look results up, compute those that are missing, and keep them as they come.

    Parameters
    ----------
    run : callable
        Takes rows, items, functions and what to call with each result; returns results and errors.
    recordings : ndarray of object
        Recordings. Those of the same content are computed once.
    functions : list of tuple
        What the steps make of a recording.
    cache : RecordingCache
        Where results are kept.
    keys : list of (bytes or None)
        What :func:`cache_keys` returned.

    Returns
    -------
    results : list of (ndarray or None)
        One a recording.
    errors : list of RecordingError
    """
    known = cache.get(list({key for key in keys if key is not None}))
    names = [row if key is None else key for row, key in enumerate(keys)]
    first = {}  # the row that is computed for all of one content
    for row, name in enumerate(names):
        if name not in known:
            first.setdefault(name, row)
    rows, new, saved = list(first.values()), {}, [time.monotonic()]

    def keep(number, result):
        key = keys[rows[number]]
        if key is not None and result is not None:
            new[key] = result
        late = time.monotonic() - saved[0] > _SECONDS
        if new and (late or len(new) >= _AT_ONCE or number == len(rows) - 1):
            cache.put(new)
            new.clear()
            saved[0] = time.monotonic()

    made, errors = run(rows, [recordings[row] for row in rows], functions, keep)
    known |= dict(zip(first, made, strict=True))
    wrong = {error.row: error for error in errors}
    errors = [
        wrong[first[name]].at(row) for row, name in enumerate(names) if first.get(name) in wrong
    ]
    return [known[name] for name in names], errors
