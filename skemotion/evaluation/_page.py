"""The page of a report: one file, no request to anywhere."""

import base64
import io
import json
from html import escape

import pandas as pd

from skemotion import __version__
from skemotion.evaluation.displays import plot_confusion, plot_histories, plot_matrix
from skemotion.evaluation.results import format_interval

_N_FOLDS = 500  # rows of the table of folds; results.csv has all
_FOLD_COLUMNS = {
    "model": "model",
    "train": "trained on",
    "test": "tested on",
    "protocol": "protocol",
    "fold": "fold",
    "held_out": "held out",
    "n_train": "train",
    "n_validation": "validation",
    "n_test": "test",
    "n_subjects_test": "test subjects",
    "uar": "UAR",
    "wa": "WA",
    "macro_f1": "macro F1",
    "chance": "chance",
    "seconds_fit": "fit (s)",
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d0d7de;
  --band: #f4f6f8; --warn: #8a3b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a3adb8; --paper: #15191e;
  --line: #3b434d; --band: #1e242b; --warn: #ffb37a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { margin-top: 2.5rem; font-size: 1.3rem;
  border-bottom: 1px solid var(--line); } h3 { font-size: 1.05rem; }
p.soft, figcaption, caption { color: var(--soft); font-size: .9rem; text-align: left; }
figure { margin: 1rem 0; } figure img { display: block; max-width: max(100%, 38rem); height: auto;
  background: #fff; border: 1px solid var(--line); border-radius: 4px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem;
  font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; white-space: nowrap; } thead th { background: var(--band); }
