"""Reports of an evaluation: a table on the terminal, CSV files, a page with pictures."""

from pathlib import Path

from skemotion.evaluation._page import make_page
from skemotion.evaluation.results import format_interval


def print_report(results, console=None):
    """Print the matrix of every model, what training and test share, and what failed.

    Parameters
    ----------
    results : Results
        Results of an evaluation.
    console : :class:`rich.console.Console`, default=None
        Where to print; None means standard output.

    Examples
    --------
    >>> from skemotion import evaluate
    >>> from skemotion.evaluation import print_report
    >>> from sklearn.dummy import DummyClassifier
    >>> results = evaluate(DummyClassifier(), "synthetic-voices", "subject-3fold")
    >>> print_report(results)  # doctest: +ELLIPSIS
    DummyClassifier...
    """
    from rich.console import Console

    console = console or Console(highlight=False)
    if results.folds.empty:
        console.print("No results.")
    else:
        summary = results.summary()
        for model in results.models:
            cells = summary[summary["model"] == model]
            tests = list(dict.fromkeys(cells["test"]))
            step = max(1, (console.width - 24) // 15)  # what fits side by side
            for start in range(0, len(tests), step):
                console.print(_table(cells, model, tests[start : start + step]))
        for note in _notes(summary):
            console.print(note, style="dim", markup=False)
    for line, style in describe_audits(results.audits):
        console.print(line, style=style, markup=False)
    if results.failures:
        console.print(f"{len(results.failures)} failed:", style="bold red")
        for failure in results.failures:
            console.print(f"- {failure}", markup=False)


def describe_audits(audits):
    """Yield what audits found, as lines with a style.

    Parameters
    ----------
    audits : list of AuditReport
        What was audited.

    Yields
    ------
    line : str
        Text.
    style : {"bold red", "yellow", "dim"}
        Of a leak, of what is stated, of the rest.
    """
    if not audits:
        return
    styles = {"leak": "bold red", "stated": "yellow", "note": "dim"}
    looked_for = list(dict.fromkeys(kind for report in audits for kind in report.looked_for))
    verdicts = dict.fromkeys(report.verdict for report in audits)
    one = len(verdicts) == 1
    what = next(iter(verdicts)) if one else "; ".join(f"{r.name}: {r.verdict}" for r in audits)
    yield f"Audit: {what}. Looked for shared {', '.join(looked_for)}.", "dim"
    for report in audits:
        for finding in report.findings:
            yield f"{report.name}: {finding.severity}: {finding}", styles[finding.severity]


def write_report(results, folder):
    """Write results and predictions as CSV, and a page with pictures.

    Parameters
    ----------
    results : Results
        Results of an evaluation.
    folder : path-like
        Where to write; it is made if it is not there.

    Returns
    -------
    dict of str to Path
        ``"results"``, ``"predictions"`` and ``"page"`` -> the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skemotion import evaluate
    >>> from skemotion.evaluation import write_report
    >>> from sklearn.dummy import DummyClassifier
    >>> results = evaluate(DummyClassifier(), "synthetic-voices", "subject-3fold")
    >>> with TemporaryDirectory() as folder:
    ...     sorted(path.name for path in write_report(results, folder).values())
    ['predictions.csv', 'report.html', 'results.csv']
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {
        "results": folder / "results.csv",
        "predictions": folder / "predictions.csv",
        "page": folder / "report.html",
    }
    results.to_csv(paths["results"])
    results.predictions.to_csv(paths["predictions"], index=False)
    results.to_html(paths["page"])
    return paths


def write_page(results, path):
    """Write the page.

    Parameters
    ----------
    results : Results
        Results of an evaluation.
    path : path-like
        File to write.
    """
    Path(path).write_text(make_page(results), encoding="utf-8")


def _table(cells, model, tests):
    from rich.markup import escape
    from rich.table import Table

    same_chance = cells["chance"].max() - cells["chance"].min() < 0.005
    title = f"{escape(model)}: UAR, 95 % interval"
    title += f", chance {cells['chance'].iloc[0]:.2f}" if same_chance else ""
    table = Table(title=title, title_justify="left", show_lines=True)
    table.add_column("trained on ↓  tested on →", overflow="fold")
    for name in tests:
        table.add_column(escape(name), justify="center", min_width=12, overflow="fold")
    for train, row in cells.groupby("train", sort=False):
        found = {cell["test"]: cell for cell in row.to_dict("records")}
        texts = [_cell(found.get(name), not same_chance) for name in tests]
        table.add_row(escape(train), *texts)
    return table


def _cell(cell, with_chance):
    if cell is None:
        return "-"
    value, _, between = format_interval(cell, "uar").partition(" ")
    lines = [
        f"[bold]{value}[/]" if cell["kind"] == "within" else value,
        between.replace("[", r"\["),
    ]
    lines.append(f"[dim]chance {cell['chance']:.2f}[/]" if with_chance else "")
    lines.append("[yellow]leaky[/]" if cell["leaky"] else "")
    lines.append("[yellow]transductive[/]" if cell["transductive"] else "")
    lines.append("" if cell["subjects_known"] else "[yellow]subjects?[/]")
    return "\n".join(line for line in lines if line)


def _notes(summary):
    notes = []
    within = summary[summary["kind"] == "within"]
    if len(within):
        notes.append(
            "Bold: within one dataset. Otherwise trained on all of one, tested on another."
        )
    for (name, protocol), cells in within.groupby(["train", "protocol"], sort=False):
        n_folds = "/".join(map(str, sorted(cells["n_folds"].unique())))
        notes.append(f"{name}: protocol {protocol}, folds {n_folds}.")
    scored = summary["classes"].map(" ".join)
    for classes, cells in summary.groupby(scored, sort=False):
        pairs = dict.fromkeys(zip(cells["train"], cells["test"], strict=True))
        which = "" if scored.nunique() == 1 else f" ({_pairs(pairs)})"
        notes.append(f"{len(classes.split())} classes: {classes}{which}.")
    for scheme in summary["scheme"].unique():
        notes.append(f"Scheme: {scheme or 'none'}.")
    if summary["leaky"].any():
        notes.append(
            "leaky: subjects or recordings stand in training and test; the score is too good."
        )
    if summary["transductive"].any():
        notes.append(
            "transductive: the model uses all recordings of a test subject at once, without labels."
        )
    for cell in summary[summary["soft_distance"].notna()].to_dict("records"):
        notes.append(
            f"Shares of votes, {cell['model']}, {_pairs([(cell['train'], cell['test'])])}: "
            f"distance {cell['soft_distance']:.3f}, cross-entropy {cell['soft_cross_entropy']:.3f}."
        )
    if not summary["subjects_known"].all():
        notes.append("subjects?: nobody knows who is in the recordings, so that some may leak.")
    return notes


def _pairs(pairs):
    shown = [a if a == b else f"{a} -> {b}" for a, b in pairs]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
