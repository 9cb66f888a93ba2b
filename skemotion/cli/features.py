"""``skemotion features``: what a model's front end makes of a dataset, in a table."""

import shutil
from pathlib import Path

import typer

from skemotion._files import replaced
from skemotion.cli._sources import load_models, load_source, parse_options, parse_source

_USUAL = {"voice": "voice-svm", "face": "face-hog-svm"}


def features(
    dataset: str = typer.Argument(help="Dataset, as NAME or NAME=PATH."),
    out: Path = typer.Option(None, help="File: .parquet, .npz or .csv. Default: DATASET.npz."),
    using: str = typer.Option(
        None, help="Model whose first steps are used, or a set of voice features: voice88, ..."
    ),
    scheme: str = typer.Option(None, help="Scheme that maps emotions, such as common4."),
    where: str = typer.Option(None, help="Rows to take, such as \"split == 'Training'\"."),
    option: list[str] = typer.Option(
        [], "--option", help="key=value for the dataset, such as channel=song."
    ),
    jobs: int = typer.Option(2, help="Workers."),
    skip_damaged: bool = typer.Option(
        False, "--skip-damaged", help="Leave damaged files out; rows of what cannot be decoded: NaN"
    ),
):
    """Compute features of a dataset; stopped, the same command goes on where it was."""
    from rich.console import Console

    from skemotion._config import cache_folder

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    source = parse_source(dataset) | {"where": where} | parse_options(option)
    out = out or Path(f"{source['name']}.npz")
    if out.suffix not in _WRITERS:
        raise ValueError(
            f"Expected --out to end in {', '.join(_WRITERS)}, got {out.name!r}. Rename it."
        )
    data = load_source(source, scheme, "skip" if skip_damaged else "raise")
    for reason, count in data.left_out.items():
        console.print(f"left out {count}: {reason}", markup=False)
    kept = cache_folder() or out.with_name(f".{out.name}.cache")
    steps = _front_end(using or _usual(data.dataset.modality))
    for step in steps.named_steps.values():
        step.set_params(n_jobs=jobs, on_error="nan" if skip_damaged else "raise", verbose=True)
    steps[-1].set_params(cache=kept)
    X = steps.fit_transform(data.X)
    names = steps.get_feature_names_out() if X.ndim == 2 and X.dtype != object else None
    with replaced(out) as path:
        _WRITERS[out.suffix](path, data, X, names)
    if cache_folder() is None:
        shutil.rmtree(kept, ignore_errors=True)
    console.print(f"Wrote {out}: {len(X)} rows of shape {X.shape[1:]}")


def _usual(modality):
    if modality not in _USUAL:
        raise ValueError(
            f"There is no usual model for {modality} recordings. Name one with --using; "
            "skemotion plugins lists them."
        )
    return _USUAL[modality]


def _front_end(name):
    """Return the steps of a model that work recording by recording, or a set of features."""
    from skemotion import AcousticFeatures, RecordingPipeline, RecordingTransformer
    from skemotion.audio._presets import PRESETS

    if name in PRESETS:
        return RecordingPipeline([("acousticfeatures", AcousticFeatures(preset=name))])
    (model,) = load_models([name])
    steps = []
    for step_name, step in model.pipeline().steps:
        if isinstance(step, RecordingPipeline):
            steps += step.steps
        elif isinstance(step, RecordingTransformer):
            steps.append((step_name, step))
        else:
            break
    if not steps:
        raise ValueError(
            f"Model {name!r} has no first step that works recording by recording. "
            "Name another one with --using."
        )
    return RecordingPipeline(steps)


def _table(data, X, names):
    import pandas as pd

    if names is None:
        raise ValueError(
            f"Expected features of one row a recording for a table, got the shape {X.shape}. "
            "Write them to .npz."
        )
    columns = data.frame[["dataset", "path", "emotion", "subject"]]
    return pd.concat([columns, pd.DataFrame(X, columns=names)], axis=1)


def _write_parquet(path, data, X, names):
    from skemotion._optional import import_extra

    import_extra("pyarrow", extra="parquet")
    _table(data, X, names).to_parquet(path, engine="pyarrow", index=False)


def _write_csv(path, data, X, names):
    _table(data, X, names).to_csv(path, index=False)


def _write_npz(path, data, X, names):
    import numpy as np

    frame = data.frame
    facts = {"y": data.y, "groups": data.groups, "path": frame["path"].to_numpy(str)}
    facts |= {} if names is None else {"names": np.asarray(names, dtype=str)}
    if X.dtype == object:
        raise ValueError(
            "Expected features of one shape for all recordings, got several shapes. "
            "Use a model whose first steps end in arrays of one shape."
        )
    with path.open("wb") as file:
        np.savez_compressed(file, X=X, **facts)


_WRITERS = {".parquet": _write_parquet, ".csv": _write_csv, ".npz": _write_npz}
