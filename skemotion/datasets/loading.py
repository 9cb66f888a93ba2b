"""Loading datasets by name."""

from skemotion.plugins import DATASETS


def get_dataset(name, root=None, **options):
    """Return the dataset called `name` without reading it.

    Parameters
    ----------
    name : str
        A name of :func:`~skemotion.list_datasets`.
    root : path-like, default=None
        Where its files lie. None means ``$SKEMOTION_DATA/<name>``.
    **options
        Further parameters of the dataset's class, such as `pattern` of ``"folder"``.

    Returns
    -------
    Dataset

    Examples
    --------
    >>> from skemotion.datasets import get_dataset
    >>> get_dataset("emodb").language
    'de'
    """
    return DATASETS.load(name)(root, **options)


def load_dataset(name, root=None, *, scheme=None, where=None, on_error="raise", **options):
    """Load a dataset: recordings, emotions, subjects.

    Parameters
    ----------
    name : str
        A name of :func:`~skemotion.list_datasets`.
    root : path-like, default=None
        Where its files lie. None means ``$SKEMOTION_DATA/<name>``.
    scheme : str, default=None
        Name of a scheme that maps emotions to classes, for work across datasets.
    where : str or dict, default=None
        Rows to keep: a :meth:`pandas.DataFrame.query` expression, or column -> value or values.
    on_error : {"raise", "skip"}, default="raise"
        What to do about files that are damaged or cannot be understood: an error that names the
        first ones, or leave them out and count them in `left_out`.
    **options
        Further parameters of the dataset's class, such as `pattern` of ``"folder"``.

    Returns
    -------
    :class:`~sklearn.utils.Bunch`
        With `X`, `y`, `groups`, `frame`, `soft_labels`, `scheme`, `left_out`, `faults` and
        `dataset`; see :meth:`skemotion.Dataset.load`.

    Raises
    ------
    FileNotFoundError
        If the dataset's files are not there.
    ValueError
        If the name is unknown, or the files are not what the dataset expects.

    Examples
    --------
    >>> from skemotion import load_dataset
    >>> data = load_dataset("synthetic-voices", scheme="common4")
    >>> sorted(set(data.y.tolist()))
    ['angry', 'happy', 'neutral', 'sad']
    """
    return get_dataset(name, root, **options).load(scheme, where, on_error)
