"""Products of frames with small matrices."""

import numpy as np

_MOST = 200_000  # multiplications: with some more OpenBLAS starts threads
_FEWEST = 8  # rows and columns at a time, below which the time of a call counts


def multiply(frames, matrix, out=None):
    """Multiply frames with a matrix, some of them at a time.

    BLAS then does not share a product of less than a millisecond among threads, which takes ten
    times as long where other work keeps the cores busy, as in a service.

    Parameters
    ----------
    frames : ndarray of floats of shape (n_frames, n_bins)
        Frames.
    matrix : ndarray of the same type of shape (n_bins, n_columns)
        Wide ones are taken some columns at a time; very long ones at once.
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
    n_bins, n_columns = matrix.shape
    n_rows = max(_MOST // max(matrix.size, 1), _FEWEST)
    width = _MOST // max(n_rows * n_bins, 1)  # as many columns as that leaves
    if (n_rows >= len(frames) and width >= n_columns) or width < min(_FEWEST, n_columns):
        return np.matmul(frames, matrix, out=out)
    if out is None:
        out = np.empty((len(frames), n_columns), np.result_type(frames, matrix))
    for left in range(0, n_columns, width):
        columns = slice(left, left + width)
        part = matrix[:, columns]
        for start in range(0, len(frames), n_rows):
            rows = slice(start, start + n_rows)
            np.matmul(frames[rows], part, out=out[rows, columns])
    return out
