"""``skemotion fit``: train a model on a whole dataset and keep it."""

from pathlib import Path

import typer

from skemotion._files import refuse_folder
from skemotion.cli._sources import load_models, load_source, parse_source


def fit(
    model: str = typer.Argument(help="Name of the model, such as voice-svm."),
    dataset: str = typer.Argument(help="Dataset, as NAME or NAME=PATH."),
    out: Path = typer.Option(None, help="File to write. Default: MODEL.skemotion."),
    scheme: str = typer.Option(None, help="Scheme that maps emotions, such as common4."),
    where: str = typer.Option(None, help="Rows to train on, such as \"split == 'Training'\"."),
    seed: int = typer.Option(0, help="Seed of everything random."),
    skip_damaged: bool = typer.Option(
        False, "--skip-damaged", help="Leave damaged files out and count them."
    ),
):
    """Train a model on a dataset and write it to a file for `skemotion predict`."""
    from rich.console import Console

    from skemotion import save
    from skemotion.evaluation import fit_model

    console = Console(stderr=True, highlight=False)
    (recipe,) = load_models([model])
    path = out or Path(f"{recipe.name}.skemotion")
    refuse_folder(path, "--out to be a file")  # before the time is spent
    source = parse_source(dataset) | {"where": where}
    data = load_source(source, scheme, "skip" if skip_damaged else "raise")
    for reason, count in data.left_out.items():
        console.print(f"left out {count}: {reason}", markup=False)
    with console.status(f"Training {model} on {len(data.y)} recordings of {data.dataset.name}"):
        pipeline = fit_model(recipe, data, random_state=seed)
    facts = {"model": recipe.name, "description": recipe.description, "source": recipe.source}
    save(pipeline, path, data=data, card=facts | {"scheme": scheme, "where": where, "seed": seed})
    console.print(f"Wrote {path}: {', '.join(pipeline.classes_)}", soft_wrap=True)
