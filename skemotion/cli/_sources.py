"""Datasets and models as people name them on the command line and in a config file."""

from pathlib import Path


def split_names(text):
    """Return the parts of a comma-separated list.

    Parameters
    ----------
    text : str or None
        For instance ``"emodb,banglaser"``.

    Returns
    -------
    list of str

    Examples
    --------
    >>> split_names("emodb, banglaser,")
    ['emodb', 'banglaser']
    """
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def load_source(source, scheme=None):
    """Load a dataset named as ``name``, ``name=path`` or a table of a config file.

    Parameters
    ----------
    source : str or dict
        ``"emodb"``, ``"folder=recordings/mine"`` or ``{"name": ..., "root": ..., "where": ...}``.
    scheme : str, default=None
        Scheme to map the emotions with.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        What :func:`skemotion.load_dataset` returns.

    Raises
    ------
    ValueError
        If a table has other keys, or no name.
    """
    from skemotion.datasets import load_dataset

    options = dict(source) if isinstance(source, dict) else parse_source(source)
    unknown = set(options) - {"name", "root", "where"}
    if unknown or "name" not in options:
        raise ValueError(
            f"Expected a dataset to be a name or a table with name, root and where, got "
            f"{source!r}. Correct the datasets of the config file."
        )
    return load_dataset(
        options["name"], options.get("root"), scheme=scheme, where=options.get("where")
    )


def parse_source(text):
    """Return name and root of ``name`` or ``name=path``.

    Parameters
    ----------
    text : str
        As on the command line.

    Returns
    -------
    dict

    Examples
    --------
    >>> parse_source("emodb")
    {'name': 'emodb'}
    >>> parse_source("folder=mine")["name"]
    'folder'
    """
    name, separator, root = text.partition("=")
    return {"name": name, "root": Path(root)} if separator else {"name": name}


def load_models(sources):
    """Return the models that names or tables of a config file stand for.

    Parameters
    ----------
    sources : list of (str or dict)
        Names, or ``{"name": ..., "label": ..., "params": {...}}``.

    Returns
    -------
    list of Model

    Raises
    ------
    ValueError
        If a table has other keys, a label stands twice, or a parameter does not exist.
    """
    from skemotion.models import load_model
    from skemotion.models.base import ConfiguredModel

    models = {}
    for source in sources:
        options = {"name": source} if isinstance(source, str) else dict(source)
        unknown = set(options) - {"name", "label", "params"}
        if unknown or "name" not in options:
            raise ValueError(
                f"Expected a model to be a name or a table with name, label and params, got "
                f"{source!r}. Correct the models of the config file."
            )
        model = load_model(options["name"])
        label = options.get("label", options["name"])
        if label in models:
            raise ValueError(f"The model {label!r} is listed twice. Give one of them a label.")
        params = options.get("params", {})
        if params or label != options["name"]:
            model = ConfiguredModel(model, label, params)
            model.pipeline()  # a wrong parameter is reported now, not after the first hour
        models[label] = model
    return list(models.values())
