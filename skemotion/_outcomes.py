"""What becomes of recordings: results and errors, without scikit-learn."""

import numpy as np

from skemotion._validation import describe_recording

_MISSING = (
    "it is None, so it was missing from the start or an earlier step could not read it. "
    "Leave the row out, or set on_error='nan'"
)


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

    def at(self, row):
        """Return the same error for another row that holds the same recording."""
        message = self.args[0].replace(f"(recording {self.row})", f"(recording {row})")
        return type(self)(message, self.recording, row)


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
    >>> from skemotion._outcomes import stack_results
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


def run_functions(functions, rows, recordings, items):
    """Take items through functions, one after the other.

    Parameters
    ----------
    functions : list of tuple
        Function, verb, on_error and whether it passes what is missing.
    rows : sequence of int
        Rows of the recordings, for errors.
    recordings : sequence
        Recordings, for their names in errors.
    items : sequence
        What the first function takes.

    Yields
    ------
    result : ndarray or None
    error : RecordingError or None

    Raises
    ------
    RecordingError
        Where a function fails with ``on_error="raise"``.
    """
    for row, recording, result in zip(rows, recordings, items, strict=True):
        failure = None
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
                result = None
                break
            except Exception as error:
                error.add_note(
                    f"While processing {describe_recording(recording)} (recording {row})."
                )
                raise
        yield result, failure


def _recording_error(error, verb, recording, row):
    name = describe_recording(recording)
    reason = f"{error}".rstrip(".") or type(error).__name__
    return RecordingError(f"Cannot {verb} {name} (recording {row}): {reason}.", name, row)
