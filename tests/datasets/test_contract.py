"""Every dataset of ours passes the contract on a tree in its true layout."""

import pytest
import trees

from skemotion.datasets import get_dataset
from skemotion.plugins import DATASETS
from skemotion.testing import check_dataset

OURS = [plugin.name for plugin in DATASETS.plugins() if plugin.package == "skemotion"]
ON_DISK = [name for name in OURS if not DATASETS.load(name).embedded]


@pytest.mark.filterwarnings("ignore:Dataset 'ckextended' has lost the subjects")
@pytest.mark.parametrize("name", ON_DISK)
def test_dataset(name, request):
    check_dataset(get_dataset(name, request.getfixturevalue(trees.root_fixture(name))))
