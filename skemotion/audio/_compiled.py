"""Use compiled inner loops once they are worth what loading them takes."""

import sys

_WORTH_NUMBA = 120_000  # frames, an hour of speech: about what importing numba (0.35 s) can save
_WORTH_LOADING = 10_000  # frames, 5 minutes: the same where numba is there already (0.03 s)
_state = {"seen": 0, "kernels": None, "tried": False}


def find_kernels(n_frames=0):
    """Return the module of compiled loops, or None if NumPy is to do it.

    They come once this process has seen so many frames that importing numba was worth it, or much
    earlier where numba is there already, as in a program that uses librosa. They never come if
    numba is missing or switched off, or can keep nothing on disk: then each process would compile
    anew, which takes seconds.

    Parameters
    ----------
    n_frames : int, default=0
        Number of frames that are about to be analysed.

    Returns
    -------
    module or None
        Its functions give the bits of those in NumPy, so that results do not depend on it.

    Examples
    --------
    >>> from skemotion.audio._compiled import find_kernels
    >>> find_kernels() is find_kernels()
    True
    """
    if not _state["tried"]:
        _state["seen"] += n_frames
        if _state["seen"] >= (_WORTH_LOADING if "numba" in sys.modules else _WORTH_NUMBA):
            _state.update(tried=True, kernels=_load())
    return _state["kernels"]


def stay_with_numpy():
    """Load no loops later on: for processes that are to stay small.

    Where numba is there already, nothing changes.
    """
    if "numba" not in sys.modules:
        _state["tried"] = True


def _load():
    try:
        import numba

        if numba.config.DISABLE_JIT:
            return None
        from skemotion.audio import _kernels
    except Exception:  # whatever is wrong with numba or its folder: NumPy gives the same
        return None
    return _kernels
