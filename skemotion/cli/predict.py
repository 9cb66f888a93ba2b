"""``skemotion predict``: emotions of files, with a model that `skemotion fit` wrote."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

import typer

from skemotion.cli._media_files import find_files, nothing_found, read_list, readable
from skemotion.cli._model_tables import printable


def predict(
    paths: list[Path] = typer.Argument(
        None, help="Recordings, pictures and folders; first of all the model, without --model."
    ),
    model: Path = typer.Option(None, help="File that `skemotion fit` wrote."),
    out: Path = typer.Option(
        None, help="Table to write, .parquet or .csv; what is in it already is not done again."
    ),
    files_from: Path = typer.Option(
        None, help="Text file that names recordings, one a line; - is standard input."
    ),
    jobs: int = typer.Option(2, min=1, help="Processes for --out, each with the model in memory."),
    format_: str = typer.Option("table", "--format", help="What is printed: table, csv or json."),
    trusted: list[str] = typer.Option(
        None, help="Type in the model to trust, as an error names it. May be given several times."
    ),
    url: str = typer.Option(
        None, help="Ask a service instead, with the key in $SKEMOTION_API_KEY: no model is named."
    ),
):
    """Predict the emotion in each file; a file that cannot be read is a row with its error.

    With --out the rows go into a table, by several processes; stopped, the same command goes on
    where it was. The exit code is 1 if any row is an error.
    """
    if format_ not in ("table", "csv", "json"):
        raise ValueError(
            f"Expected --format to be table, csv or json, got {format_!r}. Choose one."
        )
    paths = list(paths or ())
    if url is not None:
        n_errors = _ask_and_print(url, format_, paths, model, out, files_from)
        raise typer.Exit(1 if n_errors else 0)
    if model is None:
        if not paths:
            raise ValueError("Expected a model, got none. Name its file first, or with --model.")
        model = paths.pop(0)
    for path in paths if out is not None else ():  # a typing error is to cost no table
        if not path.exists():
            raise FileNotFoundError(
                f"Expected a file or a folder at {path}, found none. Check the path."
            )
    paths += [] if files_from is None else read_list(files_from)
    if not paths:
        raise ValueError("Expected files or folders beside the model, got none. Name some.")
    if out is not None:
        n_errors = _predict_into(out, model, paths, jobs, trusted or ())
    else:
        n_errors = _predict_and_print(format_, model, paths, trusted or ())
    raise typer.Exit(1 if n_errors else 0)


def _ask_and_print(url, format_, paths, model, out, files_from):
    from skemotion.serving.client import Client, ServiceError

    if model is not None or out is not None:
        raise ValueError("Expected --url without --model and --out, got both. Leave them out.")
    paths += [] if files_from is None else read_list(files_from)
    if not paths:
        raise ValueError("Expected files for the service, got none. Name some.")
    rows = []
    with Client(url) as client:
        for path in paths:
            try:
                result = client.predict(path)
                scores = {name: round(share, 4) for name, share in result.probabilities.items()}
                rows.append({"file": readable(str(path)), "emotion": result.label} | scores)
            except ConnectionError:
                if rows:
                    _PRINTERS[format_](rows)
                raise
            except (ServiceError, OSError) as error:  # of this file; the others go on
                rows.append({"file": readable(str(path)), "error": readable(str(error))})
    _PRINTERS[format_](rows)
    return sum("error" in row for row in rows)


def _predict_and_print(format_, model, paths, trusted):
    from skemotion.runtime import open_predictor

    predictor = open_predictor(model, trusted=trusted)
    left_out = Counter()
    files = list(find_files(paths, predictor.modality, left_out))
    if not files:
        raise nothing_found(paths, predictor.modality, left_out)
    rows = predict_files(predictor, files)
    _PRINTERS[format_](rows)
    return sum("error" in row for row in rows)


def _predict_into(out, model, paths, jobs, trusted):
    from rich.console import Console

    from skemotion.cli._batch import run_batch

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        done = run_batch(model, paths, out, jobs=jobs, trusted=trusted, console=console)
    except KeyboardInterrupt:
        console.print(
            "[yellow]Interrupted.[/] What was predicted is kept; run the same command again to go "
            "on."
        )
        raise typer.Exit(130) from None
    told = [f"left out {count}: {reason}" for reason, count in done["left_out"].items()]
    n_before = done["n_files"] - done["n_done"]
    told.append(f"Wrote {out}: {done['n_files']} rows, {n_before} of them from before")
    if done["n_errors"]:
        told.append(f"{done['n_errors']} rows are errors. The first: {done['first_error']}")
    for line in told:
        console.print(printable(line), markup=False)
    return done["n_errors"]


def predict_files(predictor, files):
    """Predict files, one by one where the whole batch fails.

    Parameters
    ----------
    predictor : Predictor
        The model.
    files : list of str
        Paths.

    Returns
    -------
    list of dict
        `file`, `emotion` and a probability for each class if the model has them, or `file` and
        `error`.
    """
    from skemotion import RecordingError
    from skemotion.cli._batch import predict_each

    rows = []
    for file, (label, scores, error) in zip(
        files, predict_each(predictor, files, caught=RecordingError), strict=True
    ):
        if error:
            rows.append({"file": readable(file), "error": readable(error)})
            continue
        row = {"file": readable(file), "emotion": label}
        if predictor.has_probabilities:
            row |= {
                name: round(float(value), 4)
                for name, value in zip(predictor.classes, scores, strict=True)
            }
        rows.append(row)
    return rows


def _print_table(rows):
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    classes = [key for key in _columns(rows) if key not in ("file", "emotion", "error")]
    for column in ("file", "emotion", *classes):
        table.add_column(Text(printable(column)), overflow="fold")
    for row in rows:
        if "error" not in row:
            cells = [f"{row[name]:.2f}" if name in row else "" for name in classes]
            names = [Text(printable(row[key])) for key in ("file", "emotion")]
            table.add_row(*names, *cells)
    if table.row_count:
        Console().print(table)
    for row in rows:
        if "error" in row:
            told = Text(printable(f"Error: {row['error']}"), "red")
            Console(stderr=True, soft_wrap=True, highlight=False).print(told)


def _print_csv(rows):
    writer = csv.DictWriter(sys.stdout, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _print_json(rows):
    typer.echo(json.dumps(rows, indent=2))


def _columns(rows):
    return list(dict.fromkeys(key for row in rows for key in row))


_PRINTERS = {"table": _print_table, "csv": _print_csv, "json": _print_json}
