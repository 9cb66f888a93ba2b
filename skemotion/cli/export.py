"""``skemotion export``: make a model predict without TensorFlow."""

from pathlib import Path

import typer

from skemotion._files import refuse_folder
from skemotion.cli._model_tables import list_parity, print_pairs
from skemotion.cli._sources import load_source, parse_source

_TARGETS = ("onnx", "litert")


def export(
    model: Path = typer.Argument(help="File that `skemotion fit` wrote."),
    to: str = typer.Option(..., help="onnx (servers; scalers and SVMs, too) or litert (phones)."),
    precision: str = typer.Option(
        "float32", help="Of litert: float32, float16, dynamic or int8 (needs --data)."
    ),
    data: str = typer.Option(
        None, help="Dataset to compare both on, as NAME or NAME=PATH, such as folder=recordings."
    ),
    scheme: str = typer.Option(None, help="Scheme of its emotions. Default: the model's."),
    where: str = typer.Option(None, help="Rows to compare on, such as \"split == 'PublicTest'\"."),
    tolerance: float = typer.Option(None, help="Largest difference of a probability."),
    out: Path = typer.Option(None, help="File to write. Default: MODEL-onnx.skemotion, ..."),
    trusted: list[str] = typer.Option(
        None, help="Type in the model to trust, as an error names it. May be given several times."
    ),
):
    """Export a model to ONNX or LiteRT, compare it with the original, and write it to a file."""
    from rich.console import Console

    from skemotion import load, save
    from skemotion.export import read_manifest, to_litert, to_onnx

    if to not in _TARGETS:
        raise ValueError(f"Expected --to to be onnx or litert, got {to!r}. Choose one of them.")
    if to == "onnx" and precision != "float32":
        raise ValueError(
            f"Expected --precision float32 for onnx, got {precision!r}. Export to litert for "
            "smaller numbers."
        )
    if precision == "int8" and data is None:
        raise ValueError(
            "Expected --data with --precision int8, got none. Name a dataset of which some dozen "
            "recordings show what values occur."
        )
    ending = to if precision == "float32" else f"{to}-{precision}"
    path = out or model.with_name(f"{model.stem}-{ending}.skemotion")
    refuse_folder(path, "--out to be a file")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    manifest = read_manifest(model)
    pipeline = load(model, trusted=trusted or ())
    loaded = _load_data(data, scheme, where, manifest)
    given = {"tolerance": tolerance}
    if loaded is not None:
        given |= {"X": loaded.X, "y": loaded.y, "groups": loaded.groups}
    with console.status(f"Exporting {model.name} to {to}"):
        if to == "onnx":
            exported = to_onnx(pipeline, **given)
        else:
            exported = to_litert(pipeline, precision=precision, **given)
    last = getattr(exported, "steps", [(None, exported)])[-1][1]
    last.parity_["trained_on"] = _was_trained_on(loaded, manifest)
    facts = {name: manifest.get(name) for name in ("data", "metrics", "card")}
    written = save(exported, path, **facts)
    print_pairs(list_parity(written["parity"]))
    console.print(f"Wrote {path}; it needs {', '.join(written['runtimes'])}.", markup=False)


def _load_data(source, scheme, where, manifest):
    if source is None:
        return None
    card = manifest.get("card")
    if scheme is None and isinstance(card, dict):
        scheme = card.get("scheme")
    loaded = load_source(parse_source(source) | {"where": where}, scheme)
    classes = list(map(str, manifest.get("classes") or []))
    unknown = sorted(set(map(str, loaded.y)) - set(classes))
    if unknown:
        raise ValueError(
            f"Expected the emotions of {source} to be those of the model, "
            f"{', '.join(classes)}, got {unknown[0]!r}, too. "
            "Give --scheme, or choose rows with --where."
        )
    return loaded


def _was_trained_on(loaded, manifest):
    """Return True for the very data of the training, None where that cannot be told."""
    from skemotion.export.saving import describe_data

    digest = (manifest.get("data") or {}).get("digest")
    return True if loaded is not None and describe_data(loaded)["digest"] == digest else None
