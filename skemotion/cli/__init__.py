"""The command line: one file a command."""

import sys

import typer

from skemotion.cli import (
    bench,
    cache,
    data,
    data_audit,
    export,
    features,
    fit,
    inspect,
    plugins,
    predict,
    serve,
    tune,
)

app = typer.Typer(
    name="skemotion",
    help="Recognise emotions from faces and voices, with numbers that hold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("bench")(bench.bench)
app.command("fit")(fit.fit)
app.command("tune")(tune.tune)
app.command("predict")(predict.predict)
app.command("export")(export.export)
app.command("inspect")(inspect.inspect)
app.command("serve")(serve.serve)
app.command("leak-gap")(data_audit.leak_gap)
app.command("features")(features.features)
app.command("plugins")(plugins.plugins)
app.add_typer(data.app, name="data")
app.add_typer(cache.app, name="cache")

_EXPECTED = (ValueError, TypeError, OSError, ImportError, RuntimeError)


def _version(shown: bool):
    if shown:
        from skemotion import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
):
    """Recognise emotions from faces and voices, with numbers that hold."""


def main(arguments=None):
    """Run the command line: one clear line for an error, a traceback only with ``--debug``.

    Parameters
    ----------
    arguments : list of str, default=None
        Arguments without the program's name. None takes those of the process.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments  # anywhere in the line, not only before the command
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        app(arguments, prog_name="skemotion")
    except Exception as error:
        if debug:
            raise
        from rich.console import Console

        from skemotion.cli._model_tables import printable

        hint = (
            "" if isinstance(error, _EXPECTED) else " This is a fault of skemotion: please report."
        )
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print("[bold red]Error:[/]", end=" ")
        console.print(printable(f"{error or type(error).__name__}{hint}"), markup=False)
        if hint:
            console.print("Run the command again with --debug for the traceback.")
        sys.exit(1)
