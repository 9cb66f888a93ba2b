"""Import packages that only some features need."""

from importlib import import_module

_DRIVERS = {"psycopg": "postgresql"}  # driver of a database -> extra that installs it


def import_extra(module, *, extra):
    """Import `module`, or say which extra of skemotion installs it.

    Parameters
    ----------
    module : str
        Name of the module.
    extra : str
        Extra of skemotion that installs it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If the module is not installed.

    Examples
    --------
    >>> import_extra("json", extra="parquet").dumps(1)
    '1'
    >>> import_extra("no_such_module", extra="parquet")
    Traceback (most recent call last):
    ...
    ImportError: This needs the package 'no_such_module', which is not installed. Run
    pip install 'skemotion[parquet]'.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"This needs the package {module!r}, which is not installed. "
            f"Run pip install 'skemotion[{extra}]'."
        ) from error


def import_driver(dialect):
    """Import the driver of a database, or say which extra of skemotion installs it.

    Parameters
    ----------
    dialect : str
        How the URL of the database begins.

    Raises
    ------
    ImportError
        If an extra installs the driver, and it is not there. Of other drivers nothing is said.

    Examples
    --------
    >>> import_driver("sqlite")
    """
    driver = dialect.partition("+")[2]
    if driver in _DRIVERS:
        import_extra(driver, extra=_DRIVERS[driver])
