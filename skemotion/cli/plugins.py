"""``skemotion plugins``: what is installed, from where, and whether it works."""


def plugins():
    """List datasets and models with the package they come from and their state."""
    from rich.console import Console
    from rich.table import Table

    from skemotion.plugins import DATASETS, MODELS

    table = Table(title="Plugins")
    for column in ("kind", "name", "package", "version", "state"):
        table.add_column(column, overflow="fold")
    for registry in (DATASETS, MODELS):
        for plugin in registry.plugins():
            table.add_row(
                plugin.kind, plugin.name, plugin.package, plugin.version, _state(registry, plugin)
            )
    Console().print(table)


def _state(registry, plugin):
    try:
        registry.load(plugin.name)
    except (ValueError, ImportError) as error:
        from rich.text import Text

        return Text(f"unusable: {error}", style="red")
    return "[green]ok[/]"
