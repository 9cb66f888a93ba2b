"""``skemotion data``: list, describe and check datasets."""

import json
from pathlib import Path

import typer

app = typer.Typer(help="List, describe and check datasets.", no_args_is_help=True)


@app.command("list")
def list_():
    """List the datasets and whether their files are there."""
    from rich.console import Console
    from rich.table import Table

    from skemotion.datasets import get_dataset
    from skemotion.plugins import DATASETS

    table, broken = Table(title="Datasets"), []
    for column in ("name", "modality", "language", "recordings", "licence", "files"):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for name in DATASETS.names():
        try:
            dataset = get_dataset(name)
        except (ValueError, ImportError, TypeError) as error:
            table.add_row(name, "", "", "", "", "unusable")
            broken.append(str(error))
            continue
        table.add_row(
            name,
            dataset.modality,
            dataset.language,
            "" if dataset.n_recordings is None else str(dataset.n_recordings),
            dataset.licence,
            _where(dataset),
        )
    Console().print(table)
    for error in broken:
        Console(stderr=True, soft_wrap=True).print(error, style="red", markup=False)


@app.command()
def info(name: str, root: Path = typer.Option(None, help="Where its files lie.")):
    """Describe a dataset: facts, terms, layout, protocols."""
    from inspect import getdoc

    from rich.console import Console
    from rich.table import Table

    from skemotion.datasets import get_dataset
    from skemotion.protocols import GENERIC

    dataset = get_dataset(name, root)
    table = Table(title=dataset.name, show_header=False)
    rows = {
        "what": (getdoc(type(dataset)) or "").split("\n\n")[0],
        "modality": dataset.modality,
        "language": dataset.language,
        "emotions": ", ".join(dict.fromkeys(dataset.emotions.values())),
        "recordings": dataset.n_recordings,
        "files": _where(dataset),
        "licence": dataset.licence,
        "homepage": dataset.homepage,
        "cite": dataset.citation,
        "protocols": "\n".join(f"{p.name}: {p.description}" for p in dataset.protocols),
        "on any dataset": "\n".join(f"{p.name}: {p.description}" for p in GENERIC.values()),
    }
    for key, value in rows.items():
        if value:
            table.add_row(key, str(value))
    Console().print(table, markup=False)


@app.command()
def check(
    name: str,
    root: Path = typer.Option(None, help="Where its files lie."),
    json_: bool = typer.Option(False, "--json", help="Print the report as JSON."),
    jobs: int = typer.Option(2, help="Threads that read files."),
):
    """Compare a dataset's files with what was published; exit 1 if something is wrong."""
    from skemotion.datasets import get_dataset
    from skemotion.datasets.check import check_files

    dataset = get_dataset(name, root)
    report = check_files(dataset, decode=_decoder(dataset.modality), n_jobs=jobs)
    if json_:
        typer.echo(json.dumps(report.to_dict(), indent=2))
    else:
        _print(report)
    raise typer.Exit(0 if report.ok else 1)


def _where(dataset):
    if dataset.embedded:
        return "embedded"
    if dataset.name in ("folder", "manifest"):
        return "yours: name the path"
    return str(dataset.root) if dataset.root.exists() else f"not found at {dataset.root}"


def _decoder(modality):
    if modality == "voice":
        from skemotion.audio._io import decode_audio

        return lambda recording: decode_audio(recording, 16000)
    if modality == "face":
        from skemotion.image._io import decode_image

        return decode_image
    return None


def _print(report):
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(title=f"{report.name}: recordings by emotion")
    for column in report.table.reset_index().columns:
        table.add_column(str(column))
    for row in report.table.reset_index().itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)
    for line in report.problems:
        console.print(f"[red]wrong[/]: {line}")
    for line in report.notes:
        console.print(f"[yellow]note[/]: {line}")
    console.print("[green]ok[/]" if report.ok else "[red]not ok[/]")
