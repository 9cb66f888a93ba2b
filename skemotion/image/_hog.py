"""Histograms of oriented gradients, without scikit-learn."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_EPS = 1e-5  # keeps flat blocks from a division by zero
_CLIP = 0.2  # L2-Hys: no component of a block may exceed it


def count_blocks(shape, cell_size, block_size):
    """Return how many blocks fit into a picture.

    Parameters
    ----------
    shape : tuple of int
        Its height and width, and more.
    cell_size : int
        Side of a cell, in pixels.
    block_size : int
        Side of a block, in cells.

    Returns
    -------
    tuple of (int, int)
        Rows and columns of blocks.
    """
    n_blocks = tuple(side // cell_size - block_size + 1 for side in shape[:2])
    if min(n_blocks) < 1:
        raise ValueError(
            f"expected at least {cell_size * block_size} pixels a side, which is one block, got an "
            f"image of shape {shape}. Enlarge it with Resize, or take a smaller cell_size"
        )
    return n_blocks


def describe_gradients(images, n_orientations, cell_size, block_size):
    """Compute the histograms of pictures.

    Parameters
    ----------
    images : ndarray of shape (n_samples, height, width) or (..., 1 or 3), dtype uint8
        Pictures of one size.
    n_orientations : int
        Number of directions, from 0 to 180 degrees.
    cell_size : int
        Side of a cell, in pixels.
    block_size : int
        Side of a block, in cells.

    Returns
    -------
    ndarray of float32 of shape (n_samples, n_features)
    """
    n_samples, *shape = images.shape
    n_blocks = count_blocks(tuple(shape), cell_size, block_size)
    n_cells = (shape[0] // cell_size, shape[1] // cell_size)
    rows, columns = n_cells[0] * cell_size, n_cells[1] * cell_size
    down, right = (part[:, :rows, :columns] for part in _gradient(images))
    magnitude = np.sqrt((down * down + right * right).astype(np.float64))
    where = _directions(n_orientations)[down + 255, right + 255]
    where += _first_bins(n_cells, cell_size, n_orientations)
    n_bins = n_cells[0] * n_cells[1] * n_orientations
    where += np.arange(n_samples)[:, None, None] * n_bins
    votes = np.bincount(where.ravel(), magnitude.ravel(), n_samples * n_bins)
    cells = votes.reshape(n_samples, *n_cells, n_orientations) / cell_size**2
    windows = sliding_window_view(cells, (block_size, block_size), axis=(1, 2))
    blocks = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n_samples * n_blocks[0] * n_blocks[1], -1)
    blocks = _unit(np.minimum(_unit(blocks), _CLIP))
    return blocks.reshape(n_samples, -1).astype(np.float32)


def _gradient(images):
    """Return central differences down and to the right, 0 at the edges."""
    images = images.reshape(*images.shape[:3], -1).astype(np.int32)
    down, right = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    right[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    if images.shape[3] == 1:
        return down[..., 0], right[..., 0]
    strongest = (down * down + right * right).argmax(axis=3)[..., None]
    pair = (np.take_along_axis(part, strongest, axis=3)[..., 0] for part in (down, right))
    return tuple(pair)


@lru_cache(maxsize=8)
def _directions(n_orientations):
    """Return the bin of every gradient that bytes can have: a look-up is faster than arctan2."""
    steps = np.arange(-255, 256, dtype=np.float64)
    degrees = np.rad2deg(np.arctan2(steps[:, None], steps)) % 180
    bins = np.minimum(degrees * n_orientations // 180, n_orientations - 1)
    return bins.astype(np.intp)


@lru_cache(maxsize=8)
def _first_bins(n_cells, cell_size, n_orientations):
    first = np.arange(n_cells[0] * n_cells[1], dtype=np.intp).reshape(n_cells) * n_orientations
    return first.repeat(cell_size, axis=0).repeat(cell_size, axis=1)


def _unit(blocks):
    return blocks / np.sqrt((blocks * blocks).sum(axis=1, keepdims=True) + _EPS**2)
