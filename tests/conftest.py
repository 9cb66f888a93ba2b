"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder():
    """Return the folder of real data, or skip."""
    value = os.environ.get("SKEMOTION_DATA")
    if not value or not Path(value).is_dir():
        pytest.skip("SKEMOTION_DATA does not name a folder with real recordings")
    return Path(value)
