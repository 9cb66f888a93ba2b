"""What can be wrong with a file of a model."""


class ModelFileError(ValueError):
    """A file of a model that cannot be read, or a model that cannot be written.

    Examples
    --------
    >>> from skemotion.export import DamagedModelFile, ModelFileError
    >>> issubclass(DamagedModelFile, ModelFileError)
    True
    """


class DamagedModelFile(ModelFileError):
    """A file that is no model, or not the whole of one, or not as it was written."""


class UntrustedModelFile(ModelFileError):
    """A file that holds types which are not known to be harmless.

    Attributes
    ----------
    names : list of str
        The types; those that you trust go to `trusted` of :func:`~skemotion.load`.
    """

    def __init__(self, message, names=()):
        super().__init__(message)
        self.names = list(names)


class IncompatibleModelFile(ModelFileError):
    """A file that was written with versions that the installed ones cannot read."""


class ConversionError(ValueError):
    """A model that cannot be exported, or whose export does not predict what it does."""


def shorten(error):
    """Return the first line of what a converter says.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    str
        At most some 300 characters, without a full stop.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {(lines or ['no reason given'])[0][:300].rstrip('.')}"
