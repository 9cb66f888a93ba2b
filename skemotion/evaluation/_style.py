"""How figures look: matplotlib figures that need no display."""

import math

MAP = "Blues"  # one hue, light to dark: safe for the colour-blind, and in print
COLOURS = ("#0072b2", "#d55e00")  # blue and vermilion of Okabe and Ito
WIDTH = 3.1  # inches a panel
_N_PANELS = 3  # side by side


def make_figure(width, height):
    """Return an empty figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def make_panels(n_panels, width, height):
    """Return a figure and its axes, of so many inches each, three side by side."""
    n_columns = 2 if n_panels == 4 else min(n_panels, _N_PANELS)
    n_rows = math.ceil(n_panels / n_columns)
    figure = make_figure(width * n_columns, 0.35 + height * n_rows)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for unused in panels[n_panels:]:
        unused.remove()
    return figure, panels[:n_panels]


def plain(name):
    """Return a name that matplotlib does not read as mathematics."""
    return str(name).replace("$", r"\$")
