"""Race callables against each other in one process."""

import statistics
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path


def race(entries, *, repeats=7, per=1, clock=time.perf_counter):
    """Time callables in turn, print medians and ratios, and return the medians.

    They run interleaved, one round after the other, so that whatever else the machine does falls on
    all of them alike. One round before the first is not counted.

    Parameters
    ----------
    entries : dict of str to callable
        Name -> what to run, without arguments. The first is the one to compare with.
    repeats : int, default=7
        Number of rounds that count.
    per : int, default=1
        Number of items one call processes; times are per item.
    clock : callable, default=time.perf_counter
        What tells the time: wall time, or :func:`time.process_time` for the time on the processor,
        which what else runs on the machine disturbs less.

    Returns
    -------
    dict of str to float
        Median time per item, in seconds.

    Examples
    --------
    >>> medians = race({"list": lambda: list(range(9)), "tuple": lambda: tuple(range(9))})
    ... # doctest: +SKIP
    list     0.001 ms     1.00x
    tuple    0.001 ms     1.02x
    """
    times = {name: [] for name in entries}
    for _ in range(repeats + 1):
        for name, run in entries.items():
            start = clock()
            run()
            times[name].append((clock() - start) / per)
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    width = max(map(len, entries))
    first = next(iter(medians.values()))
    for name, median in medians.items():
        print(f"{name:{width}} {median * 1e3:12.3f} ms {first / median:8.2f}x")
    return medians


@contextmanager
def base_weights(name):
    """Write random weights of a network of Keras, as a base to freeze.

    Parameters
    ----------
    name : str
        Name in :mod:`keras.applications`.

    Yields
    ------
    Path
        The file, which goes afterwards.
    """
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "base.weights.h5")
        make = getattr(keras.applications, name)
        make(include_top=False, weights=None, input_shape=(48, 48, 3)).save_weights(path)
        yield path