tbody th { font-weight: inherit; } .number { text-align: right; }
td.long { white-space: normal; min-width: 16rem; }
.warn { color: var(--warn); font-weight: 600; } code { font-size: .85em; }
details { margin: .75rem 0; } summary { cursor: pointer; } nav a { margin-right: 1rem; }
a { color: inherit; }
"""


def make_page(results):
    """Return the page of a report.

    Parameters
    ----------
    results : Results
        Results of an evaluation.

    Returns
    -------
    str
        HTML. Pictures are in it; names are escaped; it asks nothing of any server.
    """
    body = [_head(results)]
    if len(results.folds):
        for number, model in enumerate(results.models):
            body.append(_model(results, model, number))
        body += [_folds(results.folds), _how(results)]
    body += [_audits(results.audits), _datasets(results.datasets)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">\n"
        f"<title>skemotion: results</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(results):
    parts = ["<h1>Emotion recognition within and across datasets</h1>"]
    n_models, n_folds = len(results.models), len(results.folds)
    parts.append(
        f"<p>{_count(n_models, 'model')}, {_count(len(results.datasets), 'dataset')}, "
        f"{_count(n_folds, 'fold')}. Scores are unweighted average recall (UAR) pooled over folds, "
        "in brackets the 95&nbsp;% interval of a bootstrap over subjects.</p>"
    )
    if n_models > 1:
        links = [
            f'<a href="#model-{number}">{escape(model)}</a>'
            for number, model in enumerate(results.models)
        ]
        parts.append(f'<nav aria-label="Models">{" ".join(links)}</nav>')
    if results.failures:
        items = "".join(f"<li>{escape(str(failure))}</li>" for failure in results.failures)
        parts.append(
            f'<h2>What failed</h2><p class="warn">{_count(len(results.failures), "part")} could '
            f"not be done. The scores below are of the rest.</p><ul>{items}</ul>"
        )
    return "\n".join(parts)


def _cells(cells, model):
    rows = []
    voted = cells["soft_distance"].notna().any()
    for cell in cells.to_dict("records"):
        flags = ["leaky: subjects on both sides"] if cell["leaky"] else []
        flags += ["transductive: uses a test subject's recordings"] if cell["transductive"] else []
        flags += [] if cell["subjects_known"] else ["subjects unknown"]
        rows.append(
            {
                "trained on": cell["train"],
                "tested on": cell["test"],
                "UAR": format_interval(cell, "uar"),
                "chance": f"{cell['chance']:.3f}",
                "note": _Warning("; ".join(flags)),
                "mean over folds": _mean(cell, "uar"),
                "WA": format_interval(cell, "wa"),
                "macro F1": format_interval(cell, "macro_f1"),
                **({"distance from votes": f"{cell['soft_distance']:.3f}"} if voted else {}),
                "folds": cell["n_folds"],
                "recordings": cell["n_test"],
                "subjects": cell["n_subjects"],
                "protocol": cell["protocol"],
                "classes": " ".join(cell["classes"]),
            }
        )
    return _table(rows, f"Scores of {model}")


def _model(results, model, number):
    cells = results.summary().query("model == @model")
    words = [
        f"trained on {cell['train']}, tested on {cell['test']}: UAR {format_interval(cell, 'uar')}"
        for cell in cells.to_dict("records")
    ]
    parts = [f'<h2 id="model-{number}">{escape(model)}</h2>']
    parts.append(
        _picture(
            plot_matrix(results, model),
            f"Heatmap of {model}: " + "; ".join(words),
            "Rows are trained on, columns tested on. Framed cells are within one dataset, with no "
            "subject on both sides unless they say leaky.",
        )
    )
    parts.append(_cells(cells, model))
    parts.append("<h3>Confusion matrices</h3>")
    for train in dict.fromkeys(cells["train"]):
        recalls = _recalls(results.folds.query("model == @model and train == @train"))
        parts.append(
            _picture(
                plot_confusion(results, model, train),
                f"Confusion matrices of {model} trained on {train}. Mean recall: {recalls}",
                f"Trained on {train}. Share of each true class, and number of recordings.",
            )
        )
    curves = plot_histories(results, model)
    if curves is not None:
        parts.append("<h3>Learning curves</h3>")
        caption = "Loss and measures by epoch: solid in training, dashed on the validation part."
        parts.append(_picture(curves, f"Learning curves of {model}", caption))
    params = results.folds.query("model == @model")["params"].iloc[0]
    pretty = json.dumps(json.loads(params), indent=1)
    parts.append(f"<details><summary>Parameters</summary><pre>{escape(pretty)}</pre></details>")
    return "\n".join(parts)


def _recalls(folds):
    names = [name for name in folds if name.startswith("recall_") and folds[name].notna().any()]
    return ", ".join(f"{name.removeprefix('recall_')} {folds[name].mean():.2f}" for name in names)


def _folds(folds):
    shown = folds.head(_N_FOLDS)[list(_FOLD_COLUMNS)].rename(columns=_FOLD_COLUMNS)
    for name in ("UAR", "WA", "macro F1", "chance"):
        shown[name] = shown[name].map("{:.3f}".format)
    shown["fit (s)"] = shown["fit (s)"].map("{:.2f}".format)
    caption = "One row a fold"
    if len(folds) > _N_FOLDS:
        caption += f": the first {_N_FOLDS} of {len(folds)}, the rest is in the CSV file"
    table = _table(shown.to_dict("records"), caption)
    return f"<h2>Folds</h2><details><summary>Show {len(shown)} rows</summary>{table}</details>"


def _audits(audits):
    rows = []
    for report in audits:
        for finding in report.findings:
            leak = finding.severity == "leak"
            rows.append(
                {
                    "audited": report.name,
                    "what is shared": finding.kind,
                    "severity": _Warning("leak") if leak else finding.severity,
                    "how many": finding.count,
                    "test recordings": finding.n_rows,
                    "folds": finding.n_folds,
                    "for instance": ", ".join(finding.examples),
                    "consequence": finding.consequence,
                }
            )
    if not audits:
        return ""
    kinds = escape(", ".join(dict.fromkeys(k for report in audits for k in report.looked_for)))
    text = f"<p>Training, validation and test parts were searched for shared {kinds}."
    text += "" if rows else " Nothing was found."
    return f"<h2>Audit</h2>{text}</p>{_table(rows, 'What training and test share')}"


def _datasets(datasets):
    rows = []
    for row in datasets.to_dict("records"):
        left_out = "; ".join(f"{n} {why}" for why, n in json.loads(row["left_out"]).items())
        rows.append(
            {
                "dataset": row["dataset"],
                "modality": row["modality"],
                "recordings": row["n_recordings"],
                "subjects": row["n_subjects"] if row["subjects_known"] else "unknown",
                "classes": row["classes"],
                "left out": left_out or "nothing",
                "licence": row["licence"],
                "citation": row["citation"],
                "fingerprint": row["fingerprint"],
            }
        )
    table = _table(rows, "What was loaded, and what was left out")
    return f"<h2>Datasets</h2>{table}" if rows else ""


def _how(results):
    folds = results.folds
    protocols = dict(zip(folds["protocol"], folds["protocol_description"], strict=True))
    versions = {json.dumps(value): value for value in folds["versions"]}
    schemes = [name or "none (the datasets' own emotions)" for name in folds["scheme"].unique()]
    items = [
        f"Protocol <b>{escape(name)}</b>: {escape(text or 'no description')}."
        for name, text in protocols.items()
    ]
    items.append("Scheme of the emotions: " + escape(", ".join(schemes)) + ".")
    items.append("Seeds: " + ", ".join(map(str, sorted(folds["random_state"].unique()))) + ".")
    for found in versions.values():
        text = ", ".join(f"{name} {number}" for name, number in found.items())
        items.append(f"Computed with {escape(text)}.")
    networks = folds[folds["backend"] != ""].groupby(["backend", "precision", "device"])["model"]
    for (backend, precision, device), models in networks:
        names = ", ".join(sorted(models.unique()))
        how = f"{names} trained with Keras on {backend}, {precision}, {device}"
        items.append(f"Networks: {escape(how)}.")
    items.append(f"Between {folds['created'].min()} and {folds['created'].max()}.")
    items.append(
        "Every model was fitted within each fold, on its training part alone. Off the diagonal the "
        "classes are those that both datasets have. Chance levels: "
        + ", ".join(
            f"{chance:.2f}" for chance in sorted(results.summary()["chance"].round(3).unique())
        )
        + "."
    )
    items.append(f"Page made by skemotion {__version__}.")
    return f"<h2>How it was made</h2><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


# letters as text, not as curves, and the same page for the same results
_SVG = {"svg.fonttype": "none", "svg.hashsalt": "skemotion"}


class _Warning(str):
    """Text that is shown as a warning."""


def _table(rows, caption):
    if not rows:
        return ""
    names = [name for name in rows[0] if any(str(row[name]) for row in rows)]
    numeric = {name for name in names if all(_is_number(row[name]) for row in rows)}
    head = "".join(f'<th scope="col"{_align(name, numeric)}>{escape(name)}</th>' for name in names)
    body = []
    for row in rows:
        first, *others = names
        cells = [f'<th scope="row">{escape(str(row[first]))}</th>']
        for name in others:
            text = escape(str(row[name]))
            text = f'<span class="warn">{text}</span>' if isinstance(row[name], _Warning) else text
            style = ' class="long"' if len(str(row[name])) > 40 else _align(name, numeric)
            cells.append(f"<td{style}>{text}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _align(name, numeric):
    return ' class="number"' if name in numeric else ""


def _is_number(value):
    return not isinstance(value, str) or (value[:1].isdigit() and not value[-1:].isalpha())


def _picture(figure, alt, caption):
    import matplotlib as mpl

    buffer = io.BytesIO()
    with mpl.rc_context(_SVG):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        '<figure><div class="scroll">'
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(alt)}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _mean(cell, metric):
    mean, std = cell[f"{metric}_mean"], cell[f"{metric}_std"]
    return f"{mean:.3f}" + ("" if pd.isna(std) else f" ± {std:.3f}")


def _count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
