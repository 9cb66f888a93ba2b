"""``skemotion data check``: compare a dataset's files with what was published."""

import json
from pathlib import Path

import typer


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
