"""What files of models say of themselves, for people to read."""

from unicodedata import category


def print_pairs(rows):
    """Print names and values below each other.

    Parameters
    ----------
    rows : list of (str, str)
        As they are: nothing in them is taken for markup.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(*(Text(printable(text)) for text in (name, value)))
    Console().print(table)


def printable(text):
    r"""Return text without what a terminal would obey: files of others may hold it.

    Parameters
    ----------
    text : str
        Anybody's.

    Returns
    -------
    str

    Examples
    --------
    >>> printable("calm\x1b[2J")
    'calm?[2J'
    """
    return "".join("?" if category(one)[0] == "C" and one not in "\n\t" else one for one in text)


def format_size(size):
    """Return a number of bytes for people.

    Parameters
    ----------
    size : int
        Bytes.

    Returns
    -------
    str

    Examples
    --------
    >>> format_size(789), format_size(1_570_335)
    ('789 bytes', '1.57 MB')
    """
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


def list_facts(name, facts):
    """Return the entries of a part of a manifest, a row each.

    Parameters
    ----------
    name : str
        What the part is called.
    facts : dict, None or other plain data
        The part.

    Returns
    -------
    list of (str, str)
        Without what is not known.

    Examples
    --------
    >>> list_facts("data", {"name": "emodb", "emotions": {"angry": 3}, "modality": None})
    [('data name', 'emodb'), ('data emotions', 'angry 3')]
    """
    if not isinstance(facts, dict):
        return [(name, _write(facts))] if facts not in (None, "") else []
    return [(f"{name} {key}", _write(fact)) for key, fact in facts.items() if fact is not None]


_SEEN = {
    True: "those of the training: accuracies say nothing about new ones",
    None: "whether the model was trained on some of them is not known",
}


def list_parity(parity):
    """Return the rows of a report of :func:`~skemotion.export.parity_report`.

    Parameters
    ----------
    parity : dict or None
        The report.

    Returns
    -------
    list of (str, str)
    """
    if not parity:
        return []
    agreement = f"{parity['labels_equal']} of {parity['n_samples']} {parity['samples']} samples"
    rows = [("parity labels equal", agreement)]
    if parity["samples"] == "given":
        rows.append(("parity samples", _SEEN[parity.get("trained_on")]))
    if parity["max_difference"] is not None:
        difference = f"{parity['max_difference']:.2g} (tolerance {parity['tolerance']:.2g})"
        rows.append(("parity difference", difference))
    for name in ("wa", "uar") if parity.get("metrics") else ():
        score = parity["metrics"][name]
        text = f"{score['original']:.4f} -> {score['exported']:.4f}, change {score['change']:+.4f}"
        if score["interval"] is not None:
            low, high = score["interval"]
            drawn = f"{parity['metrics']['n_drawn']} {parity['metrics']['drawn_by']}s"
            text += f" [{low:+.4f}, {high:+.4f}] over {drawn}"
        rows.append((f"parity {name}", text))
    if None not in (sizes := parity.get("size_bytes") or {"": None}).values():
        text = f"{format_size(sizes['original'])} -> {format_size(sizes['exported'])}"
        rows.append(("parity size", text))
    if latency := parity.get("latency_ms"):
        counts = {"single": 1, "batch": latency["n_batch"]}
        for kind, count in counts.items():
            before, after = latency[kind]["original"], latency[kind]["exported"]
            rows.append((f"parity time of {count}", f"{before:.3g} ms -> {after:.3g} ms"))
    return rows


def _write(fact):
    if isinstance(fact, dict):
        return ", ".join(f"{key} {_write(value)}" for key, value in fact.items())
    if isinstance(fact, list):
        return ", ".join(map(_write, fact))
    return f"{fact:.4g}" if isinstance(fact, float) else str(fact)
