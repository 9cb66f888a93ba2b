"""Datasets: tables of recordings with emotions and subjects."""

from skemotion.datasets.base import Dataset
from skemotion.datasets.fetching import Download, FetchError, fetch
from skemotion.datasets.joined import join_datasets
from skemotion.datasets.loading import get_dataset, load_dataset
from skemotion.plugins import list_datasets

__all__ = [
    "Dataset",
    "Download",
    "FetchError",
    "fetch",
    "get_dataset",
    "join_datasets",
    "list_datasets",
    "load_dataset",
]
