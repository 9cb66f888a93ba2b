"""What helps rare emotions: weights, copies, SMOTE, varied copies, or decisions by other priors.

The same logistic regression throughout, on means and deviations of acoustic features (EMO-DB,
leave-one-speaker-out) and on histograms of gradients (FER2013, official split: fitted on Training,
scored on PrivateTest). Nothing is tuned but the weights of `TunedWeights`, on inner folds of the
training part. Samplers work inside the folds. Seed 0; intervals of 95 % over speakers, or over
pictures, whose subjects nobody knows.

    SKEMOTION_DATA=/path/to/corpora python benchmarks/imbalance.py [--datasets emodb fer2013]
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy is imported

# ruff: noqa: E402
import argparse
from tempfile import TemporaryDirectory

from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skemotion import (
    HOG,
    AcousticFeatures,
    Augment,
    ImageAugmenter,
    PriorCorrection,
    ReadAudio,
    TensorSampler,
    TunedWeights,
    WaveformAugmenter,
    evaluate,
    load_dataset,
    make_resampling_pipeline,
)
from skemotion.metrics import per_class_recall

PROTOCOLS = {"emodb": "emodb/loso", "fer2013": "fer2013/official"}


def make_models(name, folder):
    """Return name -> pipeline: how classes are balanced, all else the same."""
    if name == "emodb":
        front = [AcousticFeatures(summary=("mean", "std"), cache=folder), StandardScaler()]
        read, augmenter = [ReadAudio()], WaveformAugmenter()
        varied = [AcousticFeatures(summary=("mean", "std")), StandardScaler()]
        penalty = 0.1
    else:
        front = [HOG(cache=folder), StandardScaler(), PCA(100)]
        read, augmenter = [], ImageAugmenter()
        varied = [HOG(), StandardScaler(), PCA(100)]
        penalty = 1.0

    def build(*samplers, **params):
        last = LogisticRegression(C=penalty, max_iter=1000, **params)
        return make_resampling_pipeline(*front, *samplers, last)

    rare = [*read, Augment(augmenter, copies="balanced")]
    each = [*read, TensorSampler(RandomOverSampler()), Augment(augmenter)]
    last = LogisticRegression(C=penalty, max_iter=1000)
    return {
        "nothing": build(),
        "class weights": build(class_weight="balanced"),
        "random undersampling": build(RandomUnderSampler()),
        "random oversampling": build(RandomOverSampler()),
        "SMOTE": build(SMOTE()),
        "varied copies of rare classes": make_resampling_pipeline(*rare, *varied, last),
        "oversampling, and a varied copy of each": make_resampling_pipeline(*each, *varied, last),
        "prior correction": PriorCorrection(build()),
        "tuned weights": TunedWeights(build()),
    }


def measure(name, only):
    data = load_dataset(name)
    counts = data.frame["emotion"].value_counts()
    rarest = counts.index[-1]
    shares = ", ".join(f"{emotion} {count}" for emotion, count in counts.items())
    print(f"\n{PROTOCOLS[name]}: {len(data.X)} recordings: {shares}\n")
    print(f"| | UAR | 95 % interval | accuracy | recall of {rarest} |\n|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for label, model in make_models(name, folder).items():
            if only and label not in only:
                continue
            results = evaluate(model, data, PROTOCOLS[name], audit=False)
            row, predicted = results.summary().iloc[0], results.predictions
            recall = per_class_recall(predicted["y_true"], predicted["y_pred"])[rarest]
            print(
                f"| {label} | {100 * row['uar']:.1f} | {100 * row['uar_low']:.1f} to "
                f"{100 * row['uar_high']:.1f} | {100 * row['wa']:.1f} | "
                f"{100 * recall:.0f} |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="labels of the rows to compute")
    parser.add_argument("--datasets", nargs="*", default=list(PROTOCOLS), help="emodb, fer2013")
    options = parser.parse_args()
    for name in options.datasets:
        measure(name, options.only)


if __name__ == "__main__":
    main()
