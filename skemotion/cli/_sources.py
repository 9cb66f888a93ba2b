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


def load_source(source, scheme=None, on_error="raise"):
    """Load a dataset named as ``name``, ``name=path`` or a table of a config file.

    Parameters
    ----------
    source : str or dict
        ``"emodb"``, ``"folder=recordings/mine"`` or ``{"name": ..., "root": ..., "where": ...}``
        with further keys for what the dataset takes, such as ``"channel": "song"``, and
        ``"on_error": "skip"`` to leave out damaged files.
    scheme : str, default=None
        Scheme to map the emotions with.
    on_error : {"raise", "skip"}, default="raise"
        What to do about damaged files, unless the table says it.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        What :func:`skemotion.load_dataset` returns.

    Raises
    ------
    ValueError
        If a table has no name, or keys that the dataset does not take.
    """
    options = dict(source) if isinstance(source, dict) else parse_source(source)
    if "name" not in options:
        raise ValueError(
            f"Expected a dataset to be a name or a table with name, root and where, got "
            f"{source!r}. Correct the datasets of the config file."
        )
    where, on_error = options.pop("where", None), options.pop("on_error", on_error)
    return make_dataset(**options).load(scheme, where, on_error)


def make_dataset(name, root=None, **options):
    """Return a dataset; ValueError with its parameters if it does not take the options.

    Parameters
    ----------
    name : str
        A name of :func:`skemotion.list_datasets`.
    root : path-like, default=None
        Where its files lie.
    **options
        What its class takes.

    Returns
    -------
    Dataset
    """
    import inspect

    from skemotion.datasets import get_dataset
    from skemotion.plugins import DATASETS

    known = list(inspect.signature(DATASETS.load(name)).parameters)
    unknown = sorted(set(options) - set(known))
    if unknown:
        taken = ", ".join(key for key in known if key != "root") or "no options"
        raise ValueError(
            f"Dataset {name!r} does not take {unknown[0]!r}; it takes {taken}. Correct the name."
        )
    return get_dataset(name, root, **options)


def parse_options(texts):
    """Return the options of a dataset given as ``key=value`` texts.

    Parameters
    ----------
    texts : list of str
        As on the command line.

    Returns
    -------
    dict of str to str

    Raises
    ------
    ValueError
        If one has no ``=``.

    Examples
    --------
    >>> parse_options(["channel=song"])
    {'channel': 'song'}
    """
    pairs = [text.partition("=") for text in texts]
    for key, separator, _ in pairs:
        if not separator:
            raise ValueError(f"Expected --option to be key=value, got {key!r}. Write key=value.")
    return {key: value for key, _, value in pairs}


def parse_source(text, root=None):
    """Return name and root of ``name`` or ``name=path``.

    Parameters
    ----------
    text : str
        As on the command line.
    root : path-like, default=None
        Where the files lie, if that is given apart.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If it is a path without a name, or there are two roots.

    Examples
    --------
    >>> parse_source("emodb")
    {'name': 'emodb'}
    >>> parse_source("folder=mine")["name"]
    'folder'
    """
    name, separator, path = text.partition("=")
    if separator and root is not None:
        raise ValueError(
            f"Expected one place for the files of {name!r}, got {path!r} and {str(root)!r}. "
            "Give NAME=PATH, or NAME and --root PATH."
        )
    if not separator:
        _refuse_path(text)
    root = Path(path) if separator else root
    return {"name": name} if root is None else {"name": name, "root": root}


def _refuse_path(text):
    from skemotion.plugins import DATASETS

    path = Path(text)
    if text not in DATASETS.names() and (len(path.parts) > 1 or path.exists()):
        name = "manifest" if path.suffix in (".csv", ".tsv", ".parquet") else "folder"
        raise ValueError(
            f"Expected the name of a dataset, got the path {text!r}. Write {name}={text} for "
            "recordings of your own, or NAME=PATH with a name of: skemotion data list."
        )


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
