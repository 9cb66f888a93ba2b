r"""Networks for voices: parameters, time of training and UAR, tested on speakers never heard.

    SKEMOTION_DATA=/path/to/corpora SKEMOTION_CACHE=/path/to/cache \
        python benchmarks/neural_voices.py --models voice-svm voice-mlp --seeds 0 1 2

EMO-DB leaves one speaker out, BanglaSER has five folds of whole speakers. The recipes run as they
are registered, and nothing is chosen here; ``voice-svm-large`` is ``voice-svm`` on the features of
``voice-mlp``. Every finished fold is stored: run it again after an interruption and it goes on.
Intervals draw speakers anew. Seconds are of one fit, of the median fold, and depend on what else
the machine does.
"""

import argparse
from pathlib import Path

import pandas as pd

from skemotion import evaluate, load_dataset, load_model
from skemotion.evaluation import ResultStore
from skemotion.evaluation.results import format_interval
from skemotion.models import NeuralClassifier
from skemotion.models.base import ConfiguredModel

MODELS = (
    "voice-svm",
    "voice-svm-large",
    "voice-mlp",
    "voice-lstm",
    "voice-bilstm",
    "voice-cnn1d",
    "voice-crnn",
    "voice-rescnn",
    "voice-conformer",
)
PROTOCOLS = {"emodb": "loso", "banglaser": "subject-5fold"}


def make_model(name):
    if name == "voice-svm-large":
        front = {"preset": "voice-large", "summary": ("mean",)}  # the set has its own functionals
        params = {f"acousticfeatures__{key}": value for key, value in front.items()}
        return ConfiguredModel(load_model("voice-svm"), name, params)
    return load_model(name)


def count_parameters(model, data):
    """Return the number of parameters of a model's network, or nothing where it has none."""
    front, classifier = model.pipeline()[:-1], model.pipeline()[-1]
    if not isinstance(classifier, NeuralClassifier):
        return ""
    X = classifier._to_samples(front.fit_transform(data.X[:2]))
    network = classifier.build(classifier._shape_of(X), len(set(data.y)))
    return f"{network.count_params():,}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--datasets", nargs="+", default=list(PROTOCOLS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--store", type=Path, default=Path("neural_voices.sqlite"))
    options = parser.parse_args()
    rows = []
    with ResultStore(options.store) as store:
        for dataset in options.datasets:
            data = load_dataset(dataset)
            protocol = PROTOCOLS.get(dataset)
            for name in options.models:
                model = make_model(name)
                for seed in options.seeds:
                    results = evaluate(
                        model, data, protocol, store=store, random_state=seed, audit=False
                    )
                    row = {
                        "dataset": dataset,
                        "model": name,
                        "seed": seed,
                        "parameters": count_parameters(model, data),
                        "seconds": f"{results.folds['seconds_fit'].median():.1f}",
                        "UAR": format_interval(results.summary().iloc[0], "uar"),
                    }
                    print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
                    rows.append(row)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
