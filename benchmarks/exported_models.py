"""What exporting costs and brings: parity, size and time of four recipes in each precision.

Run: ``SKEMOTION_DATA=/path/to/corpora python benchmarks/exported_models.py``.
Voices are trained as their recipes say, on EMO-DB without the speakers 03 and 08, who are what is
compared on; faces for ``--face-epochs`` on ``--faces`` rows of FER2013's part Training, compared on
rows of PublicTest.
Sizes are of the saved file without its manifest. Times are medians of alternating calls of
`predict_proba` with the front end, one thread in the exported network, for one recording and for a
batch of 32; the original has all cores.
"""

import argparse
import warnings

import numpy as np

from skemotion import load_dataset, load_model
from skemotion.evaluation import fit_model
from skemotion.export import ConversionError, to_litert, to_onnx
from skemotion.models.base import ConfiguredModel

MODELS = ("face-cnn", "voice-mlp", "voice-lstm", "voice-crnn")
TARGETS = (
    ("onnx", "float32"),
    ("litert", "float32"),
    ("litert", "float16"),
    ("litert", "dynamic"),
    ("litert", "int8"),
)
HELD_OUT = ("03", "08")  # speakers of EMO-DB: a man and a woman


def take(data, rows):
    return data.X[rows], data.y[rows], data.groups[rows]


def split_voices():
    """Return the part of EMO-DB to train on, and what to compare on."""
    data = load_dataset("emodb")
    held = np.isin([group.rpartition("/")[2] for group in data.groups], HELD_OUT)
    return load_dataset("emodb", where=f"subject not in {list(HELD_OUT)}"), take(data, held)


def split_faces(n_faces):
    """Return rows of FER2013 to train on, and what to compare on: it names no subjects."""
    rng = np.random.default_rng(0)
    training = load_dataset("fer2013", where="split == 'Training'")
    chosen = np.sort(rng.permutation(len(training.y))[:n_faces])
    for name in ("X", "y", "groups"):
        training[name] = training[name][chosen]
    training["frame"] = training.frame.iloc[chosen].reset_index(drop=True)
    public = load_dataset("fer2013", where="split == 'PublicTest'")
    X, y, _ = take(public, rng.permutation(len(public.y))[: n_faces // 4])
    return training, (X, y, None)


def describe(name, target, precision, report):
    score = report["metrics"]["uar"]
    low, high = score["interval"] or (float("nan"),) * 2
    sizes, latency = report["size_bytes"], report["latency_ms"]
    return {
        "model": name,
        "to": f"{target} {precision}",
        "labels equal": f"{report['labels_equal']}/{report['n_samples']}",
        "difference": f"{report['max_difference']:.1e}",
        "UAR": f"{100 * score['original']:.1f}",
        "change [95 %]": f"{100 * score['change']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]",
        "kB": f"{sizes['original'] / 1e3:.0f} -> {sizes['exported'] / 1e3:.0f}",
        "ms of 1": " -> ".join(f"{value:.2f}" for value in latency["single"].values()),
        f"ms of {latency['n_batch']}": " -> ".join(
            f"{value:.0f}" for value in latency["batch"].values()
        ),
    }


def export(fitted, target, precision, X, y, groups):
    if target == "onnx":
        return to_onnx(fitted, X=X, y=y, groups=groups)
    with warnings.catch_warnings():  # the table says it
        warnings.filterwarnings("ignore", "The model exported in", UserWarning)
        return to_litert(fitted, precision=precision, X=X, y=y, groups=groups)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--face-epochs", type=int, default=8)
    parser.add_argument("--faces", type=int, default=6000)
    options = parser.parse_args()
    rows = []
    for name in options.models:
        faces, recipe = name.startswith("face"), load_model(name)
        data, (X, y, groups) = split_faces(options.faces) if faces else split_voices()
        if faces:
            step = recipe.pipeline().steps[-1][0]
            recipe = ConfiguredModel(recipe, name, {f"{step}__epochs": options.face_epochs})
        fitted = fit_model(recipe, data, random_state=0)
        for target, precision in TARGETS:
            try:
                exported = export(fitted, target, precision, X, y, groups)
            except ConversionError as error:
                print(f"{name} to {target} {precision}: {error}", flush=True)
                continue
            row = describe(name, target, precision, exported[-1].parity_)
            print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
            rows.append(row)
    print(to_markdown(rows))


def to_markdown(rows):
    """Return a table for the docs."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
