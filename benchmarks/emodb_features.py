"""Feature sets on EMO-DB, leave-one-speaker-out: how well an SVM recognises emotions with each.

StandardScaler and a support vector machine with a linear or an RBF kernel and balanced classes; no
speaker normalisation. Kernel, C and gamma are chosen for each test speaker on folds by speaker of
the other nine. Extraction looks at one recording at a time, so that it may run before the folds.
Nothing is drawn at random but the speakers of the interval, from seed 0. Sets of openSMILE are
scored beside ours where the package is installed.

    SKEMOTION_DATA=/path/to/corpora python benchmarks/emodb_features.py
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy is imported

# ruff: noqa: E402
import argparse
from functools import partial
from importlib.util import find_spec

import numpy as np
from sklearn.metrics.pairwise import linear_kernel, rbf_kernel
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skemotion import AcousticFeatures, load_dataset, uar_score
from skemotion.audio import OpenSmile
from skemotion.metrics import bootstrap_interval, wa_score

SETS = {
    "26 means": AcousticFeatures(),
    "voice88": AcousticFeatures(preset="voice88"),
    "voice-large": AcousticFeatures(preset="voice-large"),
    "eGeMAPSv02": OpenSmile("eGeMAPSv02"),
    "ComParE_2016": OpenSmile("ComParE_2016"),
}


def make_candidates(n_features):
    for cost in (0.03, 0.1, 0.3, 1, 3, 10, 30):
        yield SVC(kernel=linear_kernel, C=cost / n_features, class_weight="balanced")
    for gamma in (0.1, 0.3, 1):
        for cost in (1, 3, 10, 30):
            kernel = partial(rbf_kernel, gamma=gamma / n_features)
            yield SVC(kernel=kernel, C=cost, class_weight="balanced")


def choose(X, y, speakers, n_inner):
    """Return the machine that is best over inner folds by speaker, all their predictions pooled."""
    candidates = [
        make_pipeline(StandardScaler(), machine) for machine in make_candidates(X.shape[1])
    ]
    scores = [
        uar_score(y, cross_val_predict(one, X, y, groups=speakers, cv=GroupKFold(n_inner)))
        for one in candidates
    ]
    return candidates[np.argmax(scores)]


def predict(X, y, speakers, n_inner):
    predicted = np.empty_like(y)
    for train, test in LeaveOneGroupOut().split(X, y, speakers):
        machine = choose(X[train], y[train], speakers[train], n_inner)
        predicted[test] = machine.fit(X[train], y[train]).predict(X[test])
    return predicted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=list(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--inner", type=int, default=9, help="inner folds, at most 9")
    options = parser.parse_args()
    data = load_dataset("emodb")
    print(f"EMO-DB: {len(data.X)} recordings, leave-one-speaker-out, {options.inner} inner folds")
    for name in options.sets:
        if isinstance(SETS[name], OpenSmile) and find_spec("opensmile") is None:
            print(f"{name:14} skipped: run pip install 'skemotion[opensmile]'")
            continue
        X = SETS[name].fit_transform(data.X)
        predicted = predict(X, data.y, data.groups, options.inner)
        low, high = bootstrap_interval(data.y, predicted, data.groups)
        print(
            f"{name:14} {X.shape[1]:5} features   UAR {100 * uar_score(data.y, predicted):.1f} "
            f"[{100 * low:.1f}, {100 * high:.1f}]   accuracy "
            f"{100 * wa_score(data.y, predicted):.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
