"""How long `skemotion data check` takes on FER2013 and on 1,500 recordings.

    SKEMOTION_DATA=~/corpora python benchmarks/speed/check.py

The recordings are those of EMO-DB and BanglaSER under ``$SKEMOTION_DATA``, linked under other names
until there are 1,500; the embedded synthetic voices where there are none. Each time is that of the
whole call, reading included, with two processes.
"""

import os
import tempfile
import time
from pathlib import Path

from skemotion.datasets import get_dataset
from skemotion.evaluation import check_files

N_RECORDINGS = 1500


def timed(what, dataset):
    start = time.perf_counter()
    report = check_files(dataset, n_jobs=2)
    seconds = time.perf_counter() - start
    print(f"{what}: {report.n_recordings} recordings in {seconds:.1f} s")
    for kind, found in report.findings.items():
        print(f"  {kind}: {len(found)}")


def link_voices(folder, corpora):
    """Link real recordings as ``<speaker>/<emotion>/<number>``, again and again."""
    rows = []
    for name in ("emodb", "banglaser"):
        data = get_dataset(name, corpora / name).load()
        rows += list(zip(data.X, data.groups, data.y, strict=True))
    for number in range(N_RECORDINGS):
        path, subject, emotion = rows[number % len(rows)]
        again = f"{subject.replace('/', '-')}-{number // len(rows)}"
        target = folder / again / emotion / f"{number}{Path(path).suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)


def main():
    corpora = Path(os.environ.get("SKEMOTION_DATA", "nowhere"))
    if (corpora / "fer2013").exists():
        timed("fer2013", get_dataset("fer2013", corpora / "fer2013"))
    else:
        print("fer2013: not found under SKEMOTION_DATA")
    with tempfile.TemporaryDirectory() as folder:
        if (corpora / "emodb").exists() and (corpora / "banglaser").exists():
            link_voices(Path(folder), corpora)
            timed("voices", get_dataset("folder", folder))
        else:
            timed("synthetic voices", get_dataset("synthetic-voices", n_subjects=60))


if __name__ == "__main__":
    main()
