"""How far networks get on FER2013: the recipe of each, trained once a seed.

Run: ``SKEMOTION_DATA=/path/to/corpora python benchmarks/fer2013_neural.py face-plain --seeds 0``.
Trained on the part Training; PublicTest decides when to stop and which epoch is kept, and
PrivateTest is scored once, at the end. Folds that are in the store are not trained again, and a fit
that was interrupted goes on from its last epoch. ``--set step__parameter=value`` changes a recipe.
"""

import argparse
import ast
import time
from pathlib import Path

from skemotion import evaluate, load_dataset, load_model
from skemotion.models.base import ConfiguredModel


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--set", nargs="*", default=[], metavar="PARAMETER=VALUE")
    parser.add_argument("--label", help="name in the results where parameters are set")
    parser.add_argument("--out", type=Path, default=Path("fer2013-results"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = load_dataset("fer2013")
    for name in options.models:
        recipe = load_model(name)
        network = recipe.pipeline().steps[-1][0]
        params = {f"{network}__verbose": 2, f"{network}__checkpoint": str(options.out / "fits")}
        for setting in options.set:
            parameter, value = setting.split("=", 1)
            params[parameter] = ast.literal_eval(value)
        model = ConfiguredModel(recipe, options.label or name, params)
        for seed in options.seeds:
            start = time.perf_counter()
            results = evaluate(
                model, data, store=options.out / "results.db", random_state=seed, audit=False
            )
            print(f"{model.name}, seed {seed}, {time.perf_counter() - start:.0f} s")
            print(results.summary().T.to_string(), flush=True)


if __name__ == "__main__":
    main()
