"""``skemotion data audit`` and ``skemotion leak-gap``: what parts share, and what it is worth."""

import json
from pathlib import Path

import typer

from skemotion.cli._sources import load_models, load_source, parse_options, parse_source
from skemotion.cli.data_check import NAME, ROOT, shown_progress


def audit(
    name: str = NAME,
    root: Path = ROOT,
    protocol: str = typer.Option(None, help="Protocol. Default: the dataset's own."),
    scheme: str = typer.Option(None, help="Scheme that maps emotions, such as common4."),
    option: list[str] = typer.Option(
        [], "--option", help="key=value for the dataset, such as channel=song."
    ),
    json_: bool = typer.Option(False, "--json", help="Print the report as JSON."),
    jobs: int = typer.Option(2, help="Processes that read files."),
    near: bool = typer.Option(True, help="Look for copies that differ a little, too."),
    skip_damaged: bool = typer.Option(False, "--skip-damaged", help="Leave damaged files out."),
):
    """Look for what training and test of a protocol share; exit 1 if something leaks."""
    from rich.console import Console

    from skemotion.evaluation import audit_protocol
    from skemotion.evaluation.report import describe_audits

    source = parse_source(name, root) | parse_options(option)
    data = load_source(source, scheme, "skip" if skip_damaged else "raise")
    with shown_progress("reading") as progress:
        report = audit_protocol(data, protocol, near=near, n_jobs=jobs, progress=progress)
    if json_:
        typer.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{report.name}, folds: {report.n_folds}", style="bold", markup=False)
        for line, style in describe_audits([report]):
            console.print(line.removeprefix(f"{report.name}: "), style=style, markup=False)
    raise typer.Exit(0 if report.ok else 1)


def leak_gap(
    model: str = typer.Argument(help="Name of the model, such as voice-svm."),
    dataset: str = NAME,
    protocol: str = typer.Option(None, help="Protocol that keeps subjects apart. Default: own."),
    scheme: str = typer.Option(None, help="Scheme that maps emotions, such as common4."),
    store: str = typer.Option(None, help="Database URL or file that keeps the results."),
    jobs: int = typer.Option(2, help="Worker processes over folds."),
    seed: int = typer.Option(0, help="Seed of everything random."),
    json_: bool = typer.Option(False, "--json", help="Print the figures as JSON."),
):
    """Evaluate a model with subjects kept apart and with random folds, side by side."""
    from skemotion.evaluation import leak_gap as measure

    (recipe,) = load_models([model])
    data = load_source(dataset, scheme)
    gap = measure(recipe, data, protocol, store=store, random_state=seed, n_jobs=jobs, verbose=True)
    typer.echo(json.dumps(gap.to_dict(), indent=2) if json_ else str(gap))
