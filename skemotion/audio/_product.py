"""Products of frames with small matrices."""

import numpy as np

_MOST = 200_000  # multiplications: with some more OpenBLAS starts threads
_FEWEST = 8  # rows at a time, below which the time of a call counts


def multiply(frames, matrix, out=None):
    """Multiply frames with a matrix, some of them at a time.

    BLAS then does not share a product of less than a millisecond among threads, which takes ten
    times as long where other work keeps the cores busy, as in a service.

    Parameters
    ----------
    frames : ndarray of floats of shape (n_frames, n_bins)
        Frames.
    matrix : ndarray of the same type of shape (n_bins, n_columns)
        Small: large ones are multiplied at once.
    out : ndarray of shape (n_frames, n_columns), default=None
        Where the product is written.

    Returns
    -------
    ndarray of shape (n_frames, n_columns)

    Examples
    --------
    >>> multiply(np.ones((2, 3)), np.ones((3, 1)))
    array([[3.],
           [3.]])
    """
    n_rows = _MOST // max(matrix.size, 1)
    if not _FEWEST <= n_rows < len(frames):
        return np.matmul(frames, matrix, out=out)
    if out is None:
        out = np.empty((len(frames), matrix.shape[1]), np.result_type(frames, matrix))
    for start in range(0, len(frames), n_rows):
        rows = slice(start, start + n_rows)
        np.matmul(frames[rows], matrix, out=out[rows])
    return out
