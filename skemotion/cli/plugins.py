"""``skemotion plugins``: what is installed, from where, and whether it works."""


def plugins():
    """List datasets and models with the package they come from and their state."""
    from rich.console import Console
    from rich.table import Table

    from skemotion.plugins import DATASETS, MODELS

    table, broken = Table(title="Plugins"), []
    for column in ("kind", "name", "package", "version", "state"):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for registry in (DATASETS, MODELS):
        for plugin in registry.plugins():
            try:
                registry.load(plugin.name)
                state = "[green]ok[/]"
            except (ValueError, ImportError) as error:
                state = "[red]unusable[/]"
                broken.append(str(error))
            table.add_row(plugin.kind, plugin.name, plugin.package, plugin.version, state)
    Console().print(table)
    for error in dict.fromkeys(broken):
        Console(stderr=True, soft_wrap=True).print(error, style="red", markup=False)
