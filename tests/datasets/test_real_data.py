"""The readers on the real corpora."""

import pytest

from skemotion.datasets import get_dataset
from skemotion.evaluation import check_files

pytestmark = pytest.mark.real_data


def test_emodb(data_folder):
    dataset = get_dataset("emodb", data_folder / "emodb")
    report = check_files(dataset)
    assert report.ok
    assert report.table.loc["total"].tolist() == [535, 535]
    frame = dataset.load().frame
    assert frame["recognised"].notna().all()
    for protocol in dataset.protocols:
        assert len(protocol(frame, whole=True)) in (10, 50)


def test_banglaser(data_folder):
    dataset = get_dataset("banglaser", data_folder / "banglaser")
    report = check_files(dataset)
    assert report.problems == ["684 of 1467 published recordings are here"]
    assert report.table["found"].tolist() == [144, 144, 144, 144, 108, 684]
    assert len(report.findings["repeated"]) == 1
    frame = dataset.load().frame
    assert frame["path"].str.contains("/01-01-").sum() == 3
    assert [len(protocol(frame)) for protocol in dataset.protocols] == [5, 16]
    with pytest.raises(ValueError, match="load it as 'banglaser'"):
        get_dataset("ravdess", dataset.root).load()


@pytest.mark.slow
def test_fer2013(data_folder):
    dataset = get_dataset("fer2013", data_folder / "fer2013")
    report = check_files(dataset)
    assert report.ok  # the counts of every emotion are the published ones
    assert report.n_recordings == 35887
    found = report.findings
    assert len(found["black"]) == 12
    assert sum(map(len, found["repeated"])) - len(found["repeated"]) == 1853
    assert len(found["repeated: two emotions"]) == 57
    assert len(found["repeated: two splits"]) == 557
    assert len(found["nearly: two splits"]) == 200  # 60 of the least alike were looked at
    (fold,) = dataset.protocols[0](dataset.load().frame, whole=True)
    assert [len(rows) for rows in fold[1:]] == [28709, 3589, 3589]
