"""Every dataset of ours passes the contract on a tree in its true layout."""

import pytest

from skemotion.datasets import get_dataset
from skemotion.testing import check_dataset


@pytest.mark.parametrize("name", ["emodb", "ravdess", "banglaser", "fer2013", "folder", "manifest"])
def test_dataset(name, request):
    check_dataset(get_dataset(name, request.getfixturevalue(f"{name}_root")))
