"""``skemotion cache``: what is kept of recordings and tables, and dropping it."""

import json
from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Show and clear the cache of recordings.")

_FOLDER = typer.Option(None, help="Folder of the cache. Default: $SKEMOTION_CACHE.")


@app.command()
def info(
    folder: Path = _FOLDER,
    json_: bool = typer.Option(False, "--json", help="Print the figures as JSON."),
):
    """Show where the cache lies, how many results it holds and how large it is."""
    facts = _cache(folder).info()
    if json_:
        typer.echo(json.dumps(facts))
        return
    typer.echo(
        f"{facts['path']}: {facts['n_results']} results of {facts['n_files']} files, "
        f"{facts['n_tables']} tables"
    )
    typer.echo(f"{facts['bytes'] / 1e6:.1f} of at most {facts['max_bytes'] / 1e6:.0f} MB")


@app.command()
def clear(folder: Path = _FOLDER):
    """Drop all results and tables; they are computed anew when they are needed."""
    cache = _cache(folder)
    facts = cache.info()
    cache.clear()
    typer.echo(
        f"Dropped {facts['n_results']} results and {facts['n_tables']} tables from {cache.path}."
    )


def _cache(folder):
    from skemotion._cache import RecordingCache
    from skemotion._config import cache_folder

    folder = folder or cache_folder()
    if folder is None:
        raise ValueError(
            "Expected a folder of a cache, got none. Set SKEMOTION_CACHE, or pass --folder."
        )
    return RecordingCache(folder)
