"""``skemotion serve``: a service of saved models."""

import os
from pathlib import Path

import typer

from skemotion._files import refuse_folder


def serve(
    models: list[Path] = typer.Argument(None, help="Files that `skemotion fit` or save wrote."),
    host: str = typer.Option(None, help="Address to listen at. Default: 127.0.0.1."),
    port: int = typer.Option(None, help="Port to listen at; 0: a free one. Default: 8000."),
    workers: int = typer.Option(None, help="Processes that share the port. Default: 1."),
    api_keys: Path = typer.Option(None, help="File with the hashes of API keys."),
    new_key: str = typer.Option(
        None, help="Make a key of this name, add it to the file of --api-keys, show it, and end."
    ),
    rate: float = typer.Option(None, help="Requests a second of one client; 0: no limit."),
    cors_origins: str = typer.Option(
        None, help="Origins whose pages may call the service, separated by commas."
    ),
    setting: list[str] = typer.Option(
        [], "--set", help="NAME=VALUE of any other setting, such as max_duration=30."
    ),
):
    """Serve models over HTTP; settings come from options, else from $SKEMOTION_SERVE_NAME."""
    from skemotion.serving.settings import Settings

    if new_key is not None:
        _make_key(api_keys, new_key)
        return
    given = dict(_parse(one) for one in setting)
    options = {
        "host": host,
        "port": port,
        "workers": workers,
        "api_keys": api_keys and str(api_keys),
        "rate": rate,
        "cors_origins": cors_origins,
    }
    given |= {name: value for name, value in options.items() if value is not None}
    if not models:
        raise ValueError("Expected at least one model file, got none. Make one with skemotion fit.")
    for path in models:
        refuse_folder(path, "a model file")
        if not path.is_file():
            raise FileNotFoundError(
                f"Expected a model file at {path}, found none. Make one with skemotion fit."
            )
    settings = Settings.from_environment(**given)
    # NumPy's products are small: shared among threads they wait for busy cores. Before NumPy
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from skemotion.serving.server import serve as run

    run(models, settings)


def _parse(text):
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"Expected --set NAME=VALUE, got {text!r}. Correct it.")
    return name.strip().replace("-", "_"), value


def _make_key(path, name):
    from skemotion.serving.security import add_key

    if path is None:
        raise ValueError("Expected --api-keys FILE with --new-key, got none. Name the file.")
    key = add_key(path, name)
    typer.echo(key)
    typer.echo(f"This is shown once. Its hash was added to {path}.", err=True)
