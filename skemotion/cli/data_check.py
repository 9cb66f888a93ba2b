"""``skemotion data check``: compare a dataset's files with what was published."""

import json
from pathlib import Path

import typer

from skemotion.cli._sources import make_dataset, parse_options, parse_source

_SUBJECTS_SHOWN = 12
NAME = typer.Argument(help="Dataset, as NAME or NAME=PATH.")
ROOT = typer.Option(None, help="Where its files lie, unless given as NAME=PATH.")


def check(
    name: str = NAME,
    root: Path = ROOT,
    option: list[str] = typer.Option(
        [], "--option", help="key=value for the dataset, such as channel=song."
    ),
    json_: bool = typer.Option(False, "--json", help="Print the report as JSON."),
    jobs: int = typer.Option(2, help="Processes that read files."),
    near: bool = typer.Option(True, help="Look for copies that differ a little, too."),
    strict: bool = typer.Option(
        False,
        "--strict",
        help="Count as wrong, too: one content under two emotions or subjects or in two parts of "
        "the split; silent, black or empty recordings; videos that could not be opened.",
    ),
):
    """Compare a dataset's files with what was published; exit 1 if something is wrong."""
    from skemotion.evaluation import check_files

    dataset = make_dataset(**parse_source(name, root), **parse_options(option))
    with shown_progress("reading") as progress:
        report = check_files(dataset, near=near, strict=strict, n_jobs=jobs, progress=progress)
    if json_:
        typer.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    raise typer.Exit(0 if report.ok else 1)


def shown_progress(what):
    """Return a context that gives a function ``progress(n_done, total)``, for a bar on stderr.

    Parameters
    ----------
    what : str
        What is done.

    Returns
    -------
    context manager
    """
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import Progress

    @contextmanager
    def context():
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(what, total=None)
            yield lambda n_done, total: bar.update(task, completed=n_done, total=total)

    return context()


def _print(report):
    from rich.console import Console

    console = Console(highlight=False)
    _print_table(console, f"{report.name}: recordings by emotion", report.table.reset_index())
    subjects = report.subjects
    if len(subjects) and (subjects["published"] != "-").any():
        wrong = subjects[subjects["found"] != subjects["published"]]
        shown = subjects if len(subjects) <= _SUBJECTS_SHOWN else wrong
        if len(shown):
            _print_table(console, "by subject", shown.reset_index())
    elif len(subjects):
        least, most = subjects["found"].min(), subjects["found"].max()
        console.print(f"{len(subjects)} subjects with {least} to {most} recordings each")
    if len(report.forms):
        _print_table(console, "by form", report.forms.fillna("").head(_SUBJECTS_SHOWN))
    for line in report.problems + report.notes:
        is_note = line in report.notes and not (report.strict and line in report.doubts)
        console.print("[yellow]note[/]:" if is_note else "[red]wrong[/]:", end=" ")
        console.print(line, markup=False, soft_wrap=True)
    console.print("[green]ok[/]" if report.ok else "[red]not ok[/]")


def _print_table(console, title, frame):
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column("" if column == "index" else str(column), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)
