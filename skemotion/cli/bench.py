"""``skemotion bench``: models across datasets, resumable, with a report."""

import tomllib
from pathlib import Path

import typer

from skemotion.cli._sources import load_models, load_source, split_names

DEFAULT_DATASETS = (
    "synthetic-voices",
    "synthetic-voices-phone",
    "synthetic-faces",
    "synthetic-faces-webcam",
)
DEFAULT_MODELS = ("voice-svm", "voice-lstm", "face-hog-svm", "face-cnn")
QUICK_MODELS = (  # for the first look: fewer epochs, smaller pictures
    "voice-svm",
    {"name": "voice-lstm", "label": "voice-lstm-quick", "params": {"lstmclassifier__epochs": 12}},
    "face-hog-svm",
    {
        "name": "face-cnn",
        "label": "face-cnn-quick",
        "params": {
            "cnnclassifier__filters": (32, 64),
            "cnnclassifier__batch_norm": False,
            "cnnclassifier__global_pooling": False,
            "cnnclassifier__dense_units": 128,
            "cnnclassifier__epochs": 12,
            "cnnclassifier__batch_size": 32,
            "cnnclassifier__schedule": None,
            "cnnclassifier__warmup_epochs": 0,
            "cnnclassifier__label_smoothing": 0.0,
            "cnnclassifier__augment": False,
            "cnnclassifier__average_flip": False,
            "cnnclassifier__early_stopping": True,
            "recordingpipeline__resize__height": 32,
            "recordingpipeline__resize__width": 32,
        },
    },
)
_KEYS = {"datasets", "models", "scheme", "protocol", "store", "out", "jobs", "seed", "on_error"}


def bench(
    datasets: str = typer.Option(
        None,
        help="Datasets, comma-separated, each NAME or NAME=PATH. Default: the synthetic corpora.",
    ),
    models: str = typer.Option(
        None, help="Models, comma-separated. Default: those quick to train that fit the datasets."
    ),
    scheme: str = typer.Option(None, help="Scheme that maps emotions, such as common4."),
    protocol: str = typer.Option(
        None, help="Protocol within a dataset, such as loso. Default: each dataset's own."
    ),
    config: Path = typer.Option(None, help="TOML file with the same keys; options win over it."),
    store: str = typer.Option(
        None, help="Database URL or file of the results. Default: results.sqlite in --out."
    ),
    out: Path = typer.Option(None, help="Folder of the report. Default: skemotion-results."),
    jobs: int = typer.Option(None, help="Worker processes over folds. Default: 2."),
    seed: int = typer.Option(None, help="Seed of everything random. Default: 0."),
    skip_damaged: bool = typer.Option(
        False, "--skip-damaged", help="Leave damaged files out and count them."
    ),
):
    """Train on one dataset, test on another: a table, a CSV and a page with pictures.

    Every finished fold is stored at once: run the same command again after an interruption and it
    goes on where it was.
    """
    given = {
        "datasets": split_names(datasets) if datasets is not None else None,
        "models": split_names(models) if models is not None else None,
        "scheme": scheme,
        "protocol": protocol,
        "store": store,
        "out": None if out is None else str(out),
        "jobs": jobs,
        "seed": seed,
        "on_error": "skip" if skip_damaged else None,
    }
    options = {} if config is None else _read_config(config)
    options |= {key: value for key, value in given.items() if value is not None}
    run_bench(**options)


def run_bench(
    datasets=DEFAULT_DATASETS,
    models=None,
    scheme=None,
    protocol=None,
    store=None,
    out="skemotion-results",
    jobs=2,
    seed=0,
    on_error="raise",
):
    """Run a benchmark and write its report.

    Parameters
    ----------
    datasets : sequence of (str or dict)
        Datasets, as in a config file.
    models : sequence of (str or dict), default=None
        Models, as in a config file. None means those quick to train that fit the datasets, and for
        the default datasets even quicker variants, labelled so.
    scheme : str, default=None
        Scheme that maps emotions.
    protocol : str, default=None
        Protocol within a dataset; None means each dataset's own.
    store : str, default=None
        Database URL or file. None means ``results.sqlite`` in `out`.
    out : path-like, default="skemotion-results"
        Folder of the report.
    jobs : int, default=2
        Worker processes over folds.
    seed : int, default=0
        Seed of everything random.
    on_error : {"raise", "skip"}, default="raise"
        What to do about damaged files.

    Returns
    -------
    Results
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    out = Path(out)
    check_writable(out)
    loaded = [load_source(source, scheme, on_error) for source in datasets]
    for data in loaded:
        _say_what_is_in(console, data)
    if models is None:
        models = QUICK_MODELS if datasets is DEFAULT_DATASETS else _fitting(loaded)
    chosen = load_models(models)

    from skemotion.evaluation import ResultStore, cross_dataset, print_report, write_report

    with ResultStore(store or out / "results.sqlite") as results_store:
        try:
            results = cross_dataset(
                chosen,
                loaded,
                scheme,
                protocol=protocol,
                store=results_store,
                random_state=seed,
                n_jobs=jobs,
                verbose=True,
                on_error="report",
            )
        except KeyboardInterrupt:
            console.print(
                "[yellow]Interrupted.[/] Finished folds are stored; "
                "run the same command again to go on."
            )
            raise typer.Exit(130) from None
    print_report(results)
    for path in write_report(results, out).values():
        console.print(f"Wrote {path}", soft_wrap=True)
    if results.failures:
        raise typer.Exit(1)
    return results


def _read_config(path):
    if not path.is_file():
        raise FileNotFoundError(f"Expected a config file at {path}, found none. Check the path.")
    try:
        options = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"Cannot read {path} as TOML: {error}. Correct the file.") from error
    unknown = sorted(set(options) - _KEYS)
    if unknown:
        raise ValueError(
            f"{path} has the unknown keys {', '.join(unknown)}. Known: {', '.join(sorted(_KEYS))}."
        )
    return options


def check_writable(out):
    """Make the folder of the results, or say why it cannot be written.

    Parameters
    ----------
    out : Path
        The folder.

    Raises
    ------
    OSError
        If it cannot be made or written into.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".writable"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise OSError(
            f"Cannot write into {out}: {error.strerror}. Free space or choose another --out."
        ) from error


def _fitting(loaded):
    from skemotion.models import load_model

    modalities = {data.dataset.modality for data in loaded}
    return [name for name in DEFAULT_MODELS if load_model(name).modality in modalities]


def _say_what_is_in(console, data):
    console.print(
        f"[bold]{data.dataset.name}[/]: {len(data.y)} recordings, {len(set(data.groups))} "
        f"{'subjects' if data.dataset.subjects_known else 'distinct recordings, subjects unknown'}"
    )
    for reason, count in data.left_out.items():
        console.print(f"  left out {count}: {reason}", markup=False)
