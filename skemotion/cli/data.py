"""``skemotion data``: list, describe, check, audit and fetch datasets."""

from pathlib import Path

import typer

from skemotion.cli._sources import make_dataset, parse_options
from skemotion.cli.data_audit import audit
from skemotion.cli.data_check import check

app = typer.Typer(help="List, describe, check, audit and fetch datasets.", no_args_is_help=True)

ROOT = typer.Option(None, help="Where its files lie.")
OPTION = typer.Option([], "--option", help="key=value for the dataset, such as channel=song.")


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
def info(name: str, root: Path = ROOT, option: list[str] = OPTION):
    """Describe a dataset: facts, terms, how to get it, protocols."""
    from inspect import getdoc

    from rich.console import Console
    from rich.table import Table

    dataset = make_dataset(name, root, **parse_options(option))
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
        "how to get it": _how_to_get(dataset),
        "cite": dataset.citation,
        "protocols": "\n".join(f"{p.name}: {p.description}" for p in dataset.protocols),
        "on any dataset": "see skemotion data protocols",
    }
    for key, value in rows.items():
        if value:
            table.add_row(key, str(value))
    Console().print(table, markup=False)


@app.command()
def protocols(
    name: str = typer.Argument(None, help="A dataset; all of them by default."),
    root: Path = ROOT,
    option: list[str] = OPTION,
):
    """List the protocols: how each dataset is divided, and what is asserted of it."""
    from rich.console import Console
    from rich.table import Table

    from skemotion.plugins import DATASETS
    from skemotion.protocols import GENERIC

    datasets = [make_dataset(name, root, **parse_options(option))] if name else _all(DATASETS)
    table = Table(title="Protocols", caption="* the default of its dataset")
    table.add_column("protocol", no_wrap=True)
    for column in ("folds", "sizes", "kept apart", "what"):
        table.add_column(column, overflow="fold")
    for dataset in datasets:
        for number, protocol in enumerate(dataset.protocols):
            table.add_row(protocol.name + "*" * (number == 0), *_describe(protocol))
        for other, why in dataset.other_protocols.items():
            table.add_row(other, "", "", "", f"in another form only: {why}")
    table.add_section()
    for protocol in GENERIC.values():
        table.add_row(protocol.name, *_describe(protocol))
    Console().print(table)
    Console().print(
        "The last ones work on any dataset, with any number of folds. A random split is used only "
        "when it is asked for by its name, and is marked as leaky in every result.",
        highlight=False,
    )


@app.command()
def fetch(name: str, root: Path = ROOT, option: list[str] = OPTION):
    """Fetch a dataset, where its licence allows that; a broken transfer is taken up again."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from skemotion.datasets import fetch as fetch_files

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        tasks = {}

        def show(file, n_bytes, size):
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=size)
            bars.update(tasks[file], completed=n_bytes)

        options = parse_options(option)
        make_dataset(name, root, **options)
        folder = fetch_files(name, root, progress=show, **options)
    typer.echo(f"{name} is in {folder}. Look it over with: skemotion data check {name}")


app.command()(check)
app.command()(audit)


def _all(registry):
    """Yield the datasets that can be made; those that cannot are listed by ``data list``."""
    for name in registry.names():
        try:
            yield make_dataset(name)
        except (ValueError, ImportError, TypeError):
            continue


def _describe(protocol):
    apart = "nothing: LEAKY" if protocol.leaky else ", ".join(protocol.disjoint) or "as published"
    counted = "asserted" if protocol.counts else ""
    return str(protocol.n_folds or "all"), counted, apart, protocol.description


def _how_to_get(dataset):
    lines = [dataset.obtain] if dataset.obtain else []
    if dataset.downloads:
        size = sum(download.size for download in dataset.downloads) / 1e6
        lines.append(f"skemotion data fetch {dataset.name} fetches {size:.0f} MB.")
    return "\n".join(lines)


def _where(dataset):
    if dataset.embedded:
        return "embedded"
    if dataset.name in ("folder", "manifest", "audformat"):
        return "yours: name the path"
    return str(dataset.root) if dataset.root.exists() else f"not found at {dataset.root}"
