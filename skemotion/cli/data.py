"""``skemotion data``: list, describe, check, audit and fetch datasets."""

from pathlib import Path

import typer

from skemotion.cli._sources import make_dataset, parse_options, parse_source
from skemotion.cli.data_audit import audit
from skemotion.cli.data_check import NAME, ROOT, check

app = typer.Typer(help="List, describe, check, audit and fetch datasets.", no_args_is_help=True)

OPTION = typer.Option([], "--option", help="key=value for the dataset, such as channel=song.")


@app.command("list")
def list_():
    """List the datasets and whether their files are there."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from skemotion._config import data_folder
    from skemotion.datasets import get_dataset
    from skemotion.plugins import DATASETS

    table, broken = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0)), []
    for column in ("name", "modality", "lang", "recordings", "files", "licence"):
        table.add_column(column, overflow="fold", no_wrap=column != "licence")
    for name in DATASETS.names():
        try:
            dataset = get_dataset(name)
        except (ValueError, ImportError, TypeError) as error:
            table.add_row(name, "", "", "", "unusable", "")
            broken.append(str(error))
            continue
        table.add_row(
            name,
            dataset.modality,
            dataset.language,
            "" if dataset.n_recordings is None else str(dataset.n_recordings),
            "absent" if _where(dataset).startswith("not found") else _where(dataset, short="here"),
            Text(dataset.licence, no_wrap=True, overflow="ellipsis"),
        )
    console = Console(soft_wrap=True, highlight=False)
    console.print(table, soft_wrap=False)
    console.print(f"Files are looked for in {data_folder()}.", markup=False)
    console.print("Terms and how to get them: skemotion data info NAME")
    for error in broken:
        Console(stderr=True, soft_wrap=True).print(error, style="red", markup=False)


@app.command()
def info(name: str = NAME, root: Path = ROOT, option: list[str] = OPTION):
    """Describe a dataset: facts, terms, how to get it, protocols."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from skemotion.cli._docstrings import read_docstring

    dataset = make_dataset(**parse_source(name, root), **parse_options(option))
    text = read_docstring(type(dataset))
    counts = ", ".join(f"{count} {emotion}" for emotion, count in dataset.counts.items())
    table = Table(title=dataset.name, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "what": text[""],
        "modality": dataset.modality,
        "language": dataset.language,
        "emotions": counts or ", ".join(dict.fromkeys(dataset.emotions.values())),
        "recordings": dataset.n_recordings,
        "files": _where(dataset),
        "licence": dataset.licence,
        "homepage": dataset.homepage,
        "how to get it": _how_to_get(dataset),
        "how it is read": text["Summary"],
        "worth knowing": text.get("Notes"),
        "cite": dataset.citation,
        "protocols": "\n".join(f"{p.name}: {p.description}" for p in dataset.protocols),
        "on any dataset": "see skemotion data protocols",
    }
    for key, value in rows.items():
        if value:
            table.add_row(key, Text(str(value)))  # as it is: brackets are no markup
    Console().print(table)


@app.command()
def protocols(
    name: str = typer.Argument(None, help="Dataset, as NAME or NAME=PATH; all of them by default."),
    root: Path = ROOT,
    option: list[str] = OPTION,
):
    """List the protocols: how each dataset is divided, and what is asserted of it."""
    from rich.console import Console
    from rich.padding import Padding

    from skemotion.plugins import DATASETS
    from skemotion.protocols import GENERIC

    options = parse_options(option)
    datasets = [make_dataset(**parse_source(name, root), **options)] if name else _all(DATASETS)
    console = Console(highlight=False)

    def show(title, facts, text):
        console.print(f"[bold]{title}[/]  {facts}")
        console.print(Padding(text, (0, 0, 0, 4)), markup=False)

    for dataset in datasets:
        for number, protocol in enumerate(dataset.protocols):
            mark = " (default)" if number == 0 else ""
            show(protocol.name + mark, _describe(protocol), protocol.description)
        for key, reason in dataset.other_protocols.items():
            show(key, "in another form of the dataset", reason)
    console.print("\nOn any dataset, with any number of folds:")
    for protocol in GENERIC.values():
        show(protocol.name, _describe(protocol), protocol.description)
    console.print(
        "\nA random split is used only when it is asked for by its name, and is marked as leaky in "
        "every result."
    )


@app.command()
def fetch(name: str = NAME, root: Path = ROOT, option: list[str] = OPTION):
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

        options = parse_source(name, root) | parse_options(option)
        make_dataset(**options)
        folder = fetch_files(**options, progress=show)
    name = options["name"]
    named = f"{name}={folder}" if "root" in options else name
    typer.echo(f"{name} is in {folder}. Look it over with: skemotion data check {named}")


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
    n_folds = protocol.n_folds
    folds = {None: "a fold each", 1: "1 fold"}.get(n_folds, f"{n_folds} folds")
    apart = ", ".join(protocol.disjoint) or "nothing, as published"
    apart = "nothing: LEAKY" if protocol.leaky else apart
    return f"{folds}{', sizes asserted' if protocol.counts else ''}, kept apart: {apart}"


def _how_to_get(dataset):
    lines = [dataset.obtain] if dataset.obtain else []
    if dataset.downloads:
        size = sum(download.size for download in dataset.downloads) / 1e6
        lines.append(f"skemotion data fetch {dataset.name} fetches {size:.0f} MB.")
    return "\n".join(lines)


def _where(dataset, short=None):
    if dataset.embedded:
        return "embedded"
    if dataset.name in ("folder", "manifest", "audformat"):
        return "yours" if short else "yours: name the path"
    if not dataset.root.exists():
        return f"not found at {dataset.root}"
    return short or str(dataset.root)
