"""Samplers for images, clips, sequences and recordings: balance classes, add children."""

from skemotion.resampling.augment import Augment
from skemotion.resampling.tensor import TensorSampler

__all__ = ["Augment", "TensorSampler"]
