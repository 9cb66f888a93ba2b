"""``skemotion predict``: emotions of files, with a model that `skemotion fit` wrote."""

import csv
import json
import sys
from pathlib import Path

import typer


def predict(
    model: Path = typer.Argument(
        help="File that `skemotion fit` wrote. Open only files you trust."
    ),
    files: list[Path] = typer.Argument(help="Recordings or images."),
    format_: str = typer.Option("table", "--format", help="table, csv or json."),
):
    """Predict the emotion in each file; a file that cannot be read is a row with its error."""
    if format_ not in ("table", "csv", "json"):
        raise ValueError(f"Expected --format to be table, csv or json, got {format_!r}.")
    pipeline = load_fitted(model)["pipeline"]
    rows = predict_files(pipeline, [str(file) for file in files])
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[format_](rows)
    raise typer.Exit(1 if any(row.get("error") for row in rows) else 0)


def load_fitted(path):
    """Return what `skemotion fit` wrote.

    Parameters
    ----------
    path : Path
        The file. Loading runs code it holds: open only files you trust.

    Returns
    -------
    dict
        With `pipeline`, `model`, `dataset`, `scheme`, ...

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is something else.
    """
    import joblib

    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a model file at {path}, found none. Make one with skemotion fit."
        )
    try:
        saved = joblib.load(path)
    except Exception as error:  # unpickling foreign bytes raises nearly anything
        raise ValueError(
            f"Cannot read {path} as a model: {type(error).__name__}: {error}. "
            "Make one with skemotion fit, with the versions installed now."
        ) from error
    if not isinstance(saved, dict) or "pipeline" not in saved:
        raise ValueError(
            f"Expected {path} to be a model that skemotion fit wrote, got {type(saved).__name__}. "
            "Make one with skemotion fit."
        )
    return saved


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
