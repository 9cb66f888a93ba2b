"""The cross-dataset table as a script: what ``skemotion bench`` does, in a few lines to change.

Run: SKEMOTION_DATA=/path/to/corpora python benchmarks/cross_dataset.py emodb banglaser
Without arguments it runs on the embedded synthetic voices. It resumes where it was stopped.
"""

import sys
from pathlib import Path

from skemotion import cross_dataset, load_dataset
from skemotion.evaluation import ResultStore, print_report, write_report

MODELS = ["voice-svm", "voice-lstm"]
SCHEME = "common4"
OUT = Path("skemotion-results-script")


def main(names):
    datasets = [load_dataset(name, scheme=SCHEME) for name in names]
    OUT.mkdir(exist_ok=True)
    with ResultStore(OUT / "results.sqlite") as store:
        results = cross_dataset(MODELS, datasets, SCHEME, store=store, verbose=True)
    print_report(results)
    for path in write_report(results, OUT).values():
        print(f"Wrote {path}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["synthetic-voices", "synthetic-voices-phone"])
