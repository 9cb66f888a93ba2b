"""What rows without labels bring where labels are few: FER2013 with 100 labelled faces a class.

Run: ``SKEMOTION_DATA=/path/to/corpora python benchmarks/pretraining.py --seeds 0 1 2``. Of the part
Training, 700 faces keep their label and 5,000 lose it, drawn anew for each seed. They are brought
to 24 x 24 pixels, so that it takes minutes. No row is set apart and nothing is searched for, but
the numbers of epochs and rounds were changed once after a first score; PrivateTest is scored once
a fit. Finished fits are in ``--out`` and are not repeated.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from skemotion import (
    CNNClassifier,
    ContrastiveClassifier,
    Rescale,
    Resize,
    SelfTraining,
    load_dataset,
    uar_score,
)

PER_CLASS, N_UNLABELLED = 100, 5000


def make_network(seed, epochs):
    return CNNClassifier(
        (16, 32, 64),
        batch_norm=True,
        global_pooling=True,
        dense_units=(),
        epochs=epochs,
        batch_size=32,
        schedule="cosine",
        augment=True,
        random_state=seed,
    )


def make_model(way, seed, epochs, pretrain_epochs):
    network = make_network(seed, epochs)
    if way == "self-training":
        network = SelfTraining(network, max_iter=1)
    if way == "contrastive":
        network = ContrastiveClassifier(
            network, epochs=pretrain_epochs, batch_size=256, random_state=seed
        )
    return make_pipeline(Resize(24), Rescale(), network)


def draw_rows(y, seed):
    """Return rows that keep their label, the same number a class, and rows that lose it."""
    rng = np.random.default_rng(seed)
    kept = np.concatenate(
        [rng.choice(np.flatnonzero(y == name), PER_CLASS, replace=False) for name in np.unique(y)]
    )
    others = np.setdiff1d(np.arange(len(y)), kept)
    return kept, rng.choice(others, N_UNLABELLED, replace=False)


def run(way, X, y, test, seed, options):
    kept, unlabelled = draw_rows(y, seed)
    rows = np.concatenate([kept, unlabelled])
    labels = y[rows].astype(object)
    if way != "all labelled":
        labels[len(kept) :] = -1
    if way == "from scratch":
        rows, labels = kept, y[kept]
    model = make_model(way, seed, options.epochs, options.pretrain_epochs)
    start = time.process_time()
    model.fit(X[rows], labels)
    seconds = time.process_time() - start
    predicted = model.predict(test.X)
    believed = getattr(model[-1], "labeled_iter_", np.zeros(1)) > 0
    row = {"way": way, "seed": seed, "uar": uar_score(test.y, predicted)}
    row |= {"accuracy": np.mean(test.y == predicted), "cpu_seconds": seconds}
    if believed.any():
        right = model[-1].transduction_[believed] == y[rows][believed]
        row |= {"believed": int(believed.sum()), "believed_right": right.mean()}
    return row


WAYS = ("from scratch", "self-training", "contrastive", "all labelled")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--pretrain-epochs", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("pretraining.csv"))
    options = parser.parse_args()
    train = load_dataset("fer2013", where={"split": "Training"})
    test = load_dataset("fer2013", where={"split": "PrivateTest"})
    done = pd.read_csv(options.out).to_dict("records") if options.out.is_file() else []
    for seed in options.seeds:
        for way in options.ways:
            if (way, seed) not in {(row["way"], row["seed"]) for row in done}:
                done.append(run(way, train.X, train.y, test, seed, options))
                pd.DataFrame(done).to_csv(options.out, index=False)
                print(done[-1], flush=True)
    table = pd.DataFrame(done).drop(columns="seed").groupby("way", sort=False)
    print(table.agg(["mean", "min", "max"]).round(3).to_string())


if __name__ == "__main__":
    main()
