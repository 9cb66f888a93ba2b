"""The contract of recording steps."""

import pickle
import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone

from skemotion._recordings import RecordingError
from skemotion.testing._common import check_parameters, ensure, same

_BROKEN = b"This is not a recording."


def check_recording_transformer(transformer, recordings):
    """Check that a step keeps the promises of :class:`~skemotion.RecordingTransformer`.

    Parameters are stored untouched; clones and pickles give equal results; `transform` needs no
    `fit`, keeps order and number of the rows, gives the same with two workers, and for one
    recording alone what it gives for it among others; a broken recording is an error that names its
    row, or a missing row with ``on_error="nan"``; the input is left as it was; names of features
    fit.

    Parameters
    ----------
    transformer : RecordingTransformer or RecordingPipeline
        What to check. It is cloned.
    recordings : list
        At least three recordings that it can process.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion import Resize
    >>> from skemotion.testing import check_recording_transformer
    >>> check_recording_transformer(Resize(8, 8), list(np.zeros((3, 48, 48), "uint8")))
    """
    name = type(transformer).__name__
    recordings = list(recordings)
    ensure(len(recordings) >= 3, f"{name} needs three recordings to be checked, not fewer.")
    check_parameters(transformer)
    before = pickle.dumps([item for item in recordings if isinstance(item, np.ndarray)])
    expected = clone(transformer).fit_transform(recordings)
    ensure(
        len(expected) == len(recordings),
        f"{name} made {len(expected)} rows of {len(recordings)} recordings.",
    )
    after = pickle.dumps([item for item in recordings if isinstance(item, np.ndarray)])
    ensure(before == after, f"{name} modified its input.")
    ways = {
        "transform without fit": clone(transformer).transform(recordings),
        "a pickled copy": pickle.loads(pickle.dumps(clone(transformer))).transform(recordings),
        "n_jobs=2": _with(transformer, n_jobs=2).transform(recordings),
        "the reversed input": clone(transformer).transform(recordings[::-1])[::-1],
    }
    for way, got in ways.items():
        ensure(same(got, expected), f"{name} gives other values for {way} than for fit_transform.")
    if expected.dtype != object:
        for row, recording in enumerate(recordings):
            alone = clone(transformer).transform([recording])[0]
            ensure(
                same(alone, expected[row], exact=False),
                f"{name} gives other values for recording {row} alone than among others.",
            )
    _check_broken(transformer, name, recordings, expected)
    _check_names(transformer, name, recordings, expected)


def _check_broken(transformer, name, recordings, expected):
    broken = [recordings[0], _BROKEN, *recordings[2:]]
    try:
        _with(transformer, on_error="raise").transform(broken)
    except RecordingError as error:
        ensure(
            error.row == 1 and "(recording 1)" in str(error),
            f"{name} does not name row 1, where the broken recording stands: {error}",
        )
    except Exception as error:
        raise AssertionError(
            f"{name} raises {type(error).__name__} for a broken recording, not RecordingError: "
            f"{error}"
        ) from error
    else:
        raise AssertionError(f"{name} takes {_BROKEN!r} for a recording without an error.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kept = _with(transformer, on_error="nan").transform(broken)
    ensure(len(kept) == len(broken), f"{name} loses a row with on_error='nan'.")
    ensure(
        [warning.category for warning in caught] == [UserWarning],
        f"{name} must warn once with on_error='nan', it warned {len(caught)} times.",
    )
    row = np.asarray(kept)[1]
    ensure(
        row is None or np.isnan(row).all(),
        f"{name} gives values for the broken recording with on_error='nan'.",
    )
    for other in (0, *range(2, len(broken))):
        ensure(
            same(kept[other], expected[other]),
            f"{name} gives other values for recording {other} when another is broken.",
        )


def _check_names(transformer, name, recordings, expected):
    if expected.ndim != 2 or not hasattr(transformer, "get_feature_names_out"):
        return
    frame = clone(transformer).set_output(transform="pandas").fit_transform(recordings)
    names = list(clone(transformer).fit(recordings).get_feature_names_out())
    ensure(isinstance(frame, pd.DataFrame), f"{name} ignores set_output(transform='pandas').")
    ensure(list(frame.columns) == names, f"{name} names its features in two ways.")
    ensure(len(set(names)) == len(names), f"{name} gives two features one name.")
    ensure(same(frame.to_numpy(), expected), f"{name} gives other values as a DataFrame.")


def _with(transformer, **parameters):
    """Return a clone whose every step has `parameters`."""
    transformer = clone(transformer)
    changes = {
        key: parameters[key.rsplit("__", 1)[-1]]
        for key in transformer.get_params()
        if key.rsplit("__", 1)[-1] in parameters
    }
    return transformer.set_params(**changes)
