"""``skemotion inspect``: what a file of a model says of itself."""

import json
from pathlib import Path

import typer

from skemotion.cli._model_tables import format_size, list_facts, list_parity, print_pairs


def inspect(
    model: Path = typer.Argument(help="File that `skemotion fit` or `skemotion export` wrote."),
    format_: str = typer.Option("table", "--format", help="table or json."),
):
    """Show what a model takes and answers, what it was fitted on, and what its file holds.

    Nothing of the file is run or opened but its manifest.
    """
    from skemotion.export import read_manifest

    if format_ not in ("table", "json"):
        raise ValueError(f"Expected --format to be table or json, got {format_!r}. Choose one.")
    manifest = read_manifest(model)
    if format_ == "json":
        typer.echo(json.dumps(manifest, indent=2))
        return
    try:
        parity = list_parity(manifest.get("parity"))
    except (LookupError, TypeError, AttributeError, ValueError) as error:  # anybody wrote it
        raise ValueError(
            f"Expected the manifest of {model} to hold a report of parity, got another one. Export "
            "the model again, or look at it with --format json."
        ) from error
    parts = [
        (f"part {name}", f"{format_size(part['size'])}, sha256 {part['sha256'][:12]}...")
        for name, part in manifest["parts"].items()
    ]
    rows = [
        ("file", f"{model} ({format_size(model.stat().st_size)})"),
        ("model", str(manifest.get("estimator"))),
        ("classes", ", ".join(map(str, manifest.get("classes") or ["none"]))),
        *list_facts("input", manifest.get("input")),
        *list_facts("data", manifest.get("data")),
        *list_facts("metrics", manifest.get("metrics")),
        *list_facts("card", manifest.get("card")),
        *list_facts("version of", manifest["versions"]),
        ("runs on", ", ".join(map(str, manifest.get("runtimes") or ["scikit-learn"]))),
        ("needs trust", ", ".join(map(str, manifest.get("needs_trust") or ["nothing"]))),
        *parts,
        *parity,
    ]
    print_pairs(rows)
