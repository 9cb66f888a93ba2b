"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest
import trees


@pytest.fixture(scope="session")
def data_folder():
    """Return the folder of real data, or skip."""
    value = os.environ.get("SKEMOTION_DATA")
    if not value or not Path(value).is_dir():
        pytest.skip("SKEMOTION_DATA does not name a folder with real recordings")
    return Path(value)


@pytest.fixture(scope="session")
def emodb_root(tmp_path_factory):
    return trees.make_emodb(tmp_path_factory.mktemp("emodb"))


@pytest.fixture(scope="session")
def ravdess_root(tmp_path_factory):
    return trees.make_ravdess(tmp_path_factory.mktemp("ravdess"))


@pytest.fixture(scope="session")
def banglaser_root(tmp_path_factory):
    return trees.make_banglaser(tmp_path_factory.mktemp("banglaser"))


@pytest.fixture(scope="session")
def fer2013_root(tmp_path_factory):
    return trees.make_fer2013(tmp_path_factory.mktemp("fer2013"))


@pytest.fixture(scope="session")
def folder_root(tmp_path_factory):
    return trees.make_folder(tmp_path_factory.mktemp("folder"))


@pytest.fixture(scope="session")
def manifest_root(tmp_path_factory):
    """Return the manifest itself."""
    return trees.make_manifest(tmp_path_factory.mktemp("manifest"))
