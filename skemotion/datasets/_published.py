"""Tell by published numbers whether the labels of a copy can be right."""


def check_counts(name, where, found, published, n_faults=0):
    """Raise ValueError where there are as many rows as are published, but under other emotions.

    A copy of another size says nothing, and passes.

    Parameters
    ----------
    name : str
        What is counted, for the message.
    where : path-like
        Where it lies.
    found : dict of str to int
        Emotion -> number of rows.
    published : dict of str to int
        The same, as published.
    n_faults : int, default=0
        Number of further rows, whose emotion is left open.

    Examples
    --------
    >>> from skemotion.datasets._published import check_counts
    >>> check_counts("moods", "m.csv", {"happy": 2, "sad": 1}, {"happy": 2, "sad": 1})
    >>> check_counts("moods", "m.csv", {"happy": 1, "sad": 2}, {"happy": 2, "sad": 1})
    Traceback (most recent call last):
    ...
    ValueError: The labels of moods in m.csv seem to be renumbered: they are as many as published, \
but under other emotions (happy: 1 for 2; sad: 2 for 1). Give each row the label that is \
published, or get the published files.
    """
    pairs = {name: (found.get(name, 0), published.get(name, 0)) for name in {**published, **found}}
    n_rows = sum(found.values()) + n_faults
    if n_rows != sum(published.values()) or all(got <= right for got, right in pairs.values()):
        return
    differ = "; ".join(f"{name}: {got} for {n}" for name, (got, n) in pairs.items() if got != n)
    sizes = zip(*map(sorted, zip(*pairs.values(), strict=True)), strict=True)
    if all(got <= right for got, right in sizes):
        raise ValueError(
            f"The labels of {name} in {where} seem to be renumbered: they are as many as "
            f"published, but under other emotions ({differ}). Give each row the label that is "
            "published, or get the published files."
        )
    raise ValueError(
        f"Expected the {n_rows} rows of {name} in {where} to have the published numbers of "
        f"emotions, got others ({differ}). Its labels were altered: get the published files, or "
        "load pictures with labels of your own as 'folder'."
    )
