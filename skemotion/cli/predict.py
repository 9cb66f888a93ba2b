"""``skemotion predict``: emotions of files, with a model that `skemotion fit` wrote."""

import csv
import json
import sys
from pathlib import Path

import typer


def predict(
    model: Path = typer.Argument(help="File that `skemotion fit` wrote."),
    files: list[Path] = typer.Argument(help="Recordings or images."),
    format_: str = typer.Option("table", "--format", help="table, csv or json."),
    trusted: list[str] = typer.Option(
        None, help="Type in the model to trust, as an error names it. May be given several times."
    ),
):
    """Predict the emotion in each file; a file that cannot be read is a row with its error."""
    from skemotion import load

    if format_ not in ("table", "csv", "json"):
        raise ValueError(f"Expected --format to be table, csv or json, got {format_!r}.")
    pipeline = load(model, trusted=trusted or ())
    rows = predict_files(pipeline, [str(file) for file in files])
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[format_](rows)
    raise typer.Exit(1 if any(row.get("error") for row in rows) else 0)


def predict_files(pipeline, files):
    """Predict files one by one where the whole batch fails.

    Parameters
    ----------
    pipeline : estimator
        Fitted, from recordings to emotions.
    files : list of str
        Paths.

    Returns
    -------
    list of dict
        `file`, `emotion` and a probability for each class if the pipeline has them, or `file` and
        `error`.
    """
    from skemotion import RecordingError

    try:
        return _predict(pipeline, files)
    except RecordingError as error:
        if len(files) == 1:
            # its place in this call says nothing: the file was tried alone
            return [{"file": files[0], "error": str(error).replace(" (recording 0)", "")}]
    return [row for file in files for row in predict_files(pipeline, [file])]


def _predict(pipeline, files):
    if hasattr(pipeline, "predict_proba"):
        scores = pipeline.predict_proba(files)
        emotions = pipeline.classes_[scores.argmax(axis=1)]
    else:
        scores, emotions = [[]] * len(files), pipeline.predict(files)
    return [
        {"file": file, "emotion": str(emotion)}
        | {
            str(name): round(float(value), 4)
            for name, value in zip(pipeline.classes_, row, strict=False)
        }
        for file, emotion, row in zip(files, emotions, scores, strict=True)
    ]


def _print_table(rows):
    from rich.console import Console
    from rich.table import Table

    table = Table()
    classes = [key for key in _columns(rows) if key not in ("file", "emotion", "error")]
    for column in ("file", "emotion", *classes):
        table.add_column(column, overflow="fold")
    for row in rows:
        if "error" not in row:
            cells = [f"{row[name]:.2f}" if name in row else "" for name in classes]
            table.add_row(row["file"], row["emotion"], *cells)
    if table.row_count:
        Console().print(table)
    for row in rows:
        if "error" in row:
            Console(stderr=True, soft_wrap=True).print(f"Error: {row['error']}", style="red")


def _print_csv(rows):
    writer = csv.DictWriter(sys.stdout, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _print_json(rows):
    typer.echo(json.dumps(rows, indent=2))


def _columns(rows):
    return list(dict.fromkeys(key for row in rows for key in row))
