import doctest
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "tuning.md"


def test_the_guide_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKEMOTION_CACHE", str(tmp_path / "cache"))
    n_failed, n_run = doctest.testfile(
        str(GUIDE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert (n_failed, n_run > 20) == (0, True)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]  # nothing left lying about
