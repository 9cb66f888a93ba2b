"""Datasets: tables of recordings with emotions and subjects."""

from skemotion.datasets.base import Dataset, get_dataset, load_dataset
from skemotion.plugins import list_datasets

__all__ = ["Dataset", "get_dataset", "list_datasets", "load_dataset"]
