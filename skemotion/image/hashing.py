"""Hashes that pictures keep when they are stored in another size or quality."""

from functools import lru_cache

import numpy as np
from scipy.fft import dct

_N_LOW = 8  # frequencies in each direction
_N_AREA = 32  # pixels a side of what is transformed
_N_THUMBNAIL = 16  # pixels a side
_FLAT = 2.0  # standard deviation in grey levels, below which there is nothing to compare
ALIKE = 0.98
"""Least correlation of the thumbnails of copies."""


def perceptual_hash(images):
    """Return hashes and thumbnails of grey pictures.

    The 64 lowest frequencies of the discrete cosine transform, but for the mean, are compared with
    their median. Copies that were coded again, resized, or made brighter or darker differ in few
    bits. The thumbnails decide about those that do.

    Parameters
    ----------
    images : ndarray of uint8 of shape (n_samples, height, width)
        Grey pictures of one size.

    Returns
    -------
    hashes : ndarray of uint64 of shape (n_samples,)
        0 for pictures without contrast.
    thumbnails : ndarray of float32 of shape (n_samples, 256)
        Pictures of 16 x 16 pixels of mean 0 and norm 1, so that a scalar product is a
        correlation; 0 for pictures without contrast.

    References
    ----------
    .. [1] C. Zauner, "Implementation and benchmarking of perceptual image hash functions",
       Upper Austria University of Applied Sciences, 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from skemotion.image.hashing import perceptual_hash
    >>> face = np.random.default_rng(0).integers(0, 200, (48, 48)).astype("uint8")
    >>> hashes, _ = perceptual_hash(np.stack([face, face + 40]))
    >>> bool(hashes[0] == hashes[1])
    True
    """
    n_samples, height, width = images.shape
    hashes = np.zeros(n_samples, dtype=np.uint64)
    thumbnails = np.zeros((n_samples, _N_THUMBNAIL**2), dtype=np.float32)
    for start in range(0, n_samples, 1024):  # bounds the memory
        part = slice(start, start + 1024)
        pixels = images[part].astype(np.float32)
        low = _low_frequencies(height) @ pixels @ _low_frequencies(width).T
        low = low.reshape(len(pixels), -1)[:, 1:]
        bits = np.zeros((len(pixels), 64), dtype=bool)
        bits[:, 1:] = low > np.median(low, axis=1, keepdims=True)
        found = np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)
        small = _areas(height, _N_THUMBNAIL) @ pixels @ _areas(width, _N_THUMBNAIL).T
        small = small.reshape(len(pixels), -1)
        small -= small.mean(axis=1, keepdims=True)
        norms = np.linalg.norm(small, axis=1)
        flat = norms < _FLAT * _N_THUMBNAIL
        small[flat] = 0
        thumbnails[part] = small / np.where(flat, 1, norms)[:, None]
        hashes[part] = np.where(flat, 0, found)
    return hashes, thumbnails


@lru_cache(maxsize=64)
def _low_frequencies(size):
    cosines = dct(np.eye(_N_AREA), axis=0, norm="ortho")[:_N_LOW]
    return (cosines @ _areas(size, _N_AREA)).astype(np.float32)


@lru_cache(maxsize=64)
def _areas(size, n_areas):
    """Return weights of shape (n_areas, size) that average equal areas of `size` pixels."""
    edges = np.linspace(0, size, n_areas + 1)
    covered = np.minimum(edges[1:, None], np.arange(1, size + 1)) - np.maximum(
        edges[:-1, None], np.arange(size)
    )
    return (np.clip(covered, 0, None) * n_areas / size).astype(np.float32)
