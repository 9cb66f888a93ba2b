"""Contracts: what every recording step, augmenter, dataset and model must keep, ours and others'.

Call them in the tests of your own package. Each raises AssertionError with a sentence that says
which promise is broken.
"""

from skemotion.testing._augmenters import check_augmenter
from skemotion.testing._datasets import check_dataset
from skemotion.testing._models import check_model
from skemotion.testing._recordings import check_recording_transformer

__all__ = ["check_augmenter", "check_dataset", "check_model", "check_recording_transformer"]
