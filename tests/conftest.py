"""Fixtures that several test modules share."""

import os
import shutil
from pathlib import Path

import database_server
import pytest
import trees
import trees_asian
import trees_audformat
import trees_faces
import trees_iemocap
import trees_speech


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


@pytest.fixture(scope="session")
def audformat_root(tmp_path_factory):
    return trees_audformat.make_audformat(tmp_path_factory.mktemp("audformat"))


@pytest.fixture(scope="session")
def ferplus_root(tmp_path_factory):
    return trees_faces.make_ferplus(tmp_path_factory.mktemp("ferplus"))


@pytest.fixture(scope="session")
def ck_plus_root(tmp_path_factory):
    return trees_faces.make_ckplus(tmp_path_factory.mktemp("ck_plus"))


@pytest.fixture(scope="session")
def ck_plus48_root(tmp_path_factory):
    return trees_faces.make_ckplus48(tmp_path_factory.mktemp("ck_plus48"))


@pytest.fixture(scope="session")
def ckextended_root(tmp_path_factory):
    return trees_faces.make_ckextended(tmp_path_factory.mktemp("ckextended"))


@pytest.fixture(scope="session")
def jaffe_root(tmp_path_factory):
    return trees_faces.make_jaffe(tmp_path_factory.mktemp("jaffe"))


@pytest.fixture(scope="session")
def oulu_casia_root(tmp_path_factory):
    return trees_faces.make_oulu_casia(tmp_path_factory.mktemp("oulu_casia"))


@pytest.fixture(scope="session")
def casia_emotionv3_root(tmp_path_factory):
    return trees_faces.make_casia_emotionv3(tmp_path_factory.mktemp("casia_emotionv3"))


@pytest.fixture(scope="session")
def raf_db_root(tmp_path_factory):
    return trees_faces.make_rafdb(tmp_path_factory.mktemp("raf_db"))


@pytest.fixture(scope="session")
def affectnet_root(tmp_path_factory):
    return trees_faces.make_affectnet(tmp_path_factory.mktemp("affectnet"))


@pytest.fixture(scope="session")
def crema_d_root(tmp_path_factory):
    return trees_speech.make_cremad(tmp_path_factory.mktemp("crema_d"))


@pytest.fixture(scope="session")
def savee_root(tmp_path_factory):
    return trees_speech.make_savee(tmp_path_factory.mktemp("savee"))


@pytest.fixture(scope="session")
def tess_root(tmp_path_factory):
    return trees_speech.make_tess(tmp_path_factory.mktemp("tess"))


@pytest.fixture(scope="session")
def casia_root(tmp_path_factory):
    return trees_asian.make_casia(tmp_path_factory.mktemp("casia"))


@pytest.fixture(scope="session")
def esd_root(tmp_path_factory):
    return trees_asian.make_esd(tmp_path_factory.mktemp("esd"))


@pytest.fixture(scope="session")
def urdu_root(tmp_path_factory):
    return trees_asian.make_urdu(tmp_path_factory.mktemp("urdu"))


@pytest.fixture(scope="session")
def shemo_root(tmp_path_factory):
    return trees_asian.make_shemo(tmp_path_factory.mktemp("shemo"))


@pytest.fixture(scope="session")
def iemocap_root(tmp_path_factory):
    return trees_iemocap.make_iemocap(tmp_path_factory.mktemp("iemocap"))


@pytest.fixture
def copy(tmp_path):
    """Return a function that copies a tree which a test may damage."""

    def make(root):
        return shutil.copytree(root, tmp_path / "copy")

    return make


@pytest.fixture(scope="session")
def make_database():
    """Return a function that makes an empty PostgreSQL database and returns its URL, or skip."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = database_server.find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with database_server.running_server(programs) as make:
        yield make
