"""``skemotion tune``: search for a model's parameters, and test what won once."""

from pathlib import Path

import typer

from skemotion.cli._sources import load_models, load_source


def tune(
    model: str = typer.Argument(help="Name of the model, such as voice-svm."),
    dataset: str = typer.Argument(help="Dataset, as NAME or NAME=PATH."),
    protocol: str = typer.Option(None, help="Outer folds, such as loso. Default: its own."),
    scheme: str = typer.Option(None, help="Scheme that maps emotions, such as common4."),
    inner: str = typer.Option(
        None, help="Inner folds: a protocol, or 'validation'. Default: subject-3fold."
    ),
    one: bool = typer.Option(False, "--one", help="One search and one test: the first fold."),
    trials: int = typer.Option(50, help="Trials a fold, in all."),
    timeout: float = typer.Option(None, help="Seconds a fold after which no trial is begun."),
    storage: str = typer.Option(
        None, help="File or URL that keeps the trials. Default: tuning.sqlite in --out."
    ),
    jobs: int = typer.Option(1, help="Worker processes. More than 1 makes it unrepeatable."),
    out: Path = typer.Option(Path("skemotion-results"), help="Folder of the results."),
    resume: bool = typer.Option(
        True, help="Go on with trials that are there, or delete them and begin anew."
    ),
    seed: int = typer.Option(0, help="Seed of everything random."),
    skip_damaged: bool = typer.Option(
        False, "--skip-damaged", help="Leave damaged files out and count them."
    ),
):
    """Search for the parameters of a model without ever looking at the test part.

    Every trial is stored as it ends: run the same command again after an interruption and it goes
    on where it was.
    """
    from rich.console import Console

    from skemotion.cli.bench import check_writable
    from skemotion.evaluation import BenchmarkError, write_report
    from skemotion.tuning import tune as search

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    check_writable(out)
    (recipe,) = load_models([model])
    data = load_source(dataset, scheme, "skip" if skip_damaged else "raise")
    try:
        found = search(
            recipe,
            data,
            protocol,
            n_trials=trials,
            timeout=timeout,
            storage=storage or out / "tuning.sqlite",
            inner=inner,
            outer=not one,
            store=out / "results.sqlite",
            resume=resume,
            random_state=seed,
            n_jobs=jobs,
            verbose=True,
        )
    except KeyboardInterrupt:
        console.print(
            "[yellow]Interrupted.[/] Finished trials are stored; run the same command to go on."
        )
        raise typer.Exit(130) from None
    except BenchmarkError as error:
        write_report(error.results, out)
        raise
    _say(found)
    for path in (*write_report(found.results, out).values(), *_write(found, out)):
        console.print(f"Wrote {path}", markup=False)
    console.print(f"See every trial: optuna-dashboard {found.storage}", markup=False)


def _say(found):
    from rich.console import Console

    from skemotion.evaluation import print_report

    console = Console(highlight=False, soft_wrap=True)
    print_report(found.results)
    console.print(str(found), markup=False)
    inner = found.to_frame()["inner"].mean()
    (outer,) = found.results.summary()["uar"]
    console.print(
        f"{found.scoring} inside {inner:.3f} (mean of the folds' winners), "
        f"UAR on the test parts {outer:.3f}",
        style="bold",
        markup=False,
    )


def _write(found, out):
    """Write the tables and pictures of a search, and return their paths."""
    from skemotion.tuning import plot_history, plot_importance, plot_slice

    tables = {"tuning_folds.csv": found.to_frame(), "tuning_trials.csv": found.trials()}
    for name, table in tables.items():
        table.to_csv(out / name, index=False)
        yield out / name
    for plot in (plot_history, plot_importance, plot_slice):
        figure = plot(found)
        if figure is not None:
            path = out / f"tuning_{plot.__name__.removeprefix('plot_')}.png"
            figure.savefig(path, dpi=120)
            yield path
